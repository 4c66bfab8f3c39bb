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
#include "../kernel-glue/glue.h"
#include "../uapi/linux/nsguard.h"

#define NSGUARD_TABLES	3
#define NSGUARD_OPS	6

/**
 * struct nsguard_exe_seen - a file that is executed
 * @known: there is one
 * @dev: device
 * @ino: inode number
 * @gen: its generation
 */
struct nsguard_exe_seen {
	bool known;
	dev_t dev;
	u64 ino;
	u32 gen;
};

/**
 * struct nsguard_said - who acts on whom, where that is said and not looked at (rule-test)
 * @cred: credentials of who acts; a reference
 * @auid: login uid
 * @pid: process id
 * @threads: the process has several threads
 * @userns: its user namespace
 * @cgroup: its cgroup of the v2 hierarchy; a reference
 * @cgroup_root: the root of its cgroup namespace; a reference
 * @ns: namespaces it is in, and those its children get
 * @n_ns: how many
 * @exe: what it executes
 * @target_owner: uid of who owns the namespace entered
 * @who: is the task acted on the one that acts?
 * @target_uid: real uid of that task
 * @target_cgroup: its cgroup; a reference
 * @target_exe: what it executes
 *
 * Filled by nsguard_said_init(), changed before it is asked about, dropped by
 * nsguard_said_exit(); see said.c.
 */
struct nsguard_said {
	struct cred *cred;
	u32 auid;
	pid_t pid;
	bool threads;
	enum nsguard_userns userns;
	struct cgroup *cgroup;
	struct cgroup *cgroup_root;
	struct nsguard_ns_ref ns[NSGUARD_TASK_REFS];
	unsigned int n_ns;
	struct nsguard_exe_seen exe;
	u32 target_owner;
	enum nsguard_who who;
	u32 target_uid;
	struct cgroup *target_cgroup;
	struct nsguard_exe_seen target_exe;
};

/**
 * struct nsguard_request - one guarded operation, the subject being current
 * @table: enum nsguard_table, the table that is asked
 * @op: enum nsguard_op, one of @table's
 * @ns_type: enum nsguard_nstype, ns only
 * @threadgroup: the whole process moves, not one thread
 * @v1: @from and @to lie in a v1 hierarchy (their names are stable only under
 *	cgroup_mutex, which the caller then holds: H19)
 * @opener_known: is @opener_uid?
 * @reset: a request for all CPUs
 * @read: bit set of NSGUARD_READ_*: what of it was read
 * @function: name of the attach point, static storage
 * @generation: of the policy that is asked, set by decide.c: sets have the elements it sees
 * @said: who acts on whom; NULL: current on @target
 * @ns_inum: namespace's inode number; 0 while it has none yet (creation on 6.x)
 * @sandbox: the sandbox current is locked in, found by decide.c; 0: in none,
 *	NSGUARD_LOCK_SEVERAL: in more than one
 * @ns: the namespace entered; held by the caller. NULL for creation, and where it is said
 * @set: what else current enters in the same call, as far as it has come; as @ns
 * @target: task that is moved or pinned; NULL where there is none. Not
 *	referenced: valid for the call, as the attached function's argument is
 * @from: cgroup @target is in, or NULL; held by cgroup_mutex or by the caller
 * @to: cgroup @target is to go to; the same
 * @opener_uid: real uid of who opened the file that is written to
 * @cpus: mask that was asked for, or NULL (reset of io-wq: all CPUs, @reset)
 * @effective: @cpus without what the cpuset forbids, or NULL when unknown
 * @cgroup: current's cgroup of the v2 hierarchy; like those below read when first asked for
 * @exe: what current executes
 * @target_uid: @target's real uid
 * @target_cgroup: its cgroup, unless it is current or a child to be born: @cgroup is
 * @target_exe: what it executes, unless it is one of current's threads: @exe is
 * @delegated: do @from and @to lie in what was delegated?
 *
 * What somebody else may change meanwhile is read once: or a task on its way from one state to
 * another, either of which some rule refuses, would be in neither and let through.
 *
 * Lives on the stack of an attach point, preemption off, inside an RCU read
 * side section.
 */
struct nsguard_request {
	/* A new member is set in nsguard_request_init(), too. */
	u8 table;
	u8 op;
	u8 ns_type;
	bool threadgroup;
	bool v1;
	bool opener_known;
	bool reset;
	u8 read;
	const char *function;
	u64 generation;
	const struct nsguard_said *said;

	u32 ns_inum;
	u32 sandbox;
	const struct ns_common *ns;
	const struct nsset *set;

	struct task_struct *target;
	struct cgroup *from;
	struct cgroup *to;
	u32 opener_uid;

	const struct cpumask *cpus;
	const struct cpumask *effective;

	/* Not set before it is read. */
	struct cgroup *cgroup;
	struct nsguard_exe_seen exe;
	u32 target_uid;
	struct cgroup *target_cgroup;
	struct nsguard_exe_seen target_exe;
	bool delegated;
};

#define NSGUARD_READ_CGROUP		BIT(0)
#define NSGUARD_READ_EXE		BIT(1)
#define NSGUARD_READ_TARGET_UID		BIT(2)
#define NSGUARD_READ_TARGET_CGROUP	BIT(3)
#define NSGUARD_READ_TARGET_EXE		BIT(4)
#define NSGUARD_READ_DELEGATION		BIT(5)

/*
 * @req of @table, @op and @function and nothing else yet. Each member is set here: the variable is
 * __uninitialized, since clearing it first in a loop costs a tenth of a decision.
 */
static __always_inline void nsguard_request_init(struct nsguard_request *req,
						 enum nsguard_table table, enum nsguard_op op,
						 const char *function)
{
	req->table = table;
	req->op = op;
	req->ns_type = 0;
	req->threadgroup = false;
	req->v1 = false;
	req->opener_known = false;
	req->reset = false;
	req->read = 0;
	req->function = function;
	req->generation = 0;
	req->said = NULL;
	req->ns_inum = 0;
	req->sandbox = 0;
	req->ns = NULL;
	req->set = NULL;
	req->target = NULL;
	req->from = NULL;
	req->to = NULL;
	req->opener_uid = 0;
	req->cpus = NULL;
	req->effective = NULL;
}

/* Is this the first to ask for @what, one of NSGUARD_READ_*? Then it is to read it. */
static __always_inline bool nsguard_request_reads(struct nsguard_request *req, u8 what)
{
	if (likely(req->read & what))
		return false;
	req->read |= what;
	return true;
}

/* current's cgroup, which others may change. Inside an RCU read side section. */
static inline struct cgroup *nsguard_request_cgroup(struct nsguard_request *req)
{
	if (nsguard_request_reads(req, NSGUARD_READ_CGROUP))
		req->cgroup = task_dfl_cgroup(current);
	return req->cgroup;
}

/*
 * said.c: what is to be said of @task, acting on @target, neither of which may be a kernel thread.
 * May sleep. Return: 0, or an errno and nothing is left to drop.
 */
int nsguard_said_init(struct nsguard_said *said, struct task_struct *task,
		      struct task_struct *target);
void nsguard_said_exit(struct nsguard_said *said);

#endif
