// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kprobe on a function the guard attaches to. With post=1 it has a post
 * handler, which makes the kernel claim the function for itself as a livepatch
 * would (H7); without, both must get along.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *function = "utsns_install";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "function to probe");

static bool post = true;
module_param(post, bool, 0444);
MODULE_PARM_DESC(post, "with a post handler");

static int seen;
module_param(seen, int, 0444);
MODULE_PARM_DESC(seen, "how often the probe fired");

static int before(struct kprobe *p, struct pt_regs *regs)
{
	seen++;
	return 0;
}

static void after(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = {
	.pre_handler = before,
};

static int __init test_init(void)
{
	probe.symbol_name = function;
	if (post)
		probe.post_handler = after;
	return register_kprobe(&probe);
}

static void __exit test_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("nsguard selftest: a kprobe on a guarded function");
MODULE_LICENSE("GPL");
