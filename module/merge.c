// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes leave small layers, and rules that are gone, behind: what a decision pays for a cheap
 * change. Once it is quiet they are made one layer again, in a snapshot of the same generation and
 * the same content, so that nobody can tell but by the time.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include "merge.h"
#include "policy/policy.h"
#include "transaction.h"

#define QUIET	(HZ / 2)	/* without a change */
/* Of one CPU's time: how many times longer than the work took last is waited. */
#define SHARE	50

static void merge(struct work_struct *work);
static DECLARE_DELAYED_WORK(merging, merge);
static unsigned long took;	/* jiffies, the last time; by the worker only */

/* Is there anything a merge would make better? */
static bool is_scattered(const struct nsguard_policy *policy)
{
	const struct nsguard_table_policy *table;
	unsigned int t;

	for (t = 0; t < NSGUARD_TABLES; t++) {
		table = &policy->table[t];
		if (table->layers > 1 || (table->layers && table->layer[0]->n > table->n))
			return true;
	}
	return false;
}

void nsguard_merge_later(const struct nsguard_policy *policy)
{
	if (is_scattered(policy))
		nsguard_policy_queue(&merging, QUIET + READ_ONCE(took) * SHARE);
}

static struct nsguard_policy *merged(const struct nsguard_policy *now)
{
	static const struct nsguard_edit edit = { .whole = true };
	struct nsguard_policy *next = nsguard_policy_like(now);
	unsigned int t;

	for (t = 0; t < NSGUARD_TABLES && next; t++) {
		if (!nsguard_table_compile(&next->table[t], &now->table[t], now->generation, &edit))
			continue;
		nsguard_policy_put(next);
		next = NULL;
	}
	return next;
}

/*
 * The work is done beside whoever changes the policy: when something was changed meanwhile it was
 * in vain, and that change has asked for another. Without memory it stays as it is.
 */
static void merge(struct work_struct *work)
{
	struct nsguard_policy *now = nsguard_policy_get(), *next, *latest;
	unsigned long start = jiffies;

	next = merged(now);
	nsguard_lock();
	latest = nsguard_policy_get();
	if (next && latest == now) {
		nsguard_policy_swap(next);
		next = NULL;
	}
	nsguard_unlock();
	WRITE_ONCE(took, jiffies - start);
	nsguard_policy_put(latest);
	nsguard_policy_put(next);
	nsguard_policy_put(now);
}

void nsguard_merge_exit(void)
{
	cancel_delayed_work_sync(&merging);
}
