// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random policies and random requests: what the kernel decides, by the index and whatever else it
 * does to be quick, against the naive model. Asked by rule-test, which is the same decision; and
 * some done for real. A seed is printed first: NSG_SEED=N make check TEST=oracle repeats a run.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/proof.h"
#include "lib/slow.h"
#include "lib/world.h"

#define RULES_MAX	48
#define AT_ONCE		50	/* questions in one message */
#define PAIRS	30000	/* questions, unless others are asked for or the kernel is slow */
#define MOST	120000	/* where chance has left out too much until then */
#define ENOUGH		100	/* times each match and each verdict must be met */
#define VERDICTS	(NSGUARD_VERDICT_LOCK + 1)

/* The kernel's parameters reach every process of the guest; the harness takes no arguments. */
static uint64_t parameter(const char *name, uint64_t otherwise)
{
	static char line[4096];
	const char *s;
	FILE *f = fopen("/proc/cmdline", "re");

	if (!f || !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	s = strstr(line, name);
	return s ? strtoull(s + strlen(name), NULL, 0) : otherwise;
}

FIXTURE(oracle)
{
	struct nsg g;
	struct world w;
	struct model_rule rule[RULES_MAX];
	unsigned int n;
	uint32_t fallback[8];
	/* By key, not and what the match said: no, yes, cannot be told. */
	unsigned long met[64][2][3];
	unsigned long rules[VERDICTS][2];	/* rules asked: missed and hit */
	unsigned long verdicts[VERDICTS];	/* decided by a rule */
	unsigned long defaults[2];
	unsigned long locked, denied;
	unsigned long pairs, differences;
};

FIXTURE_SETUP(oracle)
{
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = parameter("nsg_seed=", now.tv_sec * 1000000007ULL + now.tv_nsec);
	printf("# seed %llu\n", (unsigned long long)seed);
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, world_make(&self->w, seed));
}

FIXTURE_TEARDOWN(oracle)
{
	nsg_teardown(_metadata, &self->g);
	world_free(&self->w);
}

/* A new policy for one table, in one transaction. */
static void draw_policy(struct __test_metadata *_metadata, struct _test_data_oracle *self,
			enum nsguard_table table)
{
	unsigned int want = world_random(&self->w, RULES_MAX);

	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	ASSERT_EQ(0, nsg_flush(&self->g, -1));
	ASSERT_EQ(0, world_sets(&self->w, &self->g));
	for (int op = NSGUARD_OP_ENTER; op <= NSGUARD_OP_IO_URING; op++) {
		unsigned int of = op <= NSGUARD_OP_CREATE ? NSGUARD_TABLE_NS :
				  op == NSGUARD_OP_MOVE ? NSGUARD_TABLE_CGROUP :
				  NSGUARD_TABLE_AFFINITY;

		self->fallback[op] = NSGUARD_VERDICT_ALLOW;
		if (of == table)
			self->fallback[op] = world_random(&self->w, 2);
		ASSERT_EQ(0, nsg_default(&self->g, of, op, self->fallback[op], true));
	}
	self->n = 0;
	while (self->n < want) {
		struct model_rule *r = &self->rule[self->n];

		world_rule(&self->w, table, r);
		r->handle = nsg_add(&self->g, &r->rule);
		/* A twin, or one that could never match: the kernel says so, and it is none. */
		self->n += !!r->handle;
		ASSERT_TRUE(r->handle || self->g.error == EEXIST || self->g.error == EINVAL)
			TH_LOG("rule refused: %s (%s)", strerror(self->g.error), self->g.text);
	}
	ASSERT_EQ(0, nsg_tx_commit(&self->g));
}

/* What @r, or when that is NULL the default, makes of it; this process has no threads. */
static uint32_t verdict_of(const struct model_rule *r, const struct _test_data_oracle *self,
			   const struct model_request *req)
{
	uint32_t verdict = r ? r->rule.verdict : self->fallback[req->op];

	if (model_locked(req))
		return NSGUARD_VERDICT_DENY;
	return verdict == NSGUARD_VERDICT_LOCK ? NSGUARD_VERDICT_ALLOW : verdict;
}

