/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets in a draft, for who edits one (netlink) and who puts one in force (commit.c). All
 * under the policy's mutex. May sleep.
 */
#ifndef NSGUARD_SET_DRAFT_H
#define NSGUARD_SET_DRAFT_H

#include "policy/set.h"

struct nsguard_draft;
struct nsguard_match;
struct nsguard_rule;

/* --- set-names.c --- */

/* The set @name of @d, or NULL; without a reference. */
struct nsguard_set *nsguard_draft_set(const struct nsguard_draft *d, const char *name);
/* Takes a reference of its own. Return: 0, -EEXIST, -ENOSPC beyond NSGUARD_MAX_SETS, or -ENOMEM. */
int nsguard_draft_set_add(struct nsguard_draft *d, struct nsguard_set *set);
/* @set NULL: all. Return: 0, -ENOMEM, or -EBUSY and *@handle, a rule that names it. */
int nsguard_draft_set_del(struct nsguard_draft *d, struct nsguard_set *set, u64 *handle);
/*
 * Finds the sets that @rule names. Return: 0, -ENOENT, or -EINVAL when one has values of another
 * type than its key; then *@fault is the match and *@found that set.
 */
int nsguard_draft_sets_find(struct nsguard_draft *d, struct nsguard_rule *rule,
			    const struct nsguard_match **fault, struct nsguard_set **found);

/* --- set-draft.c --- */

/* Deletes @set's elements. Return: 0 or -ENOMEM. */
int nsguard_draft_set_flush(struct nsguard_draft *d, struct nsguard_set *set);
/*
 * Return: 0, -EEXIST, -ENOSPC beyond NSGUARD_MAX_ELEMENTS, or -ENOMEM. What has just been deleted
 * can always be added again.
 */
int nsguard_draft_element_add(struct nsguard_draft *d, struct nsguard_set *set, u32 min, u32 max);
/* Return: 0, -ENOENT, or -ENOMEM. What has just been added can always be deleted. */
int nsguard_draft_element_del(struct nsguard_draft *d, struct nsguard_set *set, u32 min, u32 max);
/* Can @rule match nobody, because a set has no elements in @d (NULL: in the policy in force)? */
bool nsguard_draft_sets_bar(const struct nsguard_draft *d, const struct nsguard_rule *rule);
/* For set-names.c: @set goes, and with it what @d did to it. Return: how many elements it had. */
unsigned int nsguard_draft_set_forget(struct nsguard_draft *d, const struct nsguard_set *set);

/*
 * For draft.c. The last makes sets and elements what they are in @to, which is alive; rules are not
 * its business. Return: 0 or -ENOMEM.
 */
void nsguard_draft_sets_load(struct nsguard_draft *d, const struct nsguard_policy *base);
void nsguard_draft_sets_unload(struct nsguard_draft *d);
int nsguard_draft_sets_revert(struct nsguard_draft *d, const struct nsguard_policy *to);

/*
 * For commit: room is made, which may fail (-ENOMEM); that is taken back; or, when nothing can fail
 * any more, the elements come and go with the snapshot @next.
 */
int nsguard_draft_sets_prepare(struct nsguard_draft *d);
void nsguard_draft_sets_retreat(struct nsguard_draft *d);
void nsguard_draft_sets_settle(struct nsguard_draft *d, struct nsguard_policy *next);

#endif
