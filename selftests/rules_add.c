// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several rules in one rule-add: all of them or none, alone and within a transaction, with one that
 * is refused in the first, a middle and the last place, for reasons found at every stage.
 */
#include <sched.h>
#include <linux/genetlink.h>
#include "kselftest_harness.h"
#include "lib/proof.h"
#include "lib/sets.h"

#define UTS	M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))
#define ID	70000
#define MANY	5	/* rules of a message */

FIXTURE(rules)
{
	struct nsg g;		/* looks on */
	struct nsg tx;		/* changes */
	struct ns_set ns;
	struct op enter;
	struct nsg_status before;
	struct nsg_msg m;
	struct nlmsghdr *nlh;
	struct nlattr *rule[NSGUARD_RULE_ADD_MAX + 1];
	unsigned int n;
	uint64_t handle[NSGUARD_RULE_ADD_MAX];
	unsigned int handles;
};

/* Where one that is refused stands, and whether in a transaction. */
FIXTURE_VARIANT(rules)
{
	unsigned int at;
	bool tx;
};

FIXTURE_VARIANT_ADD(rules, first) { 0, false };
FIXTURE_VARIANT_ADD(rules, middle) { MANY / 2, false };
FIXTURE_VARIANT_ADD(rules, last) { MANY - 1, false };
FIXTURE_VARIANT_ADD(rules, first_tx) { 0, true };
FIXTURE_VARIANT_ADD(rules, middle_tx) { MANY / 2, true };
FIXTURE_VARIANT_ADD(rules, last_tx) { MANY - 1, true };

FIXTURE_SETUP(rules)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, nsg_open(&self->tx));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->enter = (struct op){ .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_UTS] };
	ASSERT_EQ(0, set_add(&self->g, "t", NSGUARD_SET_TYPE_UID));
	must_add(_metadata, &self->g, DENY(NS, M_UID(ID - 1, ID - 1)));
	if (variant->tx)
		ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
}

FIXTURE_TEARDOWN(rules)
{
	nsg_close(&self->tx);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

#define SELF struct __test_metadata *_metadata, struct _test_data_rules *self

static void begin(struct _test_data_rules *self, uint16_t flags)
{
	self->nlh = nsg_msg(&self->tx, &self->m, NSGUARD_CMD_RULE_ADD, flags);
	self->n = 0;
}

static void put(struct _test_data_rules *self, const struct nsg_rule *rule)
{
	self->rule[self->n] = nsg_put_rule(self->nlh, rule);
	mnl_attr_nest_end(self->nlh, self->rule[self->n++]);
}

static int take(const struct nlmsghdr *nlh, void *arg)
{
	struct _test_data_rules *self = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == NSGUARD_A_HANDLE &&
		    self->handles < NSGUARD_RULE_ADD_MAX)
			self->handle[self->handles++] = mnl_attr_get_u64(attr);
	return MNL_CB_OK;
}

static int send_rules(struct _test_data_rules *self)
{
	self->handles = 0;
	return nsg_talk(&self->tx, self->nlh, take, self);
}

/* MANY rules, @bad at the variant's place; of the others nothing is wrong. */
static void put_with(struct _test_data_rules *self, const struct nsg_rule *bad, unsigned int at)
{
	begin(self, NLM_F_ACK);
	for (unsigned int i = 0; i < MANY; i++)
		put(self, i == at ? bad : DENY(NS, M_UID(ID + i, ID + i)));
}

