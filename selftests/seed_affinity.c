// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the affinity thread asks for, as tests (S14, S15): the mask as it is asked for and refused
 * before anything is applied, no mask where none is in question, a move to another cpuset as an
 * operation of its own (H15), and requests that overlap reserved cores on record. Relations of
 * masks are affinity's.
 */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "kselftest_harness.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define LEFT	TOP "/left"		/* on CPU 0 */
#define RIGHT	TOP "/right"		/* on CPU 1 */
#define CPU0	1
#define CPU1	2
#define BOTH	3
#define RESERVED CPU0
#define CPUSET	M_OP(NSGUARD_OP_CPUSET)

FIXTURE(seed_affinity)
{
	struct nsg g;
	bool cpusets;
};

/* "+cpuset" where it is not yet: the guest's init does it at the root. */
static int cpuset_make(void)
{
	return cg_make(LEFT) ?: cg_make(RIGHT) ?:
	       cg_write(TOP, "cgroup.subtree_control", "+cpuset") ?:
	       cg_write(LEFT, "cpuset.cpus", "0") ?: cg_write(RIGHT, "cpuset.cpus", "1");
}

FIXTURE_SETUP(seed_affinity)
{
	ASSERT_EQ(2, sysconf(_SC_NPROCESSORS_CONF));
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	self->cpusets = !cpuset_make();
}

FIXTURE_TEARDOWN(seed_affinity)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* --- sched_setaffinity --- */

/* As it was asked for, before the cpuset has its say; and nothing is applied. */
TEST_F(seed_affinity, raw_mask)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = BOTH, .from = RIGHT, .other = true };
	struct nsg_event e;
	struct op_child c;
	uint64_t handle;

	if (!self->cpusets)
		SKIP(return, "no cpuset controller");
	handle = must_add(_metadata, &self->g, DENY(AFFINITY, M_CPUS(INTERSECTS, RESERVED)));
	c = op_run(&op);
	EXPECT_EQ(EPERM, c.err);
	EXPECT_FALSE(c.changed);
	ASSERT_TRUE(nsg_event_wait(&self->g, handle, c.pid, PROOF_MS, &e));
	EXPECT_EQ(NSGUARD_OP_SETAFFINITY, e.op);
	EXPECT_EQ(BOTH, e.mask);
	EXPECT_EQ(c.target, e.target_pid);
	if (nsg_covers(&self->g, "setaffinity.effective"))
		EXPECT_EQ(CPU1, e.effective);
}

static int nobody(const void *unused)
{
	return setresuid(1000, 1000, 1000) ? -errno : 0;
}

/* After the check of the owner: whoever may not touch the task at all is none of our business. */
TEST_F(seed_affinity, after_the_owner_check)
{
	struct op op = { .kind = OP_AFFINITY, .mask = CPU0, .other = true, .become = nobody };
	struct nsg_status before, after;
	uint64_t handle;
	struct op_child c;

	handle = must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(0, ~0u)));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	c = op_run(&op);
	EXPECT_EQ(EPERM, c.err);
	EXPECT_FALSE(c.changed);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(0, nsg_hits(&self->g, handle));
	EXPECT_EQ(before.table[NSGUARD_TABLE_AFFINITY].decisions,
		  after.table[NSGUARD_TABLE_AFFINITY].decisions);
	/* On a task of its own it is. */
	op.other = false;
	EXPECT_OP(EPERM, &op);
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
}

/* --- no mask in question --- */

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

/* All else that asks whether a task may be scheduled differently. Return: which failed first. */
static int without_a_mask(void)
{
	const struct sched_param none = { 0 }, some = { .sched_priority = 1 };
	struct attr attr = { .size = sizeof(attr), .policy = SCHED_BATCH, .nice = 1 };
	pid_t pid = fork();
	char path[64];
	int ret = 0;

	if (pid == 0)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", pid);
	if (sched_setscheduler(pid, SCHED_BATCH, &none))
		ret = 1;
	else if (sched_setscheduler(pid, SCHED_RR, &some) || sched_setparam(pid, &some))
		ret = 2;
	else if (syscall(SYS_sched_setattr, pid, &attr, 0))
		ret = 3;
	else if (setpriority(PRIO_PROCESS, pid, 5))
		ret = 4;
	else if (file_write(path, "60000"))
		ret = 5;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

TEST_F(seed_affinity, null_mask)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = CPU0 };
	struct nsg_status before, after;

	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(0, ~0u)));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, nsg_status(&self->g, &before));
		EXPECT_EQ(0, without_a_mask());
		ASSERT_EQ(0, nsg_status(&self->g, &after));
		EXPECT_EQ(before.table[NSGUARD_TABLE_AFFINITY].decisions,
			  after.table[NSGUARD_TABLE_AFFINITY].decisions);
		EXPECT_OP(EPERM, &op);
		/* Nor by a default. */
		ASSERT_EQ(0, nsg_flush(&self->g, NSGUARD_TABLE_AFFINITY));
		ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_AFFINITY, -1,
					 NSGUARD_VERDICT_DENY, true));
	}
}

/* --- moves between cpusets --- */

