/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a change gets in force: a draft is what one client changes about the policy it
 * began with; commit compiles both into the next snapshot and swaps it, or refuses.
 * Knows no netlink: errors come back as an errno and a sentence.
 */
#ifndef NSGUARD_TRANSACTION_H
#define NSGUARD_TRANSACTION_H

#include "rule.h"
#include "../kernel-glue/glue.h"

struct nsguard_draft;
struct nsguard_policy;

/* What somebody said force to, bits. */
#define NSGUARD_FORCE_STOPS	1U	/* nothing may be allowed any more, see H28 */
#define NSGUARD_FORCE_LETS_GO	2U	/* tasks may be let out of their sandboxes */
#define NSGUARD_FORCE_ALL	(NSGUARD_FORCE_STOPS | NSGUARD_FORCE_LETS_GO)

/*
 * The policy's mutex: held while a draft is edited, committed or dropped, and while a
 * table goes on or off. Readers of policy never take it. Everything below but
 * nsguard_draft_any() and nsguard_draft_count() is called under it.
 */
void nsguard_lock(void);
void nsguard_unlock(void);

/*
 * A draft of the policy in force. @owner: netlink port, 0 for a single change; it
 * must not have a draft already. Return: the draft, ERR_PTR(-ENOSPC) beyond
 * NSGUARD_MAX_TX open ones, ERR_PTR(-EBUSY) while a change is on trial, or ERR_PTR(-ENOMEM).
 */
struct nsguard_draft *nsguard_draft_begin(u32 owner);
/*
 * @owner's open draft or NULL; or, until nsguard_draft_forget(), ERR_PTR(-ETIMEDOUT): it was rolled
 * back for being idle, or ERR_PTR(-ECANCELED): see nsguard_draft_refused().
 */
struct nsguard_draft *nsguard_draft_find(u32 owner);
/*
 * @owner could not begin: what it sends for the draft is not to be taken for single changes. Has no
 * effect on a draft it has already. May sleep; cannot fail.
 */
void nsguard_draft_refused(u32 owner);
/*
 * Calls @edit with @arg, which may do several of the edits below to @d. When it is refused it must
 * have taken back what it did; then @d has as much or as little to commit as before. Return: its.
 */
int nsguard_draft_edit(struct nsguard_draft *d, int (*edit)(void *arg), void *arg);
/*
 * Adds @n rules, all of them or none: takes them over on success and gives them handles, one after
 * the other. Return: 0, -EEXIST (*@other is the handle of the rule that is identical), -ENOSPC
 * beyond nsguard_max_rules(), or -ENOMEM; *@fault is then which of them it was.
 */
int nsguard_draft_add(struct nsguard_draft *d, struct nsguard_rule *const *rule, unsigned int n,
		      unsigned int *fault, u64 *other);
/* Return: 0, -ENOENT or -ENOMEM. */
int nsguard_draft_del(struct nsguard_draft *d, u64 handle);
/* @table -1: all. */
void nsguard_draft_flush(struct nsguard_draft *d, int table);
/* Return: 0 or -EROFS beyond the ceiling. */
int nsguard_draft_mode(struct nsguard_draft *d, enum nsguard_table table, enum nsguard_mode mode);
/* @op -1: all operations that are meant when none is named. */
void nsguard_draft_default(struct nsguard_draft *d, enum nsguard_table table, int op,
			   enum nsguard_verdict verdict);
/*
 * Makes the fresh draft @d, which is current, say what @to said, a snapshot of which the caller
 * has a reference: rules, modes, defaults and sandboxes; the rules with their handles and
 * counters. To be committed or dropped before the policy's mutex is let go, since a rule may be in
 * one draft only. O(n). Return: 0, or -ENOMEM and @d is to be dropped.
 */
int nsguard_draft_revert(struct nsguard_draft *d, const struct nsguard_policy *to);
/* Commit this draft whatever is said by NSGUARD_FORCE_*, bits @what, against it. */
void nsguard_draft_force(struct nsguard_draft *d, unsigned int what);
/* Put it on trial for @seconds, see confirm.h; that satisfies H28 too. */
void nsguard_draft_confirm(struct nsguard_draft *d, u32 seconds);
/* The generation @d started from. */
u64 nsguard_draft_generation(const struct nsguard_draft *d);

/**
 * nsguard_draft_commit - put a draft in force
 * @d: the draft; freed, whatever happens
 * @generation: the generation now in force, on success and with -EAGAIN
 * @why: takes a sentence on failure, NSGUARD_WHY bytes
 *
 * A draft without changes leaves the generation as it is. May sleep.
 *
 * Return: 0; -EAGAIN: the policy has changed since the draft began; -EDEADLK: a
 * default of deny that nothing softens, and nobody said force (H28); -EBUSY: somebody would be let
 * out of a sandbox, and nobody said force; -EOPNOTSUPP: sandboxes change, and that on trial;
 * -ENOMEM; or what nsguard_sandbox_enter() or nsguard_glue_table() says when a table cannot go on
 * or off. Nothing is changed then.
 */
int nsguard_draft_commit(struct nsguard_draft *d, u64 *generation, char *why);
void nsguard_draft_drop(struct nsguard_draft *d);
/*
 * Puts the rules, modes and defaults of @before in force again, as a change of its own: rules that
 * were deleted since have their handles and counters again. Sandboxes must be the same. Return and
 * @generation, @why: as nsguard_draft_commit().
 */
int nsguard_restore(const struct nsguard_policy *before, u64 *generation, char *why);
/*
 * Has @owner a draft, be it one that is over? Any context, without the mutex: true for good
 * only to whoever keeps @owner from beginning and ending one.
 */
bool nsguard_draft_any(u32 owner);
/* Drops @owner's draft, or what is left of it, if there is any. */
void nsguard_draft_forget(u32 owner);
/* Open drafts, for status. Any context. */
unsigned int nsguard_draft_count(void);

/* How many rules may be live, all tables together: parameter rules, at most NSGUARD_MAX_RULES. */
unsigned int nsguard_max_rules(void);

/* The operations of @table that are meant when none is named: cpuset must be (H15). */
u32 nsguard_table_unnamed_ops(enum nsguard_table table);

/* Return: 0, or -EINVAL and a line in the kernel log when parameter rules is out of bounds. */
int nsguard_transaction_init(void);
void nsguard_transaction_exit(void);

#endif
