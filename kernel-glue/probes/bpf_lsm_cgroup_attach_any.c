// SPDX-License-Identifier: GPL-2.0-only
/*
 * The posted cgroup series, perhaps another version of it: cgroup_attach_permissions() is not what
 * it is on stock kernels (H6).
 */
#include <linux/bpf_lsm.h>

static __maybe_unused void *nsguard_probe(void)
{
	return bpf_lsm_cgroup_attach;
}
