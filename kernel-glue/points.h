/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the table of attach points and the adapters share. An adapter takes the arguments of one
 * function out of the registers and calls one hook; it decides nothing.
 */
#ifndef NSGUARD_POINTS_H
#define NSGUARD_POINTS_H

#include <linux/percpu.h>
#include "attach.h"
#include "../module/hooks.h"

/* The guarded paths, in the order status shows them. */
enum nsguard_path_id {
	/* eight of them, in the order of enum nsguard_nstype */
	PATH_NS_ENTER,
	PATH_NS_CREATE = PATH_NS_ENTER + NSGUARD_NSTYPE_TIME + 1,
	PATH_NS_CREATE_USER,
	PATH_NS_DEATH,
	PATH_NS_BIRTH,
	PATH_CGROUP_PROCS,
	PATH_CGROUP_THREADS,
	PATH_CLONE3,
	PATH_CGROUP_V1,
	PATH_SETAFFINITY,
	PATH_SETAFFINITY_EFFECTIVE,
	PATH_SQ_AFF,
	PATH_IOWQ_AFF,
	PATH_CPUSET,
	PATHS,
};

/* paths.c: how often each was entered, on each CPU. */
DECLARE_PER_CPU(u64[PATHS], nsguard_path_hits);

/*
 * The path was taken: counted for status, so that a point can be proved to be live (H4). Any
 * context.
 */
static __always_inline void nsguard_path_hit(enum nsguard_path_id path)
{
	this_cpu_inc(nsguard_path_hits[path]);
}

/* points-ns.c; @data of the first is an enum nsguard_nstype. */
int nsguard_on_install(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_lsm_install(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_lsm_alloc(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_create_flags(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_create_user(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_ns_init(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_ns_free(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_inum_free(const struct nsguard_point *point, const struct nsguard_call *call);

/* points-birth.c */
int nsguard_on_tree_add(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_switch_namespaces(const struct nsguard_point *point,
				 const struct nsguard_call *call);
int nsguard_on_commit_creds(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_can_fork(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_time_switch(const struct nsguard_point *point, const struct nsguard_call *call);

/* points-cgroup.c */
int nsguard_on_permissions(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_permissions_task(const struct nsguard_point *point,
				const struct nsguard_call *call);
int nsguard_on_write_permission(const struct nsguard_point *point,
				const struct nsguard_call *call);
int nsguard_on_lsm_cgroup(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_attach_task(const struct nsguard_point *point, const struct nsguard_call *call);
/*
 * Looks up the callers that must be recognised. Without one of them these two, whose addresses
 * were looked up before, cannot be used any more. May sleep.
 */
void nsguard_points_cgroup_init(struct nsguard_point *permissions,
				struct nsguard_point *write_permission);
/* @native: nsguard_on_lsm_cgroup() judges v2 moves; else nsguard_on_attach_task() does. */
void nsguard_points_cgroup_native(bool native);

/* points-affinity.c */
int nsguard_on_set_cpus(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_setaffinity(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_dl_check(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_sq_offload(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_iowq(const struct nsguard_point *point, const struct nsguard_call *call);
int nsguard_on_setscheduler(const struct nsguard_point *point, const struct nsguard_call *call);
/*
 * Looks up the callers that must be recognised. Without one of them @setscheduler, whose address
 * was looked up before, cannot be used any more. May sleep.
 */
void nsguard_points_affinity_init(struct nsguard_point *setscheduler);
/*
 * @two: the second point decides, with both masks; else the first does, without the effective
 * one.
 */
void nsguard_points_affinity_two(bool two);
/* @decides: nsguard_on_setscheduler() judges sched_setaffinity too, no better way is there. */
void nsguard_points_affinity_mask(bool decides);

/* answers.c: before the first nsguard_glue_host_inum(). Return: 0, or an errno with @why set. */
int nsguard_answers_init(char *why);

/**
 * struct nsguard_affinity_context - the kernel's struct affinity_context, private to its
 * scheduler
 * @new_mask: CPUs asked for; once the cpuset was applied, what it left of them
 * @user_mask: CPUs asked for
 * @flags: SCA_*
 *
 * As of 6.2 to 7.3, checked against BTF (H6).
 */
struct nsguard_affinity_context {
	const struct cpumask *new_mask;
	struct cpumask *user_mask;
	unsigned int flags;
};

/**
 * struct nsguard_cset_link - the kernel's struct cgrp_cset_link, private to cgroup
 * @cgrp: one of the cgroups @cset stands for
 * @cset: the css_set
 * @cset_link: in @cgrp's list
 * @cgrp_link: in @cset's list
 *
 * As of 6.1 to 7.3, checked against BTF (H6).
 */
struct nsguard_cset_link {
	struct cgroup *cgrp;
	struct css_set *cset;
	struct list_head cset_link;
	struct list_head cgrp_link;
};

/**
 * struct nsguard_kernfs_iattrs - the kernel's struct kernfs_iattrs, private to kernfs
 * @ia_uid: who owns the node
 *
 * Its beginning, as of 6.1 to 7.3, checked against BTF (H6).
 */
struct nsguard_kernfs_iattrs {
	kuid_t ia_uid;
};

#endif
