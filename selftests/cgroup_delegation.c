// SPDX-License-Identifier: GPL-2.0-only
/*
 * same-delegation: is the nearest cgroup above both ends of a move in a delegated subtree? By the
 * owner of a directory, and by the root of a cgroup namespace (S10).
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include "kselftest_harness.h"
#include "lib/cmd.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define SAME(word)	M_BITS(NSGUARD_A_RULE_SAME_DELEGATION, \
			       NSG_BIT(NSGUARD_SAME_DELEGATION_##word))
#define NOT(word)	{ .key = NSGUARD_A_RULE_SAME_DELEGATION, .kind = NSG_BITS, \
			  .negated = true, .bits = NSG_BIT(NSGUARD_SAME_DELEGATION_##word) }

static const char *const groups[] = {
	TOP "/user/a", TOP "/user/b", TOP "/user/deep/c", TOP "/user/deep/d", TOP "/system/a",
	TOP "/system/b",
};

FIXTURE(cgroup_delegation)
{
	struct nsg g;
	struct op op;
	struct cmd c;
};

FIXTURE_SETUP(cgroup_delegation)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		ASSERT_EQ(0, cg_make(groups[i]));
	ASSERT_EQ(0, chown(CG2 TOP "/user", 1000, -1));
	self->op = (struct op){ .kind = OP_PROCS, .other = true };
}

FIXTURE_TEARDOWN(cgroup_delegation)
{
	nsg_teardown(_metadata, &self->g);
	cmd_free(&self->c);
	cg_remove(TOP);
}

/* Both words, plain and negated. */
static void expect(struct __test_metadata *_metadata, struct _test_data_cgroup_delegation *self,
		   const char *from, const char *to, bool same)
{
	self->op.from = from;
	self->op.to = to;
	prove(_metadata, &self->g, DENY(CGROUP, SAME(YES)), &self->op, same, same, NULL);
	prove(_metadata, &self->g, DENY(CGROUP, SAME(NO)), &self->op, !same, !same, NULL);
	prove(_metadata, &self->g, DENY(CGROUP, NOT(NO)), &self->op, same, same, NULL);
	prove(_metadata, &self->g, DENY(CGROUP, NOT(YES)), &self->op, !same, !same, NULL);
}

#define EXPECT_SAME(from, to, same)	expect(_metadata, self, from, to, same)

TEST_F(cgroup_delegation, within)
{
	EXPECT_SAME(TOP "/user/a", TOP "/user/b", true);
	/* Its root is the nearest above both, and one of them. */
	EXPECT_SAME(TOP "/user", TOP "/user/b", true);
	EXPECT_SAME(TOP "/user/a", TOP "/user", true);
	/* What root has made there is his too. */
	EXPECT_SAME(TOP "/user/deep/c", TOP "/user/deep/d", true);
	EXPECT_SAME(TOP "/user/deep/c", TOP "/user/a", true);
}

TEST_F(cgroup_delegation, out_and_in)
{
	EXPECT_SAME(TOP "/user/a", TOP "/system/a", false);
	EXPECT_SAME(TOP "/system/a", TOP "/user/a", false);
	EXPECT_SAME(TOP "/user/a", TOP, false);
	EXPECT_SAME("/", TOP "/user", false);
}

TEST_F(cgroup_delegation, nothing_delegated)
{
	EXPECT_SAME(TOP "/system/a", TOP "/system/b", false);
	EXPECT_SAME("/", TOP, false);
}

/* Between two that were given to two users, even below one that was given to a third. */
TEST_F(cgroup_delegation, two_users)
{
	ASSERT_EQ(0, chown(CG2 TOP "/system/a", 1001, -1));
	EXPECT_SAME(TOP "/user/a", TOP "/system/a", false);
	ASSERT_EQ(0, chown(CG2 TOP, 5, -1));
	EXPECT_SAME(TOP "/user/a", TOP "/system/a", true);
}

/* Given and taken back while a rule stands. */
TEST_F(cgroup_delegation, changes_owner)
{
	self->op.from = TOP "/system/a";
	self->op.to = TOP "/system/b";
	must_add(_metadata, &self->g, DENY(CGROUP, SAME(YES)));
	EXPECT_OP(0, &self->op);
	ASSERT_EQ(0, chown(CG2 TOP "/system", 1000, -1));
	EXPECT_OP(EPERM, &self->op);
	ASSERT_EQ(0, chown(CG2 TOP "/system", 0, -1));
	EXPECT_OP(0, &self->op);
}

