// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policies the threads on cgroups ask for, as an administrator would write them: only PID 1
 * and a session manager move others while delegated subtrees go on (S10), movers listed for one
 * subtree (S11), one place that tells why a migration failed (S12), live updates (S9).
 */
#include <fcntl.h>
#include "kselftest_harness.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define MANAGER	TOP "/init.scope"
#define SERVICE	TOP "/system.slice/a.service"
#define OTHER	TOP "/system.slice/b.service"
#define DELEG	TOP "/user.slice/one.service"
#define DELEG2	TOP "/user.slice/two.service"

FIXTURE(seed_policy)
{
	struct nsg g;
};

FIXTURE_SETUP(seed_policy)
{
	static const char *const groups[] = {
		MANAGER, SERVICE, OTHER, DELEG "/x", DELEG "/y", DELEG2 "/x",
	};

	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		ASSERT_EQ(0, cg_make(groups[i]));
}

FIXTURE_TEARDOWN(seed_policy)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* One transaction, as it would lie in /etc. */
static void load(struct __test_metadata *_metadata, const char *policy)
{
	struct cmd c = { 0 };

	ASSERT_EQ(0, file_make("/tmp/seed.policy", policy));
	ASSERT_EQ(0, cmd_line(&c, "nsguardctl -f /tmp/seed.policy"))
		TH_LOG("%s", c.err);
	cmd_free(&c);
	unlink("/tmp/seed.policy");
}

/* A move by a mover who sits in @by (NULL: the root). They are placed while nothing is refused. */
static int moved(struct nsg *g, const char *by, enum op_kind kind, const char *from, const char *to)
{
	struct op op = {
		.kind = kind, .from = from, .to = to, .other = true,
		.become = by ? become_in_cgroup : NULL, .arg = by,
	};
	struct nsg_status s;
	struct op_child c;

	/* A child is born by somebody who sits where it comes from. */
	if (kind == OP_CLONE_INTO)
		op = (struct op){ .kind = kind, .to = to, .become = become_in_cgroup, .arg = from };
	if (nsg_status(g, &s) || nsg_mode(g, NSGUARD_TABLE_CGROUP, NSGUARD_MODE_AUDIT, false) ||
	    op_start(&c, &op) ||
	    nsg_mode(g, NSGUARD_TABLE_CGROUP, s.table[NSGUARD_TABLE_CGROUP].mode, false))
		return -2;
	op_go(&c);
	return c.err ?: c.changed ? 0 : -1;
}

#define moves(by, kind, from, to)	moved(&self->g, by, kind, from, to)

#define ONLY_THE_MANAGER \
	"rule add cgroup deny to under " TOP "\n" \
	"rule add cgroup allow cgroup is " MANAGER " priority -10\n" \
	"rule add cgroup allow from under " DELEG " to under " DELEG " priority -10\n" \
	"rule add cgroup allow from under " DELEG2 " to under " DELEG2 " priority -10\n"

TEST_F(seed_policy, only_the_manager)
{
	load(_metadata, ONLY_THE_MANAGER);
	/* Anywhere to anywhere. */
	EXPECT_EQ(0, moves(MANAGER, OP_PROCS, SERVICE, OTHER));
	EXPECT_EQ(0, moves(MANAGER, OP_PROCS, SERVICE, DELEG "/x"));
	EXPECT_EQ(0, moves(MANAGER, OP_PROCS, DELEG "/x", DELEG2 "/x"));
	EXPECT_EQ(0, moves(MANAGER, OP_CLONE_INTO, MANAGER, SERVICE));
	/* Root is not enough, neither for others nor for itself, nor by clone3(). */
	EXPECT_EQ(EPERM, moves(NULL, OP_PROCS, SERVICE, OTHER));
	EXPECT_EQ(EPERM, moves(SERVICE, OP_PROCS, SERVICE, OTHER));
	EXPECT_EQ(EPERM, moves(NULL, OP_CLONE_INTO, SERVICE, OTHER));
	EXPECT_EQ(EPERM, moves(NULL, OP_PROCS, SERVICE, DELEG "/x"));
}

