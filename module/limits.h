/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every bound of nsguard, in one place. nsguardctl status prints them; what
 * goes beyond one is refused with a sentence.
 */
#ifndef NSGUARD_LIMITS_H
#define NSGUARD_LIMITS_H

#define NSGUARD_MAX_RULES	1048576	/* live rules, all tables together */
#define NSGUARD_MAX_VALUES	64	/* values of one match (a list by comma) */
#define NSGUARD_MAX_RULE_BYTES	8192	/* attributes of one rule */
#define NSGUARD_MAX_COMPONENTS	64	/* components of a cgroup pattern */
#define NSGUARD_MAX_TX		16	/* open transactions */
#define NSGUARD_TX_TIMEOUT	30	/* seconds without a change (H26) */
#define NSGUARD_MAX_SANDBOXES	256	/* sandboxes */
#define NSGUARD_MAX_SANDBOX_NS	256	/* namespaces one sandbox is made of */
#define NSGUARD_MAX_MEMBERS	4096	/* namespaces of all sandboxes together */
#define NSGUARD_MAX_SETS	1024	/* named sets */
#define NSGUARD_MAX_ELEMENTS	1048576	/* elements of all sets together */
#define NSGUARD_MAX_BIRTHS	256	/* locked tasks that make namespaces at a time */
#define NSGUARD_EVENT_RING	1024	/* events waiting for the worker */
#define NSGUARD_EVENT_HISTORY	256	/* events event-get can still show */

#endif
