// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which operation goes by which path, and the child that does it. The operations are in
 * probe-*.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "probe.h"
#include "util.h"

#define CHILD_SECONDS	60	/* none of them waits; a kernel under KASAN takes its time */
#define DEATH_MS	2000	/* a namespace may be freed by a worker, after a grace period */

/* A path with several lines is proved by all of them. */
static const struct operation operations[] = {
	{ "ns.enter.mnt", probe_enter, "mnt", 0 },
	{ "ns.enter.uts", probe_enter, "uts", 0 },
	{ "ns.enter.ipc", probe_enter, "ipc", 0 },
	{ "ns.enter.pid", probe_enter, "pid", 0 },
	{ "ns.enter.net", probe_enter, "net", 0 },
	{ "ns.enter.user", probe_enter, "user", 0 },
	{ "ns.enter.cgroup", probe_enter, "cgroup", 0 },
	{ "ns.enter.time", probe_enter, "time", 0 },
	{ "ns.create", probe_create, NULL, 0 },
	{ "ns.create.user", probe_create_user, NULL, 0 },
	{ "ns.death", probe_death, NULL, DEATH_MS },
	/* H23: three functions are attached for it. */
	{ "ns.birth", probe_create, NULL, 0 },
	{ "ns.birth", probe_create_user, NULL, 0 },
	{ "ns.birth", probe_clone, NULL, 0 },
	{ "cgroup.procs", probe_cgroup_write, "cgroup.procs", 0 },
	{ "cgroup.threads", probe_cgroup_write, "cgroup.threads", 0 },
	{ "clone3", probe_clone_into, NULL, 0 },
	{ "cgroup.v1", probe_cgroup_v1, NULL, 0 },
	{ "setaffinity", probe_setaffinity, NULL, 0 },
	{ "setaffinity.effective", probe_setaffinity, NULL, 0 },
	{ "io_uring.sq_aff", probe_sq_aff, NULL, 0 },
	{ "io_uring.iowq_aff", probe_iowq_aff, NULL, 0 },
	{ "cpuset", probe_cpuset, NULL, 0 },
};

const struct operation *operation_at(unsigned int i)
{
	return i < ARRAY_SIZE(operations) ? &operations[i] : NULL;
}

bool attempt_done(struct attempt *a, long ret, const char *what, const char *word)
{
	a->err = ret < 0 ? errno : 0;
	snprintf(a->what, sizeof(a->what), "%s%s%s%s", what, word ? "(" : "", word ? word : "",
		 word ? ")" : "");
	return ret >= 0;
}

bool operation_run(const struct operation *o, struct attempt *a)
{
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	*a = (struct attempt){ 0 };
	if (pipe(fd))
		return false;
	pid = fork();
	if (pid < 0) {
		close(fd[0]);
		close(fd[1]);
		return false;
	}
	if (!pid) {
		close(fd[0]);
		alarm(CHILD_SECONDS);
		o->run(a, o->word);
		_exit(write(fd[1], a, sizeof(*a)) == sizeof(*a) ? 0 : 1);
	}
	close(fd[1]);
	n = read(fd[0], a, sizeof(*a));
	close(fd[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n == sizeof(*a))
		return true;
	*a = (struct attempt){ 0 };
	snprintf(a->why, sizeof(a->why), "the child that tried it was ended by signal %d",
		 WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return true;
}
