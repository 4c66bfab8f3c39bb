// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of a change fails, one after the other: then it is refused and the policy is as
 * it was, or it goes without. Needs a kernel that fails on demand (CONFIG_FAULT_INJECTION and
 * CONFIG_FAILSLAB).
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include "kselftest_harness.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define DEBUG	"/sys/kernel/debug/"
#define MOST	20000	/* more allocations no change has */

FIXTURE(fault)
{
	struct nsg g;
	struct ns_set ns;
	int nth;
	uint64_t old[2];
	uint64_t generation;
};

FIXTURE_SETUP(fault)
{
	self->nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (self->nth < 0)
		SKIP(return, "this kernel cannot be told to fail (no /proc/self/fail-nth)");
	if (file_write(DEBUG "failslab/ignore-gfp-wait", "N"))
		SKIP(return, "allocations that may wait do not fail (no debugfs/failslab)");
	/* Where there is it, pages too. */
	file_write(DEBUG "fail_page_alloc/ignore-gfp-wait", "N");
	file_write(DEBUG "fail_page_alloc/min-order", "0");
	file_write(DEBUG "failslab/verbose", "0");
	file_write(DEBUG "fail_page_alloc/verbose", "0");
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
}

FIXTURE_TEARDOWN(fault)
{
	if (!self->ns.pid)
		return;
	ns_set_free(&self->ns);
	close(self->nth);
	nsg_teardown(_metadata, &self->g);
}

FIXTURE_VARIANT(fault) {
	int (*change)(struct nsg *g, struct _test_data_fault *self);
	unsigned int rules;	/* after it */
};

static int transaction(struct nsg *g, struct _test_data_fault *self)
{
	int err = nsg_tx_begin(g);

	err = err ?: nsg_rule_del(g, self->old[0]);
	for (uint32_t i = 0; !err && i < 12; i++)
		err = nsg_add(g, DENY(NS, M_UID(100 + i, 200 + i))) ? 0 : -g->error;
	if (!err && !nsg_add(g, ALLOW(NS, M_FD(NSGUARD_A_RULE_TARGET,
					       self->ns.fd[NSGUARD_NSTYPE_UTS]))))
		err = -g->error;
	if (!err && !nsg_add(g, DENY(CGROUP, M_UNDER(NSGUARD_A_RULE_TO, "/a/*/b"),
				     M_EXE(NSGUARD_A_RULE_EXE, "/bin/true"))))
		err = -g->error;
	if (!err && !nsg_add(g, DENY(AFFINITY, M_CPUS(INTERSECTS, 1))))
		err = -g->error;
	return err ?: nsg_tx_commit(g);
}

static int add(struct nsg *g, struct _test_data_fault *self)
{
	return nsg_add(g, DENY(NS, M_UID(1, 2))) ? 0 : -g->error;
}

/* Several in one message, each with something of its own to keep. */
static int several(struct nsg *g, struct _test_data_fault *self)
{
	static struct nsg_msg m;
	struct nlmsghdr *nlh = nsg_msg(g, &m, NSGUARD_CMD_RULE_ADD, NLM_F_ACK);
	const struct nsg_rule *rule[] = {
		DENY(NS, M_UID(1, 2)),
		ALLOW(NS, M_FD(NSGUARD_A_RULE_TARGET, self->ns.fd[NSGUARD_NSTYPE_UTS])),
		DENY(CGROUP, M_UNDER(NSGUARD_A_RULE_TO, "/a/*/b")),
		DENY(AFFINITY, M_CPUS(INTERSECTS, 1)),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rule); i++)
		mnl_attr_nest_end(nlh, nsg_put_rule(nlh, rule[i]));
	return nsg_talk(g, nlh, NULL, NULL);
}

static int del(struct nsg *g, struct _test_data_fault *self)
{
	return nsg_rule_del(g, self->old[0]);
}

static int flush(struct nsg *g, struct _test_data_fault *self)
{
	return nsg_flush(g, -1);
}

FIXTURE_VARIANT_ADD(fault, transaction) { .change = transaction, .rules = 16 };
FIXTURE_VARIANT_ADD(fault, add) { .change = add, .rules = 3 };
FIXTURE_VARIANT_ADD(fault, several) { .change = several, .rules = 6 };
FIXTURE_VARIANT_ADD(fault, del) { .change = del, .rules = 1 };
FIXTURE_VARIANT_ADD(fault, flush) { .change = flush, .rules = 0 };

/* The @n-th allocation of this task from now on fails; 0: none. */
static void fail(int fd, unsigned int n)
{
	char text[16];

	sprintf(text, "%u", n);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		abort();
}

/* How many allocations are still left until one fails; 0 when one did. */
static unsigned int left(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		abort();
	return strtoul(text, NULL, 10);
}

#define SELF struct __test_metadata *_metadata, struct _test_data_fault *self

static void policy_before(SELF)
{
	struct nsg_status s;

	ASSERT_EQ(0, nsg_flush(&self->g, -1));
	for (uint32_t i = 0; i < 2; i++)
		self->old[i] = must_add(_metadata, &self->g, DENY(NS, M_UID(5 + i, 5 + i)));
	ASSERT_EQ(0, nsg_status(&self->g, &s));
	self->generation = s.generation;
}

/* Is the policy the one before? Otherwise it must be all of the one after. */
static bool is_before(SELF, unsigned int rules)
{
	struct nsg_info info[4];
	struct nsg_status s;
	int n;

	EXPECT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(0, s.transactions);
	n = nsg_list(&self->g, -1, info, 4);
	if (s.generation == self->generation) {
		EXPECT_EQ(2, n);
		EXPECT_EQ(self->old[0], info[0].handle);
		EXPECT_EQ(self->old[1], info[1].handle);
		return true;
	}
	EXPECT_EQ(self->generation + 1, s.generation);
	EXPECT_EQ(rules, n);
	return false;
}

TEST_F_TIMEOUT(fault, every_allocation, 300)
{
	unsigned int refused = 0, without = 0, unheard = 0, nth;
	bool reached = true;

	policy_before(_metadata, self);
	for (nth = 1; reached && nth < MOST; nth++) {
		struct nsg g;
		bool before;
		int err;

		ASSERT_EQ(0, nsg_open(&g));
		fail(self->nth, nth);
		err = variant->change(&g, self);
		reached = !left(self->nth);
		fail(self->nth, 0);
		nsg_close(&g);
		before = is_before(_metadata, self, variant->rules);
		if (!err)
			EXPECT_FALSE(before);
		/* Only of an answer that got lost it may not be known what became of it. */
		refused += err && before;
		unheard += err && !before;
		without += !err && reached;
		if (!before)
			policy_before(_metadata, self);
	}
	printf("# %u allocations: %u refused it, %u did not matter, %u lost the answer\n", nth - 2,
	       refused, without, unheard);
	EXPECT_FALSE(reached);
	/* How many it is depends on what the slabs have at hand; most of what fails is heard of. */
	EXPECT_LT(2, refused);
	EXPECT_GE(8, unheard);
}

TEST_HARNESS_MAIN
