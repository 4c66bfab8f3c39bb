/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guarded operations as the attach points announce them. Each hook fills a
 * request, asks for a verdict and returns what the caller is to see.
 *
 * All of them run with preemption off inside an RCU read side section, never
 * sleep, never allocate, take no lock. current is the subject. PF_KTHREAD has
 * been let through before. Return: 0 to go on, a negative errno to refuse.
 *
 * H17: a hook comes before the kernel's own checks. Its EPERM may stand where EACCES or EINVAL
 * would; an errno the kernel gave is never replaced. And audit mode reports what would have
 * failed anyway.
 */
#ifndef NSGUARD_HOOKS_H
#define NSGUARD_HOOKS_H

#include "../kernel-glue/glue.h"
#include "request.h"

struct nsset;
/* current wants to enter @ns, which it holds; in the same call it has entered what is in @set. */
int nsguard_hook_ns_enter(const char *function, enum nsguard_nstype type,
			  const struct ns_common *ns, const struct nsset *set);
/*
 * current wants to create namespaces: @types is a bit set of enum nsguard_nstype
 * (one bit where each is seen by itself), @inum the new one's, 0 when unknown.
 */
int nsguard_hook_ns_create(const char *function, u32 types, u32 inum);
/*
 * current, or a child it makes, is about to be in the namespaces @ref, all of them; or @ref is one
 * that it has just made (H23). Whatever the mode; cannot be refused any more. @last: it makes no
 * others in the same call.
 */
void nsguard_hook_ns_install(const struct nsguard_ns_ref *ref, unsigned int n, bool last);
/* current is not making namespaces. */
void nsguard_hook_ns_none(void);
/*
 * The namespace with this inode number is gone (or, on 6.x, some other file of
 * /proc is: harmless). Any context, softirq included (H20).
 */
void nsguard_hook_ns_death(u32 inum);

/**
 * struct nsguard_move - a task that is to go to another cgroup
 * @target: the task; where a child is born, which is not there yet, it or who makes it
 * @from: cgroup it is in
 * @to: cgroup it is to go to; of the same hierarchy
 * @threadgroup: a whole process moves, not one thread
 * @v1: it is a v1 hierarchy (H19)
 * @opener_known: is @opener_uid?
 * @opener_uid: real uid of who opened the file that is written to; of current, where a child is
 *	born
 *
 * cgroup_mutex is held by the caller.
 */
struct nsguard_move {
	struct task_struct *target;
	struct cgroup *from;
	struct cgroup *to;
	bool threadgroup;
	bool v1;
	bool opener_known;
	u32 opener_uid;
};

/* current wants to move a task. */
int nsguard_hook_cgroup_move(const char *function, const struct nsguard_move *move);
/*
 * current wants @target to run on @cpus, @effective of which the cpuset allows. Called
 * once for each request, at the last point that sees it: where another point knows
 * @effective, the one that knows only @cpus notes them and leaves the decision to it
 * (as in H12); or a rule would be hit twice, and a default decide before a rule on
 * @effective could. @effective is NULL where no point knows it.
 */
int nsguard_hook_setaffinity(const char *function, struct task_struct *target,
			     const struct cpumask *cpus, const struct cpumask *effective);
/*
 * current moves @target to a cpuset in which @cpus are in force; also a child that it makes
 * there. Called for each task of a process.
 */
int nsguard_hook_cpuset(const char *function, struct task_struct *target,
			const struct cpumask *cpus);
/*
 * current wants io_uring threads on @cpus: its own (@workers is NULL) or those that the kernel
 * calls @workers, which are another process's where a ring is shared. @reset: it wants no CPUs of
 * its own for them.
 */
int nsguard_hook_io_uring(const char *function, const void *workers, const struct cpumask *cpus,
			  bool reset);

#endif
