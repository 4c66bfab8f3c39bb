// SPDX-License-Identifier: GPL-2.0-only
/*
 * op cpuset (S15): a move to a cpuset of other CPUs is an operation of its own, which only a rule
 * that names it decides (H15), by the CPUs in force there. And what is about no CPUs at all is
 * never judged. The guest has CPUs 0 and 1.
 */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include "kselftest_harness.h"
#include "lib/cmd.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define POLICY	"/tmp/cpuset.nsg"
#define CPU0	1
#define CPU1	2
#define BOTH	3
#define ALL_OPS	(NSG_BIT(NSGUARD_OP_SETAFFINITY) | NSG_BIT(NSGUARD_OP_IO_URING) | \
		 NSG_BIT(NSGUARD_OP_CPUSET))
#define CPUSET	M_OP(NSGUARD_OP_CPUSET)
#define EFFECTIVE(r, m)	M_MASK(NSGUARD_A_RULE_EFFECTIVE_CPUS, NSGUARD_RELATION_##r, m)

#define EXPECT_GO(errno_, c) do { \
	op_go(c); \
	EXPECT_EQ(errno_, (c)->err); \
	EXPECT_EQ(!(errno_), (c)->changed); \
} while (0)

/* Is there such a path? Whether it is covered is another question. */
static bool has_path(struct nsg *g, const char *name)
{
	struct nsg_status s;

	if (!nsg_status(g, &s))
		for (unsigned int i = 0; i < s.paths; i++)
			if (!strcmp(s.path[i].name, name))
				return true;
	return false;
}

FIXTURE(cpuset)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(cpuset)
{
	enum op_kind kind;
	bool other;
};

FIXTURE_VARIANT_ADD(cpuset, procs) { .kind = OP_PROCS };
FIXTURE_VARIANT_ADD(cpuset, procs_other) { .kind = OP_PROCS, .other = true };
FIXTURE_VARIANT_ADD(cpuset, clone3) { .kind = OP_CLONE_INTO };

FIXTURE_SETUP(cpuset)
{
	nsg_setup(_metadata, &self->g);
	if (!has_path(&self->g, "cpuset"))
		SKIP(return, "stock kernel");
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP "/a"));
	ASSERT_EQ(0, cg_make(TOP "/b"));
	ASSERT_EQ(0, cg_make(TOP "/twin"));
	ASSERT_EQ(0, cg_write(TOP, "cgroup.subtree_control", "+cpuset"));
	ASSERT_EQ(0, cg_write(TOP "/a", "cpuset.cpus", "0"));
	ASSERT_EQ(0, cg_write(TOP "/b", "cpuset.cpus", "1"));
	ASSERT_EQ(0, cg_write(TOP "/twin", "cpuset.cpus", "0"));
	self->op = (struct op){
		.kind = variant->kind, .other = variant->other,
		.from = TOP "/a", .to = TOP "/b",
	};
}

FIXTURE_TEARDOWN(cpuset)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

TEST_F(cpuset, by_its_cpus)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(AFFINITY, CPUSET, M_CPUS(INTERSECTS, CPU1)), &self->op,
	      true, true, &e);
	EXPECT_EQ(NSGUARD_OP_CPUSET, e.op);
	EXPECT_STREQ("security_task_setscheduler", e.function);
	EXPECT_EQ(CPU1, e.mask);
	EXPECT_EQ(CPU1, e.effective);
	EXPECT_FALSE(NSG_HAS(&e, RESET));
	EXPECT_NE(0, e.target_pid);
	EXPECT_EQ(variant->kind == OP_PROCS && !variant->other, e.target_pid == e.pid);
	PROVE_DENIED(DENY(AFFINITY, CPUSET, EFFECTIVE(EQUALS, CPU1)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, CPUSET, M_CPUS(INTERSECTS, CPU0)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, CPUSET, M_RESET), &self->op);
}