/* Nothing stands of the message: no rule, no set, and in a transaction nothing to commit. */
static void expect_nothing(SELF, bool tx)
{
	struct nsg_status s;

	EXPECT_EQ(0, self->handles);
	if (tx) {
		ASSERT_EQ(0, nsg_tx_commit(&self->tx));
		EXPECT_EQ(self->before.generation, self->tx.generation);
	}
	ASSERT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(self->before.generation, s.generation);
	EXPECT_EQ(0, s.transactions);
	EXPECT_EQ(1, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_OP(0, &self->enter);
}

/* Sends it; the offset must lie in rule @at, and its innermost attribute there be @fault. */
static void expect_refused(SELF, int err, const char *text, unsigned int at, int fault)
{
	const char *base = (const char *)self->nlh;
	size_t from, to;

	EXPECT_EQ(-err, send_rules(self));
	EXPECT_NE(NULL, strstr(self->tx.text, text))
		TH_LOG("the kernel says \"%s\", not \"%s\"", self->tx.text, text);
	EXPECT_EQ(fault, nsg_fault(&self->tx, self->nlh));
	from = (size_t)((const char *)self->rule[at] - base);
	to = from + mnl_attr_get_len(self->rule[at]);
	EXPECT_LE(from, self->tx.offset);
	EXPECT_GT(to, self->tx.offset);
}

#define REFUSED(bad, err, text, fault) do { \
	put_with(self, bad, variant->at); \
	expect_refused(_metadata, self, err, text, variant->at, fault); \
	expect_nothing(_metadata, self, variant->tx); \
} while (0)

/* Found by the policies of generic netlink. */
TEST_F(rules, malformed)
{
	struct nsg_rule *rule = DENY(NS, M_UID(1, 1));

	rule->verdict = 77;
	REFUSED(rule, ERANGE, "", NSGUARD_A_RULE_VERDICT);
}

/* Found when it is read. */
TEST_F(rules, contradicts_itself)
{
	REFUSED(DENY(NS, M_UID(9, 8)), EINVAL, "range is upside down", NSGUARD_A_MATCH_RANGE);
}

/* Found in the transaction: what it names. */
TEST_F(rules, no_such_set)
{
	REFUSED(DENY(NS, M_SET(UID, "none")), ENOENT, "there is no such set", NSGUARD_A_MATCH_SET);
}

TEST_F(rules, no_such_sandbox)
{
	struct nsg_rule *rule = NSG_RULE(NS, LOCK, M_UID(1, 1));

	rule->sandbox = "none";
	REFUSED(rule, ENOENT, "there is no such sandbox", NSGUARD_A_RULE_SANDBOX);
}

/* Found when those before it are in the draft already. */
TEST_F(rules, twin_in_force)
{
	REFUSED(DENY(NS, M_UID(ID - 1, ID - 1)), EEXIST, "identical to rule", NSGUARD_A_RULE);
}

/* The one that says the same is of the message itself: the later one is at fault. */
TEST_F(rules, twin_beside_it)
{
	unsigned int other = variant->at == MANY - 1 ? 0 : MANY - 1;

	put_with(self, DENY(NS, M_UID(ID + other, ID + other)), variant->at);
	expect_refused(_metadata, self, EEXIST, "identical to a rule before it",
		       other > variant->at ? other : variant->at, NSGUARD_A_RULE);
	expect_nothing(_metadata, self, variant->tx);
}

/* What was said before a message that is refused stays, and what is said afterwards is taken. */
TEST_F(rules, transaction_goes_on)
{
	uint64_t before, after;

	if (!variant->tx)
		ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	before = must_add(_metadata, &self->tx, DENY(NS, UTS));
	put_with(self, DENY(NS, UTS), variant->at);
	expect_refused(_metadata, self, EEXIST, "identical to rule", variant->at, NSGUARD_A_RULE);
	after = must_add(_metadata, &self->tx, DENY(NS, M_UID(ID, ID)));
	EXPECT_LT(before, after);
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_EQ(self->before.generation + 1, self->tx.generation);
	EXPECT_EQ(3, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, nsg_hits(&self->g, before));
	EXPECT_EQ(0, nsg_hits(&self->g, after));
}

