// SPDX-License-Identifier: GPL-2.0-only
/* The posted cgroup series: where this is, cgroup_attach_permissions() has a task first (H6). */
#include <linux/bpf_lsm.h>

static __maybe_unused void *nsguard_probe(void)
{
	return bpf_lsm_cgroup_attach;
}
