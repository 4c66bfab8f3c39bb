/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test of a rule is made of: a fixture that starts from an empty policy, and the
 * proof of a denial, of a pass and of a report, each in one line. For use with the
 * kernel's harness: kselftest_harness.h comes first.
 */
#ifndef NSG_TEST_PROOF_H
#define NSG_TEST_PROOF_H

#include "nsg.h"
#include "ops.h"

#define PROOF_MS	3000	/* an event that takes longer is missing */

/*
 * Connects and empties the policy. A test that was stopped half-way may have left rules
 * behind; whoever comes next starts clean all the same.
 */
static inline void __attribute__((unused))
nsg_setup(struct __test_metadata *_metadata, struct nsg *g)
{
	ASSERT_EQ(0, nsg_open(g))
		TH_LOG("nsguard cannot be spoken to");
	ASSERT_EQ(0, nsg_reset(g))
		TH_LOG("policy cannot be emptied: %s (%s)", strerror(g->error), g->text);
	ASSERT_EQ(0, nsg_watch(g));
}

static inline void __attribute__((unused))
nsg_teardown(struct __test_metadata *_metadata, struct nsg *g)
{
	if (!g->nl)
		return;
	EXPECT_EQ(0, nsg_reset(g));
	nsg_close(g);
}

/* Adds a rule that must be taken. */
static inline uint64_t __attribute__((unused))
must_add(struct __test_metadata *_metadata, struct nsg *g, const struct nsg_rule *rule)
{
	uint64_t handle = nsg_add(g, rule);

	EXPECT_NE(0, handle)
		TH_LOG("rule refused: %s (%s)", strerror(g->error), g->text);
	return handle;
}

/**
 * prove - prove what a rule does to an operation
 * @g: connection, with an empty policy or one that does not touch @op
 * @rule: the rule
 * @op: the operation; its child is placed before the rule stands
 * @denied: it must be refused with EPERM; otherwise the rule must let it through
 * @hit: the rule must be hit
 * @event: takes the event, may be NULL
 *
 * A denial is: the errno; nothing changed; the table's count of denials and the rule's hits
 * risen by exactly one; an event; and with the rule gone the same operation succeeds.
 */
static inline void prove(struct __test_metadata *_metadata, struct nsg *g,
			 const struct nsg_rule *rule, const struct op *op, bool denied,
			 bool hit, struct nsg_event *event)
{
	struct nsg_status before, after;
	struct nsg_event local;
	struct op_child c;
	uint64_t handle;

	ASSERT_EQ(0, op_start(&c, op));
	handle = must_add(_metadata, g, rule);
	ASSERT_EQ(0, nsg_status(g, &before));
	op_go(&c);
	ASSERT_EQ(0, nsg_status(g, &after));
	EXPECT_EQ(denied ? EPERM : 0, c.err);
	EXPECT_EQ(!denied, c.changed);
	EXPECT_EQ(before.table[rule->table].denied + denied, after.table[rule->table].denied);
	EXPECT_LT(before.table[rule->table].decisions, after.table[rule->table].decisions);
	EXPECT_EQ(hit, nsg_hits(g, handle));
	/* What was not denied has failed already; no event will come. */
	if (denied && c.err == EPERM) {
		EXPECT_TRUE(nsg_event_wait(g, handle, c.pid, PROOF_MS, event ?: &local))
			TH_LOG("no event of rule %llu", (unsigned long long)handle);
		EXPECT_EQ(EPERM, (event ?: &local)->error);
	}
	EXPECT_EQ(0, nsg_rule_del(g, handle));
	if (!denied)
		return;
	c = op_run(op);
	EXPECT_EQ(0, c.err)
		TH_LOG("fails without the rule too");
	EXPECT_TRUE(c.changed);
}

#define PROVE_DENIED(rule, op)		prove(_metadata, &self->g, rule, op, true, true, NULL)
#define PROVE_PASSES(rule, op)		prove(_metadata, &self->g, rule, op, false, false, NULL)

/* With whatever policy stands: the operation's fate, and that it told the truth about it. */
#define EXPECT_OP(errno_, op) do { \
	struct op_child c_ = op_run(op); \
	EXPECT_EQ(errno_, c_.err); \
	EXPECT_EQ(!(errno_), c_.changed); \
} while (0)

#endif
