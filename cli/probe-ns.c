// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on namespaces: entering the one the child is in already, and new ones that nobody
 * else is ever in and that die with the child.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "probe.h"
#include "util.h"

/* In the order in which a new one is tried: the cheap ones first, user by itself. */
static const struct {
	const char *name;
	int flag;
} types[] = {
	{ "uts", CLONE_NEWUTS },	{ "ipc", CLONE_NEWIPC },
	{ "cgroup", CLONE_NEWCGROUP },	{ "time", CLONE_NEWTIME },
	{ "pid", CLONE_NEWPID },	{ "net", CLONE_NEWNET },
	{ "mnt", CLONE_NEWNS },		{ "user", CLONE_NEWUSER },
};

static bool there_is(const char *type)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", type);
	return !access(path, F_OK);
}

void probe_enter(struct attempt *a, const char *type)
{
	char path[32];
	unsigned int i;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", type);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!attempt_done(a, fd, path, NULL))
		return;
	/* A user namespace one is in already: EINVAL, but not before it was asked to be entered. */
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, type))
			attempt_done(a, setns(fd, types[i].flag), "setns", type);
}

void probe_create(struct attempt *a, const char *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i].flag == CLONE_NEWUSER || !there_is(types[i].name))
			continue;
		attempt_done(a, unshare(types[i].flag), "unshare", types[i].name);
		return;
	}
	snprintf(a->why, sizeof(a->why), "/proc/self/ns tells of no type of namespace");
}

void probe_create_user(struct attempt *a, const char *unused)
{
	(void)unused;
	attempt_done(a, unshare(CLONE_NEWUSER), "unshare", "user");
}

void probe_death(struct attempt *a, const char *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (there_is(types[i].name) &&
		    attempt_done(a, unshare(types[i].flag), "unshare", types[i].name))
			return;
	snprintf(a->why, sizeof(a->why), "no namespace can be made that could die: %s: %s",
		 a->what, strerror(a->err));
}

void probe_clone(struct attempt *a, const char *unused)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	const char *type = NULL;
	unsigned int i;
	long pid;

	(void)unused;
	for (i = 0; !type && i < ARRAY_SIZE(types); i++) {
		if (!there_is(types[i].name))
			continue;
		type = types[i].name;
		args.flags = (__u64)types[i].flag;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		_exit(0);
	if (attempt_done(a, pid, "clone3", type))
		waitpid((pid_t)pid, NULL, 0);
}
