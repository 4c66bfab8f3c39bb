// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that come and go one by one and in heaps: a change costs only what it changes, because
 * snapshots share layers of rules that are merged some time later. None of that may be told from
 * outside: decisions, listings, hits and reports are held against the naive model after each step.
 */
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include "kselftest_harness.h"
#include "lib/proof.h"
#include "lib/slow.h"
#include "lib/world.h"

#define RULES_MAX	2400
#define AT_ONCE		20	/* questions after each step */
#define MERGED		999999	/* microseconds after which layers are one again */

FIXTURE(layers)
{
	struct nsg g;
	struct nsg other;
	struct world w;
	struct model_rule *rule;	/* in force, in no order */
	unsigned int n;
	struct model_rule *before;	/* to go back to */
	unsigned int n_before;
	uint32_t fillers;
	struct nsg_info *info;
	unsigned long pairs, differences, steps[10];
};

FIXTURE_SETUP(layers)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, nsg_open(&self->other));
	ASSERT_EQ(0, world_make(&self->w, now.tv_sec * 1000000007ULL + now.tv_nsec));
	printf("# seed %llu\n", (unsigned long long)self->w.seed);
	self->rule = calloc(RULES_MAX, sizeof(*self->rule));
	self->before = calloc(RULES_MAX, sizeof(*self->before));
	self->info = calloc(RULES_MAX, sizeof(*self->info));
	ASSERT_TRUE(self->rule && self->before && self->info);
}

FIXTURE_TEARDOWN(layers)
{
	nsg_close(&self->other);
	nsg_teardown(_metadata, &self->g);
	world_free(&self->w);
	free(self->rule);
	free(self->before);
	free(self->info);
}

#define SELF struct __test_metadata *_metadata, struct _test_data_layers *self

/* One that decides nothing here, but takes its place. */
static void filler(struct _test_data_layers *self, struct model_rule *r)
{
	uint32_t uid = 1000000 + self->fillers++;

	memset(r, 0, sizeof(*r));
	r->rule.table = world_random(&self->w, 3);
	r->rule.verdict = NSGUARD_VERDICT_DENY;
	r->rule.priority = (int)world_random(&self->w, 5) - 2;
	r->rule.m[0] = (struct nsg_match)M_UID(uid, uid);
}

static const struct model_rule *find(const struct _test_data_layers *self, uint64_t handle)
{
	for (unsigned int i = 0; i < self->n; i++)
		if (self->rule[i].handle == handle)
			return &self->rule[i];
	return NULL;
}

/* Adds a rule: one in @of is of the world, the others are fillers; all when it is 0. */
static void add(SELF, unsigned int of)
{
	struct model_rule *r = &self->rule[self->n];
	unsigned long long twin;
	int found;

	if (self->n == RULES_MAX)
		return;
	if (!of || world_random(&self->w, of))
		filler(self, r);
	else
		world_rule(&self->w, world_random(&self->w, 3), r);
	r->handle = nsg_add(&self->g, &r->rule);
	if (r->handle) {
		self->n++;
		return;
	}
	ASSERT_TRUE(self->g.error == EEXIST || self->g.error == EINVAL)
		TH_LOG("rule refused: %s (%s)", strerror(self->g.error), self->g.text);
	if (self->g.error == EINVAL)
		return;
	/* There must be such a rule indeed. */
	found = sscanf(self->g.text, "identical to rule %llu", &twin);
	ASSERT_EQ(1, found);
	EXPECT_NE(NULL, find(self, twin))
		TH_LOG("%s: it is not in force", self->g.text);
}

static void del(SELF)
{
	unsigned int i = self->n ? world_random(&self->w, self->n) : 0;
	uint64_t handle = self->n ? self->rule[i].handle : 1;

	if (self->n) {
		ASSERT_EQ(0, nsg_rule_del(&self->g, handle))
			TH_LOG("rule %llu: %s", (unsigned long long)handle, self->g.text);
		self->rule[i] = self->rule[--self->n];
	}
	/* It goes once. */
	EXPECT_EQ(-ENOENT, nsg_rule_del(&self->g, handle));
}

