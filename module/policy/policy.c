// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots of the policy: made, sorted, put in force, dropped. What goes into one is the
 * business of transaction.c; what one says to a request, that of decide.c.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "index.h"
#include "policy.h"

const u32 nsguard_table_ops[NSGUARD_TABLES] = {
	[NSGUARD_TABLE_NS]	 = BIT(NSGUARD_OP_ENTER) | BIT(NSGUARD_OP_CREATE),
	[NSGUARD_TABLE_CGROUP]	 = BIT(NSGUARD_OP_MOVE),
	[NSGUARD_TABLE_AFFINITY] = BIT(NSGUARD_OP_SETAFFINITY) | BIT(NSGUARD_OP_IO_URING) |
				   BIT(NSGUARD_OP_CPUSET),
};

static_assert(NSGUARD_OP_CPUSET + 1 == NSGUARD_OPS);
static_assert(NSGUARD_TABLE_AFFINITY + 1 == NSGUARD_TABLES);

static struct nsguard_policy __rcu *in_force;
static struct workqueue_struct *policy_wq;	/* frees snapshots */

/* A grace period after the last reference: no decision can see it any more. */
static void destroy(struct work_struct *work)
{
	struct nsguard_policy *policy = container_of(to_rcu_work(work), struct nsguard_policy,
						     work);
	struct nsguard_table_policy *table;
	unsigned int t, i;

	for (t = 0; t < NSGUARD_TABLES; t++) {
		table = &policy->table[t];
		for (i = 0; i < table->n; i++) {
			nsguard_rule_put(table->rule[i]);
			cond_resched();
		}
		kvfree(table->rule);
		kvfree(table->dry_run);
		nsguard_index_free(table->index);
	}
	for (i = 0; i < policy->sandboxes; i++)
		nsguard_sandbox_put(policy->sandbox[i]);
	kvfree(policy->sandbox);
	kfree(policy);
}

static void release(struct kref *ref)
{
	struct nsguard_policy *policy = container_of(ref, struct nsguard_policy, ref);

	queue_rcu_work(policy_wq, &policy->work);
}

struct nsguard_policy *nsguard_policy_alloc(void)
{
	struct nsguard_policy *policy;
	unsigned int t, op;

	policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;
	kref_init(&policy->ref);
	INIT_RCU_WORK(&policy->work, destroy);
	policy->generation = 1;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		policy->table[t].mode = NSGUARD_MODE_ENFORCE;
		for (op = 0; op < NSGUARD_OPS; op++)
			policy->table[t].fallback[op] = NSGUARD_VERDICT_ALLOW;
	}
	return policy;
}

/* Deny beats lock, lock beats allow. */
static int rank(enum nsguard_verdict verdict)
{
	switch (verdict) {
	case NSGUARD_VERDICT_DENY:
		return 0;
	case NSGUARD_VERDICT_LOCK:
		return 1;
	default:
		return 2;
	}
}

/* The order in which rules decide: lowest priority, deny before lock before allow, oldest. */
static int order(const void *left, const void *right)
{
	const struct nsguard_rule *a = *(const struct nsguard_rule **)left;
	const struct nsguard_rule *b = *(const struct nsguard_rule **)right;

	cond_resched();
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->verdict != b->verdict)
		return rank(a->verdict) < rank(b->verdict) ? -1 : 1;
	if (a->handle != b->handle)
		return a->handle < b->handle ? -1 : 1;
	return 0;
}

/* Those that do not decide: each that matches is told. Return: 0 or -ENOMEM. */
static int gather_dry_runs(struct nsguard_table_policy *table, struct nsguard_rule * const *rule,
			   unsigned int n)
{
	unsigned int i, dry_runs = 0;

	for (i = 0; i < n; i++)
		dry_runs += rule[i]->dry_run;
	cond_resched();
	if (!dry_runs)
		return 0;
	table->dry_run = kvmalloc_array(dry_runs, sizeof(*table->dry_run), GFP_KERNEL_ACCOUNT);
	if (!table->dry_run)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (rule[i]->dry_run)
			table->dry_run[table->dry_runs++] = i;
	return 0;
}

int nsguard_policy_fill(struct nsguard_policy *policy, enum nsguard_table table,
			struct nsguard_rule **rule, unsigned int n)
{
	struct nsguard_table_policy *t = &policy->table[table];
	unsigned int i;
	int err;

	/* Most changes add one rule to many that are in order. */
	for (i = 1; i < n && order(&rule[i - 1], &rule[i]) <= 0; i++)
		;
	if (i < n)
		sort(rule, n, sizeof(*rule), order, NULL);
	err = gather_dry_runs(t, rule, n);
	if (err)
		return err;
	/* What is in @t already goes with @policy. */
	t->index = nsguard_index_build(rule, n);
	if (!t->index)
		return -ENOMEM;
	t->rule = rule;
	t->n = n;
	return 0;
}

void nsguard_policy_swap(struct nsguard_policy *policy)
{
	struct nsguard_policy *old;

	/* Writers are kept apart by the policy's mutex, which is not ours to see. */
	old = rcu_replace_pointer(in_force, policy, true);
	nsguard_policy_put(old);
}

struct nsguard_policy *nsguard_policy_rcu(void)
{
	return rcu_dereference(in_force);
}

struct nsguard_policy *nsguard_policy_get(void)
{
	struct nsguard_policy *policy;

	rcu_read_lock();
	do {
		policy = rcu_dereference(in_force);
	} while (policy && !kref_get_unless_zero(&policy->ref));
	rcu_read_unlock();
	return policy;
}

void nsguard_policy_put(struct nsguard_policy *policy)
{
	if (policy)
		kref_put(&policy->ref, release);
}

int nsguard_policy_init(void)
{
	struct nsguard_policy *empty;
	int err;

	policy_wq = alloc_workqueue("nsguard_policy", WQ_UNBOUND, 0);
	if (!policy_wq)
		return -ENOMEM;
	nsguard_path_init();
	err = nsguard_exe_init();
	if (err)
		goto no_exe;
	empty = nsguard_policy_alloc();
	if (!empty) {
		err = -ENOMEM;
		goto no_policy;
	}
	nsguard_policy_swap(empty);
	return 0;

no_policy:
	nsguard_exe_exit();
no_exe:
	destroy_workqueue(policy_wq);
	return err;
}

/* Everybody who could hold a reference or decide is gone. */
void nsguard_policy_exit(void)
{
	nsguard_policy_swap(NULL);
	rcu_barrier();			/* queue_rcu_work() queues when a grace period is over */
	destroy_workqueue(policy_wq);	/* and this waits for what is queued */
	nsguard_exe_exit();
}
