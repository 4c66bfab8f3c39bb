// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs that watch the very functions the guard is attached to, by fentry, fexit and
 * kprobe, whoever came first (H2, H7): both work, and a refusal is seen as one. Programs that
 * refuse as well are beside_lsm's, other holders of a function attach's.
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "bpf/side.h"
#include "lib/kmod.h"
#include "lib/proof.h"

SIDE_PREPARE(trace)

#define GROUP	"/nsgtest/to"
#define MASK	1
#define SECONDS	120	/* on a busy machine every load waits for RCU */

/* A rule's table, and what the operation is about. */
#define RULE(t, ...) \
	{ .table = NSGUARD_TABLE_##t, .verdict = NSGUARD_VERDICT_DENY, .m = { __VA_ARGS__ } }

FIXTURE(watched) {
	struct side bpf;
	struct nsg g;
	struct ns_set ns;
	struct op op;
	char function[64];	/* the guard's */
	int log;
};

/*
 * @path: as nsguard calls it
 * @program: what comes behind the function's name, or NULL: a program for any function
 * @any: that one
 * @op: an operation that takes this path
 * @rule: that denies it
 */
FIXTURE_VARIANT(watched) {
	const char *path;
	const char *program;
	const char *any;
	struct op op;
	struct nsg_rule rule;
};

#define FENTRY	.program = "fentry"
#define FEXIT	.program = "fexit"
#define KPROBE	.any = "any_kprobe"

#define ENTER	.path = "ns.enter.uts", .op = { .kind = OP_SETNS }, \
		.rule = RULE(NS, M_OP(NSGUARD_OP_ENTER))
#define CREATE	.path = "ns.create", .op = { .kind = OP_UNSHARE, .types = CLONE_NEWUTS }, \
		.rule = RULE(NS, M_OP(NSGUARD_OP_CREATE))
#define USER	.path = "ns.create.user", .op = { .kind = OP_UNSHARE, .types = CLONE_NEWUSER }, \
		.rule = RULE(NS, M_OP(NSGUARD_OP_CREATE))
#define MOVE	.path = "cgroup.procs", .op = { .kind = OP_PROCS, .to = GROUP }, \
		.rule = RULE(CGROUP, M_IS(NSGUARD_A_RULE_TO, GROUP))
#define CLONE	.path = "clone3", .op = { .kind = OP_CLONE_INTO, .to = GROUP }, \
		.rule = RULE(CGROUP, M_IS(NSGUARD_A_RULE_TO, GROUP))
#define CPUS	.path = "setaffinity", .op = { .kind = OP_AFFINITY, .mask = MASK }, \
		.rule = RULE(AFFINITY, M_CPUS(INTERSECTS, MASK))
#define SQ_AFF	.path = "io_uring.sq_aff", .op = { .kind = OP_SQ_AFF, .mask = MASK }, \
		.rule = RULE(AFFINITY, M_CPUS(INTERSECTS, MASK))

#define ADD(name, how, ...) FIXTURE_VARIANT_ADD(watched, name) { how, __VA_ARGS__ }

/* clang-format off */
ADD(enter_fentry, FENTRY, ENTER);
ADD(enter_fexit, FEXIT, ENTER);
ADD(enter_kprobe, KPROBE, ENTER);
ADD(create_fentry, FENTRY, CREATE);
ADD(create_fexit, FEXIT, CREATE);
ADD(create_kprobe, KPROBE, CREATE);
ADD(create_user_fentry, FENTRY, USER);
ADD(create_user_fexit, FEXIT, USER);
ADD(create_user_kprobe, KPROBE, USER);
ADD(move_fentry, FENTRY, MOVE);
ADD(move_fexit, FEXIT, MOVE);
ADD(move_kprobe, KPROBE, MOVE);
ADD(clone_fentry, FENTRY, CLONE);
ADD(clone_fexit, FEXIT, CLONE);
ADD(clone_kprobe, KPROBE, CLONE);
ADD(affinity_fentry, FENTRY, CPUS);
ADD(affinity_fexit, FEXIT, CPUS);
ADD(affinity_kprobe, KPROBE, CPUS);
ADD(io_uring_fentry, FENTRY, SQ_AFF);
ADD(io_uring_fexit, FEXIT, SQ_AFF);
ADD(io_uring_kprobe, KPROBE, SQ_AFF);
/* clang-format on */

static int guard_load(struct nsg *g)
{
	int ret = 0;

	if (!kmod_loaded("nsguard_stub"))
		ret = kmod_load("nsguard_stub", "");
	if (!ret && !kmod_loaded("nsguard"))
		ret = kmod_load("nsguard", "");
	return ret ? ret : nsg_open(g);
}

static int guard_unload(struct nsg *g)
{
	nsg_close(g);
	return kmod_unload("nsguard");
}

/* Which function the guard uses on @path; an empty string when it does not say. */
static void function_of(struct nsg *g, const char *path, char *name, size_t size)
{
	struct nsg_status s;

	*name = '\0';
	if (nsg_status(g, &s))
		return;
	for (unsigned int i = 0; i < s.paths; i++)
		if (!strcmp(s.path[i].name, path))
			snprintf(name, size, "%s", s.path[i].function);
}

FIXTURE_SETUP(watched)
{
	const char *missing;
	char program[128];

	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, guard_load(&self->g));
	function_of(&self->g, variant->path, self->function, sizeof(self->function));
	ASSERT_NE(0, *self->function);
	snprintf(program, sizeof(program), "%s_%s", self->function, variant->program ?: "");
	missing = side_take(&self->bpf, variant->any ?: program, self->function);
	if (missing) {
		nsg_close(&self->g);
		SKIP(return, "%s", missing);
	}
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, cg_make(GROUP));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->op = variant->op;
	self->op.fd = self->ns.fd[NSGUARD_NSTYPE_UTS];
}