static void flush(SELF)
{
	int table = (int)world_random(&self->w, 4) - 1;
	unsigned int kept = 0;

	ASSERT_EQ(0, nsg_flush(&self->g, table));
	for (unsigned int i = 0; i < self->n; i++)
		if (table >= 0 && (int)self->rule[i].rule.table != table)
			self->rule[kept++] = self->rule[i];
	self->n = kept;
}

/* Several of all that, in one transaction, which is committed or not. */
static void transaction(SELF, unsigned int adds, unsigned int dels)
{
	bool commits = world_random(&self->w, 3);

	memcpy(self->before, self->rule, self->n * sizeof(*self->rule));
	self->n_before = self->n;
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	if (!world_random(&self->w, 20))
		flush(_metadata, self);
	while (adds || dels) {
		if (adds && (!dels || world_random(&self->w, adds + dels) < adds)) {
			add(_metadata, self, 4);
			adds--;
		} else {
			del(_metadata, self);
			dels--;
		}
	}
	if (commits) {
		ASSERT_EQ(0, nsg_tx_commit(&self->g));
		return;
	}
	ASSERT_EQ(0, nsg_tx_abort(&self->g));
	memcpy(self->rule, self->before, self->n_before * sizeof(*self->rule));
	self->n = self->n_before;
}

static void step(SELF)
{
	unsigned int dice = world_random(&self->w, 100), kind;

	if (dice < 45) {
		kind = 0;
		add(_metadata, self, 2);
	} else if (dice < 65) {
		kind = 1;
		del(_metadata, self);
	} else if (dice < 80) {
		kind = 2;
		transaction(_metadata, self, world_random(&self->w, 4), world_random(&self->w, 4));
	} else if (dice < 90) {
		kind = 3;
		transaction(_metadata, self, world_random(&self->w, 120), 0);
	} else if (dice < 94) {
		kind = 4;
		transaction(_metadata, self, 5, world_random(&self->w, self->n / 2 + 1));
	} else if (dice < 95) {
		kind = 5;
		flush(_metadata, self);
	} else if (dice < 97) {
		kind = 6;
		usleep(MERGED);
	} else {
		/* Hardly time enough: changes and the worker get into each other's way. */
		kind = 7;
		usleep(400000 + world_random(&self->w, 200000));
	}
	self->steps[kind]++;
}

static void questions(SELF)
{
	static struct model_request req[AT_ONCE];
	static struct world_answer answer[AT_ONCE];

	for (int i = 0; i < AT_ONCE; i++)
		world_request(&self->w, world_random(&self->w, 3), &req[i]);
	ASSERT_EQ(0, world_ask(&self->w, &self->g, req, answer, AT_ONCE));
	for (int i = 0; i < AT_ONCE; i++) {
		const struct model_rule *r = model_decide(self->rule, self->n, &req[i]);

		ASSERT_EQ(0, answer[i].error);
		self->pairs++;
		if (answer[i].handle == (r ? r->handle : 0))
			continue;
		if (!self->differences++)
			TH_LOG("pair %lu: rule %llu, the model says %llu", self->pairs,
			       (unsigned long long)answer[i].handle,
			       (unsigned long long)(r ? r->handle : 0));
	}
}

/* In the order of a listing: by table, then as they decide. */
static int by_order(const void *left, const void *right)
{
	const struct model_rule *a = left, *b = right;

	if (a->rule.table != b->rule.table)
		return a->rule.table < b->rule.table ? -1 : 1;
	if (a->rule.priority != b->rule.priority)
		return a->rule.priority < b->rule.priority ? -1 : 1;
	if (a->rule.verdict != b->rule.verdict)
		return a->rule.verdict == NSGUARD_VERDICT_DENY ? -1 : 1;
	return a->handle < b->handle ? -1 : 1;
}

static void listing(SELF)
{
	struct nsg_status s;

	ASSERT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(self->n, s.rules);
	ASSERT_EQ(self->n, nsg_list(&self->g, -1, self->info, RULES_MAX));
	qsort(self->rule, self->n, sizeof(*self->rule), by_order);
	for (unsigned int i = 0; i < self->n; i++) {
		ASSERT_EQ(self->rule[i].handle, self->info[i].handle)
			TH_LOG("rule %u of %u as they are listed", i, self->n);
	}
}

