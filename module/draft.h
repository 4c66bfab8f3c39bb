/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of a draft: what one client changes about rules, modes and defaults. Shared by
 * draft.c (edits), transaction.c (life) and commit.c; everybody else uses transaction.h.
 */
#ifndef NSGUARD_DRAFT_H
#define NSGUARD_DRAFT_H

#include <linux/xarray.h>
#include "alike.h"
#include "policy/policy.h"
#include "transaction.h"

/**
 * struct nsguard_draft_entry - a rule that a draft adds
 * @handle: its handle
 * @rule: the rule, with a reference; NULL once it is deleted again
 */
struct nsguard_draft_entry {
	u64 handle;
	struct nsguard_rule *rule;
};

/**
 * struct nsguard_draft - changes to the policy
 * @node: in the list of open drafts, when @owner is not 0
 * @owner: netlink port, 0 for a single change
 * @over: 0; or only this shell is left, and why: -ETIMEDOUT, or -ECANCELED when it was refused as
 *	it was to begin. Until its owner ends it no change of his is taken
 * @touched: when it was last changed, jiffies
 * @base: policy it started from; the reference keeps its rules alive, those in @gone among them
 * @mode: modes of the tables
 * @fallback: their defaults
 * @sandbox: the sandboxes, each with a reference; room for NSGUARD_MAX_SANDBOXES, or NULL
 * @sandboxes: how many
 * @sets: the named sets, a reference; @base's own list unless @own_sets
 * @own_sets: some came or went
 * @elements: how many these have together, with @edits
 * @edits: of the elements of sets, see set-draft.c
 * @force: NSGUARD_FORCE_*, what somebody said force to, see nsguard_draft_commit()
 * @confirm: seconds it is to be on trial, 0 for good
 * @dirty: there is something to commit
 * @hardens: something may be denied by default that was not, see H28
 * @flushed: no rule stays of those the table has in @base
 * @gone: rules of @base that are deleted one by one, by handle
 * @n_gone: how many of each table
 * @entry: the rules that are added, by handle in ascending order
 * @n: entries, the deleted ones too
 * @size: room in @entry
 * @live: how many rules there will be
 * @alike: the rules of @entry by what they say
 *
 * A change costs the same whatever @base has: what it does not name is not looked at. All under
 * the policy's mutex. Once another draft is in force this one cannot be committed any more; until
 * its owner tries, it takes whatever can be said without looking at the rules in force.
 */
struct nsguard_draft {
	struct list_head node;
	u32 owner;
	int over;
	unsigned long touched;
	struct nsguard_policy *base;
	enum nsguard_mode mode[NSGUARD_TABLES];
	enum nsguard_verdict fallback[NSGUARD_TABLES][NSGUARD_OPS];
	struct nsguard_sandbox **sandbox;
	unsigned int sandboxes;
	struct nsguard_set_list *sets;
	bool own_sets;
	unsigned int elements;
	struct list_head edits;
	unsigned int force;
	u32 confirm;
	bool dirty;
	bool hardens;

	bool flushed[NSGUARD_TABLES];
	struct xarray gone;
	unsigned int n_gone[NSGUARD_TABLES];
	struct nsguard_draft_entry *entry;
	unsigned int n;
	unsigned int size;
	unsigned int live;
	struct nsguard_alike alike;
};

/* Fills the zeroed @d from @base, taking over that reference on success. Return: 0 or -ENOMEM. */
int nsguard_draft_load(struct nsguard_draft *d, struct nsguard_policy *base);
/* Drops what nsguard_draft_load() and the edits took; @d itself stays. */
void nsguard_draft_unload(struct nsguard_draft *d);
/* Is the policy in force still what @d started from? */
bool nsguard_draft_is_current(const struct nsguard_draft *d);
/* Does @d drop @rule, which is one of its base? */
bool nsguard_draft_drops(struct nsguard_draft *d, const struct nsguard_rule *rule);
/*
 * Calls @visit with each rule there will be, in no order, until it says false. O(n). Return: did
 * it?
 */
bool nsguard_draft_each(struct nsguard_draft *d,
			bool (*visit)(const struct nsguard_rule *rule, void *arg), void *arg);

#endif
