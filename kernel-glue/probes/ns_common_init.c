// SPDX-License-Identifier: GPL-2.0-only
/* 6.18: one function sees every namespace that is made. */
#include <linux/ns_common.h>

typeof(&__ns_common_init) nsguard_probe(void);

typeof(&__ns_common_init) nsguard_probe(void)
{
	int (*init)(struct ns_common *ns, u32 type, const struct proc_ns_operations *ops, int inum) =
		__ns_common_init;

	return init;
}
