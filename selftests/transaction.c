// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes that come in force together or not at all: commit, abort, the closed socket, two
 * clients at once, and the one that fell asleep (H26).
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define NET	M_TYPE(NSG_BIT(NSGUARD_NSTYPE_NET))
#define UTS	M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))

FIXTURE(transaction)
{
	struct nsg g;		/* looks on */
	struct nsg tx;		/* changes */
	struct ns_set ns;
	struct op enter;
	struct nsg_status before;
};

FIXTURE_SETUP(transaction)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, nsg_open(&self->tx));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->enter = (struct op){ .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_UTS] };
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
	ASSERT_EQ(0, self->before.transactions);
}

FIXTURE_TEARDOWN(transaction)
{
	nsg_close(&self->tx);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

/* Nothing stands: no rule, the generation of before, @open transactions. */
#define EXPECT_AS_BEFORE(open) do { \
	struct nsg_status s_; \
	ASSERT_EQ(0, nsg_status(&self->g, &s_)); \
	EXPECT_EQ(self->before.generation, s_.generation); \
	EXPECT_EQ(self->before.rules, s_.rules); \
	EXPECT_EQ(open, s_.transactions); \
	EXPECT_EQ(0, nsg_list(&self->g, -1, NULL, 0)); \
	EXPECT_OP(0, &self->enter); \
} while (0)

TEST_F(transaction, commit)
{
	struct nsg_status after;
	uint64_t one, two;

	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	EXPECT_EQ(self->before.generation, self->tx.generation);
	one = must_add(_metadata, &self->tx, DENY(NS, UTS));
	two = must_add(_metadata, &self->tx, DENY(AFFINITY, M_CPUS(EQUALS, 1)));
	ASSERT_EQ(0, nsg_mode(&self->tx, NSGUARD_TABLE_AFFINITY, NSGUARD_MODE_AUDIT, false));
	EXPECT_AS_BEFORE(1);
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_EQ(self->before.generation + 1, self->tx.generation);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(self->before.generation + 1, after.generation);
	EXPECT_EQ(2, after.rules);
	EXPECT_EQ(0, after.transactions);
	EXPECT_EQ(NSGUARD_MODE_AUDIT, after.table[NSGUARD_TABLE_AFFINITY].mode);
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, nsg_hits(&self->g, one));
	EXPECT_EQ(0, nsg_hits(&self->g, two));
}

TEST_F(transaction, abort)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	must_add(_metadata, &self->tx, DENY(NS, UTS));
	ASSERT_EQ(0, nsg_tx_abort(&self->tx));
	EXPECT_AS_BEFORE(0);
	EXPECT_EQ(-EINVAL, nsg_tx_abort(&self->tx));
	EXPECT_STREQ("this socket has no transaction", self->tx.text);
}

TEST_F(transaction, close_rolls_back)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	must_add(_metadata, &self->tx, DENY(NS, UTS));
	nsg_close(&self->tx);
	EXPECT_AS_BEFORE(0);
}

static bool half_way(struct nsg *g)
{
	return !nsg_tx_begin(g) && nsg_add(g, DENY(NS, UTS));
}

/* kill -9 closes the socket too. */
TEST_F(transaction, death_rolls_back)
{
	EXPECT_EQ(0, nsg_killed_after(half_way));
	EXPECT_AS_BEFORE(0);
}

/* Within a transaction a mistake is refused and the rest stays to be committed. */
TEST_F(transaction, mistake_within)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	must_add(_metadata, &self->tx, DENY(NS, UTS));
	EXPECT_EQ(0, nsg_add(&self->tx, DENY(NS, UTS)));
	EXPECT_EQ(EEXIST, self->tx.error);
	EXPECT_EQ(0, nsg_add(&self->tx, DENY(NS, M_UID(9, 1))));
	EXPECT_EQ(EINVAL, self->tx.error);
	EXPECT_EQ(-ENOENT, nsg_rule_del(&self->tx, 1ULL << 60));
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_EQ(1, nsg_list(&self->g, -1, NULL, 0));
}

