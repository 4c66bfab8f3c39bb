/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of a draft: rules, modes and defaults as one client edits them. Shared
 * by draft.c (edits) and transaction.c (life and commit); everybody else uses
 * transaction.h.
 */
#ifndef NSGUARD_DRAFT_H
#define NSGUARD_DRAFT_H

#include "policy/policy.h"
#include "transaction.h"

/**
 * struct nsguard_draft_entry - a rule of a draft
 * @handle: its handle
 * @rule: the rule, NULL once it is deleted
 */
struct nsguard_draft_entry {
	u64 handle;
	struct nsguard_rule *rule;
};

/**
 * struct nsguard_draft - a working copy of the policy
 * @node: in the list of open drafts, when @owner is not 0
 * @owner: netlink port, 0 for a single change
 * @expired: it timed out; only this shell is left, until its owner was told
 * @touched: when it was last changed, jiffies
 * @base: policy it started from; the reference keeps its rules alive
 * @mode: modes of the tables
 * @fallback: their defaults
 * @sandbox: the sandboxes, each with a reference; room for NSGUARD_MAX_SANDBOXES, or NULL
 * @sandboxes: how many
 * @force: somebody said force, see nsguard_draft_commit()
 * @dirty: there is something to commit
 * @entry: the rules; first @base_n of @base, which have no reference of their own,
 *	then those added since, which have one
 * @base_n: see @entry
 * @n: entries, the deleted ones too
 * @size: room in @entry
 * @live: rules that are not deleted
 * @sorted: @entry is sorted by handle. It becomes so with the second look-up: for a
 *	single change a walk is cheaper
 * @lookups: how often a handle was looked up
 * @adds: how often a rule was added
 * @slot: open hash of the live rules by nsguard_rule.hash, from the second addition on
 *	(NULL before), so that n additions cost O(n)
 * @slots: size of @slot, a power of two
 * @used: slots that are not empty, the tombs of deleted rules among them
 *
 * All under the policy's mutex.
 */
struct nsguard_draft {
	struct list_head node;
	u32 owner;
	bool expired;
	unsigned long touched;
	struct nsguard_policy *base;
	enum nsguard_mode mode[NSGUARD_TABLES];
	enum nsguard_verdict fallback[NSGUARD_TABLES][NSGUARD_OPS];
	struct nsguard_sandbox **sandbox;
	unsigned int sandboxes;
	bool force;
	bool dirty;

	struct nsguard_draft_entry *entry;
	unsigned int base_n;
	unsigned int n;
	unsigned int size;
	unsigned int live;
	bool sorted;
	unsigned int lookups;
	unsigned int adds;

	struct nsguard_rule **slot;
	unsigned int slots;
	unsigned int used;
};

/* Fills the zeroed @d from @base, taking over that reference on success. Return: 0 or -ENOMEM. */
int nsguard_draft_load(struct nsguard_draft *d, struct nsguard_policy *base);
/* Drops what nsguard_draft_load() and the edits took; @d itself stays. */
void nsguard_draft_unload(struct nsguard_draft *d);

#endif
