// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch on a function the guard attaches to, so that the tests can see
 * each refuse the other (H7). It repairs nothing: who calls the function gets
 * EXDEV, an errno neither the kernel nor the guard gives there.
 */
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sched.h>

static char *function = "utsns_install";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "function to patch; it returns an int");

/*
 * Stands for any of them, whatever the arguments. Kernel threads are told that it was done: those
 * that ask do not expect to be refused.
 */
static int patched(void)
{
	return current->flags & PF_KTHREAD ? 0 : -EXDEV;
}

static struct klp_func funcs[] = {
	{ .new_func = patched },
	{ }
};

static struct klp_object objs[] = {
	{ .funcs = funcs },	/* no name: the kernel itself */
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init test_init(void)
{
	funcs[0].old_name = function;
	return klp_enable_patch(&patch);
}

/* Reached only after "echo 0" to the patch's "enabled" in sysfs. */
static void __exit test_exit(void)
{
}

module_init(test_init);
module_exit(test_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("nsguard selftest: a livepatch on a guarded function");
MODULE_LICENSE("GPL");
