// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which sandbox a task is locked in. Nothing is stored of a task, so nothing is inherited, released
 * or leaked here: the namespaces it is in say it all (H22).
 */
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
