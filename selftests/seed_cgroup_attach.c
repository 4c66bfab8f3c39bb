// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test posted with the cgroup attach hook, as ours (S5 to S8): a set of denied destinations,
 * what the policy sees of a move, clone3() into a cgroup, and that with the policy gone the
 * cgroups are free at once. Every key of a rule is cgroup_move's.
 */
#include <sys/stat.h>
#include "kselftest_harness.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define SRC	TOP "/src"
#define DST	TOP "/dst"
#define ALLOWED	TOP "/allowed"
#define DENIED	TOP "/denied"
#define TO(p)	M_IS(NSGUARD_A_RULE_TO, p)
#define DENY_SET DENY(CGROUP, { .key = NSGUARD_A_RULE_TO, .kind = NSG_PATH, \
				.relation = NSGUARD_RELATION_IS + 1, \
				.path = { DENIED, DENIED "2", DENIED "3" } })

FIXTURE(seed_cgroup_attach)
{
	struct nsg g;
};

FIXTURE_SETUP(seed_cgroup_attach)
{
	static const char *const groups[] = {
		SRC, DST, ALLOWED, DENIED, DENIED "2", DENIED "3",
	};

	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		ASSERT_EQ(0, cg_make(groups[i]));
}

FIXTURE_TEARDOWN(seed_cgroup_attach)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

static const struct op *into(enum op_kind kind, const char *to)
{
	static struct op op;

	op = (struct op){ .kind = kind, .to = to };
	return &op;
}

/* A child may go into one, not into the others; and with the rule gone, into any. */
TEST_F(seed_cgroup_attach, deny_migration)
{
	static const char *const denied[] = { DENIED, DENIED "2", DENIED "3" };
	uint64_t handle = must_add(_metadata, &self->g, DENY_SET);
	struct nsg_event e;
	struct op_child c;

	EXPECT_OP(0, into(OP_PROCS, ALLOWED));
	EXPECT_EQ(0, nsg_hits(&self->g, handle));
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
		c = op_run(into(OP_PROCS, denied[i]));
		EXPECT_EQ(EPERM, c.err);
		EXPECT_FALSE(c.changed);
		EXPECT_TRUE(nsg_event_wait(&self->g, handle, c.pid, PROOF_MS, &e));
		EXPECT_EQ(cg_id(denied[i]), e.to_id);
		EXPECT_EQ(EPERM, e.error);
	}
	EXPECT_EQ(ARRAY_SIZE(denied), nsg_hits(&self->g, handle));
	EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++)
		EXPECT_OP(0, into(OP_PROCS, denied[i]));
}

/*
 * What was let through is recorded too, by a rule that only reports: source, destination, the
 * task's pid, a process or a thread; and that the point was passed.
 */
static void verify(struct __test_metadata *_metadata, struct nsg *g, const struct op *op,
		   const char *path, const char *from, bool threadgroup)
{
	struct nsg_rule report = *DENY(CGROUP, TO(op->to));
	struct nsg_status before, after;
	uint64_t handle, hits = 0;
	struct nsg_event e;
	struct op_child c;

	report.dry_run = true;
	ASSERT_EQ(0, op_start(&c, op));
	handle = must_add(_metadata, g, &report);
	ASSERT_EQ(0, nsg_status(g, &before));
	op_go(&c);
	EXPECT_EQ(0, c.err);
	EXPECT_TRUE(c.changed);
	ASSERT_EQ(0, nsg_status(g, &after));
	ASSERT_TRUE(nsg_event_wait(g, handle, c.pid, PROOF_MS, &e));
	EXPECT_FALSE(NSG_HAS(&e, ENFORCED));
	EXPECT_EQ(NSGUARD_OP_MOVE, e.op);
	EXPECT_NE(0, cg_id(from));
	EXPECT_EQ(cg_id(from), e.from_id);
	EXPECT_STREQ(from, e.from);
	EXPECT_EQ(cg_id(op->to), e.to_id);
	EXPECT_STREQ(op->to, e.to);
	/* A child that is made into a cgroup has no number anybody could know yet. */
	if (op->kind != OP_CLONE_INTO)
		EXPECT_EQ(c.target, e.target_pid);
	EXPECT_EQ(c.pid, e.pid);
	EXPECT_EQ(threadgroup, NSG_HAS(&e, THREADGROUP));
	EXPECT_LT(0, strlen(e.function));
	for (unsigned int i = 0; i < after.paths; i++)
		if (!strcmp(after.path[i].name, path))
			hits = after.path[i].hits - before.path[i].hits;
	EXPECT_EQ(1, hits);
	EXPECT_EQ(0, nsg_rule_del(g, handle));
}

