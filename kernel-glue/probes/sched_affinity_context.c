// SPDX-License-Identifier: GPL-2.0-only
/* 6.2, "sched: Introduce affinity_context". Private, so only a whole kernel source answers (H6). */
#include <linux/cpumask.h>
#include <kernel/sched/sched.h>

static __maybe_unused unsigned int nsguard_probe(const struct affinity_context *ctx)
{
	const struct cpumask *masks[] = { ctx->new_mask, ctx->user_mask };

	return ctx->flags + cpumask_weight(masks[SCA_USER == 0x08]);
}
