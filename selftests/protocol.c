// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad input: over every error path of the protocol the errno, the sentence, the attribute it
 * points at, and that nothing has changed. What a rule may not say is a table of rules;
 * what no library would send is built by hand.
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/wait.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

FIXTURE(protocol)
{
	struct nsg g;
	uint64_t keep;
	uint64_t generation;
	struct nsg_msg *m;
	struct nlmsghdr *nlh;
};

FIXTURE_SETUP(protocol)
{
	struct nsg_status s;

	nsg_setup(_metadata, &self->g);
	self->m = malloc(sizeof(*self->m));
	ASSERT_NE(NULL, self->m);
	/* What must still be there afterwards. */
	self->keep = must_add(_metadata, &self->g, DENY(NS, M_UID(4711, 4711)));
	ASSERT_EQ(0, nsg_status(&self->g, &s));
	self->generation = s.generation;
}

FIXTURE_TEARDOWN(protocol)
{
	struct nsg_info info[2];
	struct nsg_status s;

	/* Every refusal must leave policy and transactions as they were. */
	EXPECT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(self->generation, s.generation);
	EXPECT_EQ(0, s.transactions);
	EXPECT_EQ(1, nsg_list(&self->g, -1, info, 2));
	EXPECT_EQ(self->keep, info[0].handle);
	free(self->m);
	nsg_teardown(_metadata, &self->g);
}

/* Begins a message; REFUSED sends it and looks at the answer. */
#define START(cmd)	(self->nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_##cmd, 0))
#define START_RULE(rule) (START(RULE_ADD), nsg_put_rule(self->nlh, rule))
#define END(nest)	mnl_attr_nest_end(self->nlh, nest)
#define WHOLE_RULE(rule) do { \
	struct nlattr *nest_ = START_RULE(rule); \
	END(nest_); \
} while (0)

#define REFUSED(err, sentence, fault, what) do { \
	struct nsg *g_ = &self->g; \
	EXPECT_EQ(-(err), nsg_talk(g_, self->nlh, NULL, NULL)) \
		TH_LOG("%s", what); \
	EXPECT_NE(NULL, strstr(g_->text, sentence)) \
		TH_LOG("%s: the kernel says \"%s\", not \"%s\"", what, g_->text, sentence); \
	EXPECT_EQ(fault, nsg_fault(g_, self->nlh)) \
		TH_LOG("%s: offset %u", what, g_->offset); \
} while (0)

/**
 * struct bad - a rule that must be refused
 * @fault: type of the attribute the kernel must point at
 */
struct bad {
	struct nsg_rule *rule;
	int err;
	const char *text;
	int fault;
};

#define KEY(k)		NSGUARD_A_RULE_##k
#define RELATION(k, r, m_) M_MASK(KEY(k), NSGUARD_RELATION_##r, m_)
#define NOT_BITS(k, b)	{ .key = KEY(k), .kind = NSG_BITS, .negated = true, .bits = (b) }
#define NOT_RANGE(k, a, b) { .key = KEY(k), .kind = NSG_RANGE, .negated = true, \
			     .range = { { a, b } }, .ranges = 1 }
#define BARE(k)		{ .key = KEY(k), .kind = NSG_RESET }	/* no value at all */

static void refuse_rules(struct __test_metadata *_metadata, struct _test_data_protocol *self,
			 const struct bad *bad, size_t n)
{
	char what[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(what, sizeof(what), "row %zu", i);
		WHOLE_RULE(bad[i].rule);
		REFUSED(bad[i].err, bad[i].text, bad[i].fault, what);
		EXPECT_EQ(0, self->g.handle);
	}
}

#define REFUSE_RULES(bad)	refuse_rules(_metadata, self, bad, ARRAY_SIZE(bad))

