// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guarded operations done by a short-lived child, see act.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "act.h"
#include "kmod.h"

#define CGROUP_ROOT	"/sys/fs/cgroup"

static int enter(const char *cgroup)
{
	char path[512];

	snprintf(path, sizeof(path), CGROUP_ROOT "%s/cgroup.procs", cgroup);
	return file_write(path, "0");
}

/* Becomes @who. Return: 0, or -errno. */
static int become(const struct actor *who)
{
	char number[16];
	int ret = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(20);
	if (!who)
		return 0;
	if (who->cgroup)
		ret = enter(who->cgroup);
	if (!ret && who->auid) {
		snprintf(number, sizeof(number), "%u", who->auid);
		ret = file_write("/proc/self/loginuid", number);
	}
	/* The real uid alone: with euid 0 the capabilities stay. */
	if (!ret && who->uid && setresuid(who->uid, 0, 0))
		ret = -errno;
	return ret;
}

/**
 * struct act - what a child is to do
 * @who: who it becomes first, or NULL
 * @op: does it; 0 or -errno
 * @state: describes what @op would change
 * @name: for @op and @state
 * @path: for @op
 * @mask: for @op, @bytes long
 */
struct act {
	const struct actor *who;
	int (*op)(const struct act *a);
	void (*state)(const struct act *a, char *text, size_t size);
	const char *name;
	const char *path;
	unsigned char mask[8192];
	size_t bytes;
};

static int child(const struct act *a)
{
	char before[9000] = "", after[9000] = "";
	int ret = become(a->who);

	if (ret) {
		fprintf(stderr, "# act: cannot become the actor: %s\n", strerror(-ret));
		return ACT_SETUP;
	}
	a->state(a, before, sizeof(before));
	ret = a->op(a);
	a->state(a, after, sizeof(after));
	if (ret && strcmp(before, after)) {
		fprintf(stderr, "# act: %s, but %s became %s\n", strerror(-ret), before, after);
		return ACT_CHANGED;
	}
	return -ret;
}

static int act(const struct act *a)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return ACT_SETUP;
	if (pid == 0)
		_exit(child(a));
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return ACT_SETUP;
	return WEXITSTATUS(status);
}

static void ns_state(const struct act *a, char *text, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", a->name);
	n = readlink(path, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
}

static int ns_op(const struct act *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return setns(fd, 0) ? -errno : 0;
}

int act_setns(const struct actor *who, const char *type, const char *path)
{
	struct act a = { .who = who, .op = ns_op, .state = ns_state, .name = type, .path = path };

	return act(&a);
}

static void cgroup_state(const struct act *a, char *text, size_t size)
{
	file_read("/proc/self/cgroup", text, size);
}

static int cgroup_op(const struct act *a)
{
	return enter(a->path);
}

int act_move(const struct actor *who, const char *cgroup)
{
	struct act a = { .who = who, .op = cgroup_op, .state = cgroup_state, .path = cgroup };

	return act(&a);
}

static void affinity_state(const struct act *a, char *text, size_t size)
{
	unsigned char mask[1024] = { 0 };
	int n = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);

	text[0] = '\0';
	for (int i = 0; i < n && (size_t)i * 2 + 3 < size; i++)
		sprintf(text + i * 2, "%02x", mask[i]);
}

static int affinity_op(const struct act *a)
{
	return syscall(SYS_sched_setaffinity, 0, a->bytes, a->mask) ? -errno : 0;
}

int act_affinity(const struct actor *who, size_t bytes, unsigned char low, unsigned char rest)
{
	struct act a = { .who = who, .op = affinity_op, .state = affinity_state, .bytes = bytes };

	if (bytes > sizeof(a.mask))
		return ACT_SETUP;
	memset(a.mask, rest, bytes);
	if (bytes)
		a.mask[0] = low;
	return act(&a);
}

int cgroup_make(const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), CGROUP_ROOT "%s", path);
	for (char *p = whole + sizeof(CGROUP_ROOT); ; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(whole, 0755) && errno != EEXIST)
			return -errno;
		*p = c;
		if (c == '\0')
			return 0;
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	/* A cgroup is gone only when its last process has been buried: not at once. */
	for (int i = 0; type == FTW_DP && rmdir(path); i++) {
		if (errno != EBUSY || i == 100)
			return -1;
		usleep(10000);
	}
	return 0;
}

int cgroup_remove(const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), CGROUP_ROOT "%s", path);
	if (access(whole, F_OK))
		return 0;
	return nftw(whole, remove_one, 16, FTW_DEPTH | FTW_PHYS) ? -errno : 0;
}
