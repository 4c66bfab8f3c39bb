// SPDX-License-Identifier: GPL-2.0-only
/* The posted cgroup series: it declares this hook and prepends a task to cgroup_attach_permissions() (H6). */
#include <linux/bpf_lsm.h>

typeof(&bpf_lsm_cgroup_attach) nsguard_probe(void);

typeof(&bpf_lsm_cgroup_attach) nsguard_probe(void)
{
	return bpf_lsm_cgroup_attach;
}
