// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring-up, one step on the other, and its mirror. Nothing is decided here.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/printk.h>
#include "../kernel-glue/glue.h"
#include "confirm.h"
#include "decide.h"
#include "event.h"
#include "member.h"
#include "mode.h"
#include "netlink/netlink.h"
#include "policy/policy.h"
#include "transaction.h"

/* The first policy: no rule, default allow, in the mode that was asked for. */
static int first_policy(void)
{
	struct nsguard_policy *policy = nsguard_policy_alloc();
	unsigned int t;

	if (!policy)
		return -ENOMEM;
	for (t = 0; t < NSGUARD_TABLES; t++)
		policy->table[t].mode = nsguard_mode_initial();
	nsguard_lock();
	nsguard_policy_swap(policy);
	nsguard_unlock();
	return 0;
}

static int attach(void)
{
	char why[NSGUARD_WHY] = "";
	unsigned int t;
	int err;

	err = nsguard_glue_init(why);
	if (err) {
		pr_err("nsguard: %s\n", why);
		return err;
	}
	if (nsguard_mode_initial() != NSGUARD_MODE_OFF)
		return 0;
	nsguard_lock();
	for (t = 0; t < NSGUARD_TABLES && !err; t++)
		err = nsguard_glue_table(t, false, why);
	nsguard_unlock();
	if (err) {
		pr_err("nsguard: %s\n", why);
		nsguard_glue_exit();
	}
	return err;
}

static int __init nsguard_init(void)
{
	int err;

	err = nsguard_mode_init();
	if (err)
		return err;
	err = nsguard_event_init(nsguard_nl_event_send);
	if (err)
		return err;
	nsguard_member_init();
	err = nsguard_policy_init();
	if (err)
		goto no_policy;
	err = nsguard_transaction_init();
	if (err)
		goto no_transaction;
	err = first_policy();
	if (err)
		goto no_attach;
	err = attach();
	if (err)
		goto no_attach;
	/*
	 * Last, and gone first: nobody attaches a table again that is being detached for
	 * good. With no rule and default allow nothing is judged before it is there.
	 */
	err = nsguard_nl_init();
	if (err)
		goto no_netlink;
	return 0;

no_netlink:
	nsguard_glue_exit();
no_attach:
	nsguard_transaction_exit();
no_transaction:
	nsguard_policy_exit();
no_policy:
	nsguard_event_exit();
	return err;
}

static void __exit nsguard_exit(void)
{
	nsguard_nl_exit();
	nsguard_confirm_exit();
	nsguard_glue_exit();
	nsguard_transaction_exit();
	nsguard_policy_exit();
	nsguard_event_exit();
}

module_init(nsguard_init);
module_exit(nsguard_exit);

MODULE_DESCRIPTION("Rules for entering namespaces, moving between cgroups and CPU affinity");
MODULE_AUTHOR("The nsguard authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
