// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving a task to another cgroup. current is the mover. Who opened the file that it writes to
 * (H12) is told besides, where that can be known.
 */
#include "../decide.h"
#include "../hooks.h"

int nsguard_hook_cgroup_move(const char *function, const struct nsguard_move *move)
{
	struct nsguard_request req = {
		.table = NSGUARD_TABLE_CGROUP,
		.op = NSGUARD_OP_MOVE,
		.function = function,
		.target = move->target,
		.from = move->from,
		.to = move->to,
		.threadgroup = move->threadgroup,
		.v1 = move->v1,
		.opener_known = move->opener_known,
		.opener_uid = move->opener_uid,
	};

	return nsguard_decide(&req);
}
