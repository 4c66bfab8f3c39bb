// SPDX-License-Identifier: GPL-2.0-only
/* Before 6.2, "sched: Introduce affinity_context": there is none. Answered only by a whole kernel source (H6). */
#include <kernel/sched/sched.h>

struct affinity_context {
	int compiles_only_where_it_is_not_defined;
};

int nsguard_probe(void);

int nsguard_probe(void)
{
	return SCA_USER;
}
