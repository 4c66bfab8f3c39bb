/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules in force, found by handle and by what they say: so that a change costs what it
 * changes. Decisions do not look here; see policy/index.h.
 */
#ifndef NSGUARD_INFORCE_H
#define NSGUARD_INFORCE_H

#include "draft.h"

/*
 * Exactly the rules of the snapshot in force, whose references keep them alive. All of this
 * under the policy's mutex; only commit.c changes it.
 */
struct nsguard_rule *nsguard_inforce_find(u64 handle);
/* The one that says the same as @rule, or NULL. */
struct nsguard_rule *nsguard_inforce_same(const struct nsguard_rule *rule);

/*
 * Makes room for @d's additions: found by handle from here on, but not yet by what they say. May
 * sleep. Return: 0, or -ENOMEM and nothing is changed.
 */
int nsguard_inforce_reserve(const struct nsguard_draft *d);
/* Takes that back. */
void nsguard_inforce_retreat(const struct nsguard_draft *d);
/* @d comes in force in place of @now: its additions are in, what it drops is out. May sleep. */
void nsguard_inforce_settle(struct nsguard_draft *d, const struct nsguard_policy *now);
/* The memory both look-ups take, as if handles had no gaps. */
u64 nsguard_inforce_bytes(void);
/* Nothing is in force any more. */
void nsguard_inforce_exit(void);

#endif
