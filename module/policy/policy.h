/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy: everything a decision depends on, compiled and immutable, behind one
 * RCU pointer. Pure: knows neither netlink nor ftrace.
 */
#ifndef NSGUARD_POLICY_H
#define NSGUARD_POLICY_H

#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include "../rule.h"
#include "layer.h"

struct nsguard_set_list;

/**
 * struct nsguard_table_policy - one table of a policy
 * @mode: what becomes of a denial
 * @fallback: what a table says when no rule matches, by operation
 * @n: rules, without those that are gone
 * @dry_runs: some of the rules in @layer may be dry-run
 * @asks_target: some of them may ask for the task acted on
 * @layers: layers in @layer
 * @layer: what the rules are in, the largest first; a reference each. Layers are shared with the
 *	snapshots before and after, see layer.h
 *
 * A power of two in size: a decision finds its table by a shift.
 */
struct nsguard_table_policy {
	enum nsguard_mode mode;
	enum nsguard_verdict fallback[NSGUARD_OPS];
	unsigned int n;
	bool dry_runs;
	bool asks_target;
	unsigned int layers;
	struct nsguard_layer *layer[NSGUARD_LAYERS];
} __aligned(128);

/**
 * struct nsguard_policy - a snapshot
 * @ref: one for being in force, one for each dump that reads it and each draft that began with it
 * @generation: its number
 * @table: the tables
 * @sandbox: the sandboxes, each with a reference; an array to be kvfree()d
 * @sandboxes: how many
 * @sets: the named sets, a reference; NULL when there is none
 * @elements: how many these have together
 * @alive: in the list of snapshots that somebody may see, once it is in force
 * @work: frees it after a grace period, where kvfree() may sleep (H27)
 */
struct nsguard_policy {
	struct kref ref;
	u64 generation;
	struct nsguard_table_policy table[NSGUARD_TABLES];
	struct nsguard_sandbox **sandbox;
	unsigned int sandboxes;
	struct nsguard_set_list *sets;
	unsigned int elements;
	struct list_head alive;
	struct rcu_work work;
};

/* The operations of a table, as a bit set. */
extern const u32 nsguard_table_ops[NSGUARD_TABLES];

/*
 * An empty policy: generation 1, mode enforce, default allow. A policy is built by
 * filling a fresh one and handing it to nsguard_policy_swap(); see commit.c.
 */
struct nsguard_policy *nsguard_policy_alloc(void);
/*
 * A fresh one that is as @policy, sandboxes included, but for the rules, of which it has none.
 * NULL without memory. Whoever adds to a snapshot what is no rule adds it here too.
 */
struct nsguard_policy *nsguard_policy_like(const struct nsguard_policy *policy);
/*
 * Puts @policy in force and drops the one before after a grace period. Under the policy's mutex.
 * It has the next generation, or the same one and the same content (merge.c).
 */
void nsguard_policy_swap(struct nsguard_policy *policy);
/* The policy in force: with a reference taken, for dumps; or inside an RCU read side section. */
struct nsguard_policy *nsguard_policy_get(void);

extern struct nsguard_policy __rcu *nsguard_in_force;	/* policy.c's */

static inline const struct nsguard_policy *nsguard_policy_rcu(void)
{
	return rcu_dereference(nsguard_in_force);
}

/* Its generation. Any context. */
u64 nsguard_policy_generation(void);
void nsguard_policy_put(struct nsguard_policy *policy);
/* Runs @work @delay jiffies from now, not before, where snapshots are freed. */
void nsguard_policy_queue(struct delayed_work *work, unsigned long delay);
/* Takes the policy out of force at module exit; waits for everything queued. */
void nsguard_policy_exit(void);
int nsguard_policy_init(void);

/*
 * policy/bytes.c: the memory of the rules and whatever finds them, but for what finds them by
 * handle or by what they say (inforce.h). The caller has a reference. May sleep; O(n).
 */
u64 nsguard_policy_bytes(const struct nsguard_policy *policy);

/*
 * policy/match.c: do all of @rule's matches match @req, whose operation is one of @rule's? current
 * is the subject.
 */
bool nsguard_rule_matches(const struct nsguard_rule *rule, struct nsguard_request *req);

/*
 * policy/nsid.c: a namespace is dying. The identity that was its, or NULL; valid inside the
 * caller's RCU read side section. Any context (H20).
 */
const struct nsguard_nsid *nsguard_nsid_kill(u32 inum);
/* policy/exe.c: the worker that looks executables up again. */
int nsguard_exe_init(void);
void nsguard_exe_exit(void);

#endif
