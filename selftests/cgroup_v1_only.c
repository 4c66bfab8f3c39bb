// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hosts that use cgroup version 1 only. There everybody seems to be in the root of version 2, so a
 * rule about the cgroup somebody is in is refused instead of matching everybody by "/"; rules about
 * where a task moves from and to go by the hierarchy it moves in.
 */
#include <sys/mount.h>
#include "kselftest_harness.h"
#include "lib/cmd.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"

static int mount_v2(void)
{
	return mount("cgroup2", CG2, "cgroup2", 0, NULL) ? -errno : 0;
}

FIXTURE(cgroup_v1_only)
{
	struct nsg g;
	struct cmd c;
	bool away;
};

FIXTURE_SETUP(cgroup_v1_only)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	ASSERT_EQ(0, cmd_line(&self->c, "grep -x 'nr_descendants 0' " CG2 "/cgroup.stat"))
		TH_LOG("somebody left cgroups behind");
	ASSERT_EQ(0, umount(CG2));
	self->away = true;
}

FIXTURE_TEARDOWN(cgroup_v1_only)
{
	if (self->away)
		EXPECT_EQ(0, mount_v2());
	cg_remove(TOP);
	cmd_free(&self->c);
	nsg_teardown(_metadata, &self->g);
}

#define REFUSED(word, ...) do { \
	EXPECT_EQ(0, nsg_add(&self->g, __VA_ARGS__)); \
	EXPECT_EQ(EOPNOTSUPP, self->g.error); \
	EXPECT_STREQ(word " is told by cgroup version 2, which is not in use here", \
		     self->g.text); \
} while (0)

TEST_F(cgroup_v1_only, who_is_where_is_refused)
{
	REFUSED("cgroup", DENY(NS, M_IS(NSGUARD_A_RULE_CGROUP, "/")));
	REFUSED("cgroup", ALLOW(CGROUP, M_UNDER(NSGUARD_A_RULE_CGROUP, "/app.slice")));
	REFUSED("target-cgroup", DENY(AFFINITY, M_UNDER(NSGUARD_A_RULE_TARGET_CGROUP, "/")));
	EXPECT_EQ(0, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl rule add ns deny uid 5 cgroup not /a"));
	EXPECT_HAS(self->c.err, "cgroup is told by cgroup version 2, which is not in use here");
	EXPECT_STREQ("", self->c.out);
	EXPECT_EQ(0, nsg_list(&self->g, -1, NULL, 0));
}

/* Half of a transaction that has such a rule does not come into force either. */
TEST_F(cgroup_v1_only, the_whole_file_is_refused)
{
	EXPECT_EQ(1, cmd_line(&self->c, "printf 'rule add ns deny uid 5\\n"
			      "rule add ns deny cgroup /a\\n' | nsguardctl -f -"));
	EXPECT_HAS(self->c.err, ":2:");
	EXPECT_EQ(0, nsg_list(&self->g, -1, NULL, 0));
}

TEST_F(cgroup_v1_only, moves_are_not)
{
	must_add(_metadata, &self->g, DENY(CGROUP, M_IS(NSGUARD_A_RULE_FROM, "/a"),
					   M_UNDER(NSGUARD_A_RULE_TO, "/b")));
	must_add(_metadata, &self->g, DENY(CGROUP, M_UNDER(NSGUARD_A_RULE_LEAVING, "/a")));
}

/* In use is what is mounted anywhere, or has cgroups although it is mounted nowhere. */
TEST_F(cgroup_v1_only, in_use_again)
{
	const struct nsg_rule *rule = DENY(NS, M_IS(NSGUARD_A_RULE_CGROUP, TOP));

	ASSERT_EQ(0, mount_v2());
	EXPECT_NE(0, nsg_add(&self->g, rule));
	EXPECT_EQ(0, nsg_flush(&self->g, -1));
	ASSERT_EQ(0, cg_make(TOP));
	ASSERT_EQ(0, umount(CG2));
	EXPECT_NE(0, nsg_add(&self->g, rule));
}

TEST_HARNESS_MAIN
