/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked: who wants to do what to whom. Filled by a hook, read by the
 * policy, never kept.
 */
#ifndef NSGUARD_REQUEST_H
#define NSGUARD_REQUEST_H

#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include "../uapi/linux/nsguard.h"

#define NSGUARD_TABLES	3
#define NSGUARD_OPS	6

/**
 * struct nsguard_request - one guarded operation, the subject being current
 * @table: table that is asked
 * @op: operation, one of @table's
 * @function: name of the attach point, static storage
 * @ns_type: namespace type, ns only
 * @ns_inum: namespace's inode number; 0 while it has none yet (creation on 6.x)
 * @target: task that is moved or pinned; NULL where there is none. Not
 *	referenced: valid for the call, as the attached function's argument is
 * @from: cgroup @target is in, or NULL; held by cgroup_mutex or by the caller
 * @to: cgroup @target is to go to; the same
 * @threadgroup: the whole process moves, not one thread
 * @v1: @from and @to lie in a v1 hierarchy (their names are stable only under
 *	cgroup_mutex, which the caller then holds: H19)
 * @sandbox: the sandbox current is locked in, found by decide.c; 0: in none,
 *	NSGUARD_LOCK_SEVERAL: in more than one
 * @cpus: mask that was asked for, or NULL (reset of io-wq: all CPUs, @reset)
 * @effective: @cpus without what the cpuset forbids, or NULL when unknown
 * @reset: a request for all CPUs
 *
 * Lives on the stack of an attach point, preemption off, inside an RCU read
 * side section.
 */
struct nsguard_request {
	enum nsguard_table table;
	enum nsguard_op op;
	const char *function;

	enum nsguard_nstype ns_type;
	u32 ns_inum;

	struct task_struct *target;
	struct cgroup *from;
	struct cgroup *to;
	bool threadgroup;
	bool v1;

	u32 sandbox;

	const struct cpumask *cpus;
	const struct cpumask *effective;
	bool reset;
};

#endif