FIXTURE_TEARDOWN(watched)
{
	char line[1024];

	if (!self->log)
		return;
	if (self->bpf.link)
		side_detach(&self->bpf);
	if (self->g.nl)
		nsg_close(&self->g);
	EXPECT_EQ(0, guard_load(&self->g));
	EXPECT_EQ(0, nsg_reset(&self->g));
	nsg_close(&self->g);
	ns_set_free(&self->ns);
	cg_remove("/nsgtest");
	while (klog_find(self->log, "WARNING", "", line, sizeof(line)))
		EXPECT_STREQ("", line);
	close(self->log);
}

/* The operation comes to @errno_, and BPF's program sees the call (and the refusal). */
#define EXPECT_SEEN(errno_, seen) do {						\
	struct shared before_ = *self->bpf.shared;				\
										\
	EXPECT_OP(errno_, &self->op);						\
	EXPECT_EQ(seen, before_.calls < self->bpf.shared->calls)		\
		TH_LOG("%s", self->function);					\
	if (variant->program && !strcmp(variant->program, "fexit"))		\
		EXPECT_EQ((seen) && (errno_) == EPERM,				\
			  before_.refused < self->bpf.shared->refused);		\
} while (0)

TEST_F_TIMEOUT(watched, bpf_second, SECONDS)
{
	EXPECT_EQ(0, side_attach(&self->bpf));
	EXPECT_SEEN(0, true);
	must_add(_metadata, &self->g, &variant->rule);
	EXPECT_SEEN(EPERM, true);
	EXPECT_EQ(0, side_detach(&self->bpf));
	EXPECT_SEEN(EPERM, false);
	EXPECT_EQ(0, side_attach(&self->bpf));
	EXPECT_SEEN(EPERM, true);
	EXPECT_EQ(0, nsg_mode(&self->g, variant->rule.table, NSGUARD_MODE_OFF, true));
	EXPECT_SEEN(0, true);
	EXPECT_EQ(0, nsg_mode(&self->g, variant->rule.table, NSGUARD_MODE_ENFORCE, false));
	EXPECT_SEEN(EPERM, true);
	EXPECT_EQ(0, guard_unload(&self->g));
	EXPECT_SEEN(0, true);
}

TEST_F_TIMEOUT(watched, bpf_first, SECONDS)
{
	EXPECT_EQ(0, guard_unload(&self->g));
	EXPECT_EQ(0, side_attach(&self->bpf));
	EXPECT_SEEN(0, true);
	EXPECT_EQ(0, guard_load(&self->g));
	EXPECT_SEEN(0, true);
	must_add(_metadata, &self->g, &variant->rule);
	EXPECT_SEEN(EPERM, true);
	EXPECT_EQ(0, side_detach(&self->bpf));
	EXPECT_SEEN(EPERM, false);
	EXPECT_EQ(0, nsg_reset(&self->g));
	EXPECT_SEEN(0, false);
}

TEST_HARNESS_MAIN
