// SPDX-License-Identifier: GPL-2.0-only
/*
 * sched_setaffinity(), native and by the 32-bit system call (S14): each relation of
 * masks, on the caller and on another task, requests for all CPUs, and what the cpuset
 * leaves of a request (H14). The guest has CPUs 0 and 1.
 */
#include <sys/syscall.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define CPU0	1
#define CPU1	2
#define BOTH	3
#define NOT_CPUS(r, m)	{ .key = NSGUARD_A_RULE_CPUS, .kind = NSG_MASK, .negated = true, \
			  .relation = NSGUARD_RELATION_##r + 1, .mask = (m), .bytes = 8 }
#define EFFECTIVE(r, m)	M_MASK(NSGUARD_A_RULE_EFFECTIVE_CPUS, NSGUARD_RELATION_##r, m)

FIXTURE(affinity)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(affinity)
{
	enum op_kind kind;
	bool other;
};

FIXTURE_VARIANT_ADD(affinity, self) { .kind = OP_AFFINITY };
FIXTURE_VARIANT_ADD(affinity, other) { .kind = OP_AFFINITY, .other = true };
FIXTURE_VARIANT_ADD(affinity, compat_self) { .kind = OP_AFFINITY32 };
FIXTURE_VARIANT_ADD(affinity, compat_other) { .kind = OP_AFFINITY32, .other = true };

FIXTURE_SETUP(affinity)
{
	const struct op probe = { .kind = variant->kind, .mask = BOTH };

	ASSERT_EQ(2, sysconf(_SC_NPROCESSORS_CONF));
	nsg_setup(_metadata, &self->g);
	if (op_run(&probe).err == ENOSYS)
		SKIP(return, "the kernel has no 32-bit system calls");
	self->op = (struct op){ .kind = variant->kind, .other = variant->other };
}

FIXTURE_TEARDOWN(affinity)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* A request for @mask, made where another mask is in force. */
static const struct op *ask(struct op *op, uint64_t mask)
{
	op->mask = mask;
	op->before = mask == CPU1 ? CPU0 : CPU1;
	return op;
}

TEST_F(affinity, intersects)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(AFFINITY, M_CPUS(INTERSECTS, CPU0)), ask(&self->op, CPU0),
	      true, true, &e);
	EXPECT_EQ(NSGUARD_OP_SETAFFINITY, e.op);
	EXPECT_EQ(CPU0, e.mask);
	EXPECT_NE(0, e.target_pid);
	EXPECT_EQ(!variant->other, e.target_pid == e.pid);
	EXPECT_FALSE(NSG_HAS(&e, RESET));
	PROVE_DENIED(DENY(AFFINITY, M_CPUS(INTERSECTS, CPU0)), ask(&self->op, BOTH));
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(INTERSECTS, CPU0)), ask(&self->op, CPU1));
	PROVE_DENIED(DENY(AFFINITY, NOT_CPUS(INTERSECTS, CPU0)), ask(&self->op, CPU1));
	PROVE_PASSES(DENY(AFFINITY, NOT_CPUS(INTERSECTS, CPU0)), ask(&self->op, BOTH));
}

TEST_F(affinity, subset)
{
	PROVE_DENIED(DENY(AFFINITY, M_CPUS(SUBSET, CPU0)), ask(&self->op, CPU0));
	PROVE_DENIED(DENY(AFFINITY, M_CPUS(SUBSET, BOTH)), ask(&self->op, CPU1));
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(SUBSET, CPU0)), ask(&self->op, BOTH));
	PROVE_DENIED(DENY(AFFINITY, NOT_CPUS(SUBSET, CPU0)), ask(&self->op, BOTH));
	PROVE_PASSES(DENY(AFFINITY, NOT_CPUS(SUBSET, CPU0)), ask(&self->op, CPU0));
}

TEST_F(affinity, superset)
{
	PROVE_DENIED(DENY(AFFINITY, M_CPUS(SUPERSET, CPU0)), ask(&self->op, BOTH));
	PROVE_DENIED(DENY(AFFINITY, M_CPUS(SUPERSET, CPU0)), ask(&self->op, CPU0));
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(SUPERSET, BOTH)), ask(&self->op, CPU0));
	PROVE_DENIED(DENY(AFFINITY, NOT_CPUS(SUPERSET, BOTH)), ask(&self->op, CPU0));
	PROVE_PASSES(DENY(AFFINITY, NOT_CPUS(SUPERSET, CPU0)), ask(&self->op, BOTH));
}

TEST_F(affinity, equals)
{
	PROVE_DENIED(DENY(AFFINITY, M_CPUS(EQUALS, CPU0)), ask(&self->op, CPU0));
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(EQUALS, CPU0)), ask(&self->op, BOTH));
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(EQUALS, BOTH)), ask(&self->op, CPU1));
	PROVE_DENIED(DENY(AFFINITY, NOT_CPUS(EQUALS, CPU0)), ask(&self->op, CPU1));
	PROVE_PASSES(DENY(AFFINITY, NOT_CPUS(EQUALS, CPU0)), ask(&self->op, CPU0));
}