/* Return: how many messages come back for @rule; *@error is what the last of them says. */
static int answers(struct nsg *g, const struct nsg_rule *rule, uint16_t flags, int *error)
{
	static struct nsg_msg m;
	struct nlmsghdr *nlh = nsg_msg(g, &m, NSGUARD_CMD_RULE_ADD, flags);
	static char answer[8192];
	const struct nlmsghdr *one = (const void *)answer;
	int n = 0;

	*error = 0;
	mnl_attr_nest_end(nlh, nsg_put_rule(nlh, rule));
	if (mnl_socket_sendto(g->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	/* It was taken while it was sent. */
	while (recv(mnl_socket_get_fd(g->nl), answer, sizeof(answer), MSG_DONTWAIT) > 0) {
		if (one->nlmsg_type == NLMSG_ERROR)
			*error = -*(int *)mnl_nlmsg_get_payload(one);
		n++;
	}
	return n;
}

/* Who loads many rules reads no answer to each; refusals are told all the same. */
TEST_F(transaction, answers_as_asked)
{
	int error;

	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	EXPECT_EQ(0, answers(&self->tx, DENY(NS, M_UID(70001, 70001)), 0, &error));
	EXPECT_EQ(1, answers(&self->tx, DENY(NS, M_UID(70001, 70001)), 0, &error));
	EXPECT_EQ(EEXIST, error);
	EXPECT_EQ(1, answers(&self->tx, DENY(NS, M_UID(70002, 70002)), NLM_F_ECHO, &error));
	EXPECT_EQ(0, error);
	EXPECT_EQ(2, answers(&self->tx, DENY(NS, M_UID(70003, 70003)), NLM_F_ACK, &error));
	EXPECT_EQ(0, error);
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_EQ(3, nsg_list(&self->g, -1, NULL, 0));
	/* What is in force at once is answered in any case. */
	EXPECT_EQ(1, answers(&self->tx, DENY(NS, M_UID(70004, 70004)), 0, &error));
	EXPECT_EQ(0, error);
}

/**
 * struct together - messages that go out in one datagram, as from a client that waits for no answer
 * @last: the last of them, or NULL
 * @first: number of the first
 * @error: what became of each, -1 without an answer
 */
struct together {
	char buf[2 * NSG_BUF];
	struct nlmsghdr *last;
	uint32_t first;
	int error[8];
};

static struct nlmsghdr *also(struct together *t, struct nsg *g, uint8_t cmd)
{
	char *at = t->last ? mnl_nlmsg_get_payload_tail(t->last) : t->buf;

	if (!t->last)
		t->first = g->seq + 1;
	t->last = nsg_msg(g, (struct nsg_msg *)at, cmd, NLM_F_ACK);
	return t->last;
}

static void also_add(struct together *t, struct nsg *g, const struct nsg_rule *rule)
{
	struct nlmsghdr *nlh = also(t, g, NSGUARD_CMD_RULE_ADD);

	mnl_attr_nest_end(nlh, nsg_put_rule(nlh, rule));
}

static void send_together(struct together *t, struct nsg *g)
{
	const char *end = mnl_nlmsg_get_payload_tail(t->last);
	static char answer[8192];
	const struct nlmsghdr *one;
	int left;

	memset(t->error, -1, sizeof(t->error));
	if (mnl_socket_sendto(g->nl, t->buf, end - t->buf) < 0)
		return;
	/* They were taken while they were sent. */
	while ((left = recv(mnl_socket_get_fd(g->nl), answer, sizeof(answer), MSG_DONTWAIT)) > 0) {
		one = (const void *)answer;
		for (; mnl_nlmsg_ok(one, left); one = mnl_nlmsg_next(one, &left))
			if (one->nlmsg_type == NLMSG_ERROR && one->nlmsg_seq - t->first < 8)
				t->error[one->nlmsg_seq - t->first] =
					-*(int *)mnl_nlmsg_get_payload(one);
	}
	t->last = NULL;
}

/* What was to come in force together does not come in force change by change. */
TEST_F(transaction, refused_begin)
{
	static struct together t;
	struct nsg *tx = &self->tx;
	struct nlmsghdr *nlh;

	nlh = also(&t, tx, NSGUARD_CMD_TX_BEGIN);
	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, self->before.generation + 1);
	also_add(&t, tx, DENY(NS, UTS));
	nlh = also(&t, tx, NSGUARD_CMD_MODE_SET);
	mnl_attr_put_u32(nlh, NSGUARD_A_TABLE, NSGUARD_TABLE_AFFINITY);
	mnl_attr_put_u32(nlh, NSGUARD_A_MODE, NSGUARD_MODE_AUDIT);
	also_add(&t, tx, DENY(NS, NET));
	also(&t, tx, NSGUARD_CMD_TX_COMMIT);
	send_together(&t, tx);
	EXPECT_EQ(EAGAIN, t.error[0]);
	for (int i = 1; i < 4; i++)
		EXPECT_EQ(ECANCELED, t.error[i]);
	EXPECT_EQ(EINVAL, t.error[4]);
	EXPECT_AS_BEFORE(0);
	/* With the commit it is over. */
	must_add(_metadata, tx, DENY(NS, UTS));
	/* Nor when what was in the way is gone; and whose begin is refused may let that stand. */
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(70001, 70001)));
	ASSERT_EQ(0, nsg_tx_commit_on_trial(&self->g, 60));
	EXPECT_EQ(-EBUSY, nsg_tx_begin(tx));
	EXPECT_EQ(0, nsg_confirm(tx));
	EXPECT_EQ(-ECANCELED, nsg_flush(tx, -1));
	EXPECT_NE(NULL, strstr(tx->text, "the transaction was refused when it began"));
	EXPECT_NE(NULL, strstr(tx->text, "until tx-begin, tx-commit or tx-abort"));
	EXPECT_EQ(2, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_EQ(0, nsg_tx_abort(tx));
	EXPECT_EQ(0, nsg_flush(tx, -1));
	/* Another begin ends it as well. */
	nlh = also(&t, tx, NSGUARD_CMD_TX_BEGIN);
	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, 1ULL << 60);
	also(&t, tx, NSGUARD_CMD_TX_BEGIN);
	also_add(&t, tx, DENY(NS, NET));
	also(&t, tx, NSGUARD_CMD_TX_COMMIT);
	send_together(&t, tx);
	EXPECT_EQ(EAGAIN, t.error[0]);
	for (int i = 1; i < 4; i++)
		EXPECT_EQ(0, t.error[i]);
	EXPECT_EQ(1, nsg_list(&self->g, -1, NULL, 0));
}