TEST_F(seed_cgroup_attach, verify_hook_args)
{
	struct op op = { .kind = OP_PROCS, .from = SRC, .to = DST };

	verify(_metadata, &self->g, &op, "cgroup.procs", SRC, true);
	/* By somebody else, who sits elsewhere. */
	op.other = true;
	verify(_metadata, &self->g, &op, "cgroup.procs", SRC, true);
	op = (struct op){ .kind = OP_CLONE_INTO, .to = DST, .become = become_in_cgroup,
			  .arg = SRC };
	verify(_metadata, &self->g, &op, "clone3", SRC, true);
}

TEST_F(seed_cgroup_attach, verify_hook_args_of_a_thread)
{
	struct op op = { .kind = OP_THREADS, .from = SRC, .to = DST };

	ASSERT_EQ(0, cg_write(SRC, "cgroup.type", "threaded"));
	ASSERT_EQ(0, cg_write(DST, "cgroup.type", "threaded"));
	verify(_metadata, &self->g, &op, "cgroup.threads", SRC, false);
	op.other = true;
	verify(_metadata, &self->g, &op, "cgroup.threads", SRC, false);
}

/* The same as an administrator sees it, by name in JSON. */
TEST_F(seed_cgroup_attach, verify_hook_args_as_shown)
{
	const struct op op = { .kind = OP_PROCS, .from = SRC, .to = DST, .other = true };
	struct cmd c = { 0 };
	struct op_child child;
	struct nsg_event e;
	uint64_t handle;
	char part[96];

	ASSERT_EQ(0, op_start(&child, &op));
	handle = must_add(_metadata, &self->g, DENY(CGROUP, TO(DST)));
	op_go(&child);
	EXPECT_EQ(EPERM, child.err);
	EXPECT_TRUE(nsg_event_wait(&self->g, handle, child.pid, PROOF_MS, &e));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl --json monitor --last 1"));
	snprintf(part, sizeof(part), "\"from-id\":%llu,", (unsigned long long)cg_id(SRC));
	EXPECT_HAS(c.out, part);
	snprintf(part, sizeof(part), "\"to-id\":%llu,", (unsigned long long)cg_id(DST));
	EXPECT_HAS(c.out, part);
	snprintf(part, sizeof(part), "\"target-pid\":%d,", child.target);
	EXPECT_HAS(c.out, part);
	EXPECT_HAS(c.out, "\"threadgroup\":true");
	cmd_free(&c);
}

TEST_F(seed_cgroup_attach, clone_into_cgroup)
{
	uint64_t handle = must_add(_metadata, &self->g, DENY_SET);
	struct nsg_event e;
	struct op_child c;

	c = op_run(into(OP_CLONE_INTO, DENIED));
	EXPECT_EQ(EPERM, c.err);
	EXPECT_FALSE(c.changed);
	EXPECT_TRUE(nsg_event_wait(&self->g, handle, c.pid, PROOF_MS, &e));
	EXPECT_EQ(cg_id(DENIED), e.to_id);
	EXPECT_TRUE(NSG_HAS(&e, THREADGROUP));
	EXPECT_OP(0, into(OP_CLONE_INTO, ALLOWED));
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
	EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	EXPECT_OP(0, into(OP_CLONE_INTO, DENIED));
}

/* --- the policy goes, and what it refused is free --- */

