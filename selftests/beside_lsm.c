// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BPF LSM program and the guard on one operation (S17), whoever came first, the program sleepable
 * or not: what either refuses is refused, with the errno of the one that is asked first, and when
 * either goes the other stays what it was. Programs that only watch are beside_trace's.
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "bpf/side.h"
#include "lib/kmod.h"
#include "lib/proof.h"

SIDE_PREPARE(lsm)

#define GROUP	"/nsgtest/to"
#define MASK	1
#define SECONDS	120	/* on a busy machine every load waits for RCU */

enum at { ENTER, CREATE, MOVE, CLONE, AFFINITY };

/**
 * struct where - an operation both judge
 * @program: BPF's
 * @path: as nsguard calls the way it guards
 * @rule: that denies it
 */
static const struct where {
	const char *program;
	const char *path;
	struct nsg_rule rule;
} wheres[] = {
	[ENTER] = {
		"namespace_install", "ns.enter.uts",
		{ .table = NSGUARD_TABLE_NS, .verdict = NSGUARD_VERDICT_DENY,
		  .m = { M_OP(NSGUARD_OP_ENTER) } },
	},
	[CREATE] = {
		"namespace_alloc", "ns.create",
		{ .table = NSGUARD_TABLE_NS, .verdict = NSGUARD_VERDICT_DENY,
		  .m = { M_OP(NSGUARD_OP_CREATE) } },
	},
	[MOVE] = {
		"cgroup_attach", "cgroup.procs",
		{ .table = NSGUARD_TABLE_CGROUP, .verdict = NSGUARD_VERDICT_DENY,
		  .m = { M_IS(NSGUARD_A_RULE_TO, GROUP) } },
	},
	[CLONE] = {
		"cgroup_attach", "clone3",
		{ .table = NSGUARD_TABLE_CGROUP, .verdict = NSGUARD_VERDICT_DENY,
		  .m = { M_IS(NSGUARD_A_RULE_TO, GROUP) } },
	},
	[AFFINITY] = {
		"task_setscheduler", "setaffinity",
		{ .table = NSGUARD_TABLE_AFFINITY, .verdict = NSGUARD_VERDICT_DENY,
		  .m = { M_CPUS(INTERSECTS, MASK) } },
	},
};

FIXTURE(beside) {
	const struct where *where;
	struct side bpf;
	struct nsg g;
	struct ns_set ns;
	struct op op;
	int log;
};

FIXTURE_VARIANT(beside) {
	enum at at;
	bool guard_first;
	bool sleepable;
};

#define ADD(name, point, first, sleeps) \
	FIXTURE_VARIANT_ADD(beside, name) { \
		.at = point, .guard_first = first, .sleepable = sleeps, \
	}

/* clang-format off */
ADD(enter_after_bpf, ENTER, false, false);
ADD(enter_before_bpf, ENTER, true, false);
ADD(enter_after_sleepable, ENTER, false, true);
ADD(enter_before_sleepable, ENTER, true, true);
ADD(create_after_bpf, CREATE, false, false);
ADD(create_before_bpf, CREATE, true, false);
ADD(create_after_sleepable, CREATE, false, true);
ADD(create_before_sleepable, CREATE, true, true);
ADD(move_after_bpf, MOVE, false, false);
ADD(move_before_bpf, MOVE, true, false);
ADD(move_after_sleepable, MOVE, false, true);
ADD(move_before_sleepable, MOVE, true, true);
ADD(clone_after_bpf, CLONE, false, false);
ADD(clone_before_bpf, CLONE, true, false);
ADD(clone_after_sleepable, CLONE, false, true);
ADD(clone_before_sleepable, CLONE, true, true);
ADD(affinity_after_bpf, AFFINITY, false, false);
ADD(affinity_before_bpf, AFFINITY, true, false);
ADD(affinity_after_sleepable, AFFINITY, false, true);
ADD(affinity_before_sleepable, AFFINITY, true, true);
/* clang-format on */

static int guard_load(struct nsg *g)
{
	int ret = kmod_load("nsguard", "");

	return ret ? ret : nsg_open(g);
}

static int guard_unload(struct nsg *g)
{
	nsg_close(g);
	return kmod_unload("nsguard");
}

FIXTURE_SETUP(beside)
{
	const struct where *where = &wheres[variant->at];
	const char *missing;
	char program[64];

	memset(self, 0, sizeof(*self));
	self->where = where;
	snprintf(program, sizeof(program), "%s%s", where->program, variant->sleepable ? "_s" : "");
	missing = side_take(&self->bpf, program, NULL);
	if (missing)
		SKIP(return, "%s", missing);
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, cg_make(GROUP));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->op = (struct op){ .fd = self->ns.fd[NSGUARD_NSTYPE_UTS], .mask = MASK, .to = GROUP };
	switch (variant->at) {
	case ENTER:
		self->op.kind = OP_SETNS;
		break;
	case CREATE:
		self->op.kind = OP_UNSHARE;
		self->op.types = CLONE_NEWUTS;
		break;
	case MOVE:
		self->op.kind = OP_PROCS;
		break;
	case CLONE:
		self->op.kind = OP_CLONE_INTO;
		break;
	case AFFINITY:
		self->op.kind = OP_AFFINITY;
		break;
	}
	if (!kmod_loaded("nsguard_stub"))
		ASSERT_EQ(0, kmod_load("nsguard_stub", ""));
	if (kmod_loaded("nsguard"))
		ASSERT_EQ(0, kmod_unload("nsguard"));
	if (variant->guard_first)
		ASSERT_EQ(0, guard_load(&self->g));
	ASSERT_EQ(0, side_attach(&self->bpf));
	if (!variant->guard_first)
		ASSERT_EQ(0, guard_load(&self->g));
}

