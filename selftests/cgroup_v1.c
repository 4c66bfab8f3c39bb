// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving tasks in a v1 hierarchy (H12, H19): by tasks and by cgroup.procs, with the same
 * words for paths as in v2, and the subject's cgroup still being the one of v2.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define V1	"/run/nsgtest-v1"
#define MANY	24	/* rules that are looked up (NSGUARD_INDEX_WORTH) */
#define FROM(r, p)	M_##r(NSGUARD_A_RULE_FROM, p)
#define TO(r, p)	M_##r(NSGUARD_A_RULE_TO, p)
#define LEAVING(r, p)	M_##r(NSGUARD_A_RULE_LEAVING, p)

FIXTURE(cgroup_v1)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(cgroup_v1)
{
	enum op_kind kind;
	bool other;
};

FIXTURE_VARIANT_ADD(cgroup_v1, tasks) { .kind = OP_TASKS };
FIXTURE_VARIANT_ADD(cgroup_v1, tasks_other) { .kind = OP_TASKS, .other = true };
FIXTURE_VARIANT_ADD(cgroup_v1, procs) { .kind = OP_PROCS };
FIXTURE_VARIANT_ADD(cgroup_v1, procs_other) { .kind = OP_PROCS, .other = true };

static void unmount(void)
{
	rmdir(V1 "/app/one");
	rmdir(V1 "/app");
	rmdir(V1 "/other");
	umount2(V1, MNT_DETACH);
	rmdir(V1);
}

FIXTURE_SETUP(cgroup_v1)
{
	nsg_setup(_metadata, &self->g);
	unmount();
	ASSERT_EQ(0, mkdir(V1, 0755));
	if (mount("cgroup", V1, "cgroup", 0, "none,name=nsgtest")) {
		rmdir(V1);
		SKIP(return, "no cgroup v1: %s", strerror(errno));
	}
	/* The hierarchy of a test before may not be quite gone yet, and is this one then. */
	ASSERT_FALSE(mkdir(V1 "/app", 0755) && errno != EEXIST);
	ASSERT_FALSE(mkdir(V1 "/app/one", 0755) && errno != EEXIST);
	ASSERT_FALSE(mkdir(V1 "/other", 0755) && errno != EEXIST);
	EXPECT_TRUE(nsg_covers(&self->g, "cgroup.v1"));
	self->op = (struct op){
		.kind = variant->kind, .other = variant->other, .root = V1,
		.from = "/app/one", .to = "/other",
	};
}

FIXTURE_TEARDOWN(cgroup_v1)
{
	nsg_teardown(_metadata, &self->g);
	unmount();
}

TEST_F(cgroup_v1, from_to)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(CGROUP, FROM(IS, "/app/one"), TO(UNDER, "/other")),
	      &self->op, true, true, &e);
	EXPECT_EQ(NSGUARD_OP_MOVE, e.op);
	EXPECT_STREQ("/app/one", e.from);
	EXPECT_STREQ("/other", e.to);
	EXPECT_EQ(variant->kind != OP_TASKS, NSG_HAS(&e, THREADGROUP));
	EXPECT_EQ(!variant->other, e.target_pid == e.pid);
	PROVE_PASSES(DENY(CGROUP, FROM(IS, "/app")), &self->op);
	PROVE_PASSES(DENY(CGROUP, TO(UNDER, "/app")), &self->op);
}

TEST_F(cgroup_v1, leaving)
{
	PROVE_DENIED(DENY(CGROUP, LEAVING(UNDER, "/app")), &self->op);
	PROVE_DENIED(DENY(CGROUP, LEAVING(IS, "/a*/one")), &self->op);
	PROVE_PASSES(DENY(CGROUP, LEAVING(IS, "/")), &self->op);
}

TEST_F(cgroup_v1, who)
{
	PROVE_DENIED(DENY(CGROUP, M_WHO(variant->other)), &self->op);
	PROVE_PASSES(DENY(CGROUP, M_WHO(!variant->other)), &self->op);
}

TEST_F(cgroup_v1, moves)
{
	const bool process = variant->kind != OP_TASKS;

	PROVE_DENIED(DENY(CGROUP, M_BITS(NSGUARD_A_RULE_MOVES, NSG_BIT(process))), &self->op);
	PROVE_PASSES(DENY(CGROUP, M_BITS(NSGUARD_A_RULE_MOVES, NSG_BIT(!process))), &self->op);
}

/* What version 1 does not show matches neither way. */
TEST_F(cgroup_v1, unknown)
{
	struct nsg_match opener = M_RANGE(NSGUARD_A_RULE_OPENER_UID, 0, 0);
	struct nsg_match same = M_BITS(NSGUARD_A_RULE_SAME_DELEGATION, 1);

	for (int times = 0; times < 2; times++) {
		PROVE_PASSES(DENY(CGROUP, opener), &self->op);
		PROVE_PASSES(DENY(CGROUP, same), &self->op);
		opener.negated = true;
		same.negated = true;
	}
}

/* Who acts is told by the v2 hierarchy, whichever hierarchy the move is in. */
TEST_F(cgroup_v1, subject)
{
	PROVE_DENIED(DENY(CGROUP, M_IS(NSGUARD_A_RULE_CGROUP, "/"), TO(IS, "/other")), &self->op);
	PROVE_PASSES(DENY(CGROUP, M_IS(NSGUARD_A_RULE_CGROUP, "/app/one")), &self->op);
}

/*
 * H19: version 1 renames, and its numbers are those of version 2's cgroups too. So many rules are
 * looked up by path, and what is known of a path must be of this name and this hierarchy.
 */
TEST_F(cgroup_v1, renamed)
{
	struct op op = self->op;
	char path[32];

	if (variant->other)
		SKIP(return, "who is moved makes no difference");
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/filler%d", i);
		must_add(_metadata, &self->g, DENY(CGROUP, TO(IS, path)));
	}
	EXPECT_OP(0, &op);
	PROVE_DENIED(DENY(CGROUP, TO(IS, "/other")), &op);
	ASSERT_EQ(0, rename(V1 "/other", V1 "/filler1"));
	op.to = "/filler1";
	EXPECT_OP(EPERM, &op);
	ASSERT_EQ(0, rename(V1 "/filler1", V1 "/free"));
	op.to = "/free";
	EXPECT_OP(0, &op);
	PROVE_DENIED(DENY(CGROUP, TO(UNDER, "/free")), &op);
	EXPECT_EQ(0, rename(V1 "/free", V1 "/other"));
}

TEST_HARNESS_MAIN
