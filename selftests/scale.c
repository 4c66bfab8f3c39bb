// SPDX-License-Identifier: GPL-2.0-only
/*
 * 10,000 rules: loaded by nsguardctl in one transaction, decided by, listed,
 * flushed, and their memory given back; and the bounds that status prints, met.
 * Speed is measured elsewhere, here it only has to fit a test's time.
 */
#include <fcntl.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/memory.h"
#include "lib/nsg.h"
#include "kselftest_harness.h"

#define RULES		10000
#define HOST_UTS	"/proc/1/ns/uts"
#define FILE_NAME	"/tmp/scale.nsg"
/* Memory that the rest of the kernel may take meanwhile; the rules of all rounds take more. */
#define SLACK_KB	1024
#define ROUNDS		3
#define EXES		12000	/* more than are looked up at a time */
#define PROGRAM		"/tmp/scale.exe"

FIXTURE(scale) {
	struct nsg g;
	struct nsg_status s;
	struct cmd c;
};

FIXTURE_SETUP(scale)
{
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, nsg_reset(&self->g));
}

FIXTURE_TEARDOWN(scale)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, nsg_reset(&self->g));
	nsg_close(&self->g);
	unlink(FILE_NAME);
}

/* A policy of RULES rules: one of them allows uid 5000, one denies 6000, nothing else matters. */
static int policy_write(void)
{
	FILE *f = fopen(FILE_NAME, "w");

	if (!f)
		return -errno;
	fprintf(f, "rule flush\n");
	for (int i = 0; i < RULES; i++) {
		int uid = 100000 + i;

		if (i == RULES / 2)
			fprintf(f, "rule add ns deny type uts uid 6000 comment \"%d\"\n", i);
		else if (i == RULES / 2 + 1)
			fprintf(f, "rule add ns allow type uts uid 5000 priority -1\n");
		else if (i == RULES / 2 + 2)
			fprintf(f, "rule add ns deny type uts uid 5000\n");
		else
			fprintf(f, "rule add ns deny type uts,net uid %d\n", uid);
	}
	return fclose(f) ? -errno : 0;
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

TEST_F_TIMEOUT(scale, load_decide_list_flush, 80)
{
	const struct actor allowed = { .uid = 5000 }, denied = { .uid = 6000 };
	const struct actor other = { .uid = 7000 }, listed = { .uid = 100000 + RULES - 1 };

	ASSERT_EQ(0, policy_write());
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f " FILE_NAME)) TH_LOG("%s", self->c.err);
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(RULES, self->s.rules);
	EXPECT_EQ(RULES, self->s.table[NSGUARD_TABLE_NS].rules);

	EXPECT_EQ(0, act_setns(&allowed, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(&denied, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(&listed, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(&listed, "net", "/proc/1/ns/net"));
	EXPECT_EQ(0, act_setns(&other, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));

	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list ns"));
	EXPECT_EQ(RULES + 2, lines(self->c.out));
	EXPECT_EQ(RULES, nsg_list(&self->g, NSGUARD_TABLE_NS, NULL, 0));
	EXPECT_FALSE(self->g.intr);
	/* Another rule goes in and out at that size as at any other. */
	EXPECT_NE(0, nsg_add(&self->g, DENY(NS, M_UID(7000, 7000))));
	EXPECT_EQ(EPERM, act_setns(&other, "uts", HOST_UTS));
	EXPECT_EQ(0, nsg_rule_del(&self->g, self->g.handle));
	EXPECT_EQ(0, act_setns(&other, "uts", HOST_UTS));

	EXPECT_TRUE(ctl_quiet("nsguardctl rule flush ns"));
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(0, self->s.rules);
	EXPECT_EQ(0, act_setns(&denied, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list ns"));
	EXPECT_EQ(1, lines(self->c.out)) TH_LOG("%s", self->c.out);
}

TEST_F_TIMEOUT(scale, memory_comes_back, 80)
{
	long before, full = 0, after;

	ASSERT_EQ(0, policy_write());
	for (int i = 0; i <= ROUNDS; i++) {
		ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f " FILE_NAME));
		if (i == ROUNDS)
			full = kernel_memory_settled();
		ASSERT_EQ(0, nsg_flush(&self->g, -1));
		/* The first round is for what stays for good: caches, half-empty slabs. */
		if (i == 0)
			before = kernel_memory_settled();
	}
	after = kernel_memory_settled();
	TH_LOG("kernel memory: %ld kB without, %ld kB with %d rules, %ld kB after %d rounds",
	       before, full, RULES, after, ROUNDS);
	ASSERT_LT(0, before);
	/* The measure sees rules at all, and those of no round have stayed. */
	EXPECT_LT(before + SLACK_KB / 2, full);
	EXPECT_GT(before + SLACK_KB, after);
}

/* @n other names of a program, after one rule about PROGRAM and before another. */
static int exes_write(unsigned int n)
{
	FILE *f = fopen(FILE_NAME, "w");

	if (!f)
		return -errno;
	fprintf(f, "rule flush\nrule add ns deny op create type uts exe " PROGRAM "\n");
	for (unsigned int i = 0; i < n; i++) {
		fprintf(f, "rule add ns deny type ipc exe /usr");
		for (int bit = 0; bit < 16; bit++)
			fprintf(f, i >> bit & 1 ? "/." : "/");
		fprintf(f, "/bin/bash\n");
	}
	fprintf(f, "rule add ns deny op create type net exe /" PROGRAM "\n");
	return fclose(f) ? -errno : 0;
}

#define PUT		"cp $(command -v unshare) " PROGRAM ".new && mv " PROGRAM ".new " PROGRAM
#define DENIED(how)	(cmd_line(&self->c, PROGRAM " " how " true") != 0)

/* H18: each of many is found by its path, and when its file is replaced it is that one. */
TEST_F_TIMEOUT(scale, executables, 80)
{
	ASSERT_EQ(0, cmd_line(&self->c, PUT)) TH_LOG("%s", self->c.err);
	ASSERT_EQ(0, exes_write(EXES));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f " FILE_NAME)) TH_LOG("%s", self->c.err);
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(EXES + 2, self->s.rules);
	EXPECT_TRUE(DENIED("--uts"));
	EXPECT_TRUE(DENIED("--net"));
	EXPECT_FALSE(DENIED("--ipc")) TH_LOG("%s", self->c.err);
	for (int round = 0; round < 2; round++) {
		ASSERT_EQ(0, cmd_line(&self->c, PUT));
		for (int i = 0; i < 200 && !(DENIED("--uts") && DENIED("--net")); i++)
			usleep(100000);
		EXPECT_TRUE(DENIED("--uts"));
		EXPECT_TRUE(DENIED("--net"));
		EXPECT_FALSE(DENIED("--ipc"));
	}
	/* They go, and may come again. */
	ASSERT_EQ(0, nsg_flush(&self->g, -1));
	EXPECT_FALSE(DENIED("--uts")) TH_LOG("%s", self->c.err);
	ASSERT_EQ(0, exes_write(1));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f " FILE_NAME)) TH_LOG("%s", self->c.err);
	EXPECT_TRUE(DENIED("--uts"));
	EXPECT_TRUE(DENIED("--net"));
	ASSERT_EQ(0, nsg_flush(&self->g, -1));
	unlink(PROGRAM);
}

/* A rolled back transaction gives its memory back as well. */
TEST_F_TIMEOUT(scale, rolled_back, 60)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	for (int i = 0; i < 1000; i++)
		ASSERT_NE(0, nsg_add(&self->g, DENY(NS, M_UID(100000 + i, 100000 + i))));
	ASSERT_EQ(0, nsg_tx_abort(&self->g));
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(0, self->s.rules);
	EXPECT_EQ(0, self->s.transactions);
}

/* Every bound status prints, by name; what lies beyond the small ones is refused. */
TEST_F(scale, limits_are_printed_and_kept)
{
	struct nsg more[64];
	unsigned int max = 0, open = 0;

	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_LE(5, self->s.limits);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status"));
	for (unsigned int i = 0; i < self->s.limits; i++) {
		EXPECT_NE(0, self->s.limit[i].value);
		EXPECT_HAS(self->c.out, self->s.limit[i].name);
		if (strstr(self->s.limit[i].name, "transactions"))
			max = self->s.limit[i].value;
	}
	ASSERT_NE(0, max);
	ASSERT_GT(ARRAY_SIZE(more), max);
	for (; open <= max; open++) {
		ASSERT_EQ(0, nsg_open(&more[open]));
		if (nsg_tx_begin(&more[open]))
			break;
	}
	EXPECT_EQ(max, open);
	EXPECT_NE(0, more[open].error);
	EXPECT_NE('\0', more[open].text[0]);
	for (unsigned int i = 0; i <= open; i++)
		nsg_close(&more[i]);
	/* Closing the sockets rolled them back. */
	for (int i = 0; i < 40; i++) {
		ASSERT_EQ(0, nsg_status(&self->g, &self->s));
		if (!self->s.transactions)
			break;
		usleep(50000);
	}
	EXPECT_EQ(0, self->s.transactions);
}

TEST_HARNESS_MAIN
