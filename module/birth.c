// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that locked tasks make belong to their sandbox (H23). They join where they are
 * installed, which cannot be refused any more; so there must be room before they are made.
 *
 * A promise is for one task and the NSGUARD_BIRTH_MEMBERS namespaces it can make at most. Promises
 * are given only while the table has fewer than NSGUARD_MAX_MEMBERS members, and it has slots
 * beyond those for all promises at once. Nobody tells what became of a promise when the kernel
 * cannot make the namespace after all: it stands until the task tries again or ends.
 */
#include <linux/errno.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include "lock.h"
#include "member.h"

/* A promise: to whom, told apart from a later task with the same id by its start; pid 0: free. */
static struct promise {
	pid_t pid;
	u64 start;
} promises[NSGUARD_MAX_BIRTHS];
static DEFINE_RAW_SPINLOCK(promises_lock);

static bool is_alive(const struct promise *p)
{
	struct task_struct *task = pid_task(find_pid_ns(p->pid, &init_pid_ns), PIDTYPE_PID);

	return task && task->start_boottime == p->start;
}

static struct promise *find(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(promises); i++)
		if (promises[i].pid == pid)
			return &promises[i];
	return NULL;
}

/* One that is free, or whose task has ended. Under the lock and RCU. */
static struct promise *find_free(void)
{
	struct promise *p = find(0);
	unsigned int i;

	for (i = 0; !p && i < ARRAY_SIZE(promises); i++)
		if (!is_alive(&promises[i]))
			p = &promises[i];
	return p;
}

int nsguard_birth_expect(void)
{
	pid_t pid = task_pid_nr(current);
	struct promise *p = NULL;
	unsigned long flags;

	if (!nsguard_lock_current())
		return 0;
	raw_spin_lock_irqsave(&promises_lock, flags);
	if (nsguard_member_room()) {
		p = find(pid) ?: find_free();
		if (p) {
			p->pid = pid;
			p->start = current->start_boottime;
		}
	}
	raw_spin_unlock_irqrestore(&promises_lock, flags);
	return p ? 0 : -ENOSPC;
}

static void keep_promise(void)
{
	unsigned long flags;
	struct promise *p;

	raw_spin_lock_irqsave(&promises_lock, flags);
	p = find(task_pid_nr(current));
	if (p)
		p->pid = 0;
	raw_spin_unlock_irqrestore(&promises_lock, flags);
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

void nsguard_birth_join(const struct nsguard_ns_ref *ref, unsigned int n, bool last)
{
	struct nsguard_ns_ref own[NSGUARD_TASK_REFS];
	struct nsguard_member member;
	unsigned int n_own, i;

	if (!nsguard_member_any())
		return;
	n_own = nsguard_glue_task_refs(current, own);
	member.sandbox = first_of(own, n_own);
	if (!member.sandbox)
		return;
	for (i = 0; i < n; i++) {
		if (is_in(own, n_own, ref[i].inum) ||
		    ref[i].inum == nsguard_glue_host_inum(ref[i].type))
			continue;
		member.type = ref[i].type;
		member.inum = ref[i].inum;
		/* -EEXIST: it was entered, not made, and judged then. There is room, see above. */
		nsguard_member_add(&member, true);
	}
	if (last)
		keep_promise();
}
