// SPDX-License-Identifier: GPL-2.0-only
/*
 * The posted cgroup series: bpf_lsm_cgroup_attach(), with the arguments we read. Where this is,
 * with or without CONFIG_BPF_LSM, cgroup_attach_permissions() has a task first (H6).
 */
#include <linux/bpf_lsm.h>

static_assert(__same_type(&bpf_lsm_cgroup_attach,
			  int (*)(struct task_struct *, struct cgroup *, struct cgroup *,
				  struct super_block *, bool, struct cgroup_namespace *)));
