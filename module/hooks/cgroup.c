// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving a task to another cgroup. current is the mover. Who opened the file that it writes to
 * (H12) is told besides, where that can be known.
 */
#include "../decide.h"
#include "../hooks.h"

int nsguard_hook_cgroup_move(const char *function, const struct nsguard_move *move)
{
	struct nsguard_request req __uninitialized;

	nsguard_request_init(&req, NSGUARD_TABLE_CGROUP, NSGUARD_OP_MOVE, function);
	req.target = move->target;
	req.from = move->from;
	req.to = move->to;
	req.threadgroup = move->threadgroup;
	req.v1 = move->v1;
	req.opener_known = move->opener_known;
	req.opener_uid = move->opener_uid;
	return nsguard_decide(&req);
}
