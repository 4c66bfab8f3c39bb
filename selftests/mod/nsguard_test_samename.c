// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions of the same names as attach points, which the guard must neither
 * attach to nor be confused by. Reading the parameter "call" calls them and
 * shows what they return: 41 and 42, unless somebody stands in between.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/ns_common.h>
#include <linux/nsproxy.h>

static noinline __noclone int utsns_install(struct nsset *nsset, struct ns_common *ns)
{
	/* Something the compiler cannot fold into the caller. */
	asm volatile("");
	return 41;
}

static noinline __noclone int __sched_setaffinity(struct task_struct *p, void *ctx)
{
	asm volatile("");
	return 42;
}

static int call_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d %d\n", utsns_install(NULL, NULL),
			  __sched_setaffinity(current, NULL));
}

static const struct kernel_param_ops call_ops = { .get = call_get };
module_param_cb(call, &call_ops, NULL, 0444);
MODULE_PARM_DESC(call, "read: call both functions");

MODULE_DESCRIPTION("nsguard selftest: functions named like attach points");
MODULE_LICENSE("GPL");