/* runc asks for 1,024 CPUs, others for as many as fit in a page or more (64K). */
TEST_F(affinity, reset)
{
	static const size_t lengths[] = { 8, 128, 1024, 8192 };
	const struct nsg_rule *not = DENY(AFFINITY, { .key = NSGUARD_A_RULE_CPUS, .negated = true,
		.kind = NSG_RESET, .relation = NSGUARD_RELATION_RESET + 1 });
	struct nsg_event e;

	ask(&self->op, ~0ULL);
	self->op.fill = 0xff;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		self->op.bytes = lengths[i];
		prove(_metadata, &self->g, DENY(AFFINITY, M_RESET), &self->op, true, true, &e);
		EXPECT_TRUE(NSG_HAS(&e, RESET));
		PROVE_PASSES(not, &self->op);
	}
	self->op.bytes = 0;
	PROVE_PASSES(DENY(AFFINITY, M_RESET), ask(&self->op, CPU0));
	PROVE_DENIED(not, ask(&self->op, CPU0));
}

TEST_F(affinity, who)
{
	ask(&self->op, CPU0);
	PROVE_DENIED(DENY(AFFINITY, M_WHO(variant->other)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, M_WHO(!variant->other)), &self->op);
}

/* Under a cpuset that has CPU 1 alone. */
static int confine(void)
{
	return cg_make(TOP) ?: cg_write(TOP, "cpuset.cpus", "1");
}

TEST_F(affinity, effective)
{
	struct { struct nsg_rule *rule; int err; } row[] = {
		{ DENY(AFFINITY, EFFECTIVE(INTERSECTS, CPU1)), EPERM },
		{ DENY(AFFINITY, EFFECTIVE(INTERSECTS, CPU0)), 0 },
		{ DENY(AFFINITY, EFFECTIVE(SUBSET, CPU1)), EPERM },
		{ DENY(AFFINITY, EFFECTIVE(SUBSET, CPU0)), 0 },
		{ DENY(AFFINITY, EFFECTIVE(SUPERSET, CPU1)), EPERM },
		{ DENY(AFFINITY, EFFECTIVE(SUPERSET, BOTH)), 0 },
		{ DENY(AFFINITY, EFFECTIVE(EQUALS, CPU1)), EPERM },
		{ DENY(AFFINITY, EFFECTIVE(EQUALS, BOTH)), 0 },
		/* What was asked for is another question. */
		{ DENY(AFFINITY, M_CPUS(INTERSECTS, CPU0)), EPERM },
		{ DENY(AFFINITY, M_CPUS(EQUALS, CPU1)), 0 },
	};
	struct nsg_event e;
	struct op_child c;
	uint64_t handle;

	if (!nsg_covers(&self->g, "setaffinity.effective"))
		SKIP(return, "setaffinity.effective is not covered");
	if (confine())
		SKIP(return, "no cpuset controller");
	self->op.mask = BOTH;
	self->op.from = TOP;
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		handle = must_add(_metadata, &self->g, row[i].rule);
		c = op_run(&self->op);
		EXPECT_EQ(row[i].err, c.err)
			TH_LOG("row %zu", i);
		/* The cpuset keeps the mask as it was, whatever is asked for. */
		EXPECT_FALSE(c.changed);
		EXPECT_EQ(row[i].err == EPERM, nsg_hits(&self->g, handle))
			TH_LOG("row %zu", i);
		if (row[i].err && c.err == EPERM) {
			EXPECT_TRUE(nsg_event_wait(&self->g, handle, c.pid, PROOF_MS, &e));
			EXPECT_EQ(BOTH, e.mask);
			EXPECT_EQ(CPU1, e.effective);
		}
		EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
		EXPECT_EQ(0, op_run(&self->op).err);
	}
}

/*
 * A request for no CPU at all, as such or by what the cpuset leaves of it: the kernel's own
 * answer stays, which container runtimes rely on.
 */
TEST_F(affinity, empty_is_not_judged)
{
	const struct nsg_rule *rule = DENY(AFFINITY, M_UID(0, ~0u));
	uint64_t handle = must_add(_metadata, &self->g, rule);
	struct op_child c;

	self->op.mask = 0;
	c = op_run(&self->op);
	EXPECT_EQ(EINVAL, c.err);
	EXPECT_FALSE(c.changed);
	if (!confine()) {
		self->op.from = TOP;
		self->op.mask = CPU0;
		c = op_run(&self->op);
		EXPECT_EQ(EINVAL, c.err);
		EXPECT_FALSE(c.changed);
	}
	EXPECT_EQ(0, nsg_hits(&self->g, handle));
	self->op.from = NULL;
	/* And yet the rule is in force. */
	self->op.mask = CPU0;
	EXPECT_OP(EPERM, &self->op);
}

/* What the kernel refuses by itself before it comes to us keeps its errno (H17). */
TEST(affinity_errno_of_the_kernel)
{
	uint64_t mask = BOTH;
	struct nsg g;
	uint64_t handle;

	nsg_setup(_metadata, &g);
	handle = must_add(_metadata, &g, DENY(AFFINITY, M_UID(0, ~0u)));
	EXPECT_EQ(-1, syscall(SYS_sched_setaffinity, 0, 0, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, syscall(SYS_sched_setaffinity, 0, 8, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_sched_setaffinity, 0x3fffff, 8, &mask));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(0, nsg_hits(&g, handle));
	nsg_teardown(_metadata, &g);
}

TEST_HARNESS_MAIN