static void count(struct _test_data_oracle *self, const struct model_request *req,
		  const struct model_rule *decides)
{
	for (unsigned int i = 0; i < self->n; i++) {
		const struct nsg_match *m = self->rule[i].rule.m;

		for (unsigned int k = 0; k < NSG_MATCHES && m[k].kind != NSG_NONE; k++) {
			int said = model_match(&self->rule[i], k, req);

			self->met[m[k].key][m[k].negated][said < 0 ? 2 : said]++;
		}
		self->rules[self->rule[i].rule.verdict][model_matches(&self->rule[i], req)]++;
	}
	if (model_locked(req))
		self->locked++;
	else if (decides)
		self->verdicts[decides->rule.verdict]++;
	else
		self->defaults[self->fallback[req->op]]++;
	self->denied += verdict_of(decides, self, req) == NSGUARD_VERDICT_DENY;
	self->pairs++;
}

static void compare(struct __test_metadata *_metadata, struct _test_data_oracle *self,
		    const struct model_request *req, const struct world_answer *a)
{
	const struct model_rule *r = model_locked(req) ? NULL :
				     model_decide(self->rule, self->n, req);
	uint64_t handle = r ? r->handle : 0;

	ASSERT_EQ(0, a->error)
		TH_LOG("no answer: %s", strerror(a->error));
	count(self, req, r);
	if (a->handle == handle && a->verdict == verdict_of(r, self, req))
		return;
	if (!self->differences++)
		TH_LOG("pair %lu, op %u: rule %llu verdict %u, the model says rule %llu verdict %u",
		       self->pairs, (unsigned int)req->op, (unsigned long long)a->handle,
		       a->verdict, (unsigned long long)handle, verdict_of(r, self, req));
}

/*
 * Attributes of a rule that are no keys. Everything else is one, a key that comes later as well,
 * and must have been met.
 */
static bool is_key(unsigned int attr)
{
	switch (attr) {
	case 0:
	case NSGUARD_A_RULE_HANDLE:
	case NSGUARD_A_RULE_TABLE:
	case NSGUARD_A_RULE_VERDICT:
	case NSGUARD_A_RULE_PRIORITY:
	case NSGUARD_A_RULE_COMMENT:
	case NSGUARD_A_RULE_DRY_RUN:
	case NSGUARD_A_RULE_HITS:
	case NSGUARD_A_RULE_STALE:
	case NSGUARD_A_RULE_PAD:
	case NSGUARD_A_RULE_SANDBOX:
	case NSGUARD_A_RULE_THREADS:
		return false;
	default:
		return true;
	}
}

