// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets in transactions: elements and rules that change together are seen together, what is not
 * committed is seen by nobody and leaves nothing behind, and a listing is of one moment.
 */
#include <sched.h>
#include <sys/mman.h>
#include "kselftest_harness.h"
#include "lib/proof.h"
#include "lib/sets.h"

#define UID	NSGUARD_SET_TYPE_UID
#define WHO	5000
#define SWAPS	200

FIXTURE(set_tx)
{
	struct nsg g;		/* looks on */
	struct nsg tx;		/* changes */
	struct ns_set ns;
	struct op enter;
	uid_t uid;
	struct set_info info;
};

FIXTURE_SETUP(set_tx)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, nsg_open(&self->tx));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->uid = WHO;
	self->enter = (struct op){ .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_UTS],
				   .become = become_uid, .arg = &self->uid };
	ASSERT_EQ(0, set_add(&self->g, "t", UID));
	ASSERT_EQ(0, element_add(&self->g, "t", 1, 1));
	must_add(_metadata, &self->g, DENY(NS, M_SET(UID, "t")));
}

FIXTURE_TEARDOWN(set_tx)
{
	nsg_close(&self->tx);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

/* One element, one set, nobody's transaction; and WHO is let in. */
#define EXPECT_AS_BEFORE() do { \
	struct nsg_status s_; \
	ASSERT_EQ(0, nsg_status(&self->g, &s_)); \
	EXPECT_EQ(0, s_.transactions); \
	EXPECT_EQ(1, s_.sets); \
	EXPECT_EQ(1, s_.elements); \
	ASSERT_EQ(0, set_get(&self->g, "t", &self->info)); \
	EXPECT_EQ(1, self->info.n); \
	EXPECT_OP(0, &self->enter); \
} while (0)

TEST_F(set_tx, commit)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, set_add(&self->tx, "more", UID));
	ASSERT_EQ(0, element_add(&self->tx, "more", WHO, WHO));
	ASSERT_EQ(0, element_add(&self->tx, "t", 2, 3));
	ASSERT_EQ(0, element_del(&self->tx, "t", 1, 1));
	must_add(_metadata, &self->tx, DENY(NS, M_SET(UID, "more")));
	/* Nobody sees any of it, not even who looks closely. */
	EXPECT_EQ(-ENOENT, set_get(&self->g, "more", &self->info));
	ASSERT_EQ(0, set_get(&self->g, "t", &self->info));
	EXPECT_EQ(1, self->info.n);
	EXPECT_EQ(1, self->info.range[0][0]);
	EXPECT_OP(0, &self->enter);
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_OP(EPERM, &self->enter);
	ASSERT_EQ(0, set_get(&self->g, "t", &self->info));
	EXPECT_EQ(1, self->info.n);
	EXPECT_EQ(2, self->info.range[0][0]);
	EXPECT_EQ(self->tx.generation, self->info.generation);
}

/* Within a transaction a set is as it was said so far. */
TEST_F(set_tx, back_and_forth)
{
	struct nsg *tx = &self->tx;

	ASSERT_EQ(0, nsg_tx_begin(tx));
	ASSERT_EQ(0, element_del(tx, "t", 1, 1));
	EXPECT_EQ(-ENOENT, element_del(tx, "t", 1, 1));
	ASSERT_EQ(0, element_add(tx, "t", 1, 1));
	EXPECT_EQ(-EEXIST, element_add(tx, "t", 1, 1));
	ASSERT_EQ(0, element_add(tx, "t", 8, 8));
	ASSERT_EQ(0, element_del(tx, "t", 8, 8));
	ASSERT_EQ(0, element_add(tx, "t", 8, 8));
	ASSERT_EQ(0, set_flush(tx, "t"));
	EXPECT_EQ(-ENOENT, element_del(tx, "t", 1, 1));
	ASSERT_EQ(0, element_add(tx, "t", 1, 1));
	ASSERT_EQ(0, element_add(tx, "t", WHO, WHO + 9));
	EXPECT_EQ(-EBUSY, set_del(tx, "t"));
	ASSERT_EQ(0, nsg_tx_commit(tx));
	ASSERT_EQ(0, set_get(&self->g, "t", &self->info));
	EXPECT_EQ(2, self->info.n);
	EXPECT_EQ(1, self->info.range[0][0]);
	EXPECT_EQ(WHO, self->info.range[1][0]);
	EXPECT_OP(EPERM, &self->enter);
}

