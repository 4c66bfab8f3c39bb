// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU mask that a patched kernel shows BPF LSM programs in task_setscheduler (S14, S15), with
 * the guard on the same operation. On a stock kernel there is no mask to be seen.
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "bpf/side.h"
#include "lib/proof.h"

SIDE_PREPARE(mask)

FIXTURE(mask) {
	struct side bpf;
	struct nsg g;
};

FIXTURE_SETUP(mask)
{
	const char *missing = side_take(&self->bpf, "task_setscheduler_mask", NULL);

	self->g.nl = NULL;
	if (missing)
		SKIP(return, "%s", missing);
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, side_attach(&self->bpf));
}

FIXTURE_TEARDOWN(mask)
{
	if (self->bpf.link)
		side_detach(&self->bpf);
	nsg_teardown(_metadata, &self->g);
}

/* As asked for: not cut to what there is. */
TEST_F(mask, setaffinity)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = 2 | 1ULL << 40, .bytes = 128 };

	EXPECT_OP(0, &op);
	EXPECT_EQ(op.mask, self->bpf.shared->arg);
}

/* The hook comes before the function in which the guard sees the effective mask as well. */
TEST_F(mask, refused_by_the_guard)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = 2 };

	PROVE_DENIED(DENY(AFFINITY, M_CPUS(INTERSECTS, 2)), &op);
	EXPECT_LE(1, self->bpf.shared->calls);
	EXPECT_EQ(2, self->bpf.shared->arg);
}

/* Another call of the hook, about no mask. */
TEST_F(mask, none)
{
	struct sched_param param = { 0 };

	must_add(_metadata, &self->g, DENY(AFFINITY, M_CPUS(INTERSECTS, 3)));
	self->bpf.shared->arg = ~0ULL;
	EXPECT_EQ(0, sched_setscheduler(0, SCHED_BATCH, &param));
	EXPECT_EQ(1, self->bpf.shared->calls);
	EXPECT_EQ(0, self->bpf.shared->arg);
	EXPECT_EQ(0, sched_setscheduler(0, SCHED_OTHER, &param));
}

TEST_F(mask, verifier_insists_on_a_test)
{
	char why[4096];

	EXPECT_NE(0, side_try("careless", why, sizeof(why)));
	EXPECT_NE(NULL, strstr(why, "or_null_"))
		TH_LOG("%s", why);
}

TEST_HARNESS_MAIN
