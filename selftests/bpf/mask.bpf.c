// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BPF LSM program that looks at the CPU mask of task_setscheduler, which only a patched kernel
 * shows it. Compiled as careless.bpf.c, too, where it trusts the mask to be there.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "shared.h"

struct cpumask {
	unsigned long bits[1];
} __attribute__((preserve_access_index));

struct task_struct;

struct shared shared;

char _license[] SEC("license") = "GPL";

SEC("lsm/task_setscheduler")
int BPF_PROG(task_setscheduler_mask, struct task_struct *task, const struct cpumask *in_mask)
{
	__sync_fetch_and_add(&shared.calls, 1);
#ifndef CARELESS
	if (!in_mask) {
		shared.arg = 0;
		return 0;
	}
#endif
	shared.arg = in_mask->bits[0];
	return 0;
}