TEST_F(protocol, keys_of_other_tables)
{
	static const char text[] = "does not belong to table";
	const struct bad bad[] = {
		{ DENY(CGROUP, M_TYPE(2)), EINVAL, text, KEY(TYPE) },
		{ DENY(AFFINITY, M_HOST(KEY(TARGET))), EINVAL, text, KEY(TARGET) },
		{ DENY(NS, M_IS(KEY(FROM), "/a")), EINVAL, text, KEY(FROM) },
		{ DENY(AFFINITY, M_IS(KEY(TO), "/a")), EINVAL, text, KEY(TO) },
		{ DENY(NS, M_IS(KEY(LEAVING), "/a")), EINVAL, text, KEY(LEAVING) },
		{ DENY(NS, M_CPUS(EQUALS, 1)), EINVAL, text, KEY(CPUS) },
		{ DENY(CGROUP, RELATION(EFFECTIVE_CPUS, EQUALS, 1)), EINVAL, text,
		  KEY(EFFECTIVE_CPUS) },
		{ DENY(NS, M_WHO(0)), EINVAL, text, KEY(WHO) },
		{ DENY(NS, M_RANGE(KEY(TARGET_UID), 0, 0)), EINVAL, text, KEY(TARGET_UID) },
		{ DENY(NS, M_EXE(KEY(TARGET_EXE), "/init")), EINVAL, text, KEY(TARGET_EXE) },
		{ DENY(CGROUP, M_IS(KEY(TARGET_CGROUP), "/a")), EINVAL, text, KEY(TARGET_CGROUP) },
		{ DENY(NS, M_OP(NSGUARD_OP_MOVE)), EINVAL,
		  "operation does not belong to this table", KEY(OP) },
		{ DENY(AFFINITY, M_OP(NSGUARD_OP_ENTER)), EINVAL,
		  "operation does not belong to this table", KEY(OP) },
	};

	REFUSE_RULES(bad);
}

TEST_F(protocol, values)
{
	const struct bad bad[] = {
		{ DENY(NS, M_UID(9, 8)), EINVAL, "range is upside down", NSGUARD_A_MATCH_RANGE },
		{ DENY(NS, M_PID(~0u, 0)), EINVAL, "range is upside down", NSGUARD_A_MATCH_RANGE },
		{ DENY(AFFINITY, M_CPUS(EQUALS, 1ULL << 60)), ERANGE, "no such CPU: 60",
		  NSGUARD_A_MATCH_MASK },
		{ DENY(AFFINITY, M_CPUS(SUBSET, 0)), EINVAL, "mask is empty",
		  NSGUARD_A_MATCH_MASK },
		{ DENY(NS, M_IS(KEY(CGROUP), "a/b")), EINVAL, "starts with /",
		  NSGUARD_A_MATCH_PATH },
		{ DENY(NS, M_IS(KEY(CGROUP), "/a//b")), EINVAL, "empty component",
		  NSGUARD_A_MATCH_PATH },
		{ DENY(NS, M_IS(KEY(CGROUP), "/a/../b")), EINVAL, "no components",
		  NSGUARD_A_MATCH_PATH },
		{ DENY(NS, M_EXE(KEY(EXE), "/no/such/program")), ENOENT, "no such file",
		  NSGUARD_A_MATCH_PATH },
		{ DENY(NS, M_EXE(KEY(EXE), "init")), EINVAL, "absolute", NSGUARD_A_MATCH_PATH },
		{ DENY(NS, M_EXE(KEY(EXE), "/proc")), EINVAL, "not a regular file",
		  NSGUARD_A_MATCH_PATH },
		{ DENY(NS, M_FD(KEY(TARGET), 999)), EBADF, "not open", NSGUARD_A_NS_FD },
		{ DENY(NS, M_FD(KEY(IN_NS), 0)), EINVAL, "not a namespace", NSGUARD_A_NS_FD },
		{ DENY(NS, M_TYPE(1u << 9)), EINVAL, "no such value", KEY(TYPE) },
		{ DENY(CGROUP, M_BITS(KEY(WHO), 4)), EINVAL, "no such value", KEY(WHO) },
		{ DENY(NS, M_BITS(KEY(USERNS), 4)), EINVAL, "no such value", KEY(USERNS) },
		{ DENY(NS, M_RANGE(KEY(CAP), 3, 63)), EINVAL, "no such capability", KEY(CAP) },
		{ NSG_RULE(NS, LOCK, M_UID(0, 0)), EINVAL, "needs a sandbox",
		  KEY(VERDICT) },
		{ NSG_RULE(CGROUP, LOCK, M_UID(0, 0)), EINVAL, "belongs to table ns",
		  KEY(VERDICT) },
	};

	REFUSE_RULES(bad);
}