/* As a saved policy does it: all rules and sets away, and the same again. */
TEST_F(set_tx, replaced)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, nsg_flush(&self->tx, -1));
	ASSERT_EQ(0, set_del(&self->tx, NULL));
	EXPECT_EQ(0, nsg_add(&self->tx, DENY(NS, M_SET(UID, "t"))));
	EXPECT_EQ(ENOENT, self->tx.error);
	ASSERT_EQ(0, set_add(&self->tx, "t", UID));
	ASSERT_EQ(0, element_add(&self->tx, "t", WHO, WHO));
	must_add(_metadata, &self->tx, DENY(NS, M_SET(UID, "t")));
	EXPECT_OP(0, &self->enter);
	ASSERT_EQ(0, nsg_tx_commit(&self->tx));
	EXPECT_OP(EPERM, &self->enter);
	ASSERT_EQ(0, set_get(&self->g, "t", &self->info));
	EXPECT_EQ(1, self->info.n);
}

TEST_F(set_tx, abort)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, elements_change(&self->tx, NSGUARD_CMD_ELEMENT_ADD, "t", WHO, 1, 1000));
	ASSERT_EQ(0, element_del(&self->tx, "t", 1, 1));
	ASSERT_EQ(0, nsg_tx_abort(&self->tx));
	EXPECT_AS_BEFORE();
}

TEST_F(set_tx, close_rolls_back)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, set_add(&self->tx, "more", UID));
	ASSERT_EQ(0, elements_change(&self->tx, NSGUARD_CMD_ELEMENT_ADD, "t", WHO, 1, 1000));
	ASSERT_EQ(0, set_flush(&self->tx, "t"));
	nsg_close(&self->tx);
	EXPECT_AS_BEFORE();
}

static bool half_way(struct nsg *g)
{
	return !nsg_tx_begin(g) && !set_add(g, "more", UID) &&
	       !elements_change(g, NSGUARD_CMD_ELEMENT_ADD, "t", WHO, 1, 1000) &&
	       !element_del(g, "t", 1, 1);
}

TEST_F(set_tx, death_rolls_back)
{
	EXPECT_EQ(0, nsg_killed_after(half_way));
	EXPECT_AS_BEFORE();
}

TEST_F_TIMEOUT(set_tx, timeout, 60)
{
	struct nsg_status s = { .transactions = 1 };

	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, elements_change(&self->tx, NSGUARD_CMD_ELEMENT_ADD, "t", WHO, 1, 1000));
	ASSERT_EQ(0, element_del(&self->tx, "t", 1, 1));
	for (int i = 0; i < 45 && s.transactions; i++) {
		sleep(1);
		ASSERT_EQ(0, nsg_status(&self->g, &s));
	}
	EXPECT_AS_BEFORE();
	EXPECT_EQ(-ETIMEDOUT, element_add(&self->tx, "t", WHO, WHO));
	EXPECT_EQ(-ETIMEDOUT, element_add(&self->tx, "t", WHO, WHO));
	EXPECT_EQ(-ETIMEDOUT, set_add(&self->tx, "more", UID));
	EXPECT_EQ(-ETIMEDOUT, set_flush(&self->tx, "t"));
	EXPECT_AS_BEFORE();
	EXPECT_EQ(-ETIMEDOUT, nsg_tx_commit(&self->tx));
}

/* Whoever commits second is told; his elements are nowhere. */
TEST_F(set_tx, conflict)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, element_add(&self->tx, "t", WHO, WHO));
	ASSERT_EQ(0, element_del(&self->tx, "t", 1, 1));
	ASSERT_EQ(0, element_del(&self->g, "t", 1, 1));
	ASSERT_EQ(0, element_add(&self->g, "t", 1, 1));
	EXPECT_EQ(-EAGAIN, nsg_tx_commit(&self->tx));
	EXPECT_AS_BEFORE();
}

