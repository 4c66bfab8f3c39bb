// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes that are locked in sandboxes, for people: to be listed, and to be named before
 * they are let go. No decision of an attach point needs them.
 */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "lock.h"
#include "member.h"

#define MORE	64	/* processes that may appear between counting and listing */

/* Of @task, which may be another than current: its nsproxy goes under this lock. */
static u32 lock_of_task(struct task_struct *task)
{
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];
	unsigned int n;

	task_lock(task);
	n = task->nsproxy ? nsguard_glue_task_refs(task, ref) : 0;
	task_unlock(task);
	return nsguard_lock_of(ref, n);
}

/* The sandbox its threads are locked in, or 0, or NSGUARD_LOCK_SEVERAL. Inside RCU. */
static u32 lock_of_process(struct task_struct *process)
{
	struct task_struct *thread;
	u32 lock = 0, one;

	for_each_thread(process, thread) {
		if (thread->flags & PF_KTHREAD)
			break;
		one = lock_of_task(thread);
		if (one && lock && one != lock)
			return NSGUARD_LOCK_SEVERAL;
		lock = one ?: lock;
	}
	return lock;
}

/*
 * The first process with an id of at least *@id, which it is set to, and its sandbox or 0. By
 * their ids and not along their list, so that RCU need not be held from the first to the last.
 * False at the end.
 */
static bool next_process(int *id, u32 *sandbox)
{
	struct task_struct *process;
	struct pid *pid;

	*sandbox = 0;
	rcu_read_lock();
	pid = idr_get_next(&init_pid_ns.idr, id);
	process = pid ? pid_task(pid, PIDTYPE_TGID) : NULL;
	if (process)
		*sandbox = lock_of_process(process);
	rcu_read_unlock();
	return pid;
}

static unsigned int list(struct nsguard_inmate *inmate, unsigned int max)
{
	unsigned int n = 0;
	u32 sandbox;
	int id;

	for (id = 1; next_process(&id, &sandbox); id++) {
		if (sandbox && n < max)
			inmate[n] = (struct nsguard_inmate){ sandbox, id };
		n += !!sandbox;
		cond_resched();
	}
	return n;
}

struct nsguard_inmate *nsguard_inmates(unsigned int *n)
{
	struct nsguard_inmate *inmate = NULL;
	unsigned int max = 0, found = 0;

	if (nsguard_member_any())
		found = list(NULL, 0);
	/* Who forks faster than that is listed in part. */
	max = found + MORE;
	inmate = kvmalloc_array(max, sizeof(*inmate), GFP_KERNEL);
	if (!inmate)
		return ERR_PTR(-ENOMEM);
	*n = found ? min(list(inmate, max), max) : 0;
	return inmate;
}
