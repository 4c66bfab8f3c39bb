// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways round sched_setaffinity() that io_uring has (H16): where its poller runs and
 * where its workers may run.
 */
#include "kselftest_harness.h"
#include "lib/proof.h"

#define CPU0	1
#define CPU1	2
#define BOTH	3

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

TEST_HARNESS_MAIN