/* Cgroups that were removed and are still held by something, in the whole hierarchy; or -1. */
static long dying(void)
{
	char text[1024];
	const char *at;
	long n = -1;

	if (file_read(CG2 "/cgroup.stat", text, sizeof(text)))
		return -1;
	at = strstr(text, "nr_dying_descendants ");
	if (at)
		sscanf(at, "nr_dying_descendants %ld", &n);
	return n;
}

/* Waits for it to be @n again: what memory was charged to a cgroup lets go of it in its time. */
static bool dying_comes_to(long n)
{
	for (int i = 0; i < 500; i++) {
		if (dying() <= n)
			return true;
		usleep(10000);
	}
	return false;
}

FIXTURE(seed_cgroup_freed)
{
	struct nsg g;
	long before;
};

FIXTURE_VARIANT(seed_cgroup_freed)
{
	enum { BY_DEL, BY_FLUSH, BY_OFF, BY_RMMOD, NOT_AT_ALL } how;
};

FIXTURE_VARIANT_ADD(seed_cgroup_freed, rule_del) { .how = BY_DEL };
FIXTURE_VARIANT_ADD(seed_cgroup_freed, rule_flush) { .how = BY_FLUSH };
FIXTURE_VARIANT_ADD(seed_cgroup_freed, mode_off) { .how = BY_OFF };
FIXTURE_VARIANT_ADD(seed_cgroup_freed, rmmod) { .how = BY_RMMOD };
/* A rule is about a path: even while it stands it holds no cgroup. */
FIXTURE_VARIANT_ADD(seed_cgroup_freed, while_it_stands) { .how = NOT_AT_ALL };

FIXTURE_SETUP(seed_cgroup_freed)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	self->before = dying();
	ASSERT_LE(0, self->before);
	ASSERT_EQ(0, cg_make(DENIED));
	ASSERT_EQ(0, cg_make(ALLOWED));
}

FIXTURE_TEARDOWN(seed_cgroup_freed)
{
	if (!kmod_loaded("nsguard"))
		EXPECT_EQ(0, ctl_reload(""));
	if (variant->how == BY_RMMOD)
		EXPECT_EQ(0, nsg_open(&self->g));
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

TEST_F_TIMEOUT(seed_cgroup_freed, at_once, 80)
{
	uint64_t handle = must_add(_metadata, &self->g, DENY(CGROUP, TO(DENIED)));
	struct nsg *g = &self->g;
	struct op_child c;
	struct stat st;

	/* From an allowed one into the denied one: both pass through events, too. */
	for (int i = 0; i < 4; i++) {
		c = op_run(&(struct op){ .kind = OP_PROCS, .from = ALLOWED, .to = DENIED });
		ASSERT_EQ(EPERM, c.err);
		c = op_run(into(OP_CLONE_INTO, DENIED));
		ASSERT_EQ(EPERM, c.err);
	}
	switch (variant->how) {
	case BY_DEL:
		ASSERT_EQ(0, nsg_rule_del(g, handle));
		break;
	case BY_FLUSH:
		ASSERT_EQ(0, nsg_flush(g, -1));
		break;
	case BY_OFF:
		ASSERT_EQ(0, nsg_mode(g, NSGUARD_TABLE_CGROUP, NSGUARD_MODE_OFF, false));
		break;
	case BY_RMMOD:
		nsg_close(g);
		ASSERT_EQ(0, kmod_unload("nsguard"));
		break;
	case NOT_AT_ALL:
		break;
	}
	if (variant->how != NOT_AT_ALL) {
		EXPECT_OP(0, into(OP_PROCS, DENIED));
		EXPECT_OP(0, into(OP_CLONE_INTO, DENIED));
	}
	cg_remove(TOP);
	EXPECT_EQ(-1, stat(CG2 DENIED, &st));
	EXPECT_TRUE(dying_comes_to(self->before))
		TH_LOG("%ld cgroups are dying, %ld were", dying(), self->before);
	/* The same path again is another cgroup, and nobody refuses it but a rule that stands. */
	ASSERT_EQ(0, cg_make(DENIED));
	EXPECT_EQ(variant->how == NOT_AT_ALL ? EPERM : 0, op_run(into(OP_PROCS, DENIED)).err);
}

TEST_HARNESS_MAIN
