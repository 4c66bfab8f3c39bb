// SPDX-License-Identifier: GPL-2.0-only
/* 6.18: one function sees every namespace die. */
#include <linux/ns_common.h>

typeof(&__ns_common_free) nsguard_probe(void);

typeof(&__ns_common_free) nsguard_probe(void)
{
	void (*free)(struct ns_common *ns) = __ns_common_free;

	return free;
}