/* Whoever commits second is told, and nothing of his stands. */
TEST_F(transaction, conflict)
{
	struct nsg_info info[2];
	uint64_t other;

	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	must_add(_metadata, &self->tx, DENY(NS, UTS));
	other = must_add(_metadata, &self->g, DENY(NS, NET));
	EXPECT_EQ(-EAGAIN, nsg_tx_commit(&self->tx));
	EXPECT_NE(NULL, strstr(self->tx.text, "changed"));
	ASSERT_EQ(1, nsg_list(&self->g, -1, info, 2));
	EXPECT_EQ(other, info[0].handle);
	/* It is over: the next one may begin. */
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	must_add(_metadata, &self->tx, DENY(NS, UTS));
	EXPECT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_EQ(2, nsg_list(&self->g, -1, NULL, 0));
}

TEST_F(transaction, one_for_each_socket)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	EXPECT_EQ(-EBUSY, nsg_tx_begin(&self->tx));
	EXPECT_STREQ("this socket has a transaction already", self->tx.text);
	/* Another socket's change is its own. */
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	must_add(_metadata, &self->g, DENY(NS, NET));
	ASSERT_EQ(0, nsg_tx_abort(&self->g));
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_AS_BEFORE(0);
}

TEST_F(transaction, as_many_as_status_says)
{
	struct nsg many[64];
	uint32_t limit = 0;
	uint32_t n;

	for (unsigned int i = 0; i < self->before.limits; i++)
		if (strstr(self->before.limit[i].name, "transaction") &&
		    !strstr(self->before.limit[i].name, "timeout"))
			limit = self->before.limit[i].value;
	ASSERT_LT(0, limit);
	ASSERT_GT(64, limit);
	for (n = 0; n < limit; n++) {
		ASSERT_EQ(0, nsg_open(&many[n]));
		EXPECT_EQ(0, nsg_tx_begin(&many[n]));
	}
	EXPECT_EQ(-ENOSPC, nsg_tx_begin(&self->tx));
	EXPECT_NE(NULL, strstr(self->tx.text, "transactions may be open"));
	EXPECT_EQ(-ECANCELED, nsg_mode(&self->tx, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, false));
	while (n)
		nsg_close(&many[--n]);
	EXPECT_EQ(0, nsg_tx_begin(&self->tx));
	EXPECT_EQ(0, nsg_tx_abort(&self->tx));
	EXPECT_AS_BEFORE(0);
}

