// SPDX-License-Identifier: GPL-2.0-only
/*
 * A full table, made small by the module's parameter: what is refused then, that nothing
 * changes by it, and that there is room again afterwards. The other bounds are met where
 * their words are, in command.c and protocol.c.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/nsg.h"
#include "kselftest_harness.h"

#define SOME	3

FIXTURE(bounds) {
	struct nsg g;
};

FIXTURE_SETUP(bounds)
{
	ASSERT_EQ(0, ctl_reload("rules=3"));
	ASSERT_EQ(0, nsg_open(&self->g));
}

FIXTURE_TEARDOWN(bounds)
{
	nsg_close(&self->g);
	EXPECT_EQ(0, kmod_unload("nsguard"));
}

static int add(struct nsg *g, enum nsguard_table table, uint32_t uid)
{
	const struct nsg_rule rule = {
		.table = table, .verdict = NSGUARD_VERDICT_DENY, .m = { M_UID(uid, uid) },
	};

	return nsg_add(g, &rule) ? 0 : -abs(g->error);
}

TEST_F(bounds, full)
{
	struct nsg_status before, after;
	uint64_t last;

	/* All tables together. */
	for (int i = 0; i < SOME; i++)
		ASSERT_EQ(0, add(&self->g, i % 3, 2000 + i));
	last = self->g.handle;
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_EQ(SOME, before.rules);
	EXPECT_EQ(-ENOSPC, add(&self->g, NSGUARD_TABLE_NS, 3000));
	EXPECT_NE(NULL, strstr(self->g.text, "at most 3 rules may be live"))
		TH_LOG("said: %s", self->g.text);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.generation, after.generation);
	EXPECT_EQ(SOME, after.rules);
	EXPECT_EQ(0, nsg_rule_del(&self->g, last));
	EXPECT_EQ(0, add(&self->g, NSGUARD_TABLE_NS, 3000));
}

/* The whole transaction goes, not what there was no room for. */
TEST_F(bounds, full_in_a_transaction)
{
	struct nsg_status before, after;

	ASSERT_EQ(0, add(&self->g, NSGUARD_TABLE_NS, 2000));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	EXPECT_EQ(0, add(&self->g, NSGUARD_TABLE_NS, 2001));
	EXPECT_EQ(0, add(&self->g, NSGUARD_TABLE_NS, 2002));
	EXPECT_EQ(-ENOSPC, add(&self->g, NSGUARD_TABLE_NS, 2003));
	EXPECT_EQ(0, nsg_tx_abort(&self->g));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.generation, after.generation);
	EXPECT_EQ(1, after.rules);
}

TEST_F(bounds, is_shown)
{
	struct nsg_status s;

	ASSERT_EQ(0, nsg_status(&self->g, &s));
	for (unsigned int i = 0; i < s.limits; i++)
		if (!strcmp(s.limit[i].name, "rules")) {
			EXPECT_EQ(SOME, s.limit[i].value);
			return;
		}
	TH_LOG("no limit named rules");
	EXPECT_TRUE(false);
}

TEST_F(bounds, out_of_bounds)
{
	ASSERT_EQ(0, kmod_unload("nsguard"));
	EXPECT_EQ(-EINVAL, kmod_load("nsguard", "rules=0"));
	EXPECT_EQ(-EINVAL, kmod_load("nsguard", "rules=1048577"));
	EXPECT_EQ(0, kmod_load("nsguard", "rules=1048576"));
}

TEST_HARNESS_MAIN