FIXTURE_TEARDOWN(beside)
{
	char line[1024];

	if (!self->log)
		return;
	if (self->bpf.link)
		side_detach(&self->bpf);
	if (self->g.nl)
		nsg_close(&self->g);
	if (!kmod_loaded("nsguard"))
		EXPECT_EQ(0, kmod_load("nsguard", ""));
	EXPECT_EQ(0, nsg_open(&self->g));
	EXPECT_EQ(0, nsg_reset(&self->g));
	nsg_close(&self->g);
	ns_set_free(&self->ns);
	cg_remove("/nsgtest");
	while (klog_find(self->log, "WARNING", "", line, sizeof(line)))
		EXPECT_STREQ("", line);
	close(self->log);
}

/*
 * Who is asked first? On the same function BPF's program: its trampoline calls the function, or
 * the stub the guard left in its place, only when the program has allowed. Else whose function
 * comes first.
 */
static bool guard_is_first(struct nsg *g, const struct where *where)
{
	struct nsg_status s;

	if (nsg_status(g, &s))
		return false;
	for (unsigned int i = 0; i < s.paths; i++)
		if (!strcmp(s.path[i].name, where->path))
			return !strcmp(s.path[i].function, "security_task_setscheduler");
	return false;
}

/* The operation, what it comes to, and whether BPF's program was asked about it. */
#define EXPECT_ASKED(errno_, asked) do {					\
	unsigned long long before_ = self->bpf.shared->calls;			\
										\
	EXPECT_OP(errno_, &self->op);						\
	EXPECT_EQ(before_ + (asked), self->bpf.shared->calls);			\
} while (0)

TEST_F_TIMEOUT(beside, both_allow, SECONDS)
{
	struct nsg_status before, after;
	enum nsguard_table table = self->where->rule.table;

	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_ASKED(0, 1);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_LT(before.table[table].decisions, after.table[table].decisions);
}

TEST_F_TIMEOUT(beside, bpf_refuses, SECONDS)
{
	self->bpf.shared->refuse = 1;
	EXPECT_ASKED(EACCES, 1);
	self->bpf.shared->refuse = 0;
	EXPECT_ASKED(0, 1);
}

TEST_F_TIMEOUT(beside, guard_refuses, SECONDS)
{
	uint64_t handle = must_add(_metadata, &self->g, &self->where->rule);

	EXPECT_ASKED(EPERM, !guard_is_first(&self->g, self->where));
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
	EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	EXPECT_ASKED(0, 1);
}

TEST_F_TIMEOUT(beside, both_refuse, SECONDS)
{
	bool guard = guard_is_first(&self->g, self->where);
	int first = guard ? EPERM : EACCES;

	must_add(_metadata, &self->g, &self->where->rule);
	self->bpf.shared->refuse = 1;
	EXPECT_ASKED(first, !guard);
	/* Neither stands in for the other. */
	self->bpf.shared->refuse = 0;
	EXPECT_ASKED(EPERM, !guard);
	self->bpf.shared->refuse = 1;
	EXPECT_EQ(0, nsg_reset(&self->g));
	EXPECT_ASKED(EACCES, 1);
}

TEST_F_TIMEOUT(beside, bpf_leaves, SECONDS)
{
	must_add(_metadata, &self->g, &self->where->rule);
	self->bpf.shared->refuse = 1;
	EXPECT_EQ(0, side_detach(&self->bpf));
	EXPECT_ASKED(EPERM, 0);
	EXPECT_EQ(0, nsg_reset(&self->g));
	EXPECT_ASKED(0, 0);
	EXPECT_EQ(0, side_attach(&self->bpf));
	EXPECT_ASKED(EACCES, 1);
}

TEST_F_TIMEOUT(beside, guard_leaves, SECONDS)
{
	must_add(_metadata, &self->g, &self->where->rule);
	EXPECT_ASKED(EPERM, !guard_is_first(&self->g, self->where));
	EXPECT_EQ(0, guard_unload(&self->g));
	EXPECT_ASKED(0, 1);
	self->bpf.shared->refuse = 1;
	EXPECT_ASKED(EACCES, 1);
	self->bpf.shared->refuse = 0;
	EXPECT_EQ(0, guard_load(&self->g));
	EXPECT_ASKED(0, 1);
	must_add(_metadata, &self->g, &self->where->rule);
	EXPECT_ASKED(EPERM, !guard_is_first(&self->g, self->where));
}

TEST_HARNESS_MAIN
