// SPDX-License-Identifier: GPL-2.0-only
/*
 * The second client's connection: messages out, answers in, see nsg.h. What
 * answers mean is nsg-parse.c's.
 */
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include "nsg.h"

#define ANSWER_SECONDS	10	/* an answer that takes longer is a failure */

struct nlmsghdr *nsg_msg(struct nsg *g, struct nsg_msg *m, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(m->buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = g->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++g->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NSGUARD_GENL_VERSION;
	return nlh;
}

static void put_path(struct nlmsghdr *nlh, const struct nsg_match *m)
{
	for (int i = 0; i < NSG_VALUES && m->path[i]; i++)
		mnl_attr_put_strz(nlh, NSGUARD_A_MATCH_PATH, m->path[i]);
}

static void put_ranges(struct nlmsghdr *nlh, const struct nsg_match *m)
{
	for (int i = 0; i < m->ranges; i++) {
		struct nlattr *nest = mnl_attr_nest_start(nlh, NSGUARD_A_MATCH_RANGE);

		mnl_attr_put_u32(nlh, NSGUARD_A_RANGE_MIN, m->range[i][0]);
		mnl_attr_put_u32(nlh, NSGUARD_A_RANGE_MAX, m->range[i][1]);
		mnl_attr_nest_end(nlh, nest);
	}
}

static void put_ns(struct nlmsghdr *nlh, const struct nsg_match *m)
{
	unsigned int named = m->kind == NSG_HOST ? NSG_BIT(NSGUARD_A_NS_HOST) : m->named;
	struct nlattr *nest;

	for (int i = 0; i < m->fds; i++) {
		nest = mnl_attr_nest_start(nlh, NSGUARD_A_MATCH_NS);
		mnl_attr_put_u32(nlh, NSGUARD_A_NS_FD, m->fd[i]);
		mnl_attr_nest_end(nlh, nest);
	}
	for (int word = 0; word <= NSGUARD_A_NS_MAX; word++) {
		if (!(named >> word & 1))
			continue;
		nest = mnl_attr_nest_start(nlh, NSGUARD_A_MATCH_NS);
		mnl_attr_put(nlh, word, 0, NULL);
		mnl_attr_nest_end(nlh, nest);
	}
}

void nsg_put_match(struct nlmsghdr *nlh, const struct nsg_match *m)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, m->key);

	if (m->negated)
		mnl_attr_put(nlh, NSGUARD_A_MATCH_NOT, 0, NULL);
	if (m->relation)
		mnl_attr_put_u32(nlh, NSGUARD_A_MATCH_RELATION, m->relation - 1);
	if (m->kind == NSG_BITS)
		mnl_attr_put_u32(nlh, NSGUARD_A_MATCH_BITS, m->bits);
	if (m->kind != NSG_SET)
		put_ranges(nlh, m);
	put_path(nlh, m);
	put_ns(nlh, m);
	if (m->kind == NSG_MASK)
		mnl_attr_put(nlh, NSGUARD_A_MATCH_MASK, m->bytes, &m->mask);
	if (m->kind == NSG_SET)
		mnl_attr_put_strz(nlh, NSGUARD_A_MATCH_SET, m->set);
	mnl_attr_nest_end(nlh, nest);
}

struct nlattr *nsg_put_rule(struct nlmsghdr *nlh, const struct nsg_rule *rule)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NSGUARD_A_RULE);

	mnl_attr_put_u32(nlh, NSGUARD_A_RULE_TABLE, rule->table);
	mnl_attr_put_u32(nlh, NSGUARD_A_RULE_VERDICT, rule->verdict);
	if (rule->priority)
		mnl_attr_put_u32(nlh, NSGUARD_A_RULE_PRIORITY, (uint32_t)rule->priority);
	if (rule->comment)
		mnl_attr_put_strz(nlh, NSGUARD_A_RULE_COMMENT, rule->comment);
	if (rule->dry_run)
		mnl_attr_put(nlh, NSGUARD_A_RULE_DRY_RUN, 0, NULL);
	if (rule->sandbox)
		mnl_attr_put_strz(nlh, NSGUARD_A_RULE_SANDBOX, rule->sandbox);
	for (int i = 0; i < NSG_MATCHES && rule->m[i].kind != NSG_NONE; i++)
		nsg_put_match(nlh, &rule->m[i]);
	return nest;
}

static void take_extack(struct nsg *g, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*err);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* Without NLM_F_CAPPED the whole request is quoted before the attributes. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg) > 0 ?
			MNL_ALIGN(err->msg.nlmsg_len - MNL_NLMSG_HDRLEN) : 0;
	mnl_attr_for_each(attr, nlh, skip) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			strncpy(g->text, mnl_attr_get_str(attr), sizeof(g->text) - 1);
			break;
		case NLMSGERR_ATTR_OFFS:
			g->offset = mnl_attr_get_u32(attr);
			break;
		case NLMSGERR_ATTR_COOKIE:
			g->cookie = mnl_attr_get_u64(attr);
			break;
		case 5: /* NLMSGERR_ATTR_MISS_TYPE, newer than some headers */
			g->missing = mnl_attr_get_u32(attr);
			break;
		}
	}
}

