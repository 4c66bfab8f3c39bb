// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that locked tasks make belong to their sandbox (H23). Where they join it is too late
 * to refuse; so there must be room before they are made.
 *
 * A promise is for one task and the NSGUARD_BIRTH_MEMBERS namespaces it can make at most. Promises
 * are given only while the table has fewer than NSGUARD_MAX_MEMBERS members, and it has slots
 * beyond those for all promises at once. A promise ends with the last namespace of the call. Nobody
 * tells when the kernel cannot make it after all: then it ends when the task next forks, enters or
 * makes a namespace, or when it is gone and somebody needs the room.
 */
#include <linux/errno.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include "event.h"
#include "lock.h"
#include "member.h"
#include "policy/policy.h"

/**
 * struct promise - room for what a task is making
 * @pid: the task, 0: free
 * @start: tells it apart from a later task with the same id
 * @sandbox: the sandbox it is locked in
 */
struct promise {
	pid_t pid;
	u64 start;
	u32 sandbox;
};

static struct promise promises[NSGUARD_MAX_BIRTHS];
unsigned int nsguard_promises;	/* given */
static DEFINE_RAW_SPINLOCK(promises_lock);	/* members_lock nests in it */

static bool is_alive(const struct promise *p)
{
	struct task_struct *task = pid_task(find_pid_ns(p->pid, &init_pid_ns), PIDTYPE_PID);

	return task && task->start_boottime == p->start;
}

static struct promise *find_free(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(promises); i++)
		if (!promises[i].pid)
			return &promises[i];
	return NULL;
}

/* Under the lock. */
static void end(struct promise *p)
{
	nsguard_member_unpromise(p->sandbox);
	WRITE_ONCE(p->pid, 0);
	WRITE_ONCE(nsguard_promises, nsguard_promises - 1);
}

/* Those of tasks that are gone. Under the lock and RCU. */
static void end_orphans(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(promises); i++)
		if (promises[i].pid && !is_alive(&promises[i]))
			end(&promises[i]);
}

/* Under the lock and RCU. */
static int give(u32 sandbox)
{
	struct promise *p;
	int err;

	err = nsguard_member_promise(sandbox);
	if (err == -ENOSPC) {
		end_orphans();
		err = nsguard_member_promise(sandbox);
	}
	if (err)
		return err;
	p = find_free();
	WRITE_ONCE(p->pid, task_pid_nr(current));
	p->start = current->start_boottime;
	p->sandbox = sandbox;
	WRITE_ONCE(nsguard_promises, nsguard_promises + 1);
	return 0;
}

/* current's, and not that of a task that is gone and had the same id. Under the lock. */
static struct promise *own(void)
{
	pid_t pid = task_pid_nr(current);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(promises); i++)
		if (promises[i].pid == pid && promises[i].start == current->start_boottime)
			return &promises[i];
	return NULL;
}

int nsguard_birth_expect(u32 sandbox)
{
	struct promise *p;
	unsigned long flags;
	int err = 0;

	/* What it makes can belong to one only, and would lead out of the other. */
	if (sandbox == NSGUARD_LOCK_SEVERAL)
		return -EPERM;
	raw_spin_lock_irqsave(&promises_lock, flags);
	p = own();
	/* One that stands was kept through this very call, or its room was not used. */
	if (p && p->sandbox != sandbox) {
		end(p);
		p = NULL;
	}
	if (!p)
		err = give(sandbox);
	raw_spin_unlock_irqrestore(&promises_lock, flags);
	/* Deleted at this moment: nobody is locked any more. */
	return err == -ESTALE ? 0 : err;
}

/*
 * Without the lock: only current gives itself a promise, and others end only those of tasks that
 * are gone. A locked task that keeps one must not make all forks and exits of the host queue up.
 */
static bool may_have_own(void)
{
	pid_t pid = task_pid_nr(current);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(promises); i++)
		if (READ_ONCE(promises[i].pid) == pid)
			return true;
	return false;
}

void nsguard_birth_take_back(void)
{
	unsigned long flags;
	struct promise *p;

	if (!may_have_own())
		return;
	raw_spin_lock_irqsave(&promises_lock, flags);
	p = own();
	if (p)
		end(p);
	raw_spin_unlock_irqrestore(&promises_lock, flags);
}

static bool is_promised(void)
{
	unsigned long flags;
	bool yes;

	if (!READ_ONCE(nsguard_promises))
		return false;
	raw_spin_lock_irqsave(&promises_lock, flags);
	yes = own();
	raw_spin_unlock_irqrestore(&promises_lock, flags);
	return yes;
}

static bool is_in(const struct nsguard_ns_ref *ref, unsigned int n, u32 inum)
{
	unsigned int i;

	for (i = 0; i < n && ref[i].inum != inum; i++)
		;
	return i < n;
}

/* Of several sandboxes, the first: what is made must not be outside of all of them. */
static u32 first_of(const struct nsguard_ns_ref *ref, unsigned int n)
{
	u32 sandbox = 0;
	unsigned int i;

	for (i = 0; i < n && !sandbox; i++)
		sandbox = nsguard_member_of(ref[i].inum);
	return sandbox;
}

/*
 * Nobody was asked, or it was only audited, and there is no room: the sandbox has a hole, which at
 * least is told.
 */
static void report_outside(const struct nsguard_member *member)
{
	const struct nsguard_policy *policy = nsguard_policy_rcu();
	struct nsguard_request req = {
		.table = NSGUARD_TABLE_NS,
		.op = NSGUARD_OP_CREATE,
		.ns_type = member->type,
		.ns_inum = member->inum,
		.sandbox = member->sandbox,
	};

	if (policy)
		nsguard_event_post(&req, NULL, policy->table[NSGUARD_TABLE_NS].mode, false, ENOSPC);
}

/* All of @ref join @sandbox, but for the host's and the @n_but of @but. */
static void join(u32 sandbox, const struct nsguard_ns_ref *ref, unsigned int n,
		 const struct nsguard_ns_ref *but, unsigned int n_but)
{
	struct nsguard_member member = { .sandbox = sandbox };
	bool promised = is_promised();
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (is_in(but, n_but, ref[i].inum) ||
		    ref[i].inum == nsguard_glue_host_inum(ref[i].type))
			continue;
		member.type = ref[i].type;
		member.inum = ref[i].inum;
		/*
		 * -EEXIST: it was entered, not made, and judged then. -ESTALE: the sandbox is
		 * gone, and nobody locked in it.
		 */
		if (nsguard_member_join(&member, promised) == -ENOSPC)
			report_outside(&member);
	}
}

/*
 * A pid or time namespace that it has chosen for its children before there was a sandbox: nobody
 * gets out by a child or by executing a program. What else it is in is not left by that, and who
 * is in it too has nothing to do with it.
 */
static void join_chosen(u32 sandbox, const struct nsguard_ns_ref *ref, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (ref[i].type == NSGUARD_NSTYPE_PID || ref[i].type == NSGUARD_NSTYPE_TIME)
			join(sandbox, &ref[i], 1, NULL, 0);
}

void nsguard_birth_join(const struct nsguard_ns_ref *next, unsigned int n, bool last)
{
	struct nsguard_ns_ref had[NSGUARD_TASK_REFS];
	unsigned int n_had;
	u32 sandbox = 0;

	if (nsguard_member_any()) {
		n_had = nsguard_glue_task_refs(current, had);
		sandbox = first_of(had, n_had);
	}
	if (sandbox) {
		join(sandbox, next, n, had, n_had);
		if (!first_of(next, n))
			join_chosen(sandbox, next, n);
	}
	if (last)
		nsguard_birth_done();
}
