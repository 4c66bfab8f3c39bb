// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy says, whatever the operation: priorities, deny over allow, defaults, modes,
 * dry-run, counters; and the default that would stop everything (H28).
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define OP(o)	M_OP(NSGUARD_OP_##o)
#define ROOT	M_UID(0, 0)
#define EXACT	M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))

FIXTURE(semantics)
{
	struct nsg g;
	struct ns_set ns;
	struct op enter;
	struct op pin;
};

FIXTURE_SETUP(semantics)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->enter = (struct op){ .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_UTS] };
	self->pin = (struct op){ .kind = OP_AFFINITY, .mask = 1 };
}

FIXTURE_TEARDOWN(semantics)
{
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

static uint64_t add(struct __test_metadata *_metadata, struct nsg *g, const struct nsg_rule *rule,
		    int priority, bool dry_run)
{
	struct nsg_rule copy = *rule;

	copy.priority = priority;
	copy.dry_run = dry_run;
	return must_add(_metadata, g, &copy);
}

#define ADD(rule, priority)	add(_metadata, &self->g, rule, priority, false)
#define ADD_DRY(rule, priority)	add(_metadata, &self->g, rule, priority, true)
#define HITS(handle)		nsg_hits(&self->g, handle)

TEST_F(semantics, nothing_said)
{
	struct nsg_status s;

	EXPECT_OP(0, &self->enter);
	ASSERT_EQ(0, nsg_status(&self->g, &s));
	for (int t = 0; t < 3; t++) {
		EXPECT_EQ(NSGUARD_MODE_ENFORCE, s.table[t].mode);
		EXPECT_EQ(0, s.table[t].rules);
		for (int op = 0; op < 6; op++)
			EXPECT_EQ(NSGUARD_VERDICT_ALLOW, s.table[t].fallback[op]);
	}
}

/* Whichever was added first. */
TEST_F(semantics, deny_over_allow)
{
	uint64_t allow, deny;

	for (int order = 0; order < 2; order++) {
		if (order)
			allow = ADD(ALLOW(NS, ROOT), 0);
		deny = ADD(DENY(NS, EXACT), 0);
		if (!order)
			allow = ADD(ALLOW(NS, ROOT), 0);
		EXPECT_OP(EPERM, &self->enter);
		EXPECT_EQ(1, HITS(deny));
		EXPECT_EQ(0, HITS(allow));
		EXPECT_EQ(0, nsg_rule_del(&self->g, deny));
		EXPECT_OP(0, &self->enter);
		EXPECT_EQ(1, HITS(allow));
		EXPECT_EQ(0, nsg_rule_del(&self->g, allow));
	}
}

TEST_F(semantics, lowest_priority_number_decides)
{
	uint64_t deny = ADD(DENY(NS, EXACT), 0);
	uint64_t allow = ADD(ALLOW(NS, ROOT), -10);
	uint64_t late = ADD(ALLOW(NS, EXACT), 10);
	uint64_t first;

	EXPECT_OP(0, &self->enter);
	EXPECT_EQ(1, HITS(allow));
	EXPECT_EQ(0, HITS(deny));
	EXPECT_EQ(0, nsg_rule_del(&self->g, allow));
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, HITS(deny));
	EXPECT_EQ(0, HITS(late));
	first = ADD(DENY(NS, ROOT), INT32_MIN);
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, HITS(first));
	EXPECT_EQ(1, HITS(deny));
}

/* A rule that does not match does not decide, however early it is asked. */
TEST_F(semantics, missed_rules_do_not_decide)
{
	uint64_t miss = ADD(ALLOW(NS, M_UID(1000, 1999)), -100);
	uint64_t deny = ADD(DENY(NS, EXACT), 100);

	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(0, HITS(miss));
	EXPECT_EQ(1, HITS(deny));
}

TEST_F(semantics, listed_in_the_order_of_decision)
{
	uint64_t late = ADD(DENY(NS, ROOT), 5);
	uint64_t allow = ADD(ALLOW(NS, ROOT), 0);
	uint64_t deny = ADD(DENY(NS, EXACT), 0);
	uint64_t early = ADD(ALLOW(NS, EXACT), -5);
	struct nsg_info info[4];

	ASSERT_EQ(4, nsg_list(&self->g, NSGUARD_TABLE_NS, info, 4));
	EXPECT_EQ(early, info[0].handle);
	EXPECT_EQ(deny, info[1].handle);
	EXPECT_EQ(allow, info[2].handle);
	EXPECT_EQ(late, info[3].handle);
	EXPECT_EQ(-5, info[0].priority);
}

