// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two ways of io_uring round sched_setaffinity(): the poller's CPU and the workers'
 * mask, by raw system calls. Whether they took effect is read from the threads.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kmod.h"
#include "ops.h"

/* Reads a line's value, such as the one of "Cpus_allowed:", from a thread's status. */
static bool thread_value(const char *tid, const char *key, char *value, size_t size)
{
	char path[300], text[4096];
	const char *p;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", tid);
	if (file_read(path, text, sizeof(text)))
		return false;
	p = strstr(text, key);
	if (!p)
		return false;
	p += strlen(key);
	p += strspn(p, " \t");
	snprintf(value, size, "%.*s", (int)strcspn(p, "\n"), p);
	return true;
}

/* Is there a thread whose name starts with @name and that may run on @mask alone? */
static bool thread_on(const char *name, uint64_t mask)
{
	DIR *dir = opendir("/proc/self/task");
	bool found = false;
	struct dirent *d;

	if (!dir)
		return false;
	while (!found && (d = readdir(dir))) {
		char comm[64], cpus[512];
		uint64_t low = 0;

		if (!thread_value(d->d_name, "Name:", comm, sizeof(comm)) ||
		    strncmp(comm, name, strlen(name)))
			continue;
		if (!thread_value(d->d_name, "Cpus_allowed:", cpus, sizeof(cpus)))
			continue;
		/* Words of 32 CPUs from the highest down, by commas. */
		low = strtoull(strrchr(cpus, ',') ? strrchr(cpus, ',') + 1 : cpus, NULL, 16);
		found = low == mask;
	}
	closedir(dir);
	return found;
}

/* A worker starts late: looked for up to a second. */
static bool thread_comes(const char *name, uint64_t mask)
{
	for (int i = 0; i < 100; i++) {
		if (thread_on(name, mask))
			return true;
		usleep(10000);
	}
	return false;
}

static int sq_aff(const struct op *op, bool *changed)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SQPOLL,
		.sq_thread_idle = 1000,
	};
	int fd;

	if (op->kind == OP_SQ_AFF) {
		p.flags |= IORING_SETUP_SQ_AFF;
		p.sq_thread_cpu = __builtin_ctzll(op->mask);
	}
	fd = syscall(SYS_io_uring_setup, 4, &p);
	if (fd < 0) {
		int err = errno;

		*changed = thread_on("iou-sqp", op->mask);
		return err;
	}
	*changed = thread_comes("iou-sqp", op->mask) ||
		   /* Since 6.2 what the maker asked for itself still bounds it. */
		   (op->kind == OP_SQPOLL && thread_on("iou-sqp", op->before));
	close(fd);
	return 0;
}

/* Has a worker started by reading a pipe that never has anything. */
static int start_worker(int ring, const struct io_uring_params *p, int pipe)
{
	size_t size = p->sq_off.array + p->sq_entries * sizeof(unsigned int);
	char *sq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
			IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p->sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	static char byte;
	unsigned int *tail;

	if (sq == MAP_FAILED || (void *)sqe == MAP_FAILED)
		return errno;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_READ;
	sqe->flags = IOSQE_ASYNC;
	sqe->fd = pipe;
	sqe->addr = (uintptr_t)&byte;
	sqe->len = 1;
	tail = (unsigned int *)(sq + p->sq_off.tail);
	((unsigned int *)(sq + p->sq_off.array))[*tail & (p->sq_entries - 1)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) == 1 ? 0 : errno;
}

static int iowq_register(const struct op *op, int ring)
{
	if (op->kind == OP_IOWQ_AFF)
		return syscall(SYS_io_uring_register, ring, IORING_REGISTER_IOWQ_AFF, &op->mask,
			       sizeof(op->mask));
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_IOWQ_AFF, &op->before,
		    sizeof(op->before)))
		return -1;
	return syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_IOWQ_AFF, NULL, 0);
}

static int iowq_aff(const struct op *op, bool *changed)
{
	struct io_uring_params p = { 0 };
	int ring = syscall(SYS_io_uring_setup, 4, &p);
	int fd[2], err = 0, broken;

	if (ring < 0)
		return ENOSYS;
	if (pipe2(fd, O_CLOEXEC)) {
		close(ring);
		return ENOSYS;
	}
	if (iowq_register(op, ring))
		err = errno;
	broken = start_worker(ring, &p, fd[0]);
	if (broken)
		fprintf(stderr, "# op: no io_uring worker: %s\n", strerror(broken));
	else if (err)
		/* The worker must have come before its mask can be said to be unchanged. */
		*changed = !thread_comes("iou-wrk", op->before);
	else
		*changed = thread_comes("iou-wrk", op->mask);
	close(ring);
	close(fd[0]);
	close(fd[1]);
	return broken ? ENOSYS : err;
}

int op_uring(const struct op *op, bool *changed)
{
	*changed = false;
	if (op->kind == OP_SQ_AFF || op->kind == OP_SQPOLL)
		return sq_aff(op, changed);
	return iowq_aff(op, changed);
}

int uring_worker(void)
{
	struct io_uring_params p = { 0 };
	int ring = syscall(SYS_io_uring_setup, 4, &p);
	int fd[2];

	if (ring < 0)
		return errno;
	return pipe2(fd, O_CLOEXEC) ? errno : start_worker(ring, &p, fd[0]);
}
