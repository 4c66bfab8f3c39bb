/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events on the kernel's record, for who was not listening.
 */
#ifndef NSGUARD_AUDIT_H
#define NSGUARD_AUDIT_H

#include "event.h"

/*
 * Writes @event to audit, or where that is off to the kernel log; so many in a while, the
 * others counted. For the worker only.
 */
void nsguard_audit_write(const struct nsguard_event *event);

#endif
