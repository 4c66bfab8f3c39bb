// SPDX-License-Identifier: GPL-2.0-only
/* No question: what every kernel has compiles, or the toolchain is broken. */
#include <linux/ftrace.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/ns_common.h>

static __maybe_unused size_t nsguard_probe(const struct ns_common *ns)
{
	return sizeof(struct ftrace_ops) + sizeof(struct kernfs_node) + ns->inum;
}