/* H15: the rule that keeps reserved cores for itself must not stop PID 1's moves. */
TEST_F(cpuset, only_when_named)
{
	const struct nsg_rule *not = DENY(AFFINITY, { .key = NSGUARD_A_RULE_OP, .kind = NSG_BITS,
		.negated = true, .bits = NSG_BIT(NSGUARD_OP_SETAFFINITY) });

	PROVE_PASSES(DENY(AFFINITY, M_UID(0, ~0u)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, M_CPUS(INTERSECTS, BOTH)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, M_OP(NSGUARD_OP_SETAFFINITY)), &self->op);
	/* "Not that one" names no other. */
	PROVE_PASSES(not, &self->op);
	PROVE_DENIED(DENY(AFFINITY, M_BITS(NSGUARD_A_RULE_OP, ALL_OPS)), &self->op);
}

TEST_F(cpuset, whom)
{
	/* A child comes from where its maker is. */
	PROVE_DENIED(DENY(AFFINITY, CPUSET, M_UNDER(NSGUARD_A_RULE_TARGET_CGROUP, TOP "/a")),
		     &self->op);
	PROVE_PASSES(DENY(AFFINITY, CPUSET, M_UNDER(NSGUARD_A_RULE_TARGET_CGROUP, TOP "/b")),
		     &self->op);
	PROVE_DENIED(DENY(AFFINITY, CPUSET, M_WHO(variant->other)), &self->op);
	PROVE_PASSES(DENY(AFFINITY, CPUSET, M_WHO(!variant->other)), &self->op);
	PROVE_DENIED(DENY(AFFINITY, CPUSET, M_RANGE(NSGUARD_A_RULE_TARGET_UID, 0, 0)), &self->op);
}

/* The default of the operation is its own, too. */
TEST_F(cpuset, by_default)
{
	const int table = NSGUARD_TABLE_AFFINITY, op = NSGUARD_OP_CPUSET;

	struct op_child c;

	/* To be placed is a move, too. */
	ASSERT_EQ(0, op_start(&c, &self->op));
	ASSERT_EQ(0, nsg_default(&self->g, table, -1, NSGUARD_VERDICT_DENY, true));
	EXPECT_GO(0, &c);
	ASSERT_EQ(0, nsg_default(&self->g, table, -1, NSGUARD_VERDICT_ALLOW, true));
	ASSERT_EQ(0, op_start(&c, &self->op));
	ASSERT_EQ(0, nsg_default(&self->g, table, op, NSGUARD_VERDICT_DENY, true));
	EXPECT_GO(EPERM, &c);
}

/* Where the CPUs stay the same, v2 asks nobody about them. */
TEST_F(cpuset, same_cpus)
{
	struct op twin = self->op;
	struct op_child c, d;
	uint64_t handle;

	if (variant->kind == OP_CLONE_INTO)
		SKIP(return, "clone3 asks about every other cpuset");
	twin.to = TOP "/twin";
	ASSERT_EQ(0, op_start(&c, &twin));
	ASSERT_EQ(0, op_start(&d, &self->op));
	handle = must_add(_metadata, &self->g, DENY(AFFINITY, CPUSET));
	EXPECT_GO(0, &c);
	EXPECT_EQ(0, nsg_hits(&self->g, handle));
	EXPECT_GO(EPERM, &d);
}

/* A rule that nothing could ever come to is refused, with the word that is at fault. */
TEST(cpuset_needs_the_kernel)
{
	const struct nsg_rule *rule = DENY(AFFINITY, CPUSET);
	uint64_t handle;
	struct nsg g;
	bool seen;

	nsg_setup(_metadata, &g);
	seen = has_path(&g, "cpuset");
	handle = nsg_add(&g, rule);
	if (seen) {
		EXPECT_NE(0, handle);
		EXPECT_TRUE(nsg_covers(&g, "cpuset"));
	} else {
		EXPECT_EQ(0, handle);
		EXPECT_EQ(EOPNOTSUPP, g.error);
		EXPECT_TRUE(strstr(g.text, "op cpuset"));
		EXPECT_LT(0, g.offset);
		EXPECT_EQ(-EOPNOTSUPP, nsg_default(&g, NSGUARD_TABLE_AFFINITY, NSGUARD_OP_CPUSET,
						   NSGUARD_VERDICT_DENY, true));
		EXPECT_TRUE(strstr(g.text, "op cpuset"));
		EXPECT_EQ(0, nsg_list(&g, NSGUARD_TABLE_AFFINITY, NULL, 0));
	}
	/* To allow it is to leave it as it is. */
	EXPECT_EQ(0, nsg_default(&g, NSGUARD_TABLE_AFFINITY, NSGUARD_OP_CPUSET,
				 NSGUARD_VERDICT_ALLOW, true));
	nsg_teardown(_metadata, &g);
}

