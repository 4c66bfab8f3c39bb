// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sandboxes over libmnl, and their inmates, see box.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include "box.h"

static struct nsg_msg msg;

int box_add(struct nsg *g, const char *name, const int *fd, unsigned int n)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_SANDBOX_ADD, 0);
	struct nlattr *box = mnl_attr_nest_start(nlh, NSGUARD_A_SANDBOX), *ns;

	mnl_attr_put_strz(nlh, NSGUARD_A_SANDBOX_NAME, name);
	for (unsigned int i = 0; i < n; i++) {
		ns = mnl_attr_nest_start(nlh, NSGUARD_A_SANDBOX_NS);
		mnl_attr_put_u32(nlh, NSGUARD_A_NS_FD, fd[i]);
		mnl_attr_nest_end(nlh, ns);
	}
	mnl_attr_nest_end(nlh, box);
	return nsg_talk(g, nlh, NULL, NULL);
}

int box_del(struct nsg *g, const char *name, bool force)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_SANDBOX_DEL, 0);
	struct nlattr *box;

	if (name) {
		box = mnl_attr_nest_start(nlh, NSGUARD_A_SANDBOX);
		mnl_attr_put_strz(nlh, NSGUARD_A_SANDBOX_NAME, name);
		mnl_attr_nest_end(nlh, box);
	}
	if (force)
		mnl_attr_put(nlh, NSGUARD_A_FORCE, 0, NULL);
	return nsg_talk(g, nlh, NULL, NULL);
}

struct search {
	const char *name;
	struct box *box;
	bool found;
};

static void take_ns(struct box *b, const struct nlattr *nest)
{
	const struct nlattr *attr;

	if (b->n == BOX_NS)
		return;
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_NS_INUM:
			b->inum[b->n] = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_NS_BORN:
			b->born |= 1ULL << b->n;
			break;
		case NSGUARD_A_NS_DEAD:
			b->dead |= 1ULL << b->n;
			break;
		}
	}
	b->n++;
}

static void take_box(struct search *s, const struct nlattr *nest)
{
	const struct nlattr *attr;
	struct box *b = s->box;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == NSGUARD_A_SANDBOX_NAME &&
		    strcmp(mnl_attr_get_str(attr), s->name))
			return;
	s->found = true;
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_SANDBOX_NS:
			take_ns(b, attr);
			break;
		case NSGUARD_A_SANDBOX_PID:
			if (b->pids < BOX_PIDS)
				b->pid[b->pids++] = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_SANDBOX_STALE:
			b->stale = true;
			break;
		}
	}
}

static int take_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == NSGUARD_A_SANDBOX)
			take_box(arg, attr);
	return MNL_CB_OK;
}

int box_get(struct nsg *g, const char *name, struct box *b)
{
	struct search s = { .name = name, .box = b };
	int ret;

	memset(b, 0, sizeof(*b));
	snprintf(b->name, sizeof(b->name), "%s", name);
	ret = nsg_talk(g, nsg_msg(g, &msg, NSGUARD_CMD_SANDBOX_GET, NLM_F_DUMP), take_message, &s);
	return ret ?: s.found ? 0 : -ENOENT;
}

bool box_has(const struct box *b, uint32_t inum, bool born)
{
	for (unsigned int i = 0; i < b->n; i++)
		if (b->inum[i] == inum && (b->born >> i & 1) == born && !(b->dead >> i & 1))
			return true;
	return false;
}

bool box_holds(const struct box *b, pid_t pid)
{
	for (unsigned int i = 0; i < b->pids; i++)
		if (b->pid[i] == (uint32_t)pid)
			return true;
	return false;
}

uint64_t box_lock(struct nsg *g, const char *name, uid_t uid, bool threads, int32_t priority)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_ADD, 0);
	struct nsg_rule rule = {
		.table = NSGUARD_TABLE_NS, .verdict = NSGUARD_VERDICT_LOCK,
		.priority = priority, .m = { M_UID(uid, uid) },
	};
	struct nlattr *nest = nsg_put_rule(nlh, &rule);

	mnl_attr_put_strz(nlh, NSGUARD_A_RULE_SANDBOX, name);
	if (threads)
		mnl_attr_put(nlh, NSGUARD_A_RULE_THREADS, 0, NULL);
	mnl_attr_nest_end(nlh, nest);
	return nsg_talk(g, nlh, NULL, NULL) ? 0 : g->handle;
}

int box_rule_del(struct nsg *g, uint64_t handle)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_DEL, 0);

	mnl_attr_put_u64(nlh, NSGUARD_A_HANDLE, handle);
	mnl_attr_put(nlh, NSGUARD_A_FORCE, 0, NULL);
	return nsg_talk(g, nlh, NULL, NULL);
}

int box_rule_flush(struct nsg *g)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_FLUSH, 0);

	mnl_attr_put(nlh, NSGUARD_A_FORCE, 0, NULL);
	return nsg_talk(g, nlh, NULL, NULL);
}

void ns_own(int fd[8])
{
	char path[64];

	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_name[i]);
		fd[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
}

void ns_close(int fd[8])
{
	for (int i = 0; i < 8; i++)
		close(fd[i]);
}

uint32_t ns_self(const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", name);
	return stat(path, &st) ? 0 : st.st_ino;
}

/* A call to make, as it is told to the inmate, who has the same addresses. */
struct order {
	int (*fn)(void *arg);
	void *arg;
};

static void serve(int from, int to)
{
	struct order order;
	unsigned char ret;

	while (read(from, &order, sizeof(order)) == sizeof(order)) {
		ret = order.fn(order.arg);
		if (write(to, &ret, 1) != 1)
			break;
	}
	_exit(0);
}

int inmate_start(struct inmate *in, int fd)
{
	int there[2], back[2];
	unsigned char err = 0;

	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		return -errno;
	in->pid = fork();
	if (in->pid == 0) {
		close(there[1]);
		close(back[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setns(fd, 0))
			err = errno;
		if (write(back[1], &err, 1) != 1 || err)
			_exit(1);
		serve(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	in->to = there[1];
	in->from = back[0];
	if (in->pid < 0 || read(in->from, &err, 1) != 1)
		err = EPIPE;
	in->err = err;
	if (err)
		inmate_stop(in);
	return -in->err;
}

int inmate_do(struct inmate *in, int (*fn)(void *arg), void *arg)
{
	struct order order = { fn, arg };
	unsigned char ret;

	if (write(in->to, &order, sizeof(order)) != sizeof(order) || read(in->from, &ret, 1) != 1)
		return -1;
	return ret;
}

void inmate_stop(struct inmate *in)
{
	if (in->pid > 0) {
		kill(in->pid, SIGKILL);
		waitpid(in->pid, NULL, 0);
		close(in->to);
		close(in->from);
	}
	in->pid = -1;
}

int try_leave(void *fds)
{
	const int *fd = fds;

	for (int i = 0; i < 8; i++)
		if (!setns(fd[i], 0) || errno != EPERM)
			return 1 + i;
	return 0;
}
