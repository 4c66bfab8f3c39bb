// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a careful author would write with BPF LSM where nsguard has a rule: a set of what is denied
 * in a hash map, one look-up a decision. One program for each hook and match; only the one that is
 * measured is loaded. They do nothing else: no counting, no events, no modes.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EPERM	1
#define KERNEL	__attribute__((preserve_access_index))

typedef unsigned int u32;
typedef unsigned long long u64;

struct ns_common {
	u32 inum;
} KERNEL;

struct kernfs_node {
	u64 id;
} KERNEL;

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[];
} KERNEL;

struct css_set {
	struct cgroup *dfl_cgrp;
} KERNEL;

struct task_struct {
	struct {
		u32 val;
	} loginuid;
	struct css_set *cgroups;
} KERNEL;

struct cpumask {
	unsigned long bits[1];
} KERNEL;

struct nsset;
struct cred;

/* Made as large as the policy is, before it is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} ids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} cgroups SEC(".maps");

/* Subtrees that are denied all lie this deep, which saves looking at every level. */
const volatile int level = 2;
const volatile unsigned long reserved = 1;

char _license[] SEC("license") = "GPL";

static __always_inline int by_id(u32 id)
{
	return bpf_map_lookup_elem(&ids, &id) ? -EPERM : 0;
}

static __always_inline int by_cgroup(u64 id)
{
	return bpf_map_lookup_elem(&cgroups, &id) ? -EPERM : 0;
}

static __always_inline int by_uid(void)
{
	return by_id((u32)bpf_get_current_uid_gid());
}

static __always_inline int by_auid(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return by_id(task->loginuid.val);
}

static __always_inline int by_subtree(void)
{
	return by_cgroup(bpf_get_current_ancestor_cgroup_id(level));
}

/* The one above @cgrp at that level, or itself, as the helper finds it for current. */
static __always_inline int by_subtree_of(struct cgroup *cgrp)
{
	struct cgroup *top;
	struct kernfs_node *kn;
	u64 id;

	if (cgrp->level < level)
		return 0;
	if (cgrp->level == level) {
		id = cgrp->kn->id;
		return by_cgroup(id);
	}
	if (bpf_probe_read_kernel(&top, sizeof(top), &cgrp->ancestors[level]) ||
	    bpf_probe_read_kernel(&kn, sizeof(kn), &top->kn) ||
	    bpf_probe_read_kernel(&id, sizeof(id), &kn->id))
		return 0;
	return by_cgroup(id);
}

SEC("lsm/namespace_install")
int BPF_PROG(enter_target, struct nsset *nsset, struct ns_common *ns)
{
	return by_id(ns->inum);
}

#define SUBJECT(hook, name)							\
	SEC("lsm/" #hook) int name ## _uid(void *ctx) { return by_uid(); }	\
	SEC("lsm/" #hook) int name ## _auid(void *ctx) { return by_auid(); }	\
	SEC("lsm/" #hook) int name ## _cgroup(void *ctx) { return by_subtree(); }

SUBJECT(namespace_install, enter)
SUBJECT(namespace_alloc, create)
SUBJECT(userns_create, create_user)
SUBJECT(cgroup_attach, move)
SUBJECT(task_setscheduler, affinity)

SEC("lsm/cgroup_attach")
int BPF_PROG(move_to, struct task_struct *task, struct cgroup *from, struct cgroup *to)
{
	return by_subtree_of(to);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(affinity_target_cgroup, struct task_struct *task)
{
	return by_subtree_of(task->cgroups->dfl_cgrp);
}

/* The mask is shown by patched kernels only. */
SEC("lsm/task_setscheduler")
int BPF_PROG(affinity_cpus, struct task_struct *task, const struct cpumask *in_mask)
{
	if (!in_mask || !(in_mask->bits[0] & reserved))
		return 0;
	return by_uid();
}
