/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an event looks, as text and as JSON, each ending in a newline. All strings in it come
 * from tasks and are escaped.
 */
#ifndef NSGUARDCTL_EVENT_H
#define NSGUARDCTL_EVENT_H

#include <linux/nsguard.h>
#include "util.h"

struct nlattr;

/* @tb: the attributes of one event. */
void event_text(struct buf *b, struct nlattr *const tb[], struct arena *a);
void event_json(struct buf *b, struct nlattr *const tb[], struct arena *a);
void event_text_lost(struct buf *b, __u64 n);
void event_json_lost(struct buf *b, __u64 n);

#endif
