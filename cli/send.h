/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes on their way to the module, within change.c's transaction. What they change is not known
 * here.
 */
#ifndef NSGUARDCTL_SEND_H
#define NSGUARDCTL_SEND_H

#include "command.h"
#include "module.h"

/*
 * Sends all of @ch, in order, and takes the answers; what is refused is said, with its place. 0, or
 * CODE_* after a complaint.
 */
int changes_send(struct module *nl, const struct changes *ch, struct outcome *o);

/* change.c: takes what an answer tells into the struct outcome @arg; an answer_fn. */
void outcome_take(unsigned int index, const struct nlattr *attrs, int len, void *arg);

#endif