/* A commit that is refused after all (H28) changes nothing of a set either. */
TEST_F(set_tx, refused_commit)
{
	ASSERT_EQ(0, nsg_tx_begin(&self->tx));
	ASSERT_EQ(0, elements_change(&self->tx, NSGUARD_CMD_ELEMENT_ADD, "t", WHO, 1, 1000));
	ASSERT_EQ(0, nsg_default(&self->tx, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY,
				 false));
	EXPECT_EQ(-EDEADLK, nsg_tx_commit(&self->tx));
	EXPECT_AS_BEFORE();
}

static int forced(struct nsg *g, uint8_t cmd, const char *name, uint32_t element)
{
	static struct nsg_msg m;
	struct nlmsghdr *nlh = nsg_msg(g, &m, cmd, 0);
	struct nlattr *set = mnl_attr_nest_start(nlh, NSGUARD_A_SET), *range;

	mnl_attr_put_strz(nlh, NSGUARD_A_SET_NAME, name);
	if (cmd == NSGUARD_CMD_ELEMENT_DEL) {
		range = mnl_attr_nest_start(nlh, NSGUARD_A_SET_RANGE);
		mnl_attr_put_u32(nlh, NSGUARD_A_RANGE_MIN, element);
		mnl_attr_put_u32(nlh, NSGUARD_A_RANGE_MAX, element);
		mnl_attr_nest_end(nlh, range);
	}
	mnl_attr_nest_end(nlh, set);
	mnl_attr_put(nlh, NSGUARD_A_FORCE, 0, NULL);
	return nsg_talk(g, nlh, NULL, NULL);
}

/* Of a request that is refused nothing stays: there is nothing to commit, and nothing is forced. */
TEST_F(set_tx, refused_request)
{
	struct nsg *tx = &self->tx;
	struct nsg_status s;

	ASSERT_EQ(0, nsg_status(&self->g, &s));
	ASSERT_EQ(0, nsg_tx_begin(tx));
	EXPECT_EQ(-EEXIST, elements_change(tx, NSGUARD_CMD_ELEMENT_ADD, "t", 0, 1, 2));
	EXPECT_EQ(-ENOENT, elements_change(tx, NSGUARD_CMD_ELEMENT_DEL, "t", 1, 1, 2));
	ASSERT_EQ(0, nsg_tx_commit(tx));
	EXPECT_EQ(s.generation, tx->generation);
	EXPECT_AS_BEFORE();
	ASSERT_EQ(0, nsg_tx_begin(tx));
	ASSERT_EQ(0, nsg_default(tx, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY, false));
	EXPECT_EQ(-ENOENT, forced(tx, NSGUARD_CMD_ELEMENT_DEL, "t", 2));
	EXPECT_EQ(-EDEADLK, nsg_tx_commit(tx));
	EXPECT_AS_BEFORE();
	/* What is done is forced. */
	ASSERT_EQ(0, nsg_tx_begin(tx));
	ASSERT_EQ(0, nsg_default(tx, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY, false));
	EXPECT_EQ(0, forced(tx, NSGUARD_CMD_SET_FLUSH, "t", 0));
	EXPECT_EQ(0, nsg_tx_commit(tx));
}

/* H28: an allow rule for nobody softens no default of deny; who empties the set is told. */
TEST_F(set_tx, last_one_allowed)
{
	struct nsg *g = &self->g;

	ASSERT_EQ(0, set_add(g, "admins", UID));
	ASSERT_NE(0, nsg_add(g, ALLOW(AFFINITY, M_SET(UID, "admins"))));
	EXPECT_EQ(-EDEADLK, nsg_default(g, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY,
					false));
	ASSERT_EQ(0, element_add(g, "admins", 0, 0));
	ASSERT_EQ(0, nsg_default(g, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY, false));
	EXPECT_EQ(-EDEADLK, element_del(g, "admins", 0, 0));
	EXPECT_NE(NULL, strstr(g->text, "use --force"));
	EXPECT_EQ(-EDEADLK, set_flush(g, "admins"));
	ASSERT_EQ(0, set_get(g, "admins", &self->info));
	EXPECT_EQ(1, self->info.n);
	ASSERT_EQ(0, element_add(g, "admins", 5, 5));
	EXPECT_EQ(0, element_del(g, "admins", 0, 0));
}

