// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs that watch the functions nsguard attaches to on stock kernels, one for each way BPF
 * has of getting there. They have no say in what the function does.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "shared.h"

#define EPERM	1

struct shared shared;

char _license[] SEC("license") = "GPL";

static __always_inline int seen(void)
{
	__sync_fetch_and_add(&shared.calls, 1);
	return 0;
}

static __always_inline int seen_return(void *ctx)
{
	unsigned long long ret = 0;

	bpf_get_func_ret(ctx, &ret);
	/* Most of them return an int, and -EPERM for a pointer is the same in 32 bits. */
	if ((int)ret == -EPERM)
		__sync_fetch_and_add(&shared.refused, 1);
	return seen();
}

#define WATCH(function) \
	SEC("fentry/" #function) \
	int function ## _fentry(void *ctx) { return seen(); } \
	SEC("fexit/" #function) \
	int function ## _fexit(void *ctx) { return seen_return(ctx); }

WATCH(utsns_install)
WATCH(create_new_namespaces)
WATCH(create_user_ns)
WATCH(__ns_common_init)
WATCH(cgroup_attach_permissions)
WATCH(cgroup_attach_task)
WATCH(__set_cpus_allowed_ptr)
WATCH(__sched_setaffinity)
WATCH(security_task_setscheduler)
WATCH(io_sq_offload_create)
WATCH(bpf_lsm_namespace_install)
WATCH(bpf_lsm_namespace_alloc)
WATCH(bpf_lsm_cgroup_attach)

/* This one is told where to go when it is attached. */
SEC("kprobe")
int any_kprobe(void *ctx)
{
	return seen();
}