TEST_F_TIMEOUT(layers, any_change_then_questions, 600)
{
	unsigned int steps = slow_times(600);

	for (unsigned int i = 0; i < steps; i++) {
		step(_metadata, self);
		questions(_metadata, self);
		if (!(i % 8))
			listing(_metadata, self);
		if (self->n > RULES_MAX / 2)
			flush(_metadata, self);
	}
	listing(_metadata, self);
	printf("# %lu pairs, %lu differences; last of %u rules\n", self->pairs, self->differences,
	       self->n);
	EXPECT_EQ(0, self->differences);
	for (int kind = 0; kind < 8 && slow() == 1; kind++) {
		EXPECT_NE(0, self->steps[kind])
			TH_LOG("step %d was never made", kind);
	}
}

/* One by one, so that rules go through every layer there is; and out again. */
TEST_F_TIMEOUT(layers, up_and_down, 300)
{
	unsigned int most = slow_times(RULES_MAX - 100);

	while (self->n < most) {
		add(_metadata, self, 8);
		if (!(self->n % 50))
			questions(_metadata, self);
	}
	listing(_metadata, self);
	usleep(MERGED);
	questions(_metadata, self);
	listing(_metadata, self);
	while (self->n) {
		del(_metadata, self);
		if (!(self->n % 50))
			questions(_metadata, self);
		if (!(self->n % 500))
			listing(_metadata, self);
	}
	EXPECT_EQ(0, self->differences);
}

/* H27: who reads a listing sees the policy it began with, whatever happens meanwhile. */
TEST_F_TIMEOUT(layers, a_listing_is_of_one_moment, 60)
{
	static char buf[65536];
	unsigned int seen = 0, had = 600;
	bool more = true;
	struct nsg_msg m;
	struct nlmsghdr *nlh = nsg_msg(&self->other, &m, NSGUARD_CMD_RULE_GET, NLM_F_DUMP);

	while (self->n < had)
		add(_metadata, self, 0);
	memcpy(self->before, self->rule, had * sizeof(*self->rule));
	ASSERT_LT(0, mnl_socket_sendto(self->other.nl, nlh, nlh->nlmsg_len));
	while (more) {
		int left = mnl_socket_recvfrom(self->other.nl, buf, sizeof(buf));
		const struct nlmsghdr *one = (void *)buf;

		ASSERT_LT(0, left);
		for (; mnl_nlmsg_ok(one, left); one = mnl_nlmsg_next(one, &left)) {
			more = one->nlmsg_type != NLMSG_DONE;
			if (!more)
				break;
			ASSERT_GT(RULES_MAX, seen);
			nsg_parse_info(one, &self->info[seen++]);
		}
		if (seen == had || !more)
			continue;
		/* Between two pieces of it. */
		for (int i = 0; i < 60; i++)
			del(_metadata, self);
		for (int i = 0; i < 20; i++)
			add(_metadata, self, 0);
		usleep(MERGED);
	}
	ASSERT_EQ(had, seen);
	EXPECT_NE(had, self->n)
		TH_LOG("it came in one piece: nothing was shown");
	qsort(self->before, had, sizeof(*self->before), by_order);
	for (unsigned int i = 0; i < had; i++)
		ASSERT_EQ(self->before[i].handle, self->info[i].handle);
	listing(_metadata, self);
}

/* What was there twice in a row is there once; what is gone may come again. */
TEST_F(layers, the_same_again)
{
	const struct nsg_rule *rule = DENY(NS, M_UID(4711, 4711));
	uint64_t one = must_add(_metadata, &self->g, rule), two;

	EXPECT_EQ(0, nsg_add(&self->g, rule));
	EXPECT_EQ(EEXIST, self->g.error);
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	ASSERT_EQ(0, nsg_rule_del(&self->g, one));
	two = must_add(_metadata, &self->g, rule);
	EXPECT_EQ(0, nsg_add(&self->g, rule));
	EXPECT_EQ(EEXIST, self->g.error);
	/* Others see what is in force. */
	EXPECT_EQ(0, nsg_add(&self->other, rule));
	EXPECT_EQ(EEXIST, self->other.error);
	ASSERT_EQ(0, nsg_tx_abort(&self->g));
	EXPECT_EQ(-ENOENT, nsg_rule_del(&self->g, two));
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	ASSERT_EQ(0, nsg_flush(&self->g, NSGUARD_TABLE_NS));
	EXPECT_EQ(-ENOENT, nsg_rule_del(&self->g, one));
	two = must_add(_metadata, &self->g, rule);
	ASSERT_EQ(0, nsg_tx_commit(&self->g));
	ASSERT_EQ(1, nsg_list(&self->g, -1, self->info, RULES_MAX));
	EXPECT_EQ(two, self->info[0].handle);
	EXPECT_EQ(0, nsg_rule_del(&self->g, two));
	must_add(_metadata, &self->g, rule);
}