static unsigned long fewer(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

/* How often the rarest of all was met. */
static unsigned long rarest(const struct _test_data_oracle *self)
{
	unsigned long n = fewer(self->locked, fewer(self->defaults[NSGUARD_VERDICT_ALLOW],
						    self->defaults[NSGUARD_VERDICT_DENY]));

	for (int verdict = 0; verdict < VERDICTS; verdict++)
		n = fewer(n, fewer(self->verdicts[verdict], fewer(self->rules[verdict][0],
								  self->rules[verdict][1])));
	for (unsigned int key = 0; key <= NSGUARD_A_RULE_MAX; key++)
		for (int negated = 0; is_key(key) && negated <= 1; negated++)
			n = fewer(n, fewer(self->met[key][negated][0], self->met[key][negated][1]));
	return n;
}

/* A comparison that hardly ever meets anything proves nothing. */
static void expect_met(struct __test_metadata *_metadata, struct _test_data_oracle *self)
{
	unsigned int keys = 0;

	for (unsigned int key = 0; key <= NSGUARD_A_RULE_MAX; key++) {
		keys += is_key(key);
		for (int negated = 0; is_key(key) && negated <= 1; negated++) {
			const char *word = negated ? " not" : "";
			unsigned long *met = self->met[key][negated];

			EXPECT_LE(ENOUGH, met[0])
				TH_LOG("key %u%s missed only %lu times", key, word, met[0]);
			EXPECT_LE(ENOUGH, met[1])
				TH_LOG("key %u%s hit only %lu times", key, word, met[1]);
		}
	}
	for (int verdict = 0; verdict < VERDICTS; verdict++) {
		EXPECT_LE(ENOUGH, self->rules[verdict][0]);
		EXPECT_LE(ENOUGH, self->rules[verdict][1]);
		EXPECT_LE(ENOUGH, self->verdicts[verdict]);
	}
	EXPECT_LE(ENOUGH, self->defaults[NSGUARD_VERDICT_ALLOW]);
	EXPECT_LE(ENOUGH, self->defaults[NSGUARD_VERDICT_DENY]);
	EXPECT_LE(ENOUGH, self->locked);
	printf("# %u keys, allow %lu, deny %lu, lock %lu, default %lu, locked in %lu\n", keys,
	       self->verdicts[NSGUARD_VERDICT_ALLOW], self->verdicts[NSGUARD_VERDICT_DENY],
	       self->verdicts[NSGUARD_VERDICT_LOCK],
	       self->defaults[NSGUARD_VERDICT_ALLOW] + self->defaults[NSGUARD_VERDICT_DENY],
	       self->locked);
}

TEST_F_TIMEOUT(oracle, questions, 1200)
{
	unsigned long want = parameter("nsg_pairs=", slow_times(PAIRS));
	static struct model_request req[AT_ONCE];
	static struct world_answer answer[AT_ONCE];

	ASSERT_EQ(0, box_add(&self->g, WORLD_BOX, &self->w.uts[WORLD_UTS - 1], 1));
	self->w.box = WORLD_UTS - 1;
	/* What chance has left out comes later, or never. */
	while (self->pairs < want || (self->pairs < MOST && rarest(self) < ENOUGH)) {
		enum nsguard_table table = world_random(&self->w, 3);

		draw_policy(_metadata, self, table);
		for (int round = 0; round < 10; round++) {
			/* Elements come and go under rules that stay. */
			if (round == 5)
				ASSERT_EQ(0, world_sets_change(&self->w, &self->g, self->rule,
							       self->n));
			for (int i = 0; i < AT_ONCE; i++)
				world_request(&self->w, table, &req[i]);
			ASSERT_EQ(0, world_ask(&self->w, &self->g, req, answer, AT_ONCE));
			for (int i = 0; i < AT_ONCE; i++)
				compare(_metadata, self, &req[i], &answer[i]);
		}
	}
	printf("# %lu pairs, %lu differences\n", self->pairs, self->differences);
	EXPECT_EQ(0, self->differences);

	expect_met(_metadata, self);
	EXPECT_LE(self->pairs / 5, self->denied);
	EXPECT_GE(self->pairs * 4 / 5, self->denied);
}

/* --- the same for real: this process does it, and is who the request says --- */

static uint64_t caps_now(void)
{
	char line[256];
	unsigned long long caps = 0;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	return caps;
}

static int clone_ipc(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, NULL, NULL, NULL, 0);

	if (!pid)
		_exit(0);
	if (pid < 0)
		return errno;
	waitpid(pid, NULL, 0);
	return 0;
}

static int affinity(uint64_t mask)
{
	return syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask) ? errno : 0;
}

/* Does what @req says, as far as a process can to itself. Return: errno or 0. */
static int act(struct world *w, const struct model_request *req)
{
	char file[256];
	int err;

	switch (req->op) {
	case NSGUARD_OP_ENTER:
		return setns(req->type == NSGUARD_NSTYPE_UTS ? w->uts[req->target] : w->ipc, 0) ?
			errno : 0;
	case NSGUARD_OP_CREATE:
		return clone_ipc();
	case NSGUARD_OP_MOVE:
		snprintf(file, sizeof(file), CG2 "%s/cgroup.procs",
			 req->to[1] ? req->to : "");
		err = open(file, O_WRONLY | O_CLOEXEC);
		if (err < 0)
			return errno;
		if (write(err, "0", 1) == 1) {
			close(err);
			return 0;
		}
		close(err);
		return errno;
	default:
		return affinity(req->mask);
	}
}

