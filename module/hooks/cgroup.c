// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving a task to another cgroup. current is the mover; the credentials of who opened the
 * file (H12) are not looked at.
 */
#include "../decide.h"
#include "../hooks.h"

int nsguard_hook_cgroup_move(const char *function, struct task_struct *target, struct cgroup *from,
			     struct cgroup *to, bool threadgroup, bool v1)
{
	struct nsguard_request req = {
		.table = NSGUARD_TABLE_CGROUP,
		.op = NSGUARD_OP_MOVE,
		.function = function,
		.target = target,
		.from = from,
		.to = to,
		.threadgroup = threadgroup,
		.v1 = v1,
	};

	return nsguard_decide(&req);
}
