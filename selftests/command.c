// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad input to the commands themselves: what is missing, unknown or out of range besides
 * rules (those are protocol's), and handles that are nobody's. Nothing may change.
 */
#include "kselftest_harness.h"
#include "lib/proof.h"

FIXTURE(command)
{
	struct nsg g;
	uint64_t keep;
	uint64_t generation;
	struct nsg_msg *m;
	struct nlmsghdr *nlh;
};

FIXTURE_SETUP(command)
{
	struct nsg_status s;

	nsg_setup(_metadata, &self->g);
	self->m = malloc(sizeof(*self->m));
	ASSERT_NE(NULL, self->m);
	self->keep = must_add(_metadata, &self->g, DENY(NS, M_UID(4711, 4711)));
	ASSERT_EQ(0, nsg_status(&self->g, &s));
	self->generation = s.generation;
}

FIXTURE_TEARDOWN(command)
{
	struct nsg_info info[2];
	struct nsg_status s;

	EXPECT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(self->generation, s.generation);
	EXPECT_EQ(0, s.transactions);
	EXPECT_EQ(1, nsg_list(&self->g, -1, info, 2));
	EXPECT_EQ(self->keep, info[0].handle);
	free(self->m);
	nsg_teardown(_metadata, &self->g);
}

#define START(cmd)	(self->nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_##cmd, 0))
#define U32(a, value)	mnl_attr_put_u32(self->nlh, NSGUARD_A_##a, value)

#define REFUSED(err, sentence, fault) do { \
	struct nsg *g_ = &self->g; \
	EXPECT_EQ(-(err), nsg_talk(g_, self->nlh, NULL, NULL)); \
	EXPECT_NE(NULL, strstr(g_->text, sentence)) \
		TH_LOG("the kernel says \"%s\", not \"%s\"", g_->text, sentence); \
	EXPECT_EQ(fault, nsg_fault(g_, self->nlh)); \
} while (0)

#define MISSES(name, what) do { \
	REFUSED(EINVAL, what " is missing", -1); \
	EXPECT_EQ(NSGUARD_A_##name, self->g.missing); \
} while (0)

TEST_F(command, handles)
{
	START(RULE_DEL);
	MISSES(HANDLE, "handle");
	START(RULE_DEL);
	mnl_attr_put_u64(self->nlh, NSGUARD_A_HANDLE, self->keep + 1000);
	REFUSED(ENOENT, "no rule has this handle", NSGUARD_A_HANDLE);
	START(RULE_DEL);
	mnl_attr_put_u64(self->nlh, NSGUARD_A_HANDLE, 0);
	REFUSED(ENOENT, "no rule has this handle", NSGUARD_A_HANDLE);
	START(RULE_DEL);
	U32(HANDLE, self->keep);
	REFUSED(EINVAL, "invalid attribute length", NSGUARD_A_HANDLE);
	START(RULE_DEL);
	mnl_attr_put_u64(self->nlh, NSGUARD_A_HANDLE, self->keep);
	mnl_attr_put_u64(self->nlh, NSGUARD_A_HANDLE, self->keep);
	REFUSED(EINVAL, "twice", NSGUARD_A_HANDLE);
}

TEST_F(command, modes)
{
	START(MODE_SET);
	U32(MODE, 0);
	MISSES(TABLE, "table");
	START(MODE_SET);
	U32(TABLE, 0);
	MISSES(MODE, "mode");
	START(MODE_SET);
	U32(TABLE, 0);
	U32(MODE, 3);
	REFUSED(ERANGE, "integer out of range", NSGUARD_A_MODE);
	START(MODE_SET);
	U32(TABLE, 9);
	U32(MODE, 1);
	REFUSED(ERANGE, "integer out of range", NSGUARD_A_TABLE);
}

TEST_F(command, defaults)
{
	START(DEFAULT_SET);
	U32(VERDICT, 0);
	MISSES(TABLE, "table");
	START(DEFAULT_SET);
	U32(TABLE, 0);
	MISSES(VERDICT, "verdict");
	START(DEFAULT_SET);
	U32(TABLE, NSGUARD_TABLE_CGROUP);
	U32(OP, NSGUARD_OP_ENTER);
	U32(VERDICT, 0);
	REFUSED(EINVAL, "does not belong to table cgroup", NSGUARD_A_OP);
	START(DEFAULT_SET);
	U32(TABLE, 0);
	U32(VERDICT, NSGUARD_VERDICT_LOCK);
	REFUSED(EINVAL, "allow or deny", NSGUARD_A_VERDICT);
	START(DEFAULT_SET);
	U32(TABLE, 0);
	U32(OP, 77);
	U32(VERDICT, 0);
	REFUSED(ERANGE, "integer out of range", NSGUARD_A_OP);
}

TEST_F(command, transactions)
{
	START(TX_COMMIT);
	REFUSED(EINVAL, "this socket has no transaction", -1);
	START(TX_ABORT);
	REFUSED(EINVAL, "this socket has no transaction", -1);
}