/* The default is for what no rule matches, and for its operation alone. */
TEST_F(semantics, default_deny)
{
	struct nsg_status before, after;
	struct nsg_event e;
	struct op_child c;
	uint64_t allow;

	ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_AFFINITY, NSGUARD_OP_SETAFFINITY,
				 NSGUARD_VERDICT_DENY, true));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	c = op_run(&self->pin);
	ASSERT_EQ(EPERM, c.err);
	EXPECT_FALSE(c.changed);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[NSGUARD_TABLE_AFFINITY].denied + 1,
		  after.table[NSGUARD_TABLE_AFFINITY].denied);
	EXPECT_EQ(NSGUARD_VERDICT_DENY,
		  after.table[NSGUARD_TABLE_AFFINITY].fallback[NSGUARD_OP_SETAFFINITY]);
	EXPECT_EQ(NSGUARD_VERDICT_ALLOW,
		  after.table[NSGUARD_TABLE_AFFINITY].fallback[NSGUARD_OP_IO_URING]);
	EXPECT_TRUE(nsg_event_wait(&self->g, 0, c.pid, PROOF_MS, &e));
	EXPECT_FALSE(NSG_HAS(&e, HANDLE));
	EXPECT_TRUE(NSG_HAS(&e, ENFORCED));
	/* Another table is not concerned. */
	EXPECT_OP(0, &self->enter);
	allow = ADD(ALLOW(AFFINITY, M_CPUS(EQUALS, 1)), 0);
	EXPECT_OP(0, &self->pin);
	EXPECT_EQ(1, HITS(allow));
}

TEST_F(semantics, default_per_operation)
{
	const struct op unshare = { .kind = OP_UNSHARE, .types = CLONE_NEWUTS };

	ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER,
				 NSGUARD_VERDICT_DENY, true));
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_OP(0, &unshare);
	ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER,
				 NSGUARD_VERDICT_ALLOW, false));
	EXPECT_OP(0, &self->enter);
}

TEST_F(semantics, audit)
{
	struct nsg_status before, after;
	struct nsg_event e;
	struct op_child c;
	uint64_t deny;

	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, false));
	deny = ADD(DENY(NS, EXACT), 0);
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	c = op_run(&self->enter);
	EXPECT_EQ(0, c.err);
	EXPECT_TRUE(c.changed);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[0].denied, after.table[0].denied);
	EXPECT_EQ(before.table[0].would_deny + 1, after.table[0].would_deny);
	EXPECT_EQ(before.table[0].decisions + 1, after.table[0].decisions);
	EXPECT_EQ(1, HITS(deny));
	EXPECT_TRUE(nsg_event_wait(&self->g, deny, c.pid, PROOF_MS, &e));
	EXPECT_EQ(NSGUARD_MODE_AUDIT, e.mode);
	EXPECT_FALSE(NSG_HAS(&e, ENFORCED));
	EXPECT_EQ(EPERM, e.error);
	/* The other tables keep theirs. */
	ADD(DENY(AFFINITY, ROOT), 0);
	EXPECT_OP(EPERM, &self->pin);
	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false));
	EXPECT_OP(EPERM, &self->enter);
}

/* Off is detached: nothing is decided, counted or reported; the death of namespaces is (H20). */
TEST_F(semantics, off)
{
	struct nsg_status before, after;
	struct nsg_info info;
	uint64_t deny, target;

	deny = ADD(DENY(NS, EXACT, OP(ENTER)), 0);
	target = ADD(DENY(NS, M_FD(NSGUARD_A_RULE_TARGET, self->enter.fd)), 0);
	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_OFF, false));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_EQ(NSGUARD_COVERAGE_OFF, before.table[0].coverage);
	EXPECT_OP(0, &self->enter);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[0].decisions, after.table[0].decisions);
	EXPECT_EQ(0, HITS(deny));
	ns_set_free(&self->ns);
	for (int i = 0; i < 300; i++) {
		ASSERT_TRUE(nsg_find(&self->g, target, &info));
		if (info.stale)
			break;
		usleep(10000);
	}
	EXPECT_TRUE(info.stale);
	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->enter.fd = self->ns.fd[NSGUARD_NSTYPE_UTS];
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, HITS(deny));
}

/* Off and on for every table: what was detached guards again. */
TEST_F(semantics, off_and_on)
{
	ADD(DENY(NS, EXACT), 0);
	ADD(DENY(AFFINITY, ROOT), 0);
	for (int i = 0; i < 5; i++) {
		for (int t = 0; t < 3; t++)
			ASSERT_EQ(0, nsg_mode(&self->g, t, NSGUARD_MODE_OFF, false));
		EXPECT_OP(0, &self->enter);
		EXPECT_OP(0, &self->pin);
		for (int t = 0; t < 3; t++)
			ASSERT_EQ(0, nsg_mode(&self->g, t, NSGUARD_MODE_ENFORCE, false));
		EXPECT_OP(EPERM, &self->enter);
	}
}