/* A child is born into another cgroup. */
TEST_F(cgroup_delegation, born_into)
{
	struct op clone = { .kind = OP_CLONE_INTO, .to = TOP "/user/b",
			    .become = become_in_cgroup, .arg = TOP "/user/a" };

	PROVE_DENIED(DENY(CGROUP, SAME(YES)), &clone);
	PROVE_PASSES(DENY(CGROUP, SAME(NO)), &clone);
	clone.arg = TOP "/system/a";
	PROVE_DENIED(DENY(CGROUP, SAME(NO)), &clone);
	PROVE_PASSES(DENY(CGROUP, SAME(YES)), &clone);
}

static int namespace_of_system(const void *unused)
{
	int err = become_in_cgroup(TOP "/system");

	if (!err && unshare(CLONE_NEWCGROUP))
		err = -errno;
	return err;
}

static int delegate_by_namespace(bool on)
{
	return mount("cgroup2", CG2, NULL, MS_REMOUNT, on ? "nsdelegate" : NULL) ? -errno : 0;
}

/* Whoever is in a cgroup namespace may move within it, if the hierarchy says so. */
TEST_F(cgroup_delegation, by_namespace)
{
	EXPECT_SAME(TOP "/system/a", TOP "/system/b", false);
	self->op.become = namespace_of_system;
	ASSERT_EQ(0, delegate_by_namespace(true));
	EXPECT_SAME(TOP "/system/a", TOP "/system/b", true);
	EXPECT_SAME(TOP "/system/a", TOP "/system", true);
	ASSERT_EQ(0, delegate_by_namespace(false));
	EXPECT_SAME(TOP "/system/a", TOP "/system/b", false);
	/* The host's namespace is no boundary: there is nothing beyond it. */
	self->op.become = NULL;
	ASSERT_EQ(0, delegate_by_namespace(true));
	EXPECT_SAME(TOP "/system/a", TOP "/system/b", false);
	EXPECT_EQ(0, delegate_by_namespace(false));
}

/* rule test goes by the cgroups, and by the namespace of the process that is said. */
TEST_F(cgroup_delegation, described)
{
	static const char line[] =
		"nsguardctl rule test cgroup move from %s to %s in-ns /proc/%d/ns/cgroup";
	struct op op = { .kind = OP_SETNS, .become = namespace_of_system };
	struct op_child child;

	must_add(_metadata, &self->g, DENY(CGROUP, SAME(YES)));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule test cgroup move from " TOP "/user/a to "
			      TOP "/user/b"));
	EXPECT_EQ(0, strncmp("deny", self->c.out, 4));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule test cgroup move from " TOP "/user/a to "
			      TOP "/system"));
	EXPECT_EQ(0, strncmp("allow", self->c.out, 5));
	ASSERT_EQ(0, delegate_by_namespace(true));
	ASSERT_EQ(0, op_start(&child, &op));
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl rule test cgroup move pid %d from "
			       TOP "/system/a to " TOP "/system/b", child.pid));
	EXPECT_EQ(0, strncmp("deny", self->c.out, 4));
	EXPECT_EQ(0, cmd_linef(&self->c, line, TOP "/system/a", TOP "/system/b",
			       child.pid));
	EXPECT_EQ(0, strncmp("deny", self->c.out, 4));
	op_go(&child);
	EXPECT_EQ(0, delegate_by_namespace(false));
}

TEST_F(cgroup_delegation, refusals)
{
	const struct nsg_match both = { .key = NSGUARD_A_RULE_SAME_DELEGATION, .kind = NSG_BITS,
					.negated = true, .bits = 3 };

	EXPECT_EQ(0, nsg_add(&self->g, DENY(CGROUP, both)));
	EXPECT_EQ(EINVAL, self->g.error);
	EXPECT_EQ(0, nsg_add(&self->g, DENY(CGROUP, M_BITS(NSGUARD_A_RULE_SAME_DELEGATION, 4))));
	EXPECT_EQ(EINVAL, self->g.error);
	EXPECT_HAS(self->g.text, "there is no such value");
	EXPECT_EQ(0, nsg_add(&self->g, DENY(CGROUP, M_BITS(NSGUARD_A_RULE_MOVES, 4))));
	EXPECT_EQ(EINVAL, self->g.error);
	EXPECT_EQ(0, nsg_add(&self->g, DENY(NS, SAME(YES))));
	EXPECT_HAS(self->g.text, "same-delegation does not belong to table ns");
	EXPECT_EQ(0, nsg_list(&self->g, -1, NULL, 0));
}

TEST_HARNESS_MAIN