/* A command takes its own attributes and no others. */
TEST_F(command, attributes)
{
	START(RULE_FLUSH);
	mnl_attr_put_u32(self->nlh, 99, 0);
	REFUSED(EINVAL, "Unknown attribute type", 99);
	START(RULE_FLUSH);
	U32(TABLE, 3);
	REFUSED(ERANGE, "integer out of range", NSGUARD_A_TABLE);
	START(RULE_FLUSH);
	mnl_attr_put_u8(self->nlh, NSGUARD_A_TABLE, 0);
	REFUSED(EINVAL, "invalid attribute length", NSGUARD_A_TABLE);
	START(RULE_DEL);
	mnl_attr_put_u64(self->nlh, NSGUARD_A_HANDLE, self->keep);
	U32(TABLE, 0);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, self->nlh, NULL, NULL));
	/* Octets that are no attribute. */
	START(RULE_FLUSH);
	memset(mnl_nlmsg_get_payload_tail(self->nlh), 0xff, 3);
	self->nlh->nlmsg_len += 3;
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, self->nlh, NULL, NULL));
}

TEST_F(command, unknown)
{
	self->nlh = nsg_msg(&self->g, self->m, 200, 0);
	EXPECT_EQ(-EOPNOTSUPP, nsg_talk(&self->g, self->nlh, NULL, NULL));
	self->nlh = nsg_msg(&self->g, self->m, 0, 0);
	EXPECT_EQ(-EOPNOTSUPP, nsg_talk(&self->g, self->nlh, NULL, NULL));
	/* A notification is nothing to be asked for. */
	START(EVENT_NTF);
	EXPECT_EQ(-EOPNOTSUPP, nsg_talk(&self->g, self->nlh, NULL, NULL));
	/* Rules are dumped, changes are not. */
	START(RULE_GET);
	EXPECT_EQ(-EOPNOTSUPP, nsg_talk(&self->g, self->nlh, NULL, NULL));
	self->nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_RULE_FLUSH, NLM_F_DUMP);
	EXPECT_EQ(-EOPNOTSUPP, nsg_talk(&self->g, self->nlh, NULL, NULL));
}

/* A handle is given once: what was deleted is nobody's any more. */
TEST_F(command, handles_are_not_used_again)
{
	uint64_t one = must_add(_metadata, &self->g, DENY(NS, M_UID(1, 1))), two;

	EXPECT_EQ(0, nsg_rule_del(&self->g, one));
	EXPECT_EQ(-ENOENT, nsg_rule_del(&self->g, one));
	two = must_add(_metadata, &self->g, DENY(NS, M_UID(1, 1)));
	EXPECT_LT(one, two);
	EXPECT_EQ(0, nsg_rule_del(&self->g, two));
	EXPECT_EQ(self->generation + 4, self->g.generation);
	self->generation += 4;
}

/* A table's own rules go, the others stay. */
TEST_F(command, flush_one_table)
{
	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(1, 1)));
	must_add(_metadata, &self->g, DENY(CGROUP, M_UID(1, 1)));
	EXPECT_EQ(3, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_EQ(1, nsg_list(&self->g, NSGUARD_TABLE_CGROUP, NULL, 0));
	EXPECT_EQ(0, nsg_flush(&self->g, NSGUARD_TABLE_CGROUP));
	EXPECT_EQ(0, nsg_list(&self->g, NSGUARD_TABLE_CGROUP, NULL, 0));
	EXPECT_EQ(0, nsg_flush(&self->g, NSGUARD_TABLE_AFFINITY));
	self->generation += 4;
}

/* Takes one portion of a dump. Return: rules in it; *@flags gathers its messages' flags. */
static int portion(struct nsg *g, int *flags, bool *done)
{
	static char buf[65536];
	int n = 0, left = mnl_socket_recvfrom(g->nl, buf, sizeof(buf));
	const struct nlmsghdr *nlh = (const void *)buf;

	*done = left <= 0;
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		*flags |= nlh->nlmsg_flags;
		if (nlh->nlmsg_type == NLMSG_DONE)
			*done = true;
		else
			n++;
	}
	return n;
}

/* A long list is of one policy; that another has come meanwhile, it says. */
TEST_F(command, list_while_it_changes)
{
	bool done = false;
	int flags = 0, n;
	struct nsg other;

	ASSERT_EQ(0, nsg_open(&other));
	ASSERT_EQ(0, nsg_tx_begin(&other));
	for (int i = 1; i < 2000; i++)
		must_add(_metadata, &other, DENY(NS, M_PID(i, i)));
	ASSERT_EQ(0, nsg_tx_commit(&other));
	self->nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_RULE_GET, NLM_F_DUMP);
	ASSERT_LT(0, mnl_socket_sendto(self->g.nl, self->nlh, self->nlh->nlmsg_len));
	n = portion(&self->g, &flags, &done);
	ASSERT_FALSE(done);
	must_add(_metadata, &other, DENY(NS, M_PID(5000, 5000)));
	while (!done)
		n += portion(&self->g, &flags, &done);
	EXPECT_EQ(2000, n);
	EXPECT_TRUE(flags & NLM_F_DUMP_INTR);
	/* Undisturbed, it is not flagged. */
	EXPECT_EQ(2001, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_FALSE(self->g.intr);
	ASSERT_EQ(0, nsg_reset(&self->g));
	self->keep = must_add(_metadata, &self->g, DENY(NS, M_UID(4711, 4711)));
	self->generation = self->g.generation;
	nsg_close(&other);
}

TEST_HARNESS_MAIN
