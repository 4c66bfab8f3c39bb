// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on cgroups: the child moves into the cgroup it is in already. Where the hierarchy
 * is mounted nowhere, it gets a mount that no mount namespace ever shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cgmount.h"
#include "probe.h"
#include "util.h"

#define VANISH_MS	2000	/* a hierarchy goes by a worker, after a grace period */

/* By number: not every C library knows these calls, nor gets on with the kernel's header. */
static int mount_detached(struct attempt *a, const char *type, const char *name)
{
	int fs, fd = -1;

	fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	if (!attempt_done(a, fs, "fsopen", type))
		return -1;
	if ((!name || (attempt_done(a, syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "none", NULL,
					       0), "fsconfig", "none") &&
		       attempt_done(a, syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "name", name,
					       0), "fsconfig", "name"))) &&
	    attempt_done(a, syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "mount",
			 type)) {
		fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
		attempt_done(a, fd, "fsmount", type);
	}
	close(fs);
	return fd;
}

/*
 * The child's own cgroup of version 2, or -1 with @a filled. A mount made in the initial cgroup
 * namespace sets the options of the whole hierarchy: nsdelegate would be gone. One made in a new
 * namespace leaves them alone, and has the child's cgroup for its root.
 */
static int own_v2(struct attempt *a)
{
	int fd = own_cgroup_open("cgroup2");

	if (fd >= 0)
		return fd;
	if (attempt_done(a, unshare(CLONE_NEWCGROUP), "unshare", "cgroup"))
		fd = mount_detached(a, "cgroup2", NULL);
	if (fd < 0)
		snprintf(a->why, sizeof(a->why),
			 "no writable cgroup2 is mounted that shows the own cgroup, and none can be: %s: %s",
			 a->what, strerror(a->err));
	else
		snprintf(a->note, sizeof(a->note), "on a cgroup2 mounted for it");
	return fd;
}

/* 0 is the writer itself. */
static void move_here(struct attempt *a, int dir, const char *file)
{
	int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	if (!attempt_done(a, fd, "open", file))
		return;
	attempt_done(a, write(fd, "0", 1), "write", file);
	close(fd);
}

void probe_cgroup_write(struct attempt *a, const char *file)
{
	int dir = own_v2(a);

	if (dir < 0)
		return;
	move_here(a, dir, file);
	close(dir);
}

/* A child is born into the cgroup @dir, and gone. */
static void clone_into(struct attempt *a, int dir)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (__u64)dir,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	if (attempt_done(a, pid, "clone3", "CLONE_INTO_CGROUP"))
		waitpid((pid_t)pid, NULL, 0);
}

void probe_clone_into(struct attempt *a, const char *unused)
{
	int dir = own_v2(a);

	(void)unused;
	if (dir < 0)
		return;
	clone_into(a, dir);
	close(dir);
}

static bool gives_cpusets(int dir)
{
	char text[512] = "", *word, *rest = text;
	int fd = openat(dir, "cgroup.subtree_control", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	while ((word = strsep(&rest, " \t\r\v\f\n")))
		if (!strcmp(word, "cpuset"))
			return true;
	return false;
}

/*
 * The cgroup above @dir, or -1: behind a root there is no such file, and above that of a detached
 * mount is itself.
 */
static int cgroup_above(int dir)
{
	struct stat here, there;
	int fd = openat(dir, "../cgroup.subtree_control", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	close(fd);
	fd = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!fstat(dir, &here) && !fstat(fd, &there) && here.st_dev == there.st_dev &&
	    here.st_ino == there.st_ino) {
		close(fd);
		return -1;
	}
	return fd;
}

void probe_cpuset(struct attempt *a, const char *unused)
{
	int dir = own_v2(a), up, new;
	char name[32];

	(void)unused;
	while (dir >= 0 && !gives_cpusets(dir)) {
		up = cgroup_above(dir);
		close(dir);
		dir = up;
		if (dir < 0)
			snprintf(a->why, sizeof(a->why),
				 "no cgroup above the own one has the controller cpuset");
	}
	if (dir < 0)
		return;
	snprintf(name, sizeof(name), "nsguard-probe-%d", (int)getpid());
	if (attempt_done(a, mkdirat(dir, name, 0700), "mkdir", name)) {
		new = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (attempt_done(a, new, "open", name))
			clone_into(a, new);
		close(new);
		if (unlinkat(dir, name, AT_REMOVEDIR))
			snprintf(a->left, sizeof(a->left), "the cgroup %s", name);
	}
	close(dir);
}

static bool hierarchy_there(const char *name)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char *line = NULL;
	bool there = false;
	size_t room = 0;

	while (f && !there && getline(&line, &room, f) > 0)
		there = strstr(line, name);
	free(line);
	if (f)
		fclose(f);
	return there;
}

void probe_cgroup_v1(struct attempt *a, const char *unused)
{
	int dir = own_cgroup_open("cgroup"), ms = 0;
	char name[32], line[48];

	(void)unused;
	if (dir >= 0) {
		move_here(a, dir, "tasks");
		close(dir);
		return;
	}
	/* Without a controller and without a cgroup but its root, it goes with its only mount. */
	snprintf(name, sizeof(name), "nsguard-probe-%d", (int)getpid());
	dir = mount_detached(a, "cgroup", name);
	if (dir < 0) {
		snprintf(a->why, sizeof(a->why),
			 "no hierarchy of version 1 is mounted, and none can be: %s: %s", a->what,
			 strerror(a->err));
		return;
	}
	move_here(a, dir, "tasks");
	close(dir);
	snprintf(a->note, sizeof(a->note), "in a hierarchy made for it");
	snprintf(line, sizeof(line), ":name=%s:", name);
	while (hierarchy_there(line) && ms++ < VANISH_MS)
		usleep(1000);
	if (hierarchy_there(line))
		snprintf(a->left, sizeof(a->left), "the cgroup hierarchy %s", name);
}