TEST_F(protocol, contradictions)
{
	int uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	const struct bad bad[] = {
		{ DENY(NS, M_TYPE(0)), EINVAL, "empty set", KEY(TYPE) },
		{ DENY(NS, NOT_BITS(TYPE, 0xff)), EINVAL, "nothing is left", KEY(TYPE) },
		{ DENY(NS, NOT_BITS(OP, 3)), EINVAL, "", KEY(OP) },
		{ DENY(CGROUP, NOT_BITS(WHO, 3)), EINVAL, "nothing is left", KEY(WHO) },
		{ DENY(NS, NOT_RANGE(UID, 0, ~0u)), EINVAL, "nothing is left", KEY(UID) },
		{ DENY(CGROUP, M_UNDER(KEY(LEAVING), "/")), EINVAL, "nothing can leave",
		  KEY(LEAVING) },
		{ DENY(NS, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_NET)), M_FD(KEY(TARGET), uts)), EINVAL,
		  "target is a uts namespace, type says net", KEY(TARGET) },
		{ DENY(NS, M_OP(NSGUARD_OP_CREATE), M_FD(KEY(TARGET), uts)), EINVAL,
		  "op says create", KEY(TARGET) },
	};

	ASSERT_LE(0, uts);
	REFUSE_RULES(bad);
	close(uts);
}

TEST_F(protocol, what_a_key_takes)
{
	const struct bad bad[] = {
		{ DENY(NS, { .key = KEY(UID), .kind = NSG_BITS, .bits = 1 }), EINVAL,
		  "uid takes no bits", NSGUARD_A_MATCH_BITS },
		{ DENY(NS, M_IS(KEY(EXE), "/init")), EINVAL, "exe takes no relation",
		  NSGUARD_A_MATCH_RELATION },
		{ DENY(NS, { .key = KEY(TYPE), .kind = NSG_PATH, .path = { "/a" } }), EINVAL,
		  "type takes no path", NSGUARD_A_MATCH_PATH },
		{ DENY(NS, M_PATH(KEY(CGROUP), NSGUARD_RELATION_EQUALS, "/a")), EINVAL,
		  "cgroup has no such relation", NSGUARD_A_MATCH_RELATION },
		{ DENY(AFFINITY, RELATION(CPUS, IS, 1)), EINVAL, "cpus has no such relation",
		  NSGUARD_A_MATCH_RELATION },
		{ DENY(AFFINITY, { .key = KEY(EFFECTIVE_CPUS), .kind = NSG_RESET,
				   .relation = NSGUARD_RELATION_RESET + 1 }), EINVAL,
		  "effective-cpus has no such relation", NSGUARD_A_MATCH_RELATION },
		{ DENY(AFFINITY, RELATION(CPUS, RESET, 1)), EINVAL, "reset takes no mask",
		  NSGUARD_A_MATCH_MASK },
		{ DENY(AFFINITY, { .key = KEY(CPUS), .kind = NSG_MASK, .mask = 1, .bytes = 8 }),
		  EINVAL, "relation of cpus is missing", KEY(CPUS) },
		{ DENY(NS, BARE(UID)), EINVAL, "range of uid is missing", KEY(UID) },
		{ DENY(NS, BARE(TYPE)), EINVAL, "bits of type is missing", KEY(TYPE) },
		{ DENY(NS, BARE(EXE)), EINVAL, "path of exe is missing", KEY(EXE) },
		{ DENY(NS, BARE(TARGET)), EINVAL, "ns of target is missing", KEY(TARGET) },
		{ DENY(NS, M_UID(0, 0), NOT_RANGE(UID, 0, 0)), EINVAL,
		  "uid given twice", KEY(UID) },
		{ DENY(NS, M_TYPE(1), M_TYPE(2)), EINVAL, "type given twice", KEY(TYPE) },
	};

	REFUSE_RULES(bad);
}