TEST_F(seed_policy, delegated_subtrees_work)
{
	load(_metadata, ONLY_THE_MANAGER);
	EXPECT_EQ(0, moves(DELEG, OP_PROCS, DELEG "/x", DELEG "/y"));
	EXPECT_EQ(0, moves(NULL, OP_CLONE_INTO, DELEG "/x", DELEG "/y"));
	EXPECT_EQ(0, moves(DELEG2, OP_PROCS, DELEG2, DELEG2 "/x"));
	/* Not out of them, nor from one into the other. */
	EXPECT_EQ(EPERM, moves(DELEG, OP_PROCS, DELEG "/x", DELEG2 "/x"));
	EXPECT_EQ(EPERM, moves(DELEG, OP_PROCS, DELEG "/x", SERVICE));
	EXPECT_EQ(EPERM, moves(NULL, OP_CLONE_INTO, DELEG "/x", DELEG2 "/x"));
}

/* Without a name for each: whatever matched is the subtree that may not be left. */
TEST_F(seed_policy, any_delegated_subtree)
{
	load(_metadata, "rule add cgroup deny leaving under '" TOP "/user.slice/*.service'\n");
	EXPECT_EQ(0, moves(DELEG, OP_PROCS, DELEG "/x", DELEG "/y"));
	EXPECT_EQ(EPERM, moves(DELEG, OP_PROCS, DELEG "/x", DELEG2 "/x"));
	EXPECT_EQ(EPERM, moves(DELEG, OP_PROCS, DELEG2 "/x", DELEG "/x"));
	EXPECT_EQ(EPERM, moves(NULL, OP_CLONE_INTO, DELEG "/x", SERVICE));
	EXPECT_EQ(0, moves(NULL, OP_PROCS, SERVICE, DELEG "/x"));
}

/* By the number of one process, as PID 1 has one. */
TEST_F(seed_policy, by_pid)
{
	struct nsg_rule allow = *ALLOW(CGROUP, M_PID(0, 0));
	const struct op op = { .kind = OP_PROCS, .from = SERVICE, .to = OTHER, .other = true };
	const struct op own = { .kind = OP_PROCS, .to = OTHER };
	struct op_child c;

	ASSERT_EQ(0, op_start(&c, &op));
	must_add(_metadata, &self->g, DENY(CGROUP, M_UNDER(NSGUARD_A_RULE_TO, TOP)));
	allow.priority = -10;
	allow.m[0].range[0][0] = c.pid;
	allow.m[0].range[0][1] = c.pid;
	must_add(_metadata, &self->g, &allow);
	op_go(&c);
	EXPECT_EQ(0, c.err);
	EXPECT_TRUE(c.changed);
	EXPECT_OP(EPERM, &own);
}

/* --- S11: who may move into one subtree --- */

#define MOVERS	4000

static int as_member(const void *unused)
{
	static const gid_t group = MOVERS;

	return become_group(&group);
}

TEST_F(seed_policy, movers_of_a_subtree)
{
	struct op op = { .kind = OP_PROCS, .from = OTHER, .to = SERVICE, .other = true };

	load(_metadata, "rule add cgroup deny to under " SERVICE "\n"
	     "rule add cgroup deny leaving under " SERVICE "\n"
	     "rule add cgroup allow to under " SERVICE " gid 4000 priority -1\n"
	     "rule add cgroup allow leaving under " SERVICE " gid 4000 priority -1\n");
	EXPECT_OP(EPERM, &op);
	op.become = as_member;
	EXPECT_OP(0, &op);
	/* It is about this subtree alone. */
	op = (struct op){ .kind = OP_PROCS, .from = OTHER, .to = DELEG "/x", .other = true };
	EXPECT_OP(0, &op);
	op = (struct op){ .kind = OP_CLONE_INTO, .to = SERVICE };
	EXPECT_OP(EPERM, &op);
	op.become = as_member;
	EXPECT_OP(0, &op);
}

