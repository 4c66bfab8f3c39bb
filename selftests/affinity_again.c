// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of the scheduler that look like a request for CPUs and are none (H14): the second one of
 * a sched_setaffinity() whose cpuset changed meanwhile, the kernel's own, and a mask that is
 * restored. Refused, they would leave a task outside its cpuset, or have the kernel warn. A module
 * makes them: nobody else can make them happen just then.
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define MODULE		"nsguard_test_affinity"
#define CPU0		1
#define EFFECTIVE(m)	M_MASK(NSGUARD_A_RULE_EFFECTIVE_CPUS, NSGUARD_RELATION_INTERSECTS, m)

FIXTURE(again)
{
	struct nsg g;
	uint64_t handle;
	uint64_t decisions;
};

static uint64_t decisions(struct nsg *g)
{
	struct nsg_status s;

	return nsg_status(g, &s) ? ~0ULL : s.table[NSGUARD_TABLE_AFFINITY].decisions;
}

/* A rule that refuses CPU 0, whoever asks; and it does. */
FIXTURE_SETUP(again)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = CPU0, .before = 2 };

	nsg_setup(_metadata, &self->g);
	if (!kmod_loaded(MODULE))
		ASSERT_EQ(0, kmod_load(MODULE, ""));
	self->handle = must_add(_metadata, &self->g, DENY(AFFINITY, M_CPUS(INTERSECTS, CPU0)));
	EXPECT_OP(EPERM, &op);
	EXPECT_EQ(1, nsg_hits(&self->g, self->handle));
	self->decisions = decisions(&self->g);
}

FIXTURE_TEARDOWN(again)
{
	nsg_teardown(_metadata, &self->g);
	EXPECT_EQ(0, kmod_unload(MODULE));
}

/* The only function whose arguments the module knows, so it must be there and the one in use. */
static bool by_context(struct nsg *g)
{
	struct nsg_status s;

	if (!nsg_status(g, &s))
		for (unsigned int i = 0; i < s.paths; i++)
			if (!strcmp(s.path[i].name, "setaffinity"))
				return !strcmp(s.path[i].function, "__set_cpus_allowed_ptr");
	return false;
}

/* Is this process on CPU @cpu alone? */
static bool is_on(int cpu)
{
	cpu_set_t mask;

	return !sched_getaffinity(0, sizeof(mask), &mask) && CPU_COUNT(&mask) == 1 &&
	       CPU_ISSET(cpu, &mask);
}

TEST_F(again, second_call_is_not_judged)
{
	if (!by_context(&self->g))
		SKIP(return, "sched_setaffinity is judged before there is a second call");
	/* By both masks: the context of the second call has another one. */
	must_add(_metadata, &self->g, DENY(AFFINITY, EFFECTIVE(CPU0)));
	EXPECT_EQ(0, kmod_param_set(MODULE, "again", "1 0"));
	EXPECT_TRUE(is_on(0));
	EXPECT_EQ(1, nsg_hits(&self->g, self->handle));
	EXPECT_EQ(self->decisions + 1, decisions(&self->g));
	/* The first one is, and so is the next request. */
	EXPECT_EQ(0, kmod_param_set(MODULE, "again", "1"));
	EXPECT_EQ(-EPERM, kmod_param_set(MODULE, "again", "0 1"));
	EXPECT_TRUE(is_on(1));
	EXPECT_EQ(2, nsg_hits(&self->g, self->handle));
}

TEST_F(again, kernel_is_not_judged)
{
	if (!by_context(&self->g))
		SKIP(return, "sched_setaffinity is judged where only it comes by");
	EXPECT_EQ(0, kmod_param_set(MODULE, "kernel", "0"));
	EXPECT_TRUE(is_on(0));
	EXPECT_EQ(self->decisions, decisions(&self->g));
	EXPECT_EQ(1, nsg_hits(&self->g, self->handle));
}

/* The kernel warns when that fails. */
TEST_F(again, restored_mask_is_not_judged)
{
	cpu_set_t before, after;
	int ret;

	ASSERT_EQ(0, sched_getaffinity(0, sizeof(before), &before));
	ASSERT_TRUE(CPU_ISSET(0, &before));
	ret = kmod_param_set(MODULE, "relax", "1");
	if (ret == -ENOENT)
		SKIP(return, "the kernel restores no masks");
	EXPECT_EQ(0, ret);
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(after), &after));
	EXPECT_TRUE(CPU_EQUAL(&before, &after));
	EXPECT_EQ(self->decisions, decisions(&self->g));
	EXPECT_EQ(1, nsg_hits(&self->g, self->handle));
}

TEST_HARNESS_MAIN
