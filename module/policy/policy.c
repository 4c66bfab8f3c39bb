// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots of the policy: made, put in force, dropped. What goes into one is the business of
 * commit.c; what one says to a request, that of decide.c.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "index.h"
#include "policy.h"
#include "set.h"

const u32 nsguard_table_ops[NSGUARD_TABLES] = {
	[NSGUARD_TABLE_NS]	 = BIT(NSGUARD_OP_ENTER) | BIT(NSGUARD_OP_CREATE),
	[NSGUARD_TABLE_CGROUP]	 = BIT(NSGUARD_OP_MOVE),
	[NSGUARD_TABLE_AFFINITY] = BIT(NSGUARD_OP_SETAFFINITY) | BIT(NSGUARD_OP_IO_URING) |
				   BIT(NSGUARD_OP_CPUSET),
};

static_assert(NSGUARD_OP_CPUSET + 1 == NSGUARD_OPS);
static_assert(NSGUARD_TABLE_AFFINITY + 1 == NSGUARD_TABLES);

struct nsguard_policy __rcu *nsguard_in_force;
static struct workqueue_struct *policy_wq;	/* frees snapshots, and merges their layers */

void nsguard_policy_queue(struct delayed_work *work, unsigned long delay)
{
	mod_delayed_work(policy_wq, work, delay);
}

/* A grace period after the last reference: no decision can see it any more. */
static void destroy(struct work_struct *work)
{
	struct nsguard_policy *policy = container_of(to_rcu_work(work), struct nsguard_policy,
						     work);
	struct nsguard_table_policy *table;
	unsigned int t, i;

	for (t = 0; t < NSGUARD_TABLES; t++) {
		table = &policy->table[t];
		for (i = 0; i < table->layers; i++)
			nsguard_layer_put(table->layer[i]);
	}
	for (i = 0; i < policy->sandboxes; i++)
		nsguard_sandbox_put(policy->sandbox[i]);
	kvfree(policy->sandbox);
	nsguard_set_end(policy);
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
	INIT_LIST_HEAD(&policy->alive);
	policy->generation = 1;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		policy->table[t].mode = NSGUARD_MODE_ENFORCE;
		for (op = 0; op < NSGUARD_OPS; op++)
			policy->table[t].fallback[op] = NSGUARD_VERDICT_ALLOW;
	}
	return policy;
}

struct nsguard_policy *nsguard_policy_like(const struct nsguard_policy *policy)
{
	struct nsguard_policy *like = nsguard_policy_alloc();
	unsigned int t, i;

	if (!like)
		return NULL;
	like->generation = policy->generation;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		like->table[t].mode = policy->table[t].mode;
		memcpy(like->table[t].fallback, policy->table[t].fallback,
		       sizeof(like->table[t].fallback));
	}
	like->sets = nsguard_set_list_get(policy->sets);
	like->elements = policy->elements;
	if (!policy->sandboxes)
		return like;
	like->sandbox = kvmalloc_array(policy->sandboxes, sizeof(*like->sandbox), GFP_KERNEL);
	if (!like->sandbox) {
		nsguard_policy_put(like);
		return NULL;
	}
	for (i = 0; i < policy->sandboxes; i++) {
		nsguard_sandbox_get(policy->sandbox[i]);
		like->sandbox[like->sandboxes++] = policy->sandbox[i];
	}
	return like;
}

void nsguard_policy_swap(struct nsguard_policy *policy)
{
	struct nsguard_policy *old;

	if (policy)
		nsguard_set_begin(policy);
	/* Writers are kept apart by the policy's mutex, which is not ours to see. */
	old = rcu_replace_pointer(nsguard_in_force, policy, true);
	nsguard_policy_put(old);
}

struct nsguard_policy *nsguard_policy_get(void)
{
	struct nsguard_policy *policy;

	rcu_read_lock();
	do {
		policy = rcu_dereference(nsguard_in_force);
	} while (policy && !kref_get_unless_zero(&policy->ref));
	rcu_read_unlock();
	return policy;
}

u64 nsguard_policy_generation(void)
{
	u64 generation;

	rcu_read_lock();
	generation = rcu_dereference(nsguard_in_force)->generation;
	rcu_read_unlock();
	return generation;
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
