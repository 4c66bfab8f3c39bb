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
#define OPS		(NSGUARD_OP_CPUSET + 1)

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
	uint32_t fallback[OPS];
	/* By key, not and what the match said: no, yes, cannot be told. */
	unsigned long met[64][2][3];
	unsigned long sets[64][2][3];		/* those of them that name a set */
	unsigned long cpuset[2][2];		/* and those that name op cpuset */
	unsigned long ops[OPS][VERDICTS];	/* decided by a rule */
	unsigned long rules[VERDICTS][2];	/* rules asked: missed and hit */
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
	self->w.cpuset = nsg_covers(&self->g, "cpuset");
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
	ASSERT_EQ(0, box_rule_flush(&self->g));
	ASSERT_EQ(0, world_sets(&self->w, &self->g));
	for (int op = NSGUARD_OP_ENTER; op < OPS; op++) {
		unsigned int of = op <= NSGUARD_OP_CREATE ? NSGUARD_TABLE_NS :
				  op == NSGUARD_OP_MOVE ? NSGUARD_TABLE_CGROUP :
				  NSGUARD_TABLE_AFFINITY;

		self->fallback[op] = NSGUARD_VERDICT_ALLOW;
		if (of == table && (op != NSGUARD_OP_CPUSET || self->w.cpuset))
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
			if (m[k].kind == NSG_SET)
				self->sets[m[k].key][m[k].negated][said < 0 ? 2 : said]++;
			if (m[k].key == NSGUARD_A_RULE_OP &&
			    m[k].bits & NSG_BIT(NSGUARD_OP_CPUSET))
				self->cpuset[m[k].negated][req->op == NSGUARD_OP_CPUSET]++;
		}
		self->rules[self->rule[i].rule.verdict][model_matches(&self->rule[i], req)]++;
	}
	if (model_locked(req))
		self->locked++;
	else if (decides)
		self->ops[req->op][decides->rule.verdict]++;
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

/* A comparison that hardly ever meets anything proves nothing. Return: is @n too few? */
static unsigned int few(unsigned long n, bool tell, const char *what, unsigned int i,
			const char *how)
{
	if (tell && n < ENOUGH)
		printf("# %s %u: %s only %lu times\n", what, i, how, n);
	return n < ENOUGH;
}

/* The same of what a match said, that of @what @key: yes and no, and not yes and not no. */
static unsigned int few_said(unsigned long met[2][3], bool tell, const char *what,
			     unsigned int key)
{
	return few(met[0][0], tell, what, key, "missed") +
	       few(met[0][1], tell, what, key, "hit") +
	       few(met[1][0], tell, what, key, "with not, hit") +
	       few(met[1][1], tell, what, key, "with not, missed");
}

static unsigned int few_of_op(struct _test_data_oracle *self, bool tell, enum nsguard_op op)
{
	return few(self->ops[op][NSGUARD_VERDICT_ALLOW], tell, "op", op, "allowed") +
	       few(self->ops[op][NSGUARD_VERDICT_DENY], tell, "op", op, "denied");
}

/* How many kinds of what has to do with moves to another cpuset were met too rarely. */
static unsigned int few_cpusets(struct _test_data_oracle *self, bool tell)
{
	unsigned int n = few_of_op(self, tell, NSGUARD_OP_CPUSET);

	for (int negated = 0; negated <= 1; negated++)
		for (int move = 0; move <= 1; move++)
			n += few(self->cpuset[negated][move], tell,
				 negated ? "not op" : "rule with op", NSGUARD_OP_CPUSET,
				 move ? "asked about one" : "asked about others");
	return n;
}

/* How many kinds of all there are were met too rarely, which @tell says. */
static unsigned int few_of_all(struct _test_data_oracle *self, bool tell)
{
	unsigned int n = few(self->locked, tell, "request", 0, "locked in");

	for (int verdict = 0; verdict < VERDICTS; verdict++) {
		unsigned long decided = 0;

		for (int op = 0; op < OPS; op++)
			decided += self->ops[op][verdict];
		n += few(decided, tell, "verdict", verdict, "decided");
		n += few(self->rules[verdict][0], tell, "rule of verdict", verdict, "missed");
		n += few(self->rules[verdict][1], tell, "rule of verdict", verdict, "hit");
	}
	n += few(self->defaults[NSGUARD_VERDICT_ALLOW], tell, "default", 0, "allow");
	n += few(self->defaults[NSGUARD_VERDICT_DENY], tell, "default", 0, "deny");
	for (unsigned int key = 0; key <= NSGUARD_A_RULE_MAX; key++) {
		if (is_key(key))
			n += few_said(self->met[key], tell, "key", key);
		if (world_set_type(key) >= 0)
			n += few_said(self->sets[key], tell, "set after key", key);
	}
	for (int op = NSGUARD_OP_ENTER; op < NSGUARD_OP_CPUSET; op++)
		n += few_of_op(self, tell, op);
	if (self->w.cpuset)
		n += few_cpusets(self, tell);
	return n;
}

