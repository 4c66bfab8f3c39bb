// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inode numbers of namespaces, used again on purpose: see inum.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>
#include "inum.h"
#include "ops.h"

#define UTS	"/proc/thread-self/ns/uts"

/* A new UTS namespace, in which we then are. Return: its file or -errno. */
static int make_uts(void)
{
	int fd;

	if (unshare(CLONE_NEWUTS))
		return -errno;
	fd = open(UTS, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* From the namespace @fd, made by make_uts(), back to @home: then it is gone. */
static int drop_uts(int fd, int home)
{
	int ret = setns(home, CLONE_NEWUTS) ? -errno : 0;

	close(fd);
	return ret;
}

/* Return: 0 when @inum is the lowest free number now, -EAGAIN when it was not free. */
static int plug(struct inum_plug *p, uint32_t inum, int home)
{
	uint32_t got;
	int fd;

	while (p->n < INUM_PLUGS) {
		fd = make_uts();
		if (fd < 0)
			return fd;
		got = ns_inum(fd);
		if (got >= inum)
			return drop_uts(fd, home) ?: got == inum ? 0 : -EAGAIN;
		p->fd[p->n++] = fd;
	}
	return -ENOSPC;
}

int inum_plug(struct inum_plug *p, uint32_t inum)
{
	int home = open(UTS, O_RDONLY | O_CLOEXEC);
	int ret = home < 0 ? -errno : -EAGAIN;

	p->n = 0;
	for (int i = 0; ret == -EAGAIN && i < 150; i++) {
		ret = plug(p, inum, home);
		if (ret == -EAGAIN)
			usleep(20000);
	}
	if (home >= 0) {
		if (setns(home, CLONE_NEWUTS) && !ret)
			ret = -errno;
		close(home);
	}
	return ret == -EAGAIN ? -EBUSY : ret;
}

void inum_unplug(struct inum_plug *p)
{
	while (p->n)
		close(p->fd[--p->n]);
}

uint32_t inum_next(void)
{
	int home = open(UTS, O_RDONLY | O_CLOEXEC);
	int fd = home < 0 ? home : make_uts();
	uint32_t inum = 0;

	if (fd >= 0) {
		inum = ns_inum(fd);
		if (drop_uts(fd, home))
			inum = 0;
	}
	if (home >= 0)
		close(home);
	return inum;
}