/* What a process does to itself: whatever the world drew, the rest is as it is. */
static void be_real(struct model_request *req, const struct model_request *is)
{
	struct model_request r = *is;

	r.table = req->table;
	r.op = req->op;
	r.type = req->type;
	r.target = req->target;
	r.to = req->to;
	r.delegated = req->delegated;
	r.opener_uid = is->uid;
	r.moves = NSGUARD_MOVES_PROCESS;
	r.from = is->cgroup;
	r.mask = req->mask;
	r.effective = req->mask;
	r.reset = req->mask == req->possible;
	if (r.op == NSGUARD_OP_CREATE)
		r.type = NSGUARD_NSTYPE_IPC;
	if (r.table == NSGUARD_TABLE_AFFINITY)
		r.op = NSGUARD_OP_SETAFFINITY;
	r.who = NSGUARD_WHO_SELF;
	r.target_uid = is->uid;
	r.target_cgroup = is->cgroup;
	r.target_exe = is->exe;
	*req = r;
}

static void become(struct __test_metadata *_metadata, struct world *w, struct model_request *is)
{
	static const uint32_t uids[] = { 0, 1, 5, 1000, 70000 };
	gid_t groups[2] = { 1000 + world_random(w, 2), 5 };

	is->uid = uids[world_random(w, 5)];
	ASSERT_EQ(0, setresuid(is->uid, -1, -1));
	ASSERT_EQ(0, setgroups(2, groups));
	is->gids = 3;
	is->gid[0] = 0;
	is->gid[1] = groups[0];
	is->gid[2] = groups[1];
}

TEST_F_TIMEOUT(oracle, for_real, 600)
{
	unsigned long want = parameter("nsg_real=", slow_times(10000)), denied = 0;
	struct model_request is = { .auid = ~0u, .cgroup = "/", .exe = "/none" };
	struct model_request req;

	is.possible = self->w.possible;
	is.pid = getpid();
	is.cap = caps_now();
	ASSERT_EQ(0, cg_write("/", "cgroup.procs", "0"));
	while (self->pairs < want) {
		enum nsguard_table table = world_random(&self->w, 3);

		become(_metadata, &self->w, &is);
		draw_policy(_metadata, self, table);
		for (int i = 0; i < 50; i++) {
			const struct model_rule *r;
			uint32_t verdict;
			int err;

			world_request(&self->w, table, &req);
			be_real(&req, &is);
			r = model_decide(self->rule, self->n, &req);
			verdict = verdict_of(r, self, &req);
			err = act(&self->w, &req);
			self->pairs++;
			denied += err == EPERM;
			if (err != (verdict == NSGUARD_VERDICT_ALLOW ? 0 : EPERM) &&
			    !self->differences++)
				TH_LOG("op %u: %s, the model says verdict %u of rule %lld",
				       (unsigned int)req.op,
				       strerror(err), verdict, r ? (long long)r->handle : 0);
			if (err)
				continue;
			if (req.op == NSGUARD_OP_ENTER && req.type == NSGUARD_NSTYPE_UTS)
				is.in_ns[NSGUARD_NSTYPE_UTS] = req.target;
			if (req.op == NSGUARD_OP_MOVE)
				is.cgroup = req.to;
		}
	}
	EXPECT_EQ(0, nsg_reset(&self->g));
	EXPECT_EQ(0, setns(self->w.uts[0], CLONE_NEWUTS));
	EXPECT_EQ(0, cg_write("/", "cgroup.procs", "0"));
	printf("# %lu done, %lu denied, %lu differences\n", self->pairs, denied, self->differences);
	EXPECT_EQ(0, self->differences);
	EXPECT_LE(want / 5, denied);
	EXPECT_GE(self->pairs * 4 / 5, denied);
}

TEST_HARNESS_MAIN
