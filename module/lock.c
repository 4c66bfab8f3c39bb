// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which sandbox a task is locked in. Nothing is stored of a task, so nothing is inherited, released
 * or leaked here: the namespaces it is in say it all (H22).
 */
#include <linux/mm_types.h>
#include <linux/sched/signal.h>
#include "hooks.h"
#include "lock.h"
#include "member.h"

u32 nsguard_lock_of(const struct nsguard_ns_ref *ref, unsigned int n)
{
	u32 lock = 0, one;
	unsigned int i;

	for (i = 0; i < n; i++) {
		one = nsguard_member_of(ref[i].inum);
		if (one && lock && one != lock)
			return NSGUARD_LOCK_SEVERAL;
		lock = one ?: lock;
	}
	return lock;
}

u32 nsguard_lock_current(void)
{
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];

	if (!nsguard_member_any())
		return 0;
	return nsguard_lock_of(ref, nsguard_glue_task_refs(current, ref));
}

/* Inside RCU. Kernel threads may borrow memory, which is nobody's way into it. */
static bool shares(struct task_struct *process, const struct mm_struct *mm)
{
	struct task_struct *thread;
	const struct mm_struct *its;

	if (process->flags & PF_KTHREAD)
		return false;
	/* The leader may be gone while the process lives on. */
	for_each_thread(process, thread) {
		its = READ_ONCE(thread->mm);
		if (its)
			return its == mm;
	}
	return false;
}

/*
 * Who else uses the memory is not written anywhere. Readers of /proc count as users for a moment,
 * so a count above one refuses nobody: all processes are looked at then. It happens to whoever
 * enters by a lock rule only.
 */
bool nsguard_lock_alone(void)
{
	const struct mm_struct *mm = current->mm;
	struct task_struct *process;

	if (!thread_group_empty(current))
		return false;
	if (!mm || atomic_read(&mm->mm_users) == 1)
		return true;
	for_each_process(process)
		if (process != current && shares(process, mm))
			return false;
	return true;
}
