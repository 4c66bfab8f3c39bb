// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy is swapped while it decides: both the one before and the one after refuse, each in a
 * way of its own, and whatever is made of a part of one and a part of the other would let through.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include "kselftest_harness.h"
#include "lib/proof.h"
#include "lib/slow.h"

#define READERS	4
#define SWAPS	1000

#define UTS	M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))
#define ENTER	M_OP(NSGUARD_OP_ENTER)

/**
 * struct reader - a thread that tries to enter a namespace, again and again
 * @fd: the namespace
 * @over: ends all of them
 * @tried: how often it was refused
 * @passed: how often not
 */
struct reader {
	pthread_t thread;
	int fd;
	atomic_bool *over;
	unsigned long tried;
	unsigned long passed;
};

FIXTURE(swap)
{
	struct nsg g;
	struct ns_set ns;
	struct op enter;
	atomic_bool over;
	struct reader reader[READERS];
	unsigned int filler;
};

FIXTURE_SETUP(swap)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->enter = (struct op){ .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_UTS] };
}

FIXTURE_TEARDOWN(swap)
{
	nsg_teardown(_metadata, &self->g);
	ns_set_free(&self->ns);
}

#define SELF struct __test_metadata *_metadata, struct _test_data_swap *self

static void *read_on(void *arg)
{
	struct reader *r = arg;

	while (!atomic_load(r->over)) {
		if (setns(r->fd, CLONE_NEWUTS) == -1 && errno == EPERM)
			r->tried++;
		else
			r->passed++;
	}
	return NULL;
}

static void start(SELF)
{
	for (int i = 0; i < READERS; i++) {
		self->reader[i] = (struct reader){ .fd = self->enter.fd, .over = &self->over };
		ASSERT_EQ(0, pthread_create(&self->reader[i].thread, NULL, read_on,
					    &self->reader[i]));
	}
}

/* Return: how often somebody got in. */
static unsigned long stop(SELF)
{
	unsigned long tried = 0, passed = 0;

	atomic_store(&self->over, true);
	for (int i = 0; i < READERS; i++) {
		EXPECT_EQ(0, pthread_join(self->reader[i].thread, NULL));
		EXPECT_NE(0, self->reader[i].tried);
		tried += self->reader[i].tried;
		passed += self->reader[i].passed;
	}
	printf("# %lu refused, %lu let through\n", tried, passed);
	return passed;
}

static uint64_t put(SELF, enum nsguard_verdict verdict, int priority, bool by_op)
{
	struct nsg_rule rule = { .table = NSGUARD_TABLE_NS, .verdict = verdict,
				 .priority = priority, .m = { UTS } };

	if (by_op)
		rule.m[1] = (struct nsg_match)ENTER;
	return must_add(_metadata, &self->g, &rule);
}

/* Rules that decide nothing, so that now and then many are compiled, and the worker has work. */
static void fill(SELF, unsigned int n)
{
	while (n--) {
		uint32_t uid = 100000 + self->filler++;

		must_add(_metadata, &self->g, DENY(NS, M_UID(uid, uid)));
	}
}

/*
 * One policy denies at 0 and allows at 5, the other denies at 20 only. Without the first's denial,
 * its permission beats the second's; and with neither's there is the default.
 */
TEST_F_TIMEOUT(swap, of_rules, 300)
{
	uint64_t deny, allow, late = 0;

	deny = put(_metadata, self, NSGUARD_VERDICT_DENY, 0, false);
	allow = put(_metadata, self, NSGUARD_VERDICT_ALLOW, 5, false);
	start(_metadata, self);
	for (unsigned int i = 0; i < slow_times(SWAPS); i++) {
		ASSERT_EQ(0, nsg_tx_begin(&self->g));
		if (late) {
			ASSERT_EQ(0, nsg_rule_del(&self->g, late));
			allow = put(_metadata, self, NSGUARD_VERDICT_ALLOW, 5, false);
			deny = put(_metadata, self, NSGUARD_VERDICT_DENY, 0, false);
			late = 0;
		} else {
			ASSERT_EQ(0, nsg_rule_del(&self->g, deny));
			ASSERT_EQ(0, nsg_rule_del(&self->g, allow));
			late = put(_metadata, self, NSGUARD_VERDICT_DENY, 20, true);
		}
		fill(_metadata, self, i % 100 ? i % 3 : 70);
		ASSERT_EQ(0, nsg_tx_commit(&self->g));
		if (!(i % 250))
			usleep(900000);
	}
	EXPECT_EQ(0, stop(_metadata, self));

	/* The proof of the proof: a mixture lets through. */
	ASSERT_EQ(0, nsg_flush(&self->g, -1));
	EXPECT_OP(0, &self->enter);
	put(_metadata, self, NSGUARD_VERDICT_ALLOW, 5, false);
	put(_metadata, self, NSGUARD_VERDICT_DENY, 20, true);
	EXPECT_OP(0, &self->enter);
}

/*
 * One policy denies by default and has no rule about it, the other by a rule, allowing by default;
 * whole tables are flushed in between.
 */
TEST_F_TIMEOUT(swap, of_defaults, 300)
{
	put(_metadata, self, NSGUARD_VERDICT_DENY, 0, true);
	start(_metadata, self);
	for (unsigned int i = 0; i < slow_times(SWAPS); i++) {
		ASSERT_EQ(0, nsg_tx_begin(&self->g));
		ASSERT_EQ(0, nsg_flush(&self->g, NSGUARD_TABLE_NS));
		if (i % 2)
			put(_metadata, self, NSGUARD_VERDICT_DENY, 0, true);
		ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER,
					 i % 2 ? NSGUARD_VERDICT_ALLOW : NSGUARD_VERDICT_DENY,
					 true));
		fill(_metadata, self, i % 5);
		ASSERT_EQ(0, nsg_tx_commit(&self->g));
	}
	EXPECT_EQ(0, stop(_metadata, self));

	ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER,
				 NSGUARD_VERDICT_ALLOW, true));
	ASSERT_EQ(0, nsg_flush(&self->g, -1));
	EXPECT_OP(0, &self->enter);
}

TEST_HARNESS_MAIN
