// SPDX-License-Identifier: GPL-2.0-only
/* H29. Our series for 6.12: one pair of functions sees every namespace that is made, and ends. */
#include <linux/ns_common.h>

static __maybe_unused int nsguard_probe(struct ns_common *ns, const struct proc_ns_operations *ops)
{
	ns_common_release(ns);
	return ns_common_setup(ns, 0, ops);
}
