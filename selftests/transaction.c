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

	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	must_add(_metadata, &self->tx, DENY(NS, UTS));
	for (int i = 0; i < 45 && s.transactions; i++) {
		sleep(1);
		ASSERT_EQ(0, nsg_status(&self->g, &s));
		/* Not before its time. */
		if (i < 28)
			ASSERT_EQ(1, s.transactions);
	}
	EXPECT_AS_BEFORE(0);
	/* Its owner is told once, instead of having half of his changes committed. */
	EXPECT_EQ(-ETIMEDOUT, nsg_tx_commit(&self->tx));
	EXPECT_NE(NULL, strstr(self->tx.text, "rolled back"));
	EXPECT_EQ(0, nsg_tx_begin(&self->tx));
}

TEST_HARNESS_MAIN