/* Rules, modes and defaults of one commit come together: never half of it is seen. */
TEST_F(transaction, swap_of_rules)
{
	uint64_t old = must_add(_metadata, &self->g, DENY(NS, UTS));
	uint64_t now;

	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, nsg_flush(&self->tx, -1));
	now = must_add(_metadata, &self->tx, DENY(NS, UTS));
	EXPECT_LT(old, now);
	EXPECT_OP(EPERM, &self->enter);
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_OP(EPERM, &self->enter);
	EXPECT_EQ(1, nsg_hits(&self->g, now));
	EXPECT_EQ(~0ULL, nsg_hits(&self->g, old));
}

/* H26: the socket may be kept open by somebody else; 30 seconds without a change are the end. */
TEST_F_TIMEOUT(transaction, timeout, 60)
{
	struct nsg_status s = { .transactions = 1 };
	static struct together t;
	struct nsg again;

	ASSERT_EQ(0, nsg_open(&again));
	ASSERT_EQ(0, nsg_tx_begin(&again));
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	must_add(_metadata, &self->tx, DENY(NS, UTS));
	for (int i = 0; i < 45 && s.transactions; i++) {
		sleep(1);
		ASSERT_EQ(0, nsg_status(&self->g, &s));
		/* Not before its time. */
		if (i < 28)
			ASSERT_EQ(2, s.transactions);
	}
	EXPECT_AS_BEFORE(0);
	/* However many changes come, none is taken alone. */
	for (int i = 0; i < 4; i++)
		also_add(&t, &self->tx, DENY(NS, UTS));
	send_together(&t, &self->tx);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(ETIMEDOUT, t.error[i]);
	EXPECT_EQ(-ETIMEDOUT, nsg_flush(&self->tx, -1));
	EXPECT_NE(NULL, strstr(self->tx.text, "rolled back"));
	EXPECT_NE(NULL, strstr(self->tx.text, "until tx-begin, tx-commit or tx-abort"));
	EXPECT_AS_BEFORE(0);
	/* Its owner is told at the end as well, instead of having half of his changes committed. */
	EXPECT_EQ(-ETIMEDOUT, nsg_tx_commit(&self->tx));
	EXPECT_NE(NULL, strstr(self->tx.text, "rolled back"));
	EXPECT_EQ(0, nsg_tx_begin(&self->tx));
	/* So does a new begin end it. */
	EXPECT_EQ(0, nsg_tx_begin(&again));
	nsg_close(&again);
}

TEST_HARNESS_MAIN