/* A rule on reserved cores, and a default for requests, must not stop PID 1's moves. */
TEST_F(seed_affinity, cpuset_only_when_named)
{
	const struct op pin = { .kind = OP_AFFINITY, .mask = BOTH };
	const struct op move = { .kind = OP_PROCS, .from = RIGHT, .to = LEFT };
	const struct op born = { .kind = OP_CLONE_INTO, .to = LEFT, .become = become_in_cgroup,
				 .arg = RIGHT };
	uint64_t handle;

	if (!self->cpusets)
		SKIP(return, "no cpuset controller");
	handle = must_add(_metadata, &self->g, DENY(AFFINITY, M_CPUS(INTERSECTS, RESERVED)));
	EXPECT_OP(0, &move);
	EXPECT_OP(0, &born);
	EXPECT_EQ(0, nsg_hits(&self->g, handle));
	EXPECT_OP(EPERM, &pin);
	ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_AFFINITY, NSGUARD_OP_SETAFFINITY,
				 NSGUARD_VERDICT_DENY, true));
	EXPECT_OP(0, &move);
	EXPECT_OP(0, &born);
}

FIXTURE(seed_cpuset)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(seed_cpuset)
{
	enum op_kind kind;
	bool other;
};

FIXTURE_VARIANT_ADD(seed_cpuset, procs) { .kind = OP_PROCS };
FIXTURE_VARIANT_ADD(seed_cpuset, procs_other) { .kind = OP_PROCS, .other = true };
FIXTURE_VARIANT_ADD(seed_cpuset, clone3) { .kind = OP_CLONE_INTO };

FIXTURE_SETUP(seed_cpuset)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	if (!nsg_covers(&self->g, "cpuset"))
		SKIP(return, "cpuset is not covered");
	if (cpuset_make())
		SKIP(return, "no cpuset controller");
	self->op = (struct op){ .kind = variant->kind, .to = LEFT, .other = variant->other };
	if (variant->kind == OP_CLONE_INTO) {
		self->op.become = become_in_cgroup;
		self->op.arg = RIGHT;
	} else {
		self->op.from = RIGHT;
	}
}

FIXTURE_TEARDOWN(seed_cpuset)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* The CPUs that are in force there, though nobody asked for one by one. */
TEST_F(seed_cpuset, effective_mask)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(AFFINITY, CPUSET, M_CPUS(INTERSECTS, RESERVED)), &self->op,
	      true, true, &e);
	EXPECT_EQ(NSGUARD_OP_CPUSET, e.op);
	EXPECT_EQ(CPU0, e.mask);
	PROVE_PASSES(DENY(AFFINITY, CPUSET, M_CPUS(INTERSECTS, CPU1)), &self->op);
	PROVE_DENIED(DENY(AFFINITY, CPUSET, M_CPUS(EQUALS, CPU0)), &self->op);
}

/* To a cgroup with the same CPUs nothing about CPUs is asked. */
TEST_F(seed_cpuset, other_cpus_back)
{
	self->op.to = RIGHT;
	if (variant->kind == OP_CLONE_INTO)
		self->op.arg = LEFT;
	else
		self->op.from = LEFT;
	PROVE_DENIED(DENY(AFFINITY, CPUSET, M_CPUS(EQUALS, CPU1)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, CPUSET, M_CPUS(EQUALS, CPU0)), &self->op);
}

/* --- reserved cores: the thread's use case --- */

FIXTURE(seed_reserved)
{
	struct nsg g;
	uint64_t handle;
};

FIXTURE_VARIANT(seed_reserved)
{
	bool dry_run;	/* of one rule; else the whole table in audit mode */
};

FIXTURE_VARIANT_ADD(seed_reserved, audit) { .dry_run = false };
FIXTURE_VARIANT_ADD(seed_reserved, dry_run) { .dry_run = true };

FIXTURE_SETUP(seed_reserved)
{
	struct nsg_rule rule = *DENY(AFFINITY, M_CPUS(INTERSECTS, RESERVED));

	nsg_setup(_metadata, &self->g);
	rule.dry_run = variant->dry_run;
	self->handle = must_add(_metadata, &self->g, &rule);
	if (!variant->dry_run)
		ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_AFFINITY, NSGUARD_MODE_AUDIT, false));
}

FIXTURE_TEARDOWN(seed_reserved)
{
	nsg_teardown(_metadata, &self->g);
}

/* Whoever asks for a reserved core gets it, and it is on record who it was and for what. */
TEST_F(seed_reserved, overlap_is_logged)
{
	static const uint64_t asked[] = { CPU0, BOTH };
	struct op op = { .kind = OP_AFFINITY };
	struct nsg_event e;
	struct op_child c;

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		op.mask = asked[i];
		op.before = CPU1;
		c = op_run(&op);
		EXPECT_EQ(0, c.err);
		EXPECT_TRUE(c.changed);
		EXPECT_EQ(i + 1, nsg_hits(&self->g, self->handle));
		ASSERT_TRUE(nsg_event_wait(&self->g, self->handle, c.pid, PROOF_MS, &e));
		EXPECT_FALSE(NSG_HAS(&e, ENFORCED));
		EXPECT_EQ(asked[i], e.mask);
		EXPECT_EQ(c.pid, e.target_pid);
	}
	op.mask = CPU1;
	op.before = CPU0;
	c = op_run(&op);
	EXPECT_EQ(0, c.err);
	/* That placed it on CPU 0 first: one more, and none for CPU 1. */
	EXPECT_EQ(ARRAY_SIZE(asked) + 1, nsg_hits(&self->g, self->handle));
}

TEST_HARNESS_MAIN
