// SPDX-License-Identifier: GPL-2.0-only
/* 6.15, "kernfs: Use RCU to access kernfs_node::parent": __parent in place of parent. */
#include <linux/kernfs.h>

static __maybe_unused struct kernfs_node *nsguard_probe(const struct kernfs_node *kn)
{
	return rcu_dereference(kn->__parent);
}