/* A transaction that lost is told when it commits, and what it did till then does no harm. */
TEST_F(layers, the_loser_goes_on)
{
	uint64_t one = must_add(_metadata, &self->g, DENY(NS, M_UID(1, 1)));
	uint64_t two = must_add(_metadata, &self->g, DENY(NS, M_UID(2, 2)));

	ASSERT_EQ(0, nsg_tx_begin(&self->other));
	ASSERT_EQ(0, nsg_rule_del(&self->other, one));
	ASSERT_EQ(0, nsg_rule_del(&self->g, one));
	ASSERT_EQ(0, nsg_flush(&self->other, -1));
	must_add(_metadata, &self->other, DENY(NS, M_UID(2, 2)));
	EXPECT_EQ(-EAGAIN, nsg_tx_commit(&self->other));
	ASSERT_EQ(1, nsg_list(&self->g, -1, self->info, RULES_MAX));
	EXPECT_EQ(two, self->info[0].handle);
	/* Merging is no change: who began before may commit after. */
	ASSERT_EQ(0, nsg_tx_begin(&self->other));
	ASSERT_EQ(0, nsg_rule_del(&self->other, two));
	usleep(MERGED);
	EXPECT_EQ(0, nsg_tx_commit(&self->other));
	EXPECT_EQ(0, nsg_list(&self->g, -1, NULL, 0));
}

/* Reports come in the order of the rules, and hits stay with them, whatever layer they are in. */
TEST_F_TIMEOUT(layers, dry_runs_and_hits, 60)
{
	static const int priority[] = { 3, -1, 2, 0, 1 };
	struct op enter = { .kind = OP_SETNS, .fd = self->w.uts[1] };
	uint64_t by_priority[5], decides;
	struct nsg_event e;
	struct op_child c;

	for (unsigned int i = 0; i < ARRAY_SIZE(priority); i++) {
		struct nsg_rule dry = { .table = NSGUARD_TABLE_NS, .dry_run = true,
					.verdict = NSGUARD_VERDICT_DENY, .priority = priority[i],
					.m = { M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)) } };

		by_priority[priority[i] + 1] = must_add(_metadata, &self->g, &dry);
		/* A layer of its own for each. */
		for (unsigned int k = 0; k < 64U >> i * 2; k++)
			add(_metadata, self, 0);
	}
	decides = must_add(_metadata, &self->g,
			   &(struct nsg_rule){ .table = NSGUARD_TABLE_NS, .priority = 2,
					       .verdict = NSGUARD_VERDICT_DENY,
					       .m = { M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)) } });
	for (int round = 1; round <= 2; round++) {
		c = op_run(&enter);
		EXPECT_EQ(EPERM, c.err);
		/* The one at 3 comes after the rule that decides. */
		for (int i = 0; i < 4; i++) {
			ASSERT_TRUE(nsg_event_wait(&self->g, ~0ULL, c.pid, PROOF_MS, &e));
			EXPECT_EQ(by_priority[i], e.handle);
			EXPECT_EQ(round, nsg_hits(&self->g, by_priority[i]));
		}
		ASSERT_TRUE(nsg_event_wait(&self->g, ~0ULL, c.pid, PROOF_MS, &e));
		EXPECT_EQ(decides, e.handle);
		EXPECT_EQ(round, nsg_hits(&self->g, decides));
		EXPECT_EQ(0, nsg_hits(&self->g, by_priority[4]));
		usleep(MERGED);
	}
}

TEST_HARNESS_MAIN
