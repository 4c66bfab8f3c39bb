// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways round sched_setaffinity() that io_uring has (H16): where its poller runs and
 * where its workers may run.
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define CPU0	1
#define CPU1	2
#define BOTH	3
#define TOP	"/nsgtest"

FIXTURE(io_uring)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(io_uring)
{
	enum op_kind kind;
	const char *path;
};

FIXTURE_VARIANT_ADD(io_uring, sq_aff) { .kind = OP_SQ_AFF, .path = "io_uring.sq_aff" };
FIXTURE_VARIANT_ADD(io_uring, iowq_aff) { .kind = OP_IOWQ_AFF, .path = "io_uring.iowq_aff" };

FIXTURE_SETUP(io_uring)
{
	nsg_setup(_metadata, &self->g);
	self->op = (struct op){ .kind = variant->kind, .mask = CPU1, .before = BOTH };
	if (op_run(&self->op).err == ENOSYS)
		SKIP(return, "the kernel has no io_uring");
	EXPECT_TRUE(nsg_covers(&self->g, variant->path));
}

FIXTURE_TEARDOWN(io_uring)
{
	nsg_teardown(_metadata, &self->g);
}

TEST_F(io_uring, cpus)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(AFFINITY, M_CPUS(INTERSECTS, CPU1)), &self->op, true, true,
	      &e);
	EXPECT_EQ(NSGUARD_OP_IO_URING, e.op);
	EXPECT_EQ(CPU1, e.mask);
	PROVE_DENIED(DENY(AFFINITY, M_CPUS(EQUALS, CPU1)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(INTERSECTS, CPU0)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(SUPERSET, BOTH)), &self->op);
}

TEST_F(io_uring, op)
{
	PROVE_DENIED(DENY(AFFINITY, M_OP(NSGUARD_OP_IO_URING)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, M_OP(NSGUARD_OP_SETAFFINITY)), &self->op);
}

TEST_F(io_uring, subject)
{
	PROVE_DENIED(DENY(AFFINITY, M_UID(0, 0)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, M_UID(1, ~0u)), &self->op);
}

FIXTURE(io_uring_reset)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(io_uring_reset)
{
	enum op_kind kind;
	uint64_t before;
};

FIXTURE_VARIANT_ADD(io_uring_reset, sqpoll) { .kind = OP_SQPOLL, .before = CPU1 };
FIXTURE_VARIANT_ADD(io_uring_reset, iowq_aff) { .kind = OP_IOWQ_RESET, .before = CPU1 };

FIXTURE_SETUP(io_uring_reset)
{
	nsg_setup(_metadata, &self->g);
	self->op = (struct op){ .kind = variant->kind, .mask = BOTH, .before = variant->before };
	if (op_run(&self->op).err == ENOSYS)
		SKIP(return, "the kernel has no io_uring");
}

FIXTURE_TEARDOWN(io_uring_reset)
{
	nsg_teardown(_metadata, &self->g);
}

/* A poller without a CPU of its own asks for all of them, whatever its maker may run on. */
TEST_F(io_uring_reset, all_cpus)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(AFFINITY, M_RESET), &self->op, true, true, &e);
	EXPECT_EQ(NSGUARD_OP_IO_URING, e.op);
	EXPECT_TRUE(NSG_HAS(&e, RESET));
	PROVE_PASSES(DENY(AFFINITY, M_OP(NSGUARD_OP_SETAFFINITY)), &self->op);
}

FIXTURE(io_uring_ring)
{
	struct nsg g;
	int p[2];
	pid_t child;
	int ring;
};

/* A ring with a poller, made by a child in TOP/a, and ours by now. */
FIXTURE_SETUP(io_uring_ring)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL };
	int pidfd;

	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP "/a"));
	ASSERT_EQ(0, pipe2(self->p, O_CLOEXEC));
	self->child = fork();
	if (!self->child) {
		int ring = become_in_cgroup(TOP "/a") ? -1 : syscall(SYS_io_uring_setup, 4, &p);

		ring = ring < 0 ? -errno : ring;
		if (write(self->p[1], &ring, sizeof(ring)) == sizeof(ring))
			pause();
		_exit(1);
	}
	ASSERT_EQ(sizeof(self->ring), read(self->p[0], &self->ring, sizeof(self->ring)));
	if (self->ring == -ENOSYS)
		SKIP(return, "the kernel has no io_uring");
	ASSERT_LE(0, self->ring);
	pidfd = syscall(SYS_pidfd_open, self->child, 0);
	self->ring = syscall(SYS_pidfd_getfd, pidfd, self->ring, 0);
	ASSERT_LE(0, self->ring);
	close(pidfd);
}

FIXTURE_TEARDOWN(io_uring_ring)
{
	if (self->child > 0) {
		kill(self->child, SIGKILL);
		waitpid(self->child, NULL, 0);
	}
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* Its workers are the poller's: whoever has the ring acts on who made it. */
TEST_F(io_uring_ring, of_somebody_else)
{
	const struct {
		const struct nsg_rule *rule;
		int err;
	} row[] = {
		{ DENY(AFFINITY, M_UNDER(NSGUARD_A_RULE_TARGET_CGROUP, TOP "/a")), EPERM },
		{ DENY(AFFINITY, M_UNDER(NSGUARD_A_RULE_CGROUP, TOP "/a")), 0 },
		{ DENY(AFFINITY, M_WHO(true)), EPERM },
		{ DENY(AFFINITY, M_WHO(false)), 0 },
	};
	const uint64_t mask = CPU0;

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		uint64_t handle = must_add(_metadata, &self->g, row[i].rule);
		int ret = syscall(SYS_io_uring_register, self->ring, IORING_REGISTER_IOWQ_AFF,
				  &mask, sizeof(mask));

		EXPECT_EQ(row[i].err, ret ? errno : 0)
			TH_LOG("rule %zu", i);
		EXPECT_EQ(row[i].err == EPERM, nsg_hits(&self->g, handle));
		EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	}
}

/* No CPU asked for is a reset, also where there are CPUs that are not online now. */
TEST_F(io_uring_ring, some_cpus_offline)
{
	struct op op = { .kind = OP_SQPOLL, .mask = CPU0, .before = CPU0 };
	uint64_t handle = must_add(_metadata, &self->g, DENY(AFFINITY, M_RESET));
	const char *cpu1 = "/sys/devices/system/cpu/cpu1/online";

	ASSERT_EQ(0, file_write(cpu1, "0"));
	EXPECT_EQ(EPERM, op_run(&op).err);
	EXPECT_EQ(0, file_write(cpu1, "1"));
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
}

TEST_HARNESS_MAIN