static void print_met(const struct _test_data_oracle *self)
{
	unsigned long decided[VERDICTS] = { 0 };
	unsigned int keys = 0, sets = 0;

	for (unsigned int key = 0; key <= NSGUARD_A_RULE_MAX; key++) {
		keys += is_key(key);
		sets += world_set_type(key) >= 0;
	}
	for (int op = 0; op < OPS; op++)
		for (int verdict = 0; verdict < VERDICTS; verdict++)
			decided[verdict] += self->ops[op][verdict];
	printf("# %u keys, %u of them with sets\n", keys, sets);
	printf("# allow %lu, deny %lu, lock %lu, default %lu, locked in %lu\n",
	       decided[NSGUARD_VERDICT_ALLOW], decided[NSGUARD_VERDICT_DENY],
	       decided[NSGUARD_VERDICT_LOCK],
	       self->defaults[NSGUARD_VERDICT_ALLOW] + self->defaults[NSGUARD_VERDICT_DENY],
	       self->locked);
	if (self->w.cpuset)
		printf("# op cpuset: allow %lu, deny %lu\n",
		       self->ops[NSGUARD_OP_CPUSET][NSGUARD_VERDICT_ALLOW],
		       self->ops[NSGUARD_OP_CPUSET][NSGUARD_VERDICT_DENY]);
}

/* A policy for @table, and questions about it. */
static void ask(struct __test_metadata *_metadata, struct _test_data_oracle *self,
		enum nsguard_table table)
{
	static struct model_request req[AT_ONCE];
	static struct world_answer answer[AT_ONCE];

	draw_policy(_metadata, self, table);
	for (int round = 0; round < 10; round++) {
		/* Elements come and go under rules that stay. */
		if (round == 5)
			ASSERT_EQ(0, world_sets_change(&self->w, &self->g, self->rule, self->n));
		for (int i = 0; i < AT_ONCE; i++)
			world_request(&self->w, table, &req[i]);
		ASSERT_EQ(0, world_ask(&self->w, &self->g, req, answer, AT_ONCE));
		for (int i = 0; i < AT_ONCE; i++)
			compare(_metadata, self, &req[i], &answer[i]);
	}
}

TEST_F_TIMEOUT(oracle, questions, 1200)
{
	unsigned long want = parameter("nsg_pairs=", slow_times(PAIRS));

	ASSERT_EQ(0, box_add(&self->g, WORLD_BOX, &self->w.uts[WORLD_UTS - 1], 1));
	self->w.box = WORLD_UTS - 1;
	/* What chance has left out comes later, or never. */
	while (self->pairs < want || (self->pairs < MOST && few_of_all(self, false)))
		ask(_metadata, self, world_random(&self->w, 3));
	printf("# %lu pairs, %lu differences\n", self->pairs, self->differences);
	EXPECT_EQ(0, self->differences);

	print_met(self);
	EXPECT_EQ(0, few_of_all(self, true));
	EXPECT_LE(self->pairs / 5, self->denied);
	EXPECT_GE(self->pairs * 4 / 5, self->denied);
}

/* Among the questions above, too; here so that a kernel without it says so by name. */
TEST_F_TIMEOUT(oracle, op_cpuset, 600)
{
	if (!self->w.cpuset)
		SKIP(return, "stock kernel");
	while (self->pairs < slow_times(PAIRS) / 5 ||
	       (self->pairs < MOST && few_cpusets(self, false)))
		ask(_metadata, self, NSGUARD_TABLE_AFFINITY);
	printf("# %lu pairs, %lu differences\n", self->pairs, self->differences);
	EXPECT_EQ(0, self->differences);
	print_met(self);
	EXPECT_EQ(0, few_cpusets(self, true));
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
