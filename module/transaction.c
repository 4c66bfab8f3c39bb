// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of drafts, from begin to drop or timeout. What a change is, draft.c knows; how one gets
 * in force, commit.c; what was said, netlink.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "confirm.h"
#include "draft.h"
#include "inforce.h"
#include "merge.h"

static unsigned int rules = NSGUARD_MAX_RULES;
module_param(rules, uint, 0444);
MODULE_PARM_DESC(rules, "how many rules may be live, all tables together (default and most: 1048576)");

static DEFINE_MUTEX(policy_mutex);
static LIST_HEAD(drafts);	/* those with an owner, shells too */
static unsigned int open_drafts;
/* The same by owner. Under the mutex too, but for the question whether there is one. */
static DEFINE_XARRAY(owners);

unsigned int nsguard_max_rules(void)
{
	return rules;
}

void nsguard_lock(void)
{
	mutex_lock(&policy_mutex);
}

void nsguard_unlock(void)
{
	mutex_unlock(&policy_mutex);
}

/*
 * H26: an inherited socket survives the death of its client, and with it the
 * transaction. Idle ones are rolled back; a shell stays so that no change that was to be part of
 * it is taken for one of its own.
 */
static void expire(struct work_struct *work);
static DECLARE_DELAYED_WORK(expiry, expire);

static void expire(struct work_struct *work)
{
	unsigned long now, next = NSGUARD_TX_TIMEOUT * HZ;
	struct nsguard_draft *d;
	bool again = false;

	nsguard_lock();
	/* Not before: a draft touched while this waited would be idle for minus some time. */
	now = jiffies;
	list_for_each_entry(d, &drafts, node) {
		unsigned long idle = now - d->touched;

		if (d->over)
			continue;
		if (idle >= NSGUARD_TX_TIMEOUT * HZ) {
			nsguard_draft_unload(d);
			d->over = -ETIMEDOUT;
			WRITE_ONCE(open_drafts, open_drafts - 1);
			continue;
		}
		again = true;
		next = min(next, NSGUARD_TX_TIMEOUT * HZ - idle);
	}
	nsguard_unlock();
	if (again)
		schedule_delayed_work(&expiry, next);
}

static struct nsguard_draft *begin(u32 owner)
{
	struct nsguard_policy *base;
	struct nsguard_draft *d;
	int err;

	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return ERR_PTR(-ENOMEM);
	base = nsguard_policy_get();
	err = nsguard_draft_load(d, base);
	if (err) {
		nsguard_policy_put(base);
		kfree(d);
		return ERR_PTR(err);
	}
	INIT_LIST_HEAD(&d->node);
	d->owner = owner;
	d->touched = jiffies;
	if (owner && xa_is_err(xa_store(&owners, owner, d, GFP_KERNEL))) {
		nsguard_draft_unload(d);
		kfree(d);
		return ERR_PTR(-ENOMEM);
	}
	if (owner) {
		list_add_tail(&d->node, &drafts);
		WRITE_ONCE(open_drafts, open_drafts + 1);
		schedule_delayed_work(&expiry, NSGUARD_TX_TIMEOUT * HZ);
	}
	return d;
}

struct nsguard_draft *nsguard_draft_begin(u32 owner)
{
	struct nsguard_trial trial;

	/* What is on trial is the policy before and one change: nothing may come on top. */
	if (nsguard_confirm_pending(&trial))
		return ERR_PTR(-EBUSY);
	if (owner && open_drafts >= NSGUARD_MAX_TX)
		return ERR_PTR(-ENOSPC);
	return begin(owner);
}

void nsguard_draft_drop(struct nsguard_draft *d)
{
	if (d->owner && !d->over)
		WRITE_ONCE(open_drafts, open_drafts - 1);
	if (d->owner)
		xa_erase(&owners, d->owner);
	list_del(&d->node);
	if (!d->over)
		nsguard_draft_unload(d);
	kfree(d);
}

struct nsguard_draft *nsguard_draft_find(u32 owner)
{
	struct nsguard_draft *d = xa_load(&owners, owner);

	if (!d)
		return NULL;
	if (d->over)
		return ERR_PTR(d->over);
	d->touched = jiffies;
	return d;
}

void nsguard_draft_refused(u32 owner)
{
	struct nsguard_draft *d;

	if (xa_load(&owners, owner))
		return;
	/*
	 * What refused it may have been want of memory, and changes that follow would be put in
	 * force one by one: this must not fail. It is small, and there is one to a socket at most.
	 */
	d = kzalloc(sizeof(*d), GFP_KERNEL | __GFP_NOFAIL);
	d->owner = owner;
	d->over = -ECANCELED;
	xa_store(&owners, owner, d, GFP_KERNEL | __GFP_NOFAIL);
	list_add_tail(&d->node, &drafts);
}

bool nsguard_draft_any(u32 owner)
{
	return xa_load(&owners, owner);
}

void nsguard_draft_forget(u32 owner)
{
	struct nsguard_draft *d = xa_load(&owners, owner);

	if (d)
		nsguard_draft_drop(d);
}

unsigned int nsguard_draft_count(void)
{
	return READ_ONCE(open_drafts);
}

int nsguard_restore(const struct nsguard_policy *before, u64 *generation, char *why)
{
	struct nsguard_draft *d = begin(0);
	int err;

	strscpy(why, "out of memory", NSGUARD_WHY);
	if (IS_ERR(d))
		return PTR_ERR(d);
	err = nsguard_draft_revert(d, before);
	if (err) {
		nsguard_draft_drop(d);
		return err;
	}
	/* It was so before, whatever may be said against it. */
	nsguard_draft_force(d, NSGUARD_FORCE_ALL);
	return nsguard_draft_commit(d, generation, why);
}

int nsguard_transaction_init(void)
{
	if (rules && rules <= NSGUARD_MAX_RULES)
		return 0;
	pr_err("nsguard: rules=%u: it is from 1 to %u\n", rules, NSGUARD_MAX_RULES);
	return -EINVAL;
}

void nsguard_transaction_exit(void)
{
	struct nsguard_draft *d, *next;

	cancel_delayed_work_sync(&expiry);
	nsguard_merge_exit();
	list_for_each_entry_safe(d, next, &drafts, node)
		nsguard_draft_drop(d);
	nsguard_inforce_exit();
}
