// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on affinity: the child asks for the CPUs it has already, by each of the three ways
 * there are.
 */
#include <errno.h>
#include <stdio.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "probe.h"
#include "util.h"

#define MASK_BYTES	8192	/* more CPUs than any kernel is built for */
#define DISABLED	"/proc/sys/kernel/io_uring_disabled"

/* The child's own mask. Return: how many bytes of it the kernel knows, or -1. */
static long own_mask(struct attempt *a, unsigned char *mask)
{
	/* glibc's would clear what lies behind, and needs a cpu_set_t. */
	long n = syscall(SYS_sched_getaffinity, 0, MASK_BYTES, mask);

	return attempt_done(a, n, "sched_getaffinity", NULL) ? n : -1;
}

void probe_setaffinity(struct attempt *a, const char *unused)
{
	unsigned char mask[MASK_BYTES] = { 0 };
	long n = own_mask(a, mask);

	(void)unused;
	if (n > 0)
		attempt_done(a, syscall(SYS_sched_setaffinity, 0, n, mask), "sched_setaffinity",
			     NULL);
}

/* What io_uring_setup's errno means where no rule has seen the call. */
static void explain(struct attempt *a)
{
	FILE *f = fopen(DISABLED, "re");
	int disabled = 0;

	if (f) {
		if (fscanf(f, "%d", &disabled) != 1)
			disabled = 0;
		fclose(f);
	}
	if (a->err == EPERM && disabled)
		snprintf(a->why, sizeof(a->why), "io_uring is disabled (kernel.io_uring_disabled)");
	if (a->err == ENOSYS)
		snprintf(a->why, sizeof(a->why), "io_uring is not built into this kernel");
}

static int ring(struct attempt *a, struct io_uring_params *p)
{
	int fd = (int)syscall(SYS_io_uring_setup, 1, p);

	if (!attempt_done(a, fd, "io_uring_setup", NULL))
		explain(a);
	return fd;
}

void probe_sq_aff(struct attempt *a, const char *unused)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF };
	unsigned char mask[MASK_BYTES] = { 0 };
	long n = own_mask(a, mask);
	int fd;

	(void)unused;
	if (n < 0)
		return;
	while (p.sq_thread_cpu < n * 8 &&
	       !(mask[p.sq_thread_cpu / 8] & BIT(p.sq_thread_cpu % 8)))
		p.sq_thread_cpu++;
	fd = ring(a, &p);
	if (fd >= 0)
		close(fd);
}

void probe_iowq_aff(struct attempt *a, const char *unused)
{
	struct io_uring_params p = { 0 };
	unsigned char mask[MASK_BYTES] = { 0 };
	long n = own_mask(a, mask);
	int fd;

	(void)unused;
	if (n < 0)
		return;
	fd = ring(a, &p);
	if (fd < 0)
		return;
	attempt_done(a, syscall(SYS_io_uring_register, fd, IORING_REGISTER_IOWQ_AFF, mask, n),
		     "io_uring_register", "IOWQ_AFF");
	close(fd);
}
