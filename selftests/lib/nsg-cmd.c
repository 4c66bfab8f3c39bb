// SPDX-License-Identifier: GPL-2.0-only
/*
 * The second client's commands, one function each, see nsg.h. How a message
 * travels is nsg.c's.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include "box.h"
#include "nsg.h"
#include "sets.h"

/* One buffer will do: a test program talks from one thread. */
static struct nsg_msg msg;

uint64_t nsg_add(struct nsg *g, const struct nsg_rule *rule)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_ADD, 0);

	mnl_attr_nest_end(nlh, nsg_put_rule(nlh, rule));
	return nsg_talk(g, nlh, NULL, NULL) ? 0 : g->handle;
}

int nsg_rule_del(struct nsg *g, uint64_t handle)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_DEL, 0);

	mnl_attr_put_u64(nlh, NSGUARD_A_HANDLE, handle);
	return nsg_talk(g, nlh, NULL, NULL);
}

int nsg_flush(struct nsg *g, int table)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_FLUSH, 0);

	if (table >= 0)
		mnl_attr_put_u32(nlh, NSGUARD_A_TABLE, table);
	return nsg_talk(g, nlh, NULL, NULL);
}

int nsg_mode(struct nsg *g, enum nsguard_table table, enum nsguard_mode mode, bool force)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_MODE_SET, 0);

	mnl_attr_put_u32(nlh, NSGUARD_A_TABLE, table);
	mnl_attr_put_u32(nlh, NSGUARD_A_MODE, mode);
	if (force)
		mnl_attr_put(nlh, NSGUARD_A_FORCE, 0, NULL);
	return nsg_talk(g, nlh, NULL, NULL);
}

int nsg_default(struct nsg *g, enum nsguard_table table, int op, enum nsguard_verdict verdict,
		bool force)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_DEFAULT_SET, 0);

	mnl_attr_put_u32(nlh, NSGUARD_A_TABLE, table);
	if (op >= 0)
		mnl_attr_put_u32(nlh, NSGUARD_A_OP, op);
	mnl_attr_put_u32(nlh, NSGUARD_A_VERDICT, verdict);
	if (force)
		mnl_attr_put(nlh, NSGUARD_A_FORCE, 0, NULL);
	return nsg_talk(g, nlh, NULL, NULL);
}

static int bare(struct nsg *g, uint8_t cmd)
{
	return nsg_talk(g, nsg_msg(g, &msg, cmd, 0), NULL, NULL);
}

int nsg_tx_begin(struct nsg *g)
{
	return bare(g, NSGUARD_CMD_TX_BEGIN);
}

int nsg_tx_commit(struct nsg *g)
{
	return bare(g, NSGUARD_CMD_TX_COMMIT);
}

int nsg_tx_abort(struct nsg *g)
{
	return bare(g, NSGUARD_CMD_TX_ABORT);
}

int nsg_tx_commit_on_trial(struct nsg *g, uint32_t seconds)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_TX_COMMIT, 0);

	mnl_attr_put_u32(nlh, NSGUARD_A_CONFIRM, seconds);
	return nsg_talk(g, nlh, NULL, NULL);
}