TEST_F(protocol, identical_rule)
{
	const struct nsg_rule commented = {
		.table = NSGUARD_TABLE_NS, .verdict = NSGUARD_VERDICT_DENY, .comment = "another",
		.m = { M_UID(4711, 4711) },
	};
	char text[64];

	snprintf(text, sizeof(text), "identical to rule %llu", (unsigned long long)self->keep);
	WHOLE_RULE(DENY(NS, M_UID(4711, 4711)));
	REFUSED(EEXIST, text, NSGUARD_A_RULE, "again");
	/* The comment is not part of what it says. */
	WHOLE_RULE(&commented);
	REFUSED(EEXIST, text, NSGUARD_A_RULE, "with a comment");
}

/* What a value is made of, given twice; with a first one that is good by itself. */
static void refuse_twice(struct __test_metadata *_metadata, struct _test_data_protocol *self)
{
	static const struct {
		int key, carrier, type;
		size_t bytes;
		const char *text;
	} twice[] = {
		{ KEY(UID), NSGUARD_A_MATCH_RANGE, NSGUARD_A_RANGE_MIN, 4,
		  "min of a range given twice" },
		{ KEY(UID), NSGUARD_A_MATCH_RANGE, NSGUARD_A_RANGE_MAX, 4,
		  "max of a range given twice" },
		{ KEY(TARGET), NSGUARD_A_MATCH_NS, NSGUARD_A_NS_FD, 4,
		  "fd of a namespace given twice" },
		{ KEY(TARGET), NSGUARD_A_MATCH_NS, NSGUARD_A_NS_HOST, 0,
		  "host of a namespace given twice" },
	};
	struct nlattr *nest, *match, *value;
	const uint32_t zero = 0;

	for (size_t i = 0; i < ARRAY_SIZE(twice); i++) {
		nest = START_RULE(DENY(NS));
		match = mnl_attr_nest_start(self->nlh, twice[i].key);
		value = mnl_attr_nest_start(self->nlh, twice[i].carrier);
		mnl_attr_put(self->nlh, twice[i].type, twice[i].bytes, &zero);
		mnl_attr_put(self->nlh, twice[i].type, twice[i].bytes, &zero);
		END(value);
		END(match);
		END(nest);
		REFUSED(EINVAL, twice[i].text, twice[i].type, twice[i].text);
	}
}

/* Attributes of a rule that only the kernel gives, and those that are of the wrong make. */
TEST_F(protocol, attributes_of_a_rule)
{
	static const int given[] = { KEY(HANDLE), KEY(HITS) };
	struct nlattr *nest, *match;

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		nest = START_RULE(DENY(NS, M_UID(0, 0)));
		mnl_attr_put_u64(self->nlh, given[i], 7);
		END(nest);
		REFUSED(EINVAL, "given by the kernel", given[i], "kernel's");
	}
	nest = START_RULE(DENY(NS, M_UID(0, 0)));
	mnl_attr_put_u32(self->nlh, KEY(TABLE), 0);
	END(nest);
	REFUSED(EINVAL, "table given twice", KEY(TABLE), "table");
	nest = START_RULE(DENY(NS, M_UID(0, 0)));
	mnl_attr_put_u32(self->nlh, 200, 0);
	END(nest);
	REFUSED(EINVAL, "Unknown attribute type", 200, "unknown");
	nest = START_RULE(DENY(NS, M_UID(0, 0)));
	mnl_attr_put_u8(self->nlh, KEY(PRIORITY), 0);
	END(nest);
	REFUSED(EINVAL, "invalid attribute length", KEY(PRIORITY), "short");
	nest = START_RULE(DENY(NS, M_UID(0, 0)));
	mnl_attr_put(self->nlh, KEY(DRY_RUN), 4, "yes");
	END(nest);
	REFUSED(ERANGE, "", KEY(DRY_RUN), "a flag with a value");
	nest = START_RULE(DENY(NS, M_UID(0, 0)));
	mnl_attr_put_u32(self->nlh, KEY(GID), 0);
	END(nest);
	REFUSED(EINVAL, "NLA_F_NESTED is missing", KEY(GID), "not nested");

	nest = START_RULE(DENY(NS));
	match = mnl_attr_nest_start(self->nlh, KEY(UID));
	mnl_attr_put_u32(self->nlh, NSGUARD_A_MATCH_RELATION, 99);
	END(match);
	END(nest);
	REFUSED(ERANGE, "integer out of range", NSGUARD_A_MATCH_RELATION, "relation");
	nest = START_RULE(DENY(NS));
	match = mnl_attr_nest_start(self->nlh, KEY(UID));
	mnl_attr_put(self->nlh, NSGUARD_A_MATCH_RANGE | NLA_F_NESTED, 0, NULL);
	END(match);
	END(nest);
	REFUSED(EINVAL, "min of a range is missing", NSGUARD_A_MATCH_RANGE, "range");
	nest = START_RULE(DENY(NS));
	match = mnl_attr_nest_start(self->nlh, KEY(CGROUP));
	mnl_attr_put(self->nlh, NSGUARD_A_MATCH_PATH, 5, "/a\0b");
	END(match);
	END(nest);
	REFUSED(EINVAL, "contains a NUL", NSGUARD_A_MATCH_PATH, "NUL");
	nest = START_RULE(DENY(NS));
	match = mnl_attr_nest_start(self->nlh, KEY(CGROUP));
	mnl_attr_put(self->nlh, NSGUARD_A_MATCH_PATH, 4, "/abc");
	END(match);
	END(nest);
	REFUSED(EINVAL, "", NSGUARD_A_MATCH_PATH, "no NUL");
	refuse_twice(_metadata, self);
}