/* The mover counts, not who opened the file and handed it on (H12). */
TEST_F(seed_policy, mover_and_not_opener)
{
	struct nsg_rule allow = *ALLOW(CGROUP, M_RANGE(NSGUARD_A_RULE_GID, MOVERS, MOVERS));
	int fd, status;
	pid_t pid;

	allow.priority = -1;
	must_add(_metadata, &self->g, DENY(CGROUP, M_IS(NSGUARD_A_RULE_TO, SERVICE)));
	must_add(_metadata, &self->g, &allow);
	pid = fork();
	if (pid == 0) {
		/* Opened by a member of the group, used when it is none any more. */
		if (as_member(NULL))
			_exit(100);
		fd = open(CG2 SERVICE "/cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(101);
		if (become_in_cgroup("/"))
			_exit(102);
		if (become_group(&(gid_t){ 1 }))
			_exit(103);
		_exit(write(fd, "0", 1) == -1 && errno == EPERM ? 0 : 104);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* --- S12: why did it fail? --- */

TEST_F(seed_policy, why_a_move_failed)
{
	const struct op op = { .kind = OP_PROCS, .from = SERVICE, .to = OTHER, .other = true };
	struct cmd c = { 0 };
	struct op_child child;
	struct nsg_event e;
	long long handle;
	char part[96];

	handle = ctl_add("nsguardctl rule add cgroup deny to is " OTHER " comment 'b is full'");
	ASSERT_LT(0, handle);
	child = op_run(&op);
	EXPECT_EQ(EPERM, child.err);
	EXPECT_TRUE(nsg_event_wait(&self->g, handle, child.pid, PROOF_MS, &e));
	/* Which rule, whom it was about, from where and to where, by whom. */
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl monitor --last 1"));
	snprintf(part, sizeof(part), "DENY cgroup move pid %d process rule %lld by pid %d",
		 child.target, handle, child.pid);
	EXPECT_HAS(c.out, part);
	EXPECT_HAS(c.out, "from " SERVICE " to " OTHER);
	/* And what that rule is there for. */
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule list cgroup"));
	EXPECT_HAS(c.out, "comment \"b is full\"");
	cmd_free(&c);
}

/* What the kernel refuses is not claimed: no event, no hit, the kernel's errno (H17). */
TEST_F(seed_policy, why_it_was_not_the_guard)
{
	struct op op = { .kind = OP_PROCS, .to = DELEG, .other = true };
	struct nsg_status before, after;
	struct op_child c;
	uint64_t handle;

	/* Controllers for the children: no process may sit in it itself any more. */
	ASSERT_EQ(0, cg_write(TOP, "cgroup.subtree_control", "+memory"));
	ASSERT_EQ(0, cg_write(TOP "/user.slice", "cgroup.subtree_control", "+memory"));
	ASSERT_EQ(0, cg_write(DELEG, "cgroup.subtree_control", "+memory"));
	handle = must_add(_metadata, &self->g, DENY(CGROUP, M_IS(NSGUARD_A_RULE_TO, OTHER)));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	c = op_run(&op);
	EXPECT_EQ(EBUSY, c.err);
	EXPECT_FALSE(c.changed);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(0, nsg_hits(&self->g, handle));
	EXPECT_EQ(before.table[NSGUARD_TABLE_CGROUP].denied,
		  after.table[NSGUARD_TABLE_CGROUP].denied);
	op.to = OTHER;
	EXPECT_OP(EPERM, &op);
}

/* --- S9: loosened and tightened while it is in use --- */

TEST_F(seed_policy, live)
{
	load(_metadata, ONLY_THE_MANAGER);
	EXPECT_EQ(EPERM, moves(NULL, OP_PROCS, SERVICE, OTHER));
	EXPECT_TRUE(ctl_quiet("nsguardctl mode cgroup audit"));
	EXPECT_EQ(0, moves(NULL, OP_PROCS, SERVICE, OTHER));
	EXPECT_TRUE(ctl_quiet("nsguardctl mode cgroup enforce"));
	EXPECT_EQ(EPERM, moves(NULL, OP_PROCS, SERVICE, OTHER));
	load(_metadata, "rule add cgroup allow from is " SERVICE " priority -20\n");
	EXPECT_EQ(0, moves(NULL, OP_PROCS, SERVICE, OTHER));
	EXPECT_EQ(EPERM, moves(NULL, OP_PROCS, OTHER, SERVICE));
	load(_metadata, "rule add cgroup deny from is " SERVICE " priority -30\n");
	EXPECT_EQ(EPERM, moves(NULL, OP_PROCS, SERVICE, OTHER));
	EXPECT_EQ(EPERM, moves(MANAGER, OP_PROCS, SERVICE, OTHER));
}

TEST_HARNESS_MAIN
