// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking the kernel what it would decide (rule-test), many questions in one message: a single
 * one at a time would take most of its time on the way.
 */
#include <errno.h>
#include <string.h>
#include <linux/genetlink.h>
#include "world.h"

static void put_ns(struct nlmsghdr *nlh, uint16_t attr, int fd)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, attr);

	mnl_attr_put_u32(nlh, NSGUARD_A_NS_FD, fd);
	mnl_attr_nest_end(nlh, nest);
}

static void put_what(struct world *w, struct nlmsghdr *nlh, const struct model_request *req)
{
	switch (req->table) {
	case NSGUARD_TABLE_NS:
		if (req->op == NSGUARD_OP_CREATE)
			mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_TYPE, req->type);
		else
			put_ns(nlh, NSGUARD_A_REQUEST_TARGET,
			       req->type == NSGUARD_NSTYPE_UTS ? w->uts[req->target] : w->ipc);
		if (req->op == NSGUARD_OP_ENTER)
			mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_TARGET_OWNER, req->target_owner);
		return;
	case NSGUARD_TABLE_CGROUP:
		mnl_attr_put_strz(nlh, NSGUARD_A_REQUEST_FROM, req->from);
		mnl_attr_put_strz(nlh, NSGUARD_A_REQUEST_TO, req->to);
		mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_OPENER_UID, req->opener_uid);
		if (req->moves == NSGUARD_MOVES_THREAD)
			mnl_attr_put(nlh, NSGUARD_A_REQUEST_THREAD, 0, NULL);
		break;
	case NSGUARD_TABLE_AFFINITY:
		if (!req->reset)
			mnl_attr_put(nlh, NSGUARD_A_REQUEST_MASK, 8, &req->mask);
		mnl_attr_put(nlh, NSGUARD_A_REQUEST_EFFECTIVE_MASK, 8, &req->effective);
		mnl_attr_put_strz(nlh, NSGUARD_A_REQUEST_TARGET_CGROUP, req->target_cgroup);
		break;
	}
	mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_WHO, req->who);
	mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_TARGET_UID, req->target_uid);
	mnl_attr_put_strz(nlh, NSGUARD_A_REQUEST_TARGET_EXE, req->target_exe);
}

static void put_who(struct world *w, struct nlmsghdr *nlh, const struct model_request *req)
{
	int uts = req->in_ns[NSGUARD_NSTYPE_UTS];

	mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_UID, req->uid);
	mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_EUID, req->euid);
	mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_AUID, req->auid);
	for (unsigned int i = 0; i < req->gids; i++)
		mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_GID, req->gid[i]);
	mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_USERNS, req->userns);
	mnl_attr_put_u64(nlh, NSGUARD_A_REQUEST_CAP, req->cap);
	mnl_attr_put_strz(nlh, NSGUARD_A_REQUEST_CGROUP, req->cgroup);
	mnl_attr_put_strz(nlh, NSGUARD_A_REQUEST_EXE, req->exe);
	put_ns(nlh, NSGUARD_A_REQUEST_NS, w->uts[uts]);
}

static void take(struct world_answer *answer, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	answer->error = 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		answer->error = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
		return;
	}
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == NSGUARD_A_VERDICT)
			answer->verdict = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == NSGUARD_A_HANDLE)
			answer->handle = mnl_attr_get_u64(attr);
	}
}

int world_ask(struct world *w, struct nsg *g, const struct model_request *req,
	      struct world_answer *answer, unsigned int n)
{
	static struct nsg_msg msg;
	static char out[1 << 18], in[1 << 16];
	unsigned int left = n;
	uint32_t first = g->seq + 1;
	size_t size = 0;

	memset(answer, 0, n * sizeof(*answer));
	for (unsigned int i = 0; i < n; i++) {
		struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_TEST, 0);
		struct nlattr *nest = mnl_attr_nest_start(nlh, NSGUARD_A_REQUEST);

		mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_TABLE, req[i].table);
		mnl_attr_put_u32(nlh, NSGUARD_A_REQUEST_OP, req[i].op);
		put_who(w, nlh, &req[i]);
		put_what(w, nlh, &req[i]);
		mnl_attr_nest_end(nlh, nest);
		if (size + nlh->nlmsg_len > sizeof(out))
			return -E2BIG;
		memcpy(out + size, nlh, nlh->nlmsg_len);
		size += MNL_ALIGN(nlh->nlmsg_len);
	}
	if (mnl_socket_sendto(g->nl, out, size) < 0)
		return -errno;
	while (left) {
		ssize_t len = mnl_socket_recvfrom(g->nl, in, sizeof(in));
		struct nlmsghdr *nlh = (void *)in;
		int rest = (int)len;

		if (len < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, rest); nlh = mnl_nlmsg_next(nlh, &rest)) {
			if (nlh->nlmsg_seq - first >= n || !left--)
				return -EPROTO;
			take(&answer[nlh->nlmsg_seq - first], nlh);
		}
	}
	return 0;
}
