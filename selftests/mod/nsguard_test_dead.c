// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ftrace as an error in the kernel leaves it behind (H7): whoever calls it is refused with ENODEV,
 * and the call sites stay as they are. Unlike after a real error it can be brought back.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static int *disabled;

static int dead_set(const char *val, const struct kernel_param *kp)
{
	bool dead;
	int ret = kstrtobool(val, &dead);

	if (!ret)
		WRITE_ONCE(*disabled, dead);
	return ret;
}

static const struct kernel_param_ops dead_ops = { .set = dead_set };
module_param_cb(dead, &dead_ops, NULL, 0200);
MODULE_PARM_DESC(dead, "write 1: ftrace is dead; 0: it lives again");

static int __init test_init(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long (*lookup)(const char *name);
	int ret = register_kprobe(&probe);

	if (ret)
		return ret;
	lookup = (void *)probe.addr;
	unregister_kprobe(&probe);
	disabled = (int *)lookup("ftrace_disabled");
	return disabled ? 0 : -ENOENT;
}

/* Ftrace has to know that this module goes. */
static void __exit test_exit(void)
{
	WRITE_ONCE(*disabled, 0);
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("nsguard selftest: ftrace after an error of its own");
MODULE_LICENSE("GPL");
