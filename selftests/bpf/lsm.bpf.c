// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF LSM programs on the points nsguard shares with them, each plain and sleepable: they count,
 * note what they were shown, and refuse when told to. No policy, and nothing of nsguard's.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "shared.h"

#define EACCES	13

/* As much of the kernel's structures as is looked at; where it is in them is settled at load. */
#define KERNEL	__attribute__((preserve_access_index))

struct ns_common {
	unsigned int inum;
} KERNEL;

struct kernfs_node {
	unsigned long long id;
} KERNEL;

struct cgroup {
	struct kernfs_node *kn;
} KERNEL;

struct nsset;
struct task_struct;
struct super_block;
struct cgroup_namespace;

struct shared shared;

char _license[] SEC("license") = "GPL";

static __always_inline int judge(unsigned long long arg)
{
	shared.arg = arg;
	__sync_fetch_and_add(&shared.calls, 1);
	return shared.refuse ? -EACCES : 0;
}

static __always_inline int judge_asleep(unsigned long long arg)
{
	int verdict = judge(arg);
	char byte;

	if (shared.page) {
		bpf_copy_from_user(&byte, sizeof(byte), (const void *)shared.page);
		__sync_fetch_and_add(&shared.returned, 1);
	}
	return verdict;
}

SEC("lsm/namespace_install")
int BPF_PROG(namespace_install, struct nsset *nsset, struct ns_common *ns)
{
	return judge(ns->inum);
}

SEC("lsm.s/namespace_install")
int BPF_PROG(namespace_install_s, struct nsset *nsset, struct ns_common *ns)
{
	return judge_asleep(ns->inum);
}

SEC("lsm/namespace_alloc")
int BPF_PROG(namespace_alloc, struct ns_common *ns)
{
	return judge(ns->inum);
}

SEC("lsm.s/namespace_alloc")
int BPF_PROG(namespace_alloc_s, struct ns_common *ns)
{
	return judge_asleep(ns->inum);
}

SEC("lsm/cgroup_attach")
int BPF_PROG(cgroup_attach, struct task_struct *task, struct cgroup *from, struct cgroup *to,
	     struct super_block *sb, int threadgroup, struct cgroup_namespace *ns)
{
	return judge(to->kn->id);
}

SEC("lsm.s/cgroup_attach")
int BPF_PROG(cgroup_attach_s, struct task_struct *task, struct cgroup *from, struct cgroup *to,
	     struct super_block *sb, int threadgroup, struct cgroup_namespace *ns)
{
	return judge_asleep(to->kn->id);
}

/* As it loads on every kernel: without a look at the mask, which a stock one does not give. */
SEC("lsm/task_setscheduler")
int BPF_PROG(task_setscheduler, struct task_struct *task)
{
	return judge(0);
}

SEC("lsm.s/task_setscheduler")
int BPF_PROG(task_setscheduler_s, struct task_struct *task)
{
	return judge_asleep(0);
}