static void take_numbers(struct nsg *g, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == NSGUARD_A_HANDLE)
			g->handle = mnl_attr_get_u64(attr);
		if (mnl_attr_get_type(attr) == NSGUARD_A_GENERATION)
			g->generation = mnl_attr_get_u64(attr);
	}
}

/* Return: 1 to go on, 0 when the answer is complete. */
static int take_one(struct nsg *g, const struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	const struct nlmsgerr *err;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		g->intr = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		err = mnl_nlmsg_get_payload(nlh);
		g->error = -err->error;
		take_extack(g, nlh);
		return 0;
	case NLMSG_DONE:
		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int))
			g->error = -*(int *)mnl_nlmsg_get_payload(nlh);
		return 0;
	}
	if (nlh->nlmsg_type == g->family)
		take_numbers(g, nlh);
	if (cb)
		cb(nlh, arg);
	return 1;
}

int nsg_talk(struct nsg *g, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	static char answer[65536];
	bool more = true;

	g->error = 0;
	g->text[0] = '\0';
	g->offset = 0;
	g->missing = 0;
	g->cookie = 0;
	g->handle = 0;
	g->generation = 0;
	g->intr = false;
	if (!(nlh->nlmsg_flags & NLM_F_DUMP))
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(g->nl, nlh, nlh->nlmsg_len) < 0) {
		g->error = errno;
		return -g->error;
	}
	while (more) {
		ssize_t len = mnl_socket_recvfrom(g->nl, answer, sizeof(answer));
		const struct nlmsghdr *one = (void *)answer;
		int left = len;

		if (len < 0) {
			g->error = errno == EAGAIN ? ETIME : errno;
			break;
		}
		for (; more && mnl_nlmsg_ok(one, left); one = mnl_nlmsg_next(one, &left))
			if (one->nlmsg_seq == nlh->nlmsg_seq)
				more = take_one(g, one, cb, arg);
	}
	return -g->error;
}

/* The deepest attribute that starts at @offset. */
static int fault_in(const char *start, const char *from, const char *end, uint32_t offset)
{
	const struct nlattr *attr = (const void *)from;

	while ((const char *)(attr + 1) <= end && attr->nla_len >= sizeof(*attr) &&
	       (const char *)attr + attr->nla_len <= end) {
		const char *next = (const char *)attr + MNL_ALIGN(attr->nla_len);
		uint32_t at = (const char *)attr - start;

		if (at == offset)
			return mnl_attr_get_type(attr);
		if (offset > at && offset < next - start)
			return fault_in(start, (const char *)(attr + 1),
					(const char *)attr + attr->nla_len, offset);
		attr = (const void *)next;
	}
	return -1;
}

int nsg_fault(const struct nsg *g, const struct nlmsghdr *nlh)
{
	const char *start = (const char *)nlh;

	if (!g->offset)
		return -1;
	return fault_in(start, start + MNL_NLMSG_HDRLEN + sizeof(struct genlmsghdr),
			start + nlh->nlmsg_len, g->offset);
}

static int find_group(const struct nlattr *groups, struct nsg *g)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		const char *name = "";
		uint32_t id = 0;

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = mnl_attr_get_u32(attr);
		}
		if (!strcmp(name, NSGUARD_MCGRP_EVENTS))
			g->group = id;
	}
	return MNL_CB_OK;
}

static int find_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	struct nsg *g = arg;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			g->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			find_group(attr, g);
	}
	return MNL_CB_OK;
}

static struct mnl_socket *socket_open(void)
{
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int on = 1;

	if (!nl)
		return NULL;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return nl;
}

int nsg_open(struct nsg *g)
{
	struct nsg_msg *m;
	struct nlmsghdr *nlh;

	memset(g, 0, sizeof(*g));
	g->nl = socket_open();
	if (!g->nl)
		return -errno;
	g->port = mnl_socket_get_portid(g->nl);
	m = malloc(sizeof(*m));
	if (!m)
		return -ENOMEM;
	nlh = nsg_msg(g, m, CTRL_CMD_GETFAMILY, 0);
	nlh->nlmsg_type = GENL_ID_CTRL;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NSGUARD_GENL_NAME);
	nsg_talk(g, nlh, find_family, g);
	free(m);
	if (g->error) {
		mnl_socket_close(g->nl);
		g->nl = NULL;
	}
	return -g->error;
}

void nsg_close(struct nsg *g)
{
	if (g->nl)
		mnl_socket_close(g->nl);
	if (g->watch)
		mnl_socket_close(g->watch);
	g->nl = NULL;
	g->watch = NULL;
}

int nsg_watch(struct nsg *g)
{
	struct nsg_event e;
	int big = 1 << 20;

	if (!g->group) {
		e.seq = 0;
		if (nsg_event_get(g, 1, &e, 1) < 0)
			return -g->error;
		g->seen = e.seq;
		return 0;
	}
	if (!g->watch)
		g->watch = socket_open();
	if (!g->watch)
		return -errno;
	setsockopt(mnl_socket_get_fd(g->watch), SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	if (mnl_socket_setsockopt(g->watch, NETLINK_ADD_MEMBERSHIP, &g->group, sizeof(g->group)))
		return -errno;
	return 0;
}