TEST_F(protocol, table_and_verdict)
{
	struct nlattr *nest;

	START(RULE_ADD);
	REFUSED(EINVAL, "rule is missing", -1, "no rule");
	EXPECT_EQ(NSGUARD_A_RULE, self->g.missing);
	START(RULE_ADD);
	nest = mnl_attr_nest_start(self->nlh, NSGUARD_A_RULE);
	mnl_attr_put_u32(self->nlh, KEY(VERDICT), 1);
	END(nest);
	REFUSED(EINVAL, "table of the rule is missing", NSGUARD_A_RULE, "no table");
	EXPECT_EQ(KEY(TABLE), self->g.missing);
	START(RULE_ADD);
	nest = mnl_attr_nest_start(self->nlh, NSGUARD_A_RULE);
	mnl_attr_put_u32(self->nlh, KEY(TABLE), 1);
	END(nest);
	REFUSED(EINVAL, "verdict of the rule is missing", NSGUARD_A_RULE, "no verdict");
	EXPECT_EQ(KEY(VERDICT), self->g.missing);
	START(RULE_ADD);
	nest = mnl_attr_nest_start(self->nlh, NSGUARD_A_RULE);
	mnl_attr_put_u32(self->nlh, KEY(TABLE), 3);
	END(nest);
	REFUSED(ERANGE, "integer out of range", KEY(TABLE), "table 3");
}

TEST_F(protocol, strings_too_long)
{
	static char text[PATH_MAX];
	struct nlattr *nest, *match;

	memset(text, 'a', sizeof(text) - 1);
	text[0] = '/';
	text[NSGUARD_COMMENT_MAX + 1] = '\0';
	nest = START_RULE(DENY(NS));
	mnl_attr_put_strz(self->nlh, KEY(COMMENT), text);
	END(nest);
	REFUSED(EINVAL, "", KEY(COMMENT), "comment");
	text[NSGUARD_COMMENT_MAX + 1] = 'a';
	text[NSGUARD_PATH_MAX + 1] = '\0';
	nest = START_RULE(DENY(NS));
	match = mnl_attr_nest_start(self->nlh, KEY(CGROUP));
	mnl_attr_put_strz(self->nlh, NSGUARD_A_MATCH_PATH, text);
	END(match);
	END(nest);
	REFUSED(EINVAL, "", NSGUARD_A_MATCH_PATH, "path");
	for (int i = 0; i < NSGUARD_PATH_MAX; i++)
		text[i] = i % 2 ? 'a' : '/';
	text[NSGUARD_PATH_MAX] = '\0';
	WHOLE_RULE(DENY(NS, M_IS(KEY(CGROUP), text)));
	REFUSED(E2BIG, "too many components", NSGUARD_A_MATCH_PATH, "components");
}