int nsg_killed_after(bool (*fn)(struct nsg *g))
{
	struct nsg g;
	int fd[2];
	pid_t pid;
	bool done;
	char c;

	if (pipe(fd))
		return -errno;
	pid = fork();
	if (pid == 0) {
		if (!nsg_open(&g) && fn(&g) && write(fd[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(fd[1]);
	done = pid > 0 && read(fd[0], &c, 1) == 1;
	close(fd[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return done ? 0 : -ECHILD;
}

int nsg_confirm(struct nsg *g)
{
	return bare(g, NSGUARD_CMD_CONFIRM);
}

int nsg_reset(struct nsg *g)
{
	static const int cpuset = NSGUARD_OP_CPUSET;
	int t, ret = 0;

	/* Or what was refused at its begin; without one there is nothing to do. */
	nsg_tx_abort(g);
	/* A change that waits for confirmation would keep all others out. */
	nsg_confirm(g);
	/* Defaults first: rules may be what keeps a default of deny bearable (H28). */
	for (t = NSGUARD_TABLE_NS; !ret && t <= NSGUARD_TABLE_AFFINITY; t++) {
		ret = nsg_default(g, t, -1, NSGUARD_VERDICT_ALLOW, true);
		if (!ret && t == NSGUARD_TABLE_AFFINITY)
			ret = nsg_default(g, t, cpuset, NSGUARD_VERDICT_ALLOW, true);
	}
	if (!ret)
		ret = box_rule_flush(g);
	if (!ret)
		ret = set_del(g, NULL);
	/* Whoever is still inside was left behind by a test that ended early. */
	if (!ret)
		ret = box_del(g, NULL, true);
	for (t = NSGUARD_TABLE_NS; !ret && t <= NSGUARD_TABLE_AFFINITY; t++)
		ret = nsg_mode(g, t, NSGUARD_MODE_ENFORCE, true);
	return ret;
}

struct list {
	struct nsg_info *info;
	unsigned int max;
	unsigned int n;
	uint64_t handle;
	bool found;
};

static int list_one(const struct nlmsghdr *nlh, void *arg)
{
	struct list *list = arg;
	struct nsg_info info;

	/* The policy may be empty and say only its generation. */
	if (nsg_parse_info(nlh, &info) < 0)
		return MNL_CB_OK;
	if (list->handle && info.handle == list->handle) {
		*list->info = info;
		list->found = true;
	} else if (!list->handle && list->n < list->max) {
		list->info[list->n] = info;
	}
	list->n++;
	return MNL_CB_OK;
}

static int list_talk(struct nsg *g, int table, struct list *list)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_RULE_GET, NLM_F_DUMP);

	if (table >= 0)
		mnl_attr_put_u32(nlh, NSGUARD_A_TABLE, table);
	return nsg_talk(g, nlh, list_one, list);
}

int nsg_list(struct nsg *g, int table, struct nsg_info *info, unsigned int max)
{
	struct list list = { .info = info, .max = max };

	return list_talk(g, table, &list) ?: (int)list.n;
}

bool nsg_find(struct nsg *g, uint64_t handle, struct nsg_info *info)
{
	struct list list = { .info = info, .handle = handle };

	return !list_talk(g, -1, &list) && list.found;
}

uint64_t nsg_hits(struct nsg *g, uint64_t handle)
{
	struct nsg_info info;

	return nsg_find(g, handle, &info) ? info.hits : ~0ULL;
}

static int status_one(const struct nlmsghdr *nlh, void *arg)
{
	nsg_parse_status(nlh, arg);
	return MNL_CB_OK;
}

int nsg_status(struct nsg *g, struct nsg_status *s)
{
	memset(s, 0, sizeof(*s));
	return nsg_talk(g, nsg_msg(g, &msg, NSGUARD_CMD_STATUS_GET, 0), status_one, s);
}

bool nsg_covers(struct nsg *g, const char *path)
{
	struct nsg_status s;

	if (nsg_status(g, &s))
		return false;
	for (unsigned int i = 0; i < s.paths; i++)
		if (!strcmp(s.path[i].name, path))
			return s.path[i].covered;
	return false;
}

struct events {
	struct nsg_event *e;
	unsigned int max;
	unsigned int n;
};

static int event_one(const struct nlmsghdr *nlh, void *arg)
{
	struct events *events = arg;

	if (events->n < events->max && nsg_parse_event(nlh, &events->e[events->n]) < 0)
		return MNL_CB_OK;
	events->n++;
	return MNL_CB_OK;
}

int nsg_event_get(struct nsg *g, uint32_t last, struct nsg_event *e, unsigned int max)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, NSGUARD_CMD_EVENT_GET, NLM_F_DUMP);
	struct events events = { .e = e, .max = max };

	mnl_attr_put_u32(nlh, NSGUARD_A_LAST, last);
	return nsg_talk(g, nlh, event_one, &events) ?: (int)events.n;
}

static bool wanted(const struct nsg_event *e, uint64_t handle, pid_t pid)
{
	if (NSG_HAS(e, LOST))
		return false;
	return (handle == ~0ULL || e->handle == handle) && (!pid || e->pid == (uint32_t)pid);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* One look at what has come. */
static bool event_polled(struct nsg *g, uint64_t handle, pid_t pid, struct nsg_event *e)
{
	static struct nsg_event all[NSGUARD_EVENT_HISTORY * 2];
	int n = nsg_event_get(g, 0, all, NSGUARD_EVENT_HISTORY * 2);

	for (int i = 0; i < n; i++) {
		if (!all[i].seq || all[i].seq <= g->seen)
			continue;
		g->seen = all[i].seq;
		if (wanted(&all[i], handle, pid)) {
			*e = all[i];
			return true;
		}
	}
	return false;
}

static bool event_received(struct nsg *g, uint64_t handle, pid_t pid, int ms, struct nsg_event *e)
{
	struct pollfd p = { mnl_socket_get_fd(g->watch), POLLIN, 0 };
	static char buf[65536];
	ssize_t len;

	if (poll(&p, 1, ms) <= 0)
		return false;
	len = mnl_socket_recvfrom(g->watch, buf, sizeof(buf));
	return len > 0 && nsg_parse_event((void *)buf, e) == 0 && wanted(e, handle, pid);
}

bool nsg_event_wait(struct nsg *g, uint64_t handle, pid_t pid, int ms, struct nsg_event *e)
{
	long long end = now_ms() + ms;
	long long left;

	do {
		left = end - now_ms();
		if (g->watch) {
			if (event_received(g, handle, pid, left > 0 ? left : 0, e))
				return true;
		} else {
			if (event_polled(g, handle, pid, e))
				return true;
			usleep(10000);
		}
	} while (left > 0);
	return false;
}