/* All of them come in force together, with handles in their order and whatever each names. */
TEST_F(rules, added)
{
	struct nsg_info info;
	struct nsg_status s;

	put_with(self, DENY(NS, UTS, M_SET(UID, "t")), variant->at);
	ASSERT_EQ(0, send_rules(self));
	ASSERT_EQ(MANY, self->handles);
	if (variant->tx) {
		ASSERT_EQ(0, nsg_status(&self->g, &s));
		EXPECT_EQ(self->before.generation, s.generation);
		/* Of a change that is not in force yet there is none. */
		EXPECT_EQ(0, self->tx.generation);
		ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	}
	EXPECT_EQ(self->before.generation + 1, self->tx.generation);
	EXPECT_EQ(MANY + 1, nsg_list(&self->g, -1, NULL, 0));
	for (unsigned int i = 0; i < MANY; i++) {
		EXPECT_TRUE(i == 0 || self->handle[i - 1] < self->handle[i]);
		ASSERT_TRUE(nsg_find(&self->g, self->handle[i], &info));
		EXPECT_EQ(i == variant->at, !!(info.keys & 1ULL << NSGUARD_A_RULE_TYPE));
	}
	EXPECT_OP(0, &self->enter);
	ASSERT_EQ(0, element_add(&self->g, "t", 0, 0));
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, nsg_hits(&self->g, self->handle[variant->at]));
	/* Each goes by itself. */
	ASSERT_EQ(0, nsg_rule_del(&self->g, self->handle[variant->at]));
	EXPECT_OP(0, &self->enter);
	EXPECT_EQ(MANY, nsg_list(&self->g, -1, NULL, 0));
}

/* None, one more than there may be, as many as there may be, and something else among them. */
TEST_F(rules, how_many)
{
	unsigned int i;

	begin(self, NLM_F_ACK);
	EXPECT_EQ(-EINVAL, send_rules(self));
	EXPECT_STREQ("rule is missing", self->tx.text);
	EXPECT_EQ(NSGUARD_A_RULE, self->tx.missing);
	begin(self, NLM_F_ACK);
	for (i = 0; i <= NSGUARD_RULE_ADD_MAX; i++)
		put(self, DENY(NS, M_UID(ID + i, ID + i)));
	expect_refused(_metadata, self, E2BIG, "at most 128 rules", NSGUARD_RULE_ADD_MAX,
		       NSGUARD_A_RULE);
	put_with(self, DENY(NS, UTS), variant->at);
	mnl_attr_put_u64(self->nlh, NSGUARD_A_HANDLE, 1);
	EXPECT_EQ(-EINVAL, send_rules(self));
	EXPECT_EQ(1, nsg_list(&self->g, -1, NULL, 0));
	begin(self, NLM_F_ACK);
	for (i = 0; i < NSGUARD_RULE_ADD_MAX; i++)
		put(self, DENY(NS, M_UID(ID + i, ID + i)));
	EXPECT_EQ(0, send_rules(self));
	EXPECT_EQ(NSGUARD_RULE_ADD_MAX, self->handles);
	if (variant->tx)
		ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_EQ(NSGUARD_RULE_ADD_MAX + 1, nsg_list(&self->g, -1, NULL, 0));
}

/* Return: how many messages come back; with the handles in them. */
static int answers(struct _test_data_rules *self, uint16_t flags, uint32_t id)
{
	static char answer[8192];
	int n = 0;

	begin(self, flags);
	put(self, DENY(NS, M_UID(id, id)));
	put(self, DENY(NS, M_UID(id + 1, id + 1)));
	self->handles = 0;
	if (mnl_socket_sendto(self->tx.nl, self->nlh, self->nlh->nlmsg_len) < 0)
		return -errno;
	/* It was taken while it was sent. */
	while (recv(mnl_socket_get_fd(self->tx.nl), answer, sizeof(answer), MSG_DONTWAIT) > 0) {
		const struct nlmsghdr *nlh = (const void *)answer;

		if (nlh->nlmsg_type == self->tx.family)
			take(nlh, self);
		n++;
	}
	return n;
}

/* As for one rule: not asked for, in a transaction nothing is answered. */
TEST_F(rules, answers_as_asked)
{
	if (!variant->tx)
		ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	EXPECT_EQ(0, answers(self, 0, ID));
	EXPECT_EQ(1, answers(self, NLM_F_ECHO, ID + 2));
	EXPECT_EQ(2, self->handles);
	EXPECT_EQ(2, answers(self, NLM_F_ACK, ID + 4));
	EXPECT_EQ(2, self->handles);
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_EQ(7, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_EQ(1, answers(self, 0, ID + 6));
	EXPECT_EQ(2, self->handles);
}

TEST_HARNESS_MAIN
