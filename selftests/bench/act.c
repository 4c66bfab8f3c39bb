// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guarded operations, done many times: what each costs on its cheapest run. What it costs to undo
 * one is not counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/kmod.h"
#include "bench.h"

#define BATCHES	60
#define FORKED	96	/* of what takes a child each time; no two find the same memory */
#define BATCH	16	/* far less than between two ticks of the kernel's clock */
#define WARM	64

#define CG	"/sys/fs/cgroup"

const char *const act_name[ACTS] = { "enter", "create", "create_user", "move", "affinity" };

static int uts;
static int procs[2];

/* A task that stays there keeps what the kernel knows of a cgroup alive. */
static int sleeper(const char *path)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -errno : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!file_write(path, "0"))
		for (;;)
			pause();
	_exit(1);
}

int act_prepare(void)
{
	static const char *const path[2] = { CG "/bench/a", CG "/bench/b" };
	char file[64];

	/* Otherwise a move may wait for a grace period, which is no work. */
	if (mount(NULL, CG, NULL, MS_REMOUNT, "favordynmods"))
		fprintf(stderr, "bench: no favordynmods: %s\n", strerror(errno));
	uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	mkdir(CG "/bench", 0755);
	for (int i = 0; i < 2; i++) {
		mkdir(path[i], 0755);
		snprintf(file, sizeof(file), "%s/cgroup.procs", path[i]);
		if (sleeper(file))
			return -errno;
		procs[i] = open(file, O_WRONLY | O_CLOEXEC);
		if (procs[i] < 0 || write(procs[i], "0", 1) != 1)
			return -errno;
	}
	return uts < 0 ? -errno : 0;
}

/* Once: its instructions, or -errno. Those of the clock itself are a constant few. */
static long long once(enum act act)
{
	static const unsigned long cpu0 = 1;
	static unsigned int turn;
	static int made = -1;
	unsigned long long from = 0, to;
	int ret = -1, fd;

	switch (act) {
	case ACT_ENTER:
		from = ticks();
		ret = setns(uts, CLONE_NEWUTS);
		break;
	case ACT_CREATE:
		from = ticks();
		ret = unshare(CLONE_NEWUTS);
		break;
	case ACT_CREATE_USER:
		from = ticks();
		ret = unshare(CLONE_NEWUSER);
		break;
	case ACT_MOVE:
		fd = procs[turn++ % 2];
		from = ticks();
		ret = write(fd, "0", 1) == 1 ? 0 : -1;
		break;
	case ACT_AFFINITY:
		from = ticks();
		ret = sched_setaffinity(0, sizeof(cpu0), (const cpu_set_t *)&cpu0);
		break;
	default:
		errno = EINVAL;
		break;
	}
	to = ticks();
	if (ret)
		return -errno;
	if (act == ACT_CREATE) {
		/* The one before dies only now. */
		fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
		if (made >= 0)
			close(made);
		made = fd;
	}
	return to - from;
}

/* User namespaces nest: each is made by a child, which tells what it took. */
static long long once_in_child(enum act act)
{
	long long taken = -EIO;
	int tell[2];
	pid_t pid;

	if (pipe(tell))
		return -errno;
	pid = fork();
	if (!pid) {
		taken = once(act);
		_exit(write(tell[1], &taken, sizeof(taken)) == sizeof(taken) ? 0 : 1);
	}
	close(tell[1]);
	if (read(tell[0], &taken, sizeof(taken)) != sizeof(taken))
		taken = -EIO;
	close(tell[0]);
	waitpid(pid, NULL, 0);
	return taken;
}

/*
 * When the nsproxy a task leaves and the one it gets lie on different slabs, each setns() frees the
 * slow way, 412 instructions, for ever. So others make and free some in between, and the cheapest
 * counts.
 */
static void stir(void)
{
	static pid_t other;
	int ready[2];
	char c;

	if (pipe(ready))
		return;
	if (other > 0) {
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
	}
	other = fork();
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUTS) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		fprintf(stderr, "bench: nobody stirs\n");
	close(ready[0]);
}

double act_count(enum act act)
{
	long long (*one)(enum act act) = act == ACT_CREATE_USER ? once_in_child : once;
	const bool forked = one == once_in_child;
	const int batch = forked ? 1 : BATCH;
	long long least = -1, sum, taken;

	/* What was begun by whoever came before us shall be over: RCU, workers, freed memory. */
	usleep(100000);
	for (int i = 0; i < (forked ? 1 : WARM); i++)
		one(act);
	for (int b = 0; b < (forked ? FORKED : BATCHES); b++) {
		sum = 0;
		for (int i = 0; i < batch; i++) {
			taken = one(act);
			if (taken < 0)
				return taken;
			sum += taken;
		}
		if (least < 0 || sum < least)
			least = sum;
		if (b % 10 == 9) {
			stir();
			usleep(20000);
		}
	}
	return (double)least / batch;
}
