// SPDX-License-Identifier: GPL-2.0-only
/*
 * 100,000 elements: loaded by nsguardctl in one transaction, decided by, listed, flushed, and
 * their memory given back; and the bounds of sets. Speed is measured elsewhere.
 */
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/memory.h"
#include "lib/nsg.h"
#include "lib/sets.h"
#include "kselftest_harness.h"

#define ELEMENTS	100000
#define SOME		80000	/* where it is done again and again */
#define FIRST		200000
#define HOST_UTS	"/proc/1/ns/uts"
#define FILE_NAME	"/tmp/elements.nsg"
/* Bytes of an element of an nft set: no element of ours may take more. */
#define BAR		107
/* Memory that the rest of the kernel may take meanwhile; the elements of all rounds take more. */
#define SLACK_KB	1024
#define ROUNDS		3

FIXTURE(set_load) {
	struct nsg g;
	struct nsg_status s;
	struct cmd c;
	struct set_info info;
};

FIXTURE_SETUP(set_load)
{
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, nsg_reset(&self->g));
}

FIXTURE_TEARDOWN(set_load)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, nsg_reset(&self->g));
	nsg_close(&self->g);
	unlink(FILE_NAME);
}

/* Every second id from FIRST on, some lines with one element and some with several. */
static int policy_write(int elements)
{
	FILE *f = fopen(FILE_NAME, "w");
	int i, n;

	if (!f)
		return -errno;
	fprintf(f, "rule flush\nset flush\nset add many type uid\n");
	for (i = 0; i < elements; i += n) {
		n = 1 + i % 9;
		fprintf(f, "element add many %d", FIRST + 2 * i);
		for (int k = 1; k < n && i + k < elements; k++)
			fprintf(f, ",%d", FIRST + 2 * (i + k));
		fprintf(f, "\n");
	}
	fprintf(f, "rule add ns deny type uts uid @many\n");
	return fclose(f) ? -errno : 0;
}

/* What kvfree_rcu() frees waits for up to five seconds. */
static long memory_after_rcu(void)
{
	sleep(6);
	return kernel_memory_settled();
}

TEST_F_TIMEOUT(set_load, load_decide_list_flush, 100)
{
	const struct actor first = { .uid = FIRST }, last = { .uid = FIRST + 2 * (ELEMENTS - 1) };
	const struct actor between = { .uid = FIRST + 1 }, other = { .uid = 7000 };

	ASSERT_EQ(0, policy_write(ELEMENTS));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f " FILE_NAME)) TH_LOG("%s", self->c.err);
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(1, self->s.sets);
	EXPECT_EQ(ELEMENTS, self->s.elements);
	TH_LOG("%llu bytes an element", (unsigned long long)self->s.set_bytes / ELEMENTS);
	EXPECT_GT((uint64_t)BAR * ELEMENTS, self->s.set_bytes);

	EXPECT_EQ(EPERM, act_setns(&first, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(&last, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(&between, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(&other, "uts", HOST_UTS));

	ASSERT_EQ(0, set_get(&self->g, "many", &self->info));
	EXPECT_EQ(ELEMENTS, self->info.n);
	EXPECT_EQ(ELEMENTS, self->info.elements);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save | grep -c '^element add'"));
	EXPECT_EQ((ELEMENTS + 15) / 16, atoi(self->c.out));
	/* One more goes in and out at that size as at any other. */
	ASSERT_EQ(0, element_add(&self->g, "many", 7000, 7000));
	EXPECT_EQ(EPERM, act_setns(&other, "uts", HOST_UTS));
	ASSERT_EQ(0, element_del(&self->g, "many", 7000, 7000));
	EXPECT_EQ(0, act_setns(&other, "uts", HOST_UTS));

	ASSERT_EQ(0, set_flush(&self->g, "many"));
	EXPECT_EQ(0, act_setns(&first, "uts", HOST_UTS));
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(0, self->s.elements);
}

/* By flush, which leaves the set, by deleting it, and by rolling back. */
TEST_F_TIMEOUT(set_load, memory_comes_back, 180)
{
	long before = 0, full = 0, after;

	ASSERT_EQ(0, policy_write(SOME));
	for (int i = 0; i <= ROUNDS; i++) {
		ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f " FILE_NAME));
		if (i == ROUNDS)
			full = memory_after_rcu();
		ASSERT_EQ(0, set_flush(&self->g, "many"));
		ASSERT_EQ(0, nsg_tx_begin(&self->g));
		for (int k = 0; k < 20; k++)
			ASSERT_EQ(0, elements_change(&self->g, NSGUARD_CMD_ELEMENT_ADD, "many",
						     FIRST + 1000 * k, 1, 1000));
		ASSERT_EQ(0, nsg_tx_abort(&self->g));
		/* The first round is for what stays for good: caches, half-empty slabs. */
		if (i == 0)
			before = memory_after_rcu();
	}
	after = memory_after_rcu();
	TH_LOG("kernel memory: %ld kB without, %ld kB with %d elements, %ld kB after %d rounds",
	       before, full, SOME, after, ROUNDS);
	ASSERT_LT(0, before);
	/* The measure sees elements at all, and those of no round have stayed. */
	EXPECT_LT(before + SLACK_KB, full);
	EXPECT_GT(before + SLACK_KB, after);
}

/* The bounds that status prints: one set too many. */
TEST_F_TIMEOUT(set_load, as_many_sets_as_status_says, 60)
{
	unsigned int max = 0, i;
	char name[32];

	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	for (i = 0; i < self->s.limits; i++)
		if (!strcmp(self->s.limit[i].name, "sets"))
			max = self->s.limit[i].value;
	ASSERT_LT(0, max);
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	for (i = 0; i < max; i++) {
		snprintf(name, sizeof(name), "s%u", i * 7919 % 100003);
		ASSERT_EQ(0, set_add(&self->g, name, NSGUARD_SET_TYPE_UID));
	}
	EXPECT_EQ(-ENOSPC, set_add(&self->g, "more", NSGUARD_SET_TYPE_UID));
	EXPECT_NE(NULL, strstr(self->g.text, "sets there may be"));
	ASSERT_EQ(0, nsg_tx_commit(&self->g));
	ASSERT_EQ(0, nsg_status(&self->g, &self->s));
	EXPECT_EQ(max, self->s.sets);
	ASSERT_EQ(0, set_get(&self->g, name, &self->info));
	ASSERT_EQ(0, set_del(&self->g, name));
	EXPECT_EQ(0, set_add(&self->g, "more", NSGUARD_SET_TYPE_UID));
}

TEST_HARNESS_MAIN
