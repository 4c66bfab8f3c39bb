// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving tasks in the v2 hierarchy (S5, S6): by cgroup.procs, cgroup.threads and
 * clone3(), with every way to say from where and to where. v1 is cgroup_v1's.
 */
#include "kselftest_harness.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define FROM(r, p)	M_##r(NSGUARD_A_RULE_FROM, p)
#define TO(r, p)	M_##r(NSGUARD_A_RULE_TO, p)
#define LEAVING(r, p)	M_##r(NSGUARD_A_RULE_LEAVING, p)
#define NOT_UNDER(k, p)	{ .key = NSGUARD_A_RULE_##k, .kind = NSG_PATH, .negated = true, \
			  .relation = NSGUARD_RELATION_UNDER + 1, .path = { p } }

static const char *const groups[] = {
	TOP "/app/one.scope", TOP "/app/two.scope", TOP "/app/one\\x2dmore.scope", TOP "/applet",
};

FIXTURE(cgroup_move)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(cgroup_move)
{
	enum op_kind kind;
	bool other;
};

FIXTURE_VARIANT_ADD(cgroup_move, procs) { .kind = OP_PROCS };
FIXTURE_VARIANT_ADD(cgroup_move, procs_other) { .kind = OP_PROCS, .other = true };
FIXTURE_VARIANT_ADD(cgroup_move, threads) { .kind = OP_THREADS };
FIXTURE_VARIANT_ADD(cgroup_move, threads_other) { .kind = OP_THREADS, .other = true };
FIXTURE_VARIANT_ADD(cgroup_move, clone3) { .kind = OP_CLONE_INTO };

FIXTURE_SETUP(cgroup_move)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		ASSERT_EQ(0, cg_make(groups[i]));
	/* A thread moves only within one threaded domain. */
	if (variant->kind == OP_THREADS) {
		ASSERT_EQ(0, cg_write(TOP "/app", "cgroup.type", "threaded"));
		for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
			ASSERT_EQ(0, cg_write(groups[i], "cgroup.type", "threaded"));
	}
	self->op = (struct op){
		.kind = variant->kind, .other = variant->other,
		.from = TOP "/app/one.scope", .to = TOP "/applet",
	};
}

FIXTURE_TEARDOWN(cgroup_move)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

TEST_F(cgroup_move, from_to_is)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(CGROUP, FROM(IS, TOP "/app/one.scope"),
					TO(IS, TOP "/applet")), &self->op, true, true, &e);
	EXPECT_EQ(NSGUARD_OP_MOVE, e.op);
	EXPECT_EQ(cg_id(TOP "/app/one.scope"), e.from_id);
	EXPECT_EQ(cg_id(TOP "/applet"), e.to_id);
	EXPECT_STREQ(TOP "/app/one.scope", e.from);
	EXPECT_STREQ(TOP "/applet", e.to);
	EXPECT_EQ(variant->kind != OP_THREADS, NSG_HAS(&e, THREADGROUP));
	EXPECT_NE(0, e.target_pid);
	if (variant->kind != OP_CLONE_INTO)
		EXPECT_EQ(!variant->other, e.target_pid == e.pid);

	PROVE_PASSES(DENY(CGROUP, FROM(IS, TOP "/app")), &self->op);
	PROVE_PASSES(DENY(CGROUP, TO(IS, TOP)), &self->op);
	/* Both must hold. */
	PROVE_PASSES(DENY(CGROUP, FROM(IS, TOP "/app/one.scope"), TO(IS, TOP "/app")), &self->op);
}

TEST_F(cgroup_move, under)
{
	PROVE_DENIED(DENY(CGROUP, FROM(UNDER, TOP "/app")), &self->op);
	PROVE_DENIED(DENY(CGROUP, FROM(UNDER, TOP "/app/one.scope")), &self->op);
	PROVE_DENIED(DENY(CGROUP, TO(UNDER, "/")), &self->op);
	/* A name that only begins alike is not below it. */
	PROVE_PASSES(DENY(CGROUP, TO(UNDER, TOP "/app")), &self->op);
	PROVE_PASSES(DENY(CGROUP, FROM(UNDER, TOP "/applet")), &self->op);
}

TEST_F(cgroup_move, not_under)
{
	PROVE_DENIED(DENY(CGROUP, FROM(UNDER, TOP "/app"), NOT_UNDER(TO, TOP "/app")), &self->op);
	PROVE_PASSES(DENY(CGROUP, NOT_UNDER(FROM, TOP "/app")), &self->op);
	self->op.to = TOP "/app/two.scope";
	PROVE_PASSES(DENY(CGROUP, FROM(UNDER, TOP "/app"), NOT_UNDER(TO, TOP "/app")), &self->op);
}

TEST_F(cgroup_move, list)
{
	const struct nsg_rule *none = DENY(CGROUP, { .key = NSGUARD_A_RULE_TO, .kind = NSG_PATH,
		.negated = true, .relation = NSGUARD_RELATION_IS + 1,
		.path = { TOP "/applet", TOP "/app" } });
	const struct nsg_rule *any = DENY(CGROUP, { .key = NSGUARD_A_RULE_TO, .kind = NSG_PATH,
		.relation = NSGUARD_RELATION_IS + 1, .path = { TOP "/app", TOP "/applet" } });

	PROVE_DENIED(any, &self->op);
	/* A negated list means none of them. */
	PROVE_PASSES(none, &self->op);
	self->op.to = TOP "/app/two.scope";
	PROVE_PASSES(any, &self->op);
	PROVE_DENIED(none, &self->op);
}