/**
 * struct hammer - what a child that enters without end has met, in shared memory
 * @tries: how often it tried
 * @passed: how often it was let in
 */
struct hammer {
	unsigned long tries;
	unsigned long passed;
};

static pid_t hammer_start(struct hammer *h, int fd)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (setresuid(WHO, 0, 0))
		_exit(1);
	for (;;) {
		if (!setns(fd, CLONE_NEWUTS))
			__atomic_add_fetch(&h->passed, 1, __ATOMIC_RELAXED);
		else if (errno != EPERM)
			_exit(2);
		__atomic_add_fetch(&h->tries, 1, __ATOMIC_RELAXED);
	}
}

/* Waits until it has tried once more. */
static void hammer_wait(struct hammer *h)
{
	unsigned long tries = __atomic_load_n(&h->tries, __ATOMIC_RELAXED);

	for (int i = 0; i < 2000 && __atomic_load_n(&h->tries, __ATOMIC_RELAXED) == tries; i++)
		usleep(100);
}

/*
 * Either the set has WHO, or a rule of his own denies him. Between one and the other, with the set
 * emptied and the rule not there, he would get in.
 */
TEST_F_TIMEOUT(set_tx, never_half, 120)
{
	struct hammer *h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct nsg *tx = &self->tx;
	uint64_t own = 0;
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, h);
	ASSERT_EQ(0, element_add(tx, "t", WHO, WHO));
	pid = hammer_start(h, self->ns.fd[NSGUARD_NSTYPE_UTS]);
	for (int i = 0; i < SWAPS; i++) {
		hammer_wait(h);
		ASSERT_EQ(0, nsg_tx_begin(tx));
		if (own) {
			ASSERT_EQ(0, nsg_rule_del(tx, own));
			ASSERT_EQ(0, element_add(tx, "t", WHO, WHO));
			own = 0;
		} else {
			own = nsg_add(tx, DENY(NS, M_UID(WHO, WHO)));
			ASSERT_NE(0, own);
			ASSERT_EQ(0, i % 4 ? set_flush(tx, "t") : element_del(tx, "t", WHO, WHO));
		}
		ASSERT_EQ(0, nsg_tx_commit(tx));
	}
	hammer_wait(h);
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_LT(SWAPS, h->tries);
	EXPECT_EQ(0, h->passed);
	TH_LOG("%d swaps, %lu tries", SWAPS, h->tries);
	munmap(h, sizeof(*h));
}

/* Two elements change places all the time: a listing has one of them, never both or none. */
TEST_F_TIMEOUT(set_tx, listed_whole, 120)
{
	struct nsg *tx = &self->tx;
	unsigned int lists = 0;
	int status = 0;
	pid_t pid;

	/* As many as take several messages. */
	for (unsigned int i = 0; i < 4; i++)
		ASSERT_EQ(0, elements_change(tx, NSGUARD_CMD_ELEMENT_ADD, "t",
					     10000 + 1000 * i, 1, 1000));
	ASSERT_EQ(0, element_add(tx, "t", 1, 2));
	ASSERT_EQ(0, element_del(tx, "t", 1, 1));
	pid = fork();
	if (!pid) {
		struct nsg g;

		if (nsg_open(&g))
			_exit(1);
		for (int i = 0; ; i++) {
			uint32_t away = i % 2 ? ~0U : 1, back = i % 2 ? 1 : ~0U;

			if (nsg_tx_begin(&g) ||
			    element_del(&g, "t", away, away == 1 ? 2 : ~0U) ||
			    element_add(&g, "t", back, back == 1 ? 2 : ~0U) || nsg_tx_commit(&g))
				_exit(2);
		}
	}
	for (; lists < 100 && !waitpid(pid, &status, WNOHANG); lists++) {
		ASSERT_EQ(0, set_get(&self->g, "t", &self->info));
		EXPECT_EQ(4001, self->info.n);
		EXPECT_EQ(4001, self->info.elements);
	}
	EXPECT_EQ(100, lists);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

TEST_HARNESS_MAIN
