// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies of many rules over libmnl, in one transaction and many messages at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/kmod.h"
#include "bench.h"

#define FIRST	1000000		/* ids that nobody here has */
#define SEND	8192		/* bytes at a time */
#define ROOM	(8 << 20)	/* for their answers */

const char *const by_name[BYS] = { "target", "uid", "auid", "cgroup", "to", "target_cgroup",
				   "cpus", "gid" };

static int *space;
static unsigned int spaces;

int rules_prepare(unsigned int namespaces)
{
	struct rlimit limit = { namespaces + 1024, namespaces + 1024 };
	int own = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	char text[32];

	snprintf(text, sizeof(text), "%u", namespaces + 1024);
	file_write("/proc/sys/fs/nr_open", text);
	file_write("/proc/sys/fs/file-max", text);
	file_write("/proc/sys/user/max_uts_namespaces", text);
	space = calloc(namespaces, sizeof(*space));
	if (!space || setrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	for (; spaces < namespaces; spaces++) {
		if (unshare(CLONE_NEWUTS))
			return -errno;
		space[spaces] = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
		if (space[spaces] < 0)
			return -errno;
	}
	return setns(own, CLONE_NEWUTS) ? -errno : 0;
}

static void match_fill(struct nsg_match *m, enum by by, unsigned int i, char *path, size_t size)
{
	static const __u8 key[BYS] = {
		NSGUARD_A_RULE_TARGET, NSGUARD_A_RULE_UID, NSGUARD_A_RULE_AUID,
		NSGUARD_A_RULE_CGROUP, NSGUARD_A_RULE_TO, NSGUARD_A_RULE_TARGET_CGROUP,
		NSGUARD_A_RULE_CPUS, NSGUARD_A_RULE_GID,
	};

	switch (by) {
	case BY_TARGET:
		*m = (struct nsg_match)M_FD(key[by], space[i]);
		break;
	case BY_CGROUP:
	case BY_TO:
	case BY_TARGET_CGROUP:
		snprintf(path, size, "/elsewhere/%u", i);
		*m = (struct nsg_match)M_UNDER(key[by], path);
		break;
	case BY_CPUS:
		*m = (struct nsg_match)M_CPUS(INTERSECTS, 1);
		m[1] = (struct nsg_match)M_UID(FIRST + i, FIRST + i);
		break;
	default:
		*m = (struct nsg_match)M_RANGE(key[by], FIRST + i, FIRST + i);
		break;
	}
}

/* Takes the answers to @n messages, whatever each is made of. */
static int answers(struct nsg *g, unsigned int n)
{
	static char answer[65536];
	const struct nlmsghdr *one;
	ssize_t len;
	int left;

	while (n) {
		len = mnl_socket_recvfrom(g->nl, answer, sizeof(answer));
		if (len < 0)
			return -errno;
		one = (const void *)answer;
		for (left = len; mnl_nlmsg_ok(one, left); one = mnl_nlmsg_next(one, &left)) {
			if (one->nlmsg_type != NLMSG_ERROR)
				continue;
			if (*(int *)mnl_nlmsg_get_payload(one))
				return *(int *)mnl_nlmsg_get_payload(one);
			n--;
		}
	}
	return 0;
}

static int send_rules(struct nsg *g, enum nsguard_table table, enum by by, unsigned int n)
{
	struct nsg_rule rule = { .table = table, .verdict = NSGUARD_VERDICT_DENY };
	static struct nsg_msg m;
	static char out[SEND + 1024];
	unsigned int queued = 0, i;
	const int room = ROOM;
	size_t used = 0;
	char path[32];
	int err = 0;

	setsockopt(mnl_socket_get_fd(g->nl), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	for (i = 0; !err && i < n; i++) {
		struct nlmsghdr *nlh = nsg_msg(g, &m, NSGUARD_CMD_RULE_ADD, NLM_F_ACK);

		match_fill(rule.m, by, i, path, sizeof(path));
		mnl_attr_nest_end(nlh, nsg_put_rule(nlh, &rule));
		memcpy(out + used, nlh, nlh->nlmsg_len);
		used += NLMSG_ALIGN(nlh->nlmsg_len);
		queued++;
		if (used < SEND && i + 1 < n)
			continue;
		if (mnl_socket_sendto(g->nl, out, used) < 0)
			return -errno;
		err = answers(g, queued);
		queued = 0;
		used = 0;
	}
	return err;
}

int rules_load(struct nsg *g, enum nsguard_table table, enum by by, unsigned int n)
{
	int err = nsg_flush(g, -1);

	if (!err)
		err = nsg_tx_begin(g);
	if (!err)
		err = send_rules(g, table, by, n);
	if (!err)
		err = nsg_tx_commit(g);
	return err;
}