TEST_F(cgroup_move, glob)
{
	PROVE_DENIED(DENY(CGROUP, FROM(IS, TOP "/*/one.scope")), &self->op);
	PROVE_DENIED(DENY(CGROUP, FROM(IS, "/*/app/o*.sc*pe")), &self->op);
	PROVE_DENIED(DENY(CGROUP, TO(UNDER, TOP "/app*")), &self->op);
	/* It stays within its component. */
	PROVE_PASSES(DENY(CGROUP, FROM(IS, TOP "/*")), &self->op);
	PROVE_PASSES(DENY(CGROUP, FROM(IS, "/*/one.scope")), &self->op);
	PROVE_PASSES(DENY(CGROUP, FROM(IS, TOP "/app/two*")), &self->op);
}

/* systemd escapes by \x2d in the names themselves: a backslash is a backslash. */
TEST_F(cgroup_move, backslash)
{
	self->op.from = groups[2];
	PROVE_DENIED(DENY(CGROUP, FROM(IS, TOP "/app/one\\x2dmore.scope")), &self->op);
	PROVE_DENIED(DENY(CGROUP, FROM(IS, TOP "/app/one\\*.scope")), &self->op);
	PROVE_PASSES(DENY(CGROUP, FROM(IS, TOP "/app/one-more.scope")), &self->op);
}

/* Out of the very node or subtree that matched: between two scopes of one glob is leaving. */
TEST_F(cgroup_move, leaving)
{
	PROVE_DENIED(DENY(CGROUP, LEAVING(IS, TOP "/app/one.scope")), &self->op);
	PROVE_DENIED(DENY(CGROUP, LEAVING(UNDER, TOP "/app")), &self->op);
	PROVE_DENIED(DENY(CGROUP, LEAVING(UNDER, TOP "/app/*.scope")), &self->op);
	PROVE_PASSES(DENY(CGROUP, LEAVING(IS, TOP "/app")), &self->op);
	PROVE_PASSES(DENY(CGROUP, LEAVING(UNDER, TOP)), &self->op);
	PROVE_PASSES(DENY(CGROUP, LEAVING(IS, "/")), &self->op);
	self->op.to = TOP "/app/two.scope";
	PROVE_DENIED(DENY(CGROUP, LEAVING(UNDER, TOP "/app/*.scope")), &self->op);
	PROVE_PASSES(DENY(CGROUP, LEAVING(UNDER, TOP "/app")), &self->op);
	PROVE_PASSES(DENY(CGROUP, LEAVING(UNDER, TOP "/app/two.scope")), &self->op);
}

TEST_F(cgroup_move, not_leaving)
{
	const struct nsg_rule *rule =
		DENY(CGROUP, FROM(UNDER, TOP), NOT_UNDER(LEAVING, TOP "/app"));

	PROVE_PASSES(rule, &self->op);
	self->op.to = TOP "/app/two.scope";
	PROVE_DENIED(rule, &self->op);
}

TEST_F(cgroup_move, who)
{
	/* By clone3() the child does not exist yet: whoever makes it stands for it. */
	PROVE_DENIED(DENY(CGROUP, M_WHO(variant->other)), &self->op);
	PROVE_PASSES(DENY(CGROUP, M_WHO(!variant->other)), &self->op);
}

/* One thread by cgroup.threads; a child that is made is a process. */
TEST_F(cgroup_move, moves)
{
	bool process = variant->kind != OP_THREADS;
	const struct nsg_match same = M_BITS(NSGUARD_A_RULE_MOVES, NSG_BIT(process));
	const struct nsg_match other = M_BITS(NSGUARD_A_RULE_MOVES, NSG_BIT(!process));
	struct nsg_match not_same = same;

	not_same.negated = true;
	PROVE_DENIED(DENY(CGROUP, same), &self->op);
	PROVE_PASSES(DENY(CGROUP, other), &self->op);
	PROVE_PASSES(DENY(CGROUP, not_same), &self->op);
}

/* The rule is on the path and holds for whatever cgroup stands there (S6). */
TEST_F(cgroup_move, path_made_again)
{
	const struct nsg_rule *rule = DENY(CGROUP, TO(IS, TOP "/applet"));
	uint64_t handle = must_add(_metadata, &self->g, rule);

	EXPECT_OP(EPERM, &self->op);
	cg_remove(TOP "/applet");
	ASSERT_EQ(0, cg_make(TOP "/applet"));
	if (variant->kind == OP_THREADS)
		ASSERT_EQ(0, cg_write(TOP "/applet", "cgroup.type", "threaded"));
	EXPECT_OP(EPERM, &self->op);
	EXPECT_EQ(2, nsg_hits(&self->g, handle));
}

TEST_HARNESS_MAIN
