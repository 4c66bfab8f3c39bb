// SPDX-License-Identifier: GPL-2.0-only
/*
 * A full table, made small by the module's parameter, and full sandboxes: what is refused then,
 * that nothing changes by it, and that there is room again afterwards. The other bounds are met
 * where their words are, in command.c, protocol.c and transaction.c.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "../module/limits.h"
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

/* Every bound of the header has a name in status, and its value. */
TEST_F(bounds, are_printed)
{
	static const struct {
		const char *name;
		uint32_t value;
	} all[] = {
		{ "rules", SOME }, { "values", NSGUARD_MAX_VALUES },
		{ "rule-bytes", NSGUARD_MAX_RULE_BYTES },
		{ "rule-add", NSGUARD_RULE_ADD_MAX },
		{ "components", NSGUARD_MAX_COMPONENTS }, { "transactions", NSGUARD_MAX_TX },
		{ "transaction-timeout", NSGUARD_TX_TIMEOUT },
		{ "sandboxes", NSGUARD_MAX_SANDBOXES },
		{ "sandbox-namespaces", NSGUARD_MAX_SANDBOX_NS },
		{ "sandbox-members", NSGUARD_MAX_MEMBERS },
		{ "sandbox-births", NSGUARD_MAX_BIRTHS },
		{ "event-ring", NSGUARD_EVENT_RING }, { "event-history", NSGUARD_EVENT_HISTORY },
		{ "comment", NSGUARD_COMMENT_MAX }, { "path", NSGUARD_PATH_MAX },
	};
	struct nsg_status s;
	unsigned int i, k;

	ASSERT_EQ(0, nsg_status(&self->g, &s));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (k = 0; k < s.limits && strcmp(s.limit[k].name, all[i].name); k++)
			;
		ASSERT_GT(s.limits, k)
			TH_LOG("no limit named %s", all[i].name);
		EXPECT_EQ(all[i].value, s.limit[k].value)
			TH_LOG("limit %s", all[i].name);
	}
}

/* A sandbox of @n namespaces, those of @fd, or as often the first of them. */
static int add_sandbox(struct nsg *g, unsigned int number, const int *fd, unsigned int n, bool same)
{
	struct nsg_msg m;
	struct nlmsghdr *nlh = nsg_msg(g, &m, NSGUARD_CMD_SANDBOX_ADD, 0);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NSGUARD_A_SANDBOX), *one;
	char name[16];

	snprintf(name, sizeof(name), "s%u", number);
	mnl_attr_put_strz(nlh, NSGUARD_A_SANDBOX_NAME, name);
	for (unsigned int i = 0; i < n; i++) {
		one = mnl_attr_nest_start(nlh, NSGUARD_A_SANDBOX_NS);
		mnl_attr_put_u32(nlh, NSGUARD_A_NS_FD, fd[same ? 0 : i]);
		mnl_attr_nest_end(nlh, one);
	}
	mnl_attr_nest_end(nlh, nest);
	return nsg_talk(g, nlh, NULL, NULL);
}

/* @g refused with @text, and the generation is what it was. */
#define EXPECT_REFUSED(sentence) do { \
	struct nsg_status s_; \
	EXPECT_STREQ(sentence, self->g.text); \
	ASSERT_EQ(0, nsg_status(&self->g, &s_)); \
	EXPECT_EQ(before.generation, s_.generation); \
} while (0)

TEST_F(bounds, sandboxes)
{
	struct nsg_status before;
	int fd;

	/* Not the host's. */
	ASSERT_EQ(0, unshare(CLONE_NEWUTS));
	fd = open("/proc/self/ns/uts", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_EQ(-E2BIG, add_sandbox(&self->g, 0, &fd, NSGUARD_MAX_SANDBOX_NS + 1, true));
	EXPECT_REFUSED("a sandbox is made of at most 256 namespaces");
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	for (unsigned int i = 0; i < NSGUARD_MAX_SANDBOXES; i++)
		ASSERT_EQ(0, add_sandbox(&self->g, i, &fd, 1, true));
	EXPECT_EQ(-ENOSPC, add_sandbox(&self->g, 1000, &fd, 1, true));
	EXPECT_REFUSED("at most 256 sandboxes there may be");
	EXPECT_EQ(0, nsg_tx_abort(&self->g));
	close(fd);
}

/* Namespaces of all sandboxes together: one too many, and none of them is in. */
TEST_F_TIMEOUT(bounds, sandbox_members, 120)
{
	static int fd[NSGUARD_MAX_MEMBERS + 1];
	struct rlimit many = { 8192, 8192 };
	struct nsg_status before;
	unsigned int i;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &many));
	ASSERT_EQ(0, file_write("/proc/sys/user/max_uts_namespaces", "10000"));
	for (i = 0; i <= NSGUARD_MAX_MEMBERS; i++) {
		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		fd[i] = open("/proc/self/ns/uts", O_RDONLY);
		ASSERT_LE(0, fd[i]);
	}
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	for (i = 0; i < NSGUARD_MAX_MEMBERS; i += NSGUARD_MAX_SANDBOX_NS)
		ASSERT_EQ(0, add_sandbox(&self->g, i, fd + i, NSGUARD_MAX_SANDBOX_NS, false));
	ASSERT_EQ(0, add_sandbox(&self->g, i, fd + i, 1, false));
	EXPECT_EQ(-ENOSPC, nsg_tx_commit(&self->g));
	EXPECT_REFUSED("at most 4096 namespaces may belong to sandboxes");
	/* There is room for all of them afterwards. */
	ASSERT_EQ(0, add_sandbox(&self->g, 1, fd, 1, false));
	ASSERT_EQ(0, nsg_reset(&self->g));
}

TEST_F(bounds, out_of_bounds)
{
	ASSERT_EQ(0, kmod_unload("nsguard"));
	EXPECT_EQ(-EINVAL, kmod_load("nsguard", "rules=0"));
	EXPECT_EQ(-EINVAL, kmod_load("nsguard", "rules=1048577"));
	EXPECT_EQ(0, kmod_load("nsguard", "rules=1048576"));
}

TEST_HARNESS_MAIN
