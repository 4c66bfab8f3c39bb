// SPDX-License-Identifier: GPL-2.0-only
/* Before 6.2 there is no affinity_context. Private, so only a whole kernel source answers (H6). */
#include <kernel/sched/sched.h>

struct affinity_context {
	int compiles_only_where_it_is_not_defined;
};

static __maybe_unused int nsguard_probe(int n)
{
	return n + SCA_USER;
}