TEST_F(protocol, too_many_values)
{
	struct nlattr *nest = START_RULE(DENY(NS)), *match, *range;

	match = mnl_attr_nest_start(self->nlh, KEY(UID));
	for (int i = 0; i <= 64; i++) {
		range = mnl_attr_nest_start(self->nlh, NSGUARD_A_MATCH_RANGE);
		mnl_attr_put_u32(self->nlh, NSGUARD_A_RANGE_MIN, 2 * i);
		mnl_attr_put_u32(self->nlh, NSGUARD_A_RANGE_MAX, 2 * i);
		END(range);
	}
	END(match);
	END(nest);
	REFUSED(E2BIG, "uid has more than 64 values", NSGUARD_A_MATCH_RANGE, "values");

	nest = START_RULE(DENY(NS));
	match = mnl_attr_nest_start(self->nlh, KEY(CGROUP));
	for (int i = 0; i < 10; i++) {
		static char path[1000];

		memset(path, 'a', sizeof(path) - 1);
		path[0] = '/';
		path[1] = '0' + i;
		mnl_attr_put_strz(self->nlh, NSGUARD_A_MATCH_PATH, path);
	}
	END(match);
	END(nest);
	REFUSED(E2BIG, "at most 8192 bytes", NSGUARD_A_RULE, "bytes");
}

#define MANY	1100	/* more than there are places for sentences */

/* A sentence of its own for each CPU that is not there. */
static bool is_told(struct nsg *g, struct nsg_msg *m, unsigned int cpu)
{
	struct nlmsghdr *nlh = nsg_msg(g, m, NSGUARD_CMD_RULE_ADD, 0);
	struct nlattr *nest = nsg_put_rule(nlh, DENY(AFFINITY)), *match;
	unsigned char mask[4096] = { 0 };
	char text[64];

	mask[cpu / 8] = 1 << cpu % 8;
	match = mnl_attr_nest_start(nlh, KEY(CPUS));
	mnl_attr_put_u32(nlh, NSGUARD_A_MATCH_RELATION, NSGUARD_RELATION_EQUALS);
	mnl_attr_put(nlh, NSGUARD_A_MATCH_MASK, cpu / 8 + 1, mask);
	mnl_attr_nest_end(nlh, match);
	mnl_attr_nest_end(nlh, nest);
	snprintf(text, sizeof(text), "no such CPU: %u", cpu);
	return nsg_talk(g, nlh, NULL, NULL) == -ERANGE && !strcmp(text, g->text);
}

struct asker {
	struct nsg *g;
	struct nsg_msg *m;
	unsigned int cpu;
};

static void *ask(void *arg)
{
	struct asker *a = arg;

	return is_told(a->g, a->m, a->cpu) ? a : NULL;
}

/* However many were said before, the next one is whole: one task's, and those of many. */
TEST_F(protocol, sentences_never_run_out)
{
	struct asker a = { &self->g, self->m, 64 };
	pthread_t thread;
	void *told;

	for (int i = 0; i < MANY; i++) {
		ASSERT_TRUE(is_told(a.g, a.m, a.cpu)) TH_LOG("%d: %s", i, self->g.text);
		a.cpu++;
	}
	for (int i = 0; i < MANY; i++, a.cpu++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, ask, &a));
		ASSERT_EQ(0, pthread_join(thread, &told));
		ASSERT_NE(NULL, told) TH_LOG("%d: %s", i, self->g.text);
	}
}

/* Nobody is told what another did. */
TEST_F(protocol, sentences_of_several)
{
	pid_t child[4];
	int status;

	for (int i = 0; i < 4; i++) {
		child[i] = fork();
		if (child[i])
			continue;
		nsg_close(&self->g);
		if (nsg_open(&self->g))
			_exit(2);
		for (int k = 0; k < 200; k++)
			if (!is_told(&self->g, self->m, 64 + 1000 * i + k))
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

TEST_HARNESS_MAIN