/* A dry-run rule reports, and evaluation goes on. */
TEST_F(semantics, dry_run)
{
	struct nsg_status before, after;
	uint64_t dry, deny, allow;
	struct nsg_event e;
	struct op_child c;

	dry = ADD_DRY(DENY(NS, EXACT), -1);
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	c = op_run(&self->enter);
	EXPECT_EQ(0, c.err);
	EXPECT_TRUE(c.changed);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(1, HITS(dry));
	EXPECT_EQ(before.table[0].would_deny + 1, after.table[0].would_deny);
	EXPECT_EQ(before.table[0].denied, after.table[0].denied);
	EXPECT_TRUE(nsg_event_wait(&self->g, dry, c.pid, PROOF_MS, &e));
	EXPECT_FALSE(NSG_HAS(&e, ENFORCED));
	EXPECT_EQ(NSGUARD_MODE_ENFORCE, e.mode);
	/* The next one decides, with an event of its own. */
	deny = ADD(DENY(NS, ROOT), 0);
	c = op_run(&self->enter);
	ASSERT_EQ(EPERM, c.err);
	EXPECT_EQ(2, HITS(dry));
	EXPECT_EQ(1, HITS(deny));
	EXPECT_TRUE(nsg_event_wait(&self->g, dry, c.pid, PROOF_MS, &e));
	EXPECT_TRUE(nsg_event_wait(&self->g, deny, c.pid, PROOF_MS, &e));
	EXPECT_TRUE(NSG_HAS(&e, ENFORCED));
	/* A dry-run allow lets nobody through. */
	allow = ADD_DRY(ALLOW(NS, ROOT), -5);
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, HITS(allow));
}

/* Hits and denials rise by one each time, and only the rule's own. */
TEST_F(semantics, counters)
{
	uint64_t deny = ADD(DENY(NS, EXACT), 0);
	uint64_t other = ADD(DENY(NS, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_NET))), 0);
	struct nsg_status before, after;

	ASSERT_EQ(0, nsg_status(&self->g, &before));
	for (int i = 1; i <= 10; i++) {
		EXPECT_OP(EPERM, &self->enter);
		EXPECT_EQ(i, HITS(deny));
	}
	EXPECT_EQ(0, HITS(other));
	/* They survive other changes of the policy. */
	ADD(DENY(NS, M_UID(5, 5)), 0);
	EXPECT_EQ(10, HITS(deny));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[0].denied + 10, after.table[0].denied);
	EXPECT_EQ(before.table[0].decisions + 10, after.table[0].decisions);
}

/* H28: a default of deny that no allow rule softens needs force, wherever it comes from. */
TEST_F(semantics, default_deny_needs_force)
{
	const struct nsg_rule *allow = ALLOW(NS, M_UID(0, ~0u), OP(ENTER));
	struct nsg *g = &self->g;
	struct nsg_status s;
	uint64_t handle;

	EXPECT_EQ(-EDEADLK, nsg_default(g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER,
					NSGUARD_VERDICT_DENY, false));
	EXPECT_NE(NULL, strstr(g->text, "--force"));
	ASSERT_EQ(0, nsg_status(g, &s));
	EXPECT_EQ(NSGUARD_VERDICT_ALLOW, s.table[0].fallback[NSGUARD_OP_ENTER]);
	EXPECT_OP(0, &self->enter);
	/* A rule that only reports softens nothing. */
	handle = ADD_DRY(allow, 0);
	EXPECT_EQ(-EDEADLK, nsg_default(g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER,
					NSGUARD_VERDICT_DENY, false));
	EXPECT_EQ(0, nsg_rule_del(g, handle));
	/* With a rule for it, it may be; the rule may not go then. */
	handle = ADD(allow, 0);
	EXPECT_EQ(0, nsg_default(g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER, NSGUARD_VERDICT_DENY,
				 false));
	EXPECT_EQ(-EDEADLK, nsg_rule_del(g, handle));
	EXPECT_EQ(-EDEADLK, nsg_flush(g, NSGUARD_TABLE_NS));
	EXPECT_OP(0, &self->enter);
	EXPECT_EQ(1, HITS(handle));
	/* In audit mode it stops nobody; going back to enforce is judged again. */
	EXPECT_EQ(0, nsg_mode(g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, false));
	EXPECT_EQ(0, nsg_rule_del(g, handle));
	EXPECT_EQ(-EDEADLK, nsg_mode(g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false));
	EXPECT_EQ(0, nsg_mode(g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, true));
	EXPECT_OP(EPERM, &self->enter);
}

TEST_HARNESS_MAIN
