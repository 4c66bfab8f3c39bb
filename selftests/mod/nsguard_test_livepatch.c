// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch on a function the guard attaches to, so that the tests can see
 * each refuse the other (H7). It repairs nothing: who enters a UTS namespace
 * gets EXDEV, an errno neither the kernel nor the guard gives there.
 */
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/nsproxy.h>

static int patched_install(struct nsset *nsset, struct ns_common *ns)
{
	return -EXDEV;
}

static struct klp_func funcs[] = {
	{ .old_name = "utsns_install", .new_func = patched_install },
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
	return klp_enable_patch(&patch);
}

/* Reached only after "echo 0" to the patch's "enabled" in sysfs. */
static void __exit test_exit(void)
{
}

module_init(test_init);
module_exit(test_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("nsguard selftest: a livepatch on utsns_install");
MODULE_LICENSE("GPL");
