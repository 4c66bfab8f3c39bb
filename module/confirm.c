// SPDX-License-Identifier: GPL-2.0-only
/*
 * A change on trial keeps the policy it replaced, and a timer that puts that one in force
 * again, unless somebody says so before. How a policy gets in force, transaction.c knows; who
 * may confirm, netlink.
 *
 * While one is on trial there are no others: what was before would otherwise not be what comes
 * back. The client need not live, nor any other (H28 is about who cannot do anything any more).
 */
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "confirm.h"
#include "event.h"
#include "policy/policy.h"
#include "transaction.h"

#define RETRY	HZ	/* when memory or an attach point was missing */

/* All under the policy's mutex. */
static struct nsguard_policy *before;	/* with a reference; NULL: no change is on trial */
static struct nsguard_trial maker;
static char maker_comm[TASK_COMM_LEN];
static unsigned long until;
static bool failed;			/* to be said once */

static void take_back(struct work_struct *work);
static DECLARE_DELAYED_WORK(timer, take_back);

static void forget(void)
{
	nsguard_policy_put(before);
	before = NULL;
	failed = false;
}

int nsguard_confirm_rollback(u64 *generation, char *why)
{
	int err;

	if (!before)
		return -ENOENT;
	err = nsguard_restore(before, generation, why);
	if (err)
		return err;
	nsguard_event_post_rollback(*generation, maker.pid, maker.uid, maker.auid, maker_comm);
	/* Should the work be waiting for the mutex: it will find nothing to do. */
	cancel_delayed_work(&timer);
	forget();
	return 0;
}

static void take_back(struct work_struct *work)
{
	char why[NSGUARD_WHY] = "";
	u64 generation;
	int err;

	nsguard_lock();
	/* Confirmed in the last moment, and perhaps another one is on trial by now. */
	if (!before || time_before(jiffies, until)) {
		nsguard_unlock();
		return;
	}
	err = nsguard_confirm_rollback(&generation, why);
	if (err) {
		if (!failed)
			pr_err("nsguard: an unconfirmed change cannot be taken back yet: %s (%d)\n",
			       why, err);
		failed = true;
		schedule_delayed_work(&timer, RETRY);
	}
	nsguard_unlock();
}

void nsguard_confirm_begin(struct nsguard_policy *policy, u32 seconds)
{
	before = policy;
	maker.pid = task_tgid_nr(current);
	maker.uid = __kuid_val(current_uid());
	maker.auid = __kuid_val(audit_get_loginuid(current));
	get_task_comm(maker_comm, current);
	until = jiffies + seconds * HZ;
	schedule_delayed_work(&timer, seconds * HZ);
}

bool nsguard_confirm_pending(struct nsguard_trial *trial)
{
	unsigned long now = jiffies;

	if (!before)
		return false;
	*trial = maker;
	trial->left = time_before(now, until) ? DIV_ROUND_UP(until - now, HZ) : 0;
	return true;
}

int nsguard_confirm(void)
{
	if (!before)
		return -ENOENT;
	/* Should the work be waiting for the mutex: it will find nothing to do. */
	cancel_delayed_work(&timer);
	forget();
	return 0;
}

void nsguard_confirm_exit(void)
{
	cancel_delayed_work_sync(&timer);
	nsguard_lock();
	if (before)
		forget();
	nsguard_unlock();
}
