// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places to go: namespaces and cgroups that a test makes and removes, see ops.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kmod.h"
#include "ops.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x00000080
#endif

const char *const ns_name[8] = { "mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time" };
const int ns_flag[8] = {
	CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUSER,
	CLONE_NEWCGROUP, CLONE_NEWTIME,
};

/*
 * Becomes init of the new namespaces, so that a pid namespace lives and can be
 * entered. The user namespace comes last: the others stay the initial one's.
 */
static void keeper(int fd, int types)
{
	char c = 0;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(types & ~CLONE_NEWUSER))
		c = errno;
	pid = fork();
	if (pid) {
		waitpid(pid, NULL, 0);
		_exit(0);
	}
	if (!c && types & CLONE_NEWUSER && unshare(CLONE_NEWUSER))
		c = errno;
	/* Only now: new credentials clear it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(fd, &c, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* The keeper's child, by its pid here. */
static pid_t only_child(pid_t pid)
{
	char path[64], text[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	return file_read(path, text, sizeof(text)) ? -1 : atoi(text);
}

int ns_set_make(struct ns_set *s, int types)
{
	int ret = 0, fd[2];
	pid_t init;
	char c;

	memset(s, -1, sizeof(*s));
	if (pipe2(fd, O_CLOEXEC))
		return -errno;
	s->pid = fork();
	if (s->pid == 0) {
		/* Files of other sets would keep their namespaces alive. */
		if (dup2(fd[1], 3) < 0 || close_range(4, ~0u, 0))
			_exit(1);
		keeper(3, types);
	}
	close(fd[1]);
	if (s->pid < 0 || read(fd[0], &c, 1) != 1)
		ret = -EPIPE;
	else
		ret = -c;
	close(fd[0]);
	init = ret ? -1 : only_child(s->pid);
	s->pidfd = init > 0 ? syscall(SYS_pidfd_open, init, 0) : -1;
	for (int i = 0; !ret && i < 8; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/ns/%s", init, ns_name[i]);
		s->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (s->fd[i] < 0)
			ret = -errno;
	}
	if (ret)
		ns_set_free(s);
	return ret;
}

void ns_set_free(struct ns_set *s)
{
	for (int i = 0; i < 8; i++)
		if (s->fd[i] >= 0)
			close(s->fd[i]);
	if (s->pidfd >= 0)
		close(s->pidfd);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	memset(s, -1, sizeof(*s));
}

uint32_t ns_inum(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

/*
 * Each move waits for a grace period, unless the hierarchy is told that moves are frequent;
 * hundreds of them make that seconds. Older kernels refuse, and are slow.
 */
static void favor_moves(void)
{
	static bool done;

	if (!done)
		mount("cgroup2", CG2, NULL, MS_REMOUNT, "favordynmods");
	done = true;
}

int cg_make(const char *path)
{
	char whole[PATH_MAX];

	favor_moves();
	snprintf(whole, sizeof(whole), CG2 "%s", path);
	for (char *p = whole + sizeof(CG2);; p++) {
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
	/* A cgroup is free only when its last process has been buried: not at once. */
	for (int i = 0; type == FTW_DP && rmdir(path) && errno == EBUSY && i < 200; i++)
		usleep(5000);
	return 0;
}

void cg_remove(const char *path)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), CG2 "%s", path);
	nftw(whole, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int cg_write(const char *path, const char *file, const char *text)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), CG2 "%s/%s", path, file);
	return file_write(whole, text);
}

uint64_t cg_id(const char *path)
{
	char whole[PATH_MAX];
	struct stat st;

	snprintf(whole, sizeof(whole), CG2 "%s", path);
	return stat(whole, &st) ? 0 : st.st_ino;
}