/* Nothing else is asked of nsguardctl here: what it saves is not lost at a reboot. */
TEST(cpuset_default_saved_and_synced)
{
	static const char *const word[] = { "allow", "deny" };
	const int table = NSGUARD_TABLE_AFFINITY, op = NSGUARD_OP_CPUSET;
	struct cmd c = { 0 };
	char line[64];
	struct nsg g;
	char *saved;

	nsg_setup(_metadata, &g);
	if (!has_path(&g, "cpuset"))
		SKIP(goto out, "stock kernel");
	/* All operations of the table say the same: it takes two lines nevertheless. */
	for (int v = NSGUARD_VERDICT_ALLOW; v <= NSGUARD_VERDICT_DENY; v++) {
		ASSERT_EQ(0, nsg_default(&g, table, -1, v, true));
		ASSERT_EQ(0, nsg_default(&g, table, op, v, true));
		ASSERT_EQ(0, cmd_line(&c, "nsguardctl save")) TH_LOG("%s", c.err);
		saved = strdup(c.out);
		snprintf(line, sizeof(line), "\ndefault affinity %s", word[v]);
		EXPECT_HAS(saved, line);
		snprintf(line, sizeof(line), "\ndefault affinity cpuset %s", word[v]);
		EXPECT_HAS(saved, line);
		ASSERT_EQ(0, file_make(POLICY, saved));

		ASSERT_EQ(0, nsg_default(&g, table, op, !v, true));
		EXPECT_EQ(0, cmd_line(&c, "nsguardctl -f " POLICY)) TH_LOG("%s", c.err);
		EXPECT_EQ(0, cmd_line(&c, "nsguardctl save"));
		EXPECT_STREQ(saved, c.out);

		ASSERT_EQ(0, nsg_default(&g, table, op, !v, true));
		EXPECT_EQ(0, cmd_line(&c, "nsguardctl sync " POLICY)) TH_LOG("%s", c.err);
		snprintf(line, sizeof(line), "+ default affinity cpuset %s\n", word[v]);
		EXPECT_HAS(c.out, line);
		EXPECT_EQ(0, cmd_line(&c, "nsguardctl save"));
		EXPECT_STREQ(saved, c.out);
		free(saved);
	}
	unlink(POLICY);
	cmd_free(&c);
out:
	nsg_teardown(_metadata, &g);
}

/*
 * Priority, policy and timer slack of a task pass the same function of the kernel, about no CPUs:
 * never judged, whatever the rules say (S15).
 */
TEST(cpuset_no_mask_is_no_request)
{
	const struct sched_param zero = { 0 }, one = { .sched_priority = 1 };
	struct nsg_status before, after;
	char path[64];
	struct nsg g;
	pid_t pid;

	nsg_setup(_metadata, &g);
	if (has_path(&g, "cpuset"))
		must_add(_metadata, &g, DENY(AFFINITY, M_BITS(NSGUARD_A_RULE_OP, ALL_OPS)));
	must_add(_metadata, &g, DENY(AFFINITY, M_UID(0, ~0u)));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		for (;;)
			pause();
	ASSERT_EQ(0, nsg_status(&g, &before));
	EXPECT_EQ(0, sched_setscheduler(pid, SCHED_BATCH, &zero));
	EXPECT_EQ(0, sched_setscheduler(pid, SCHED_FIFO, &one));
	EXPECT_EQ(0, sched_setparam(pid, &one));
	snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", pid);
	EXPECT_EQ(0, file_write(path, "70000"));
	ASSERT_EQ(0, nsg_status(&g, &after));
	EXPECT_EQ(before.table[NSGUARD_TABLE_AFFINITY].decisions,
		  after.table[NSGUARD_TABLE_AFFINITY].decisions);
	/* And yet the rule is in force. */
	EXPECT_EQ(-1, sched_setaffinity(pid, 8, (const cpu_set_t *)&(uint64_t){ CPU0 }));
	EXPECT_EQ(EPERM, errno);
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	nsg_teardown(_metadata, &g);
}

TEST_HARNESS_MAIN
