// SPDX-License-Identifier: GPL-2.0-only
/* No question: what no kernel has does not compile. Else a probe's "yes" means nothing. */
#include <linux/ns_common.h>

static __maybe_unused unsigned int nsguard_probe(const struct ns_common *ns)
{
	return ns->no_kernel_has_this_member;
}
