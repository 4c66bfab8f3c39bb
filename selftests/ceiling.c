// SPDX-License-Identifier: GPL-2.0-only
/*
 * Booted with nsguard.mode=audit on the kernel command line: until the next boot no
 * table goes beyond audit, whoever asks and however, and every denial is reported
 * only. What audit means elsewhere is not looked at here.
 */
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/nsg.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"

FIXTURE(ceiling) {
	struct nsg g;
	struct nsg_status s;
	struct cmd c;
};

/* Not nsg_reset(): it wants enforce back. */
FIXTURE_SETUP(ceiling)
{
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, nsg_flush(&self->g, -1));
}

FIXTURE_TEARDOWN(ceiling)
{
	cmd_free(&self->c);
	for (int t = 0; t < 3; t++) {
		nsg_mode(&self->g, t, NSGUARD_MODE_AUDIT, false);
		nsg_default(&self->g, t, -1, NSGUARD_VERDICT_ALLOW, false);
	}
	EXPECT_EQ(0, nsg_flush(&self->g, -1));
	nsg_close(&self->g);
}

TEST_F(ceiling, is_where_tables_start)
{
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(NSGUARD_MODE_AUDIT, self->s.ceiling);
	for (int t = 0; t < 3; t++)
		EXPECT_EQ(NSGUARD_MODE_AUDIT, self->s.table[t].mode);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status"));
	EXPECT_HAS(self->c.out, "\nceiling audit: ");
}

TEST_F(ceiling, refuses_enforce)
{
	struct nsg_status after;

	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	for (int t = 0; t < 3; t++) {
		EXPECT_EQ(-EROFS, nsg_mode(&self->g, t, NSGUARD_MODE_ENFORCE, false));
		EXPECT_HAS(self->g.text, "nsguard.mode=audit on the kernel command line");
		/* force is for those who lock themselves out, not for this. */
		EXPECT_EQ(-EROFS, nsg_mode(&self->g, t, NSGUARD_MODE_ENFORCE, true));
	}
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(self->s.generation, after.generation);
	for (int t = 0; t < 3; t++)
		EXPECT_EQ(NSGUARD_MODE_AUDIT, after.table[t].mode);
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl mode ns enforce"));
	EXPECT_STREQ("", self->c.out);
	EXPECT_HAS(self->c.err, "nsguard.mode=audit on the kernel command line");
}

/* Within a transaction neither, and the rest of it is not in force then. */
TEST_F(ceiling, refuses_a_transaction)
{
	int ret;

	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	EXPECT_NE(0, nsg_add(&self->g, DENY(NS, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)))));
	ret = nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false);
	if (!ret)
		ret = nsg_tx_commit(&self->g);
	EXPECT_EQ(-EROFS, ret);
	nsg_tx_abort(&self->g);
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(0, self->s.rules);
	EXPECT_EQ(NSGUARD_MODE_AUDIT, self->s.table[NSGUARD_TABLE_NS].mode);
}

TEST_F(ceiling, lets_through_and_reports)
{
	__u64 rule = nsg_add(&self->g, DENY(NS, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))));
	struct nsg_status after;
	struct nsg_event e;

	ASSERT_NE(0, rule);
	ASSERT_EQ(0, nsg_watch(&self->g));
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(1, nsg_hits(&self->g, rule));
	ASSERT_TRUE(nsg_event_wait(&self->g, rule, 0, 5000, &e));
	EXPECT_FALSE(NSG_HAS(&e, ENFORCED));
	EXPECT_EQ(NSGUARD_VERDICT_DENY, e.verdict);
	EXPECT_EQ(NSGUARD_MODE_AUDIT, e.mode);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(self->s.table[NSGUARD_TABLE_NS].would_deny + 1,
		  after.table[NSGUARD_TABLE_NS].would_deny);
	EXPECT_EQ(self->s.table[NSGUARD_TABLE_NS].denied,
		  after.table[NSGUARD_TABLE_NS].denied);
}

/* Even a default of deny in every table leaves the machine alive. */
TEST_F(ceiling, covers_defaults)
{
	ASSERT_EQ(0, cgroup_make("/elsewhere"));
	for (int t = 0; t < 3; t++)
		EXPECT_EQ(0, nsg_default(&self->g, t, -1, NSGUARD_VERDICT_DENY, true));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, act_move(NULL, "/elsewhere"));
	EXPECT_EQ(0, act_affinity(NULL, 128, 1, 0));
	EXPECT_EQ(0, cgroup_remove("/elsewhere"));
}

TEST_F(ceiling, allows_less)
{
	EXPECT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_OFF, false));
	EXPECT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, false));
	EXPECT_EQ(-EROFS, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false));
}

/* The module's own parameter does not lift it, but may ask for less. */
TEST_F(ceiling, binds_the_module_parameter)
{
	nsg_close(&self->g);
	EXPECT_EQ(0, ctl_reload("mode=enforce"));
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(NSGUARD_MODE_AUDIT, self->s.ceiling);
	EXPECT_EQ(NSGUARD_MODE_AUDIT, self->s.table[NSGUARD_TABLE_NS].mode);
	EXPECT_NE(0, nsg_add(&self->g, DENY(NS, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)))));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));

	nsg_close(&self->g);
	EXPECT_EQ(0, ctl_reload("mode=off"));
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(NSGUARD_MODE_OFF, self->s.table[NSGUARD_TABLE_NS].mode);
}

TEST_HARNESS_MAIN
