// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who acts, and on whose task: each key of a subject and of a target, hitting and missing,
 * plain and negated. The keys of one table's objects are in the tests named after it.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/cmd.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define OTHER_EXE "/usr/bin/bash"

static const uint32_t guest = 1000, first = 100, last = 200;

FIXTURE(match)
{
	struct nsg g;
	struct ns_set ns;
	struct op enter;
	struct op pin;
	char exe[256];
};

FIXTURE_SETUP(match)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS | CLONE_NEWIPC));
	self->enter = (struct op){ .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_UTS] };
	self->pin = (struct op){ .kind = OP_AFFINITY, .other = true, .before = 2, .mask = 1 };
	ASSERT_LT(0, readlink("/proc/self/exe", self->exe, sizeof(self->exe) - 1));
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP "/app/one.scope"));
}

FIXTURE_TEARDOWN(match)
{
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* A match that must hit @op's child, and the same negated, which must miss it. */
static void both_ways(struct __test_metadata *_metadata, struct nsg *g, enum nsguard_table table,
		      struct nsg_match m, const struct op *op, bool hits)
{
	struct nsg_rule rule = { .table = table, .verdict = NSGUARD_VERDICT_DENY };

	rule.m[0] = m;
	prove(_metadata, g, &rule, op, hits, hits, NULL);
	rule.m[0].negated ^= true;
	prove(_metadata, g, &rule, op, !hits, !hits, NULL);
}

#define HITS(table, op, ...)	\
	both_ways(_metadata, &self->g, NSGUARD_TABLE_##table,	\
		  (struct nsg_match)__VA_ARGS__, op, true)
#define MISSES(table, op, ...)	\
	both_ways(_metadata, &self->g, NSGUARD_TABLE_##table,	\
		  (struct nsg_match)__VA_ARGS__, op, false)

TEST_F(match, uid)
{
	HITS(NS, &self->enter, M_UID(0, 0));
	MISSES(NS, &self->enter, M_UID(1000, 1999));
	self->enter.become = become_uid;
	self->enter.arg = &guest;
	HITS(NS, &self->enter, M_UID(1000, 1999));
	HITS(NS, &self->enter, M_UID(1000, 1000));
	HITS(NS, &self->enter, M_UID(0, 1000));
	MISSES(NS, &self->enter, M_UID(0, 999));
	MISSES(NS, &self->enter, M_UID(1001, ~0u));
}

TEST_F(match, uid_list)
{
	const struct nsg_match list = {
		.key = NSGUARD_A_RULE_UID, .kind = NSG_RANGE,
		.range = { { 5, 5 }, { 1000, 1000 }, { 7, 9 } }, .ranges = 3,
	};

	MISSES(NS, &self->enter, list);
	self->enter.become = become_uid;
	self->enter.arg = &guest;
	HITS(NS, &self->enter, list);
}

TEST_F(match, gid)
{
	HITS(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, 0, 0));
	MISSES(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, first, last));
	self->enter.become = become_gid;
	self->enter.arg = &last;
	HITS(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, first, last));
	MISSES(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, first, last - 1));
}

TEST_F(match, gid_supplementary)
{
	MISSES(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, 150, 150));
	self->enter.become = become_group;
	self->enter.arg = &last;
	HITS(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, first, last));
	MISSES(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, last + 1, last + 1));
	/* The real one still counts. */
	HITS(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_GID, 0, 0));
}

TEST_F(match, auid)
{
	HITS(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_AUID, ~0u, ~0u));
	MISSES(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_AUID, 1000, 1000));
	self->enter.become = become_auid;
	self->enter.arg = &guest;
	HITS(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_AUID, 1000, 1000));
	MISSES(NS, &self->enter, M_RANGE(NSGUARD_A_RULE_AUID, ~0u, ~0u));
}

/* Sheds the effective uid alone, and with it what capabilities are in effect. */
static int become_euid(const void *uid)
{
	return setresuid(-1, *(const uid_t *)uid, -1) ? -errno : 0;
}

TEST_F(match, euid)
{
	struct op pin = { .kind = OP_AFFINITY, .before = 2, .mask = 1 };

	HITS(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_EUID, 0, 0));
	MISSES(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_EUID, 1000, 1000));
	pin.become = become_euid;
	pin.arg = &guest;
	HITS(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_EUID, 1000, 1999));
	MISSES(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_EUID, 0, 999));
	/* The real one is still root's. */
	HITS(AFFINITY, &pin, M_UID(0, 0));
}

TEST_F(match, cap)
{
	struct op pin = { .kind = OP_AFFINITY, .before = 2, .mask = 1 };
	const struct nsg_match either = {
		.key = NSGUARD_A_RULE_CAP, .kind = NSG_RANGE,
		.range = { { CAP_NET_ADMIN, CAP_NET_ADMIN }, { CAP_SYS_NICE, CAP_SYS_NICE } },
		.ranges = 2,
	};

	HITS(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_CAP, CAP_SYS_NICE, CAP_SYS_NICE));
	both_ways(_metadata, &self->g, NSGUARD_TABLE_AFFINITY, either, &pin, true);
	pin.become = become_euid;
	pin.arg = &guest;
	MISSES(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_CAP, CAP_SYS_NICE, CAP_SYS_NICE));
	MISSES(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_CAP, 0, CAP_LAST_CAP));
	both_ways(_metadata, &self->g, NSGUARD_TABLE_AFFINITY, either, &pin, false);
}

static int become_other_userns(const void *unused)
{
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

TEST_F(match, userns)
{
	struct op pin = { .kind = OP_AFFINITY, .before = 2, .mask = 1 };

	HITS(AFFINITY, &pin, M_BITS(NSGUARD_A_RULE_USERNS, NSG_BIT(NSGUARD_USERNS_INIT)));
	MISSES(AFFINITY, &pin, M_BITS(NSGUARD_A_RULE_USERNS, NSG_BIT(NSGUARD_USERNS_OTHER)));
	pin.become = become_other_userns;
	MISSES(AFFINITY, &pin, M_BITS(NSGUARD_A_RULE_USERNS, NSG_BIT(NSGUARD_USERNS_INIT)));
	HITS(AFFINITY, &pin, M_BITS(NSGUARD_A_RULE_USERNS, NSG_BIT(NSGUARD_USERNS_OTHER)));
	/* Whatever it may do there, it has the capabilities in effect. */
	HITS(AFFINITY, &pin, M_RANGE(NSGUARD_A_RULE_CAP, CAP_SYS_ADMIN, CAP_SYS_ADMIN));
}

TEST_F(match, pid)
{
	for (int negated = 0; negated <= 1; negated++) {
		struct op_child a, b;
		const struct nsg_match pid = {
			.key = NSGUARD_A_RULE_PID, .kind = NSG_RANGE,
			.negated = negated, .ranges = 1,
		};
		struct nsg_rule rule = {
			.table = NSGUARD_TABLE_NS, .verdict = NSGUARD_VERDICT_DENY, .m = { pid },
		};
		uint64_t handle;

		ASSERT_EQ(0, op_start(&a, &self->enter));
		ASSERT_EQ(0, op_start(&b, &self->enter));
		rule.m[0].range[0][0] = a.pid;
		rule.m[0].range[0][1] = a.pid;
		handle = must_add(_metadata, &self->g, &rule);
		op_go(&a);
		op_go(&b);
		EXPECT_EQ(negated ? 0 : EPERM, a.err);
		EXPECT_EQ(negated ? EPERM : 0, b.err);
		EXPECT_EQ(1, nsg_hits(&self->g, handle));
		EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	}
}

TEST_F(match, exe)
{
	const struct nsg_match two = {
		.key = NSGUARD_A_RULE_EXE, .kind = NSG_PATH, .path = { OTHER_EXE, self->exe },
	};

	HITS(NS, &self->enter, M_EXE(NSGUARD_A_RULE_EXE, self->exe));
	MISSES(NS, &self->enter, M_EXE(NSGUARD_A_RULE_EXE, OTHER_EXE));
	both_ways(_metadata, &self->g, NSGUARD_TABLE_NS, two, &self->enter, true);
}

#define PIN	"/run/nsgtest-pin"

/* taskset by the path @exe, until it ends with @status: rules look at their paths every second. */
static bool pin_comes_to(const char *exe, int status)
{
	struct cmd c = { 0 };
	int is = -1;

	for (int i = 0; i < 50 && is != status; i++) {
		if (i)
			usleep(100000);
		is = cmd_linef(&c, "%s 1 true", exe);
	}
	cmd_free(&c);
	return is == status;
}

/* H18: a path means the file that is there by now, however it came and whatever its other names. */
TEST_F(match, exe_replaced)
{
	struct cmd c = { 0 };

	cmd_line(&c, "rm -f " PIN "*");
	ASSERT_EQ(0, cmd_line(&c, "cp $(type -P taskset) " PIN " && cp " PIN " " PIN "-new"));
	ASSERT_EQ(0, link(PIN "-new", PIN "-name"));
	must_add(_metadata, &self->g, DENY(AFFINITY, M_EXE(NSGUARD_A_RULE_EXE, PIN)));
	EXPECT_TRUE(pin_comes_to(PIN, 1));
	EXPECT_TRUE(pin_comes_to(PIN "-name", 0));
	ASSERT_EQ(0, rename(PIN "-new", PIN));
	EXPECT_TRUE(pin_comes_to(PIN, 1));
	EXPECT_TRUE(pin_comes_to(PIN "-name", 1));
	ASSERT_EQ(0, unlink(PIN));
	EXPECT_TRUE(pin_comes_to(PIN "-name", 0));
	/* A rule more looks for itself. */
	ASSERT_EQ(0, cmd_line(&c, "cp " PIN "-name " PIN));
	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(0, 0), M_EXE(NSGUARD_A_RULE_EXE, PIN)));
	EXPECT_EQ(1, cmd_line(&c, PIN " 1 true"));
	cmd_line(&c, "rm -f " PIN "*");
	cmd_free(&c);
}

TEST_F(match, cgroup)
{
	HITS(NS, &self->enter, M_IS(NSGUARD_A_RULE_CGROUP, "/"));
	MISSES(NS, &self->enter, M_UNDER(NSGUARD_A_RULE_CGROUP, TOP));
	self->enter.become = become_in_cgroup;
	self->enter.arg = TOP "/app/one.scope";
	HITS(NS, &self->enter, M_IS(NSGUARD_A_RULE_CGROUP, TOP "/app/one.scope"));
	HITS(NS, &self->enter, M_UNDER(NSGUARD_A_RULE_CGROUP, TOP "/app"));
	PROVE_DENIED(DENY(NS, M_UNDER(NSGUARD_A_RULE_CGROUP, "/")), &self->enter);
	HITS(NS, &self->enter, M_IS(NSGUARD_A_RULE_CGROUP, TOP "/*/one.*"));
	HITS(NS, &self->enter, M_UNDER(NSGUARD_A_RULE_CGROUP, "/*/app"));
	MISSES(NS, &self->enter, M_IS(NSGUARD_A_RULE_CGROUP, TOP "/app"));
	MISSES(NS, &self->enter, M_UNDER(NSGUARD_A_RULE_CGROUP, TOP "/ap"));
	MISSES(NS, &self->enter, M_IS(NSGUARD_A_RULE_CGROUP, TOP "/*"));
}

/* The affinity and cgroup tables know the same subjects. */
TEST_F(match, every_table)
{
	const struct op move = { .kind = OP_PROCS, .to = TOP "/app" };

	HITS(AFFINITY, &self->pin, M_UID(0, 0));
	MISSES(AFFINITY, &self->pin, M_EXE(NSGUARD_A_RULE_EXE, OTHER_EXE));
	HITS(CGROUP, &move, M_EXE(NSGUARD_A_RULE_EXE, self->exe));
	MISSES(CGROUP, &move, M_UID(1, ~0u));
}

static int join(const void *set)
{
	return setns(((const struct ns_set *)set)->fd[NSGUARD_NSTYPE_IPC], 0) ? -errno : 0;
}

TEST_F(match, in_ns)
{
	int ipc = self->ns.fd[NSGUARD_NSTYPE_IPC];

	MISSES(NS, &self->enter, M_FD(NSGUARD_A_RULE_IN_NS, ipc));
	HITS(NS, &self->enter, M_HOST(NSGUARD_A_RULE_IN_NS));
	self->enter.become = join;
	self->enter.arg = &self->ns;
	HITS(NS, &self->enter, M_FD(NSGUARD_A_RULE_IN_NS, ipc));
}

/* Each type of namespace somebody may be in; entering a network namespace is the operation. */
TEST_F(match, in_ns_of_each_type)
{
	for (int type = 0; type < 8; type++) {
		char path[32];
		int fd;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_name[type]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, fd);
		HITS(NS, &self->enter, M_FD(NSGUARD_A_RULE_IN_NS, fd));
		close(fd);
	}
}

TEST_F(match, target_uid)
{
	HITS(AFFINITY, &self->pin, M_RANGE(NSGUARD_A_RULE_TARGET_UID, 0, 0));
	MISSES(AFFINITY, &self->pin, M_RANGE(NSGUARD_A_RULE_TARGET_UID, 1000, 1000));
	self->pin.other_uid = guest;
	HITS(AFFINITY, &self->pin, M_RANGE(NSGUARD_A_RULE_TARGET_UID, 1000, 1000));
	MISSES(AFFINITY, &self->pin, M_RANGE(NSGUARD_A_RULE_TARGET_UID, 0, 999));
	/* The one who acts is somebody else. */
	MISSES(AFFINITY, &self->pin, M_UID(1000, 1000));
}

TEST_F(match, target_exe)
{
	HITS(AFFINITY, &self->pin, M_EXE(NSGUARD_A_RULE_TARGET_EXE, self->exe));
	MISSES(AFFINITY, &self->pin, M_EXE(NSGUARD_A_RULE_TARGET_EXE, OTHER_EXE));
}

TEST_F(match, target_cgroup)
{
	MISSES(AFFINITY, &self->pin, M_UNDER(NSGUARD_A_RULE_TARGET_CGROUP, TOP));
	self->pin.from = TOP "/app/one.scope";
	HITS(AFFINITY, &self->pin, M_UNDER(NSGUARD_A_RULE_TARGET_CGROUP, TOP));
	HITS(AFFINITY, &self->pin, M_IS(NSGUARD_A_RULE_TARGET_CGROUP, TOP "/app/*.scope"));
	MISSES(AFFINITY, &self->pin, M_IS(NSGUARD_A_RULE_TARGET_CGROUP, TOP "/app"));
	/* The one who acts is elsewhere. */
	MISSES(AFFINITY, &self->pin, M_UNDER(NSGUARD_A_RULE_CGROUP, TOP));
}

/* The target's keys in the cgroup table. */
TEST_F(match, moved_target)
{
	struct op move = { .kind = OP_PROCS, .other = true, .other_uid = guest, .to = TOP };

	HITS(CGROUP, &move, M_RANGE(NSGUARD_A_RULE_TARGET_UID, 1000, 1000));
	MISSES(CGROUP, &move, M_RANGE(NSGUARD_A_RULE_TARGET_UID, 0, 0));
	HITS(CGROUP, &move, M_EXE(NSGUARD_A_RULE_TARGET_EXE, self->exe));
	MISSES(CGROUP, &move, M_EXE(NSGUARD_A_RULE_TARGET_EXE, OTHER_EXE));
}

/* All keys of a rule must match. */
TEST_F(match, all_keys)
{
	PROVE_DENIED(DENY(NS, M_UID(0, 0), M_EXE(NSGUARD_A_RULE_EXE, self->exe),
			  M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))), &self->enter);
	PROVE_PASSES(DENY(NS, M_UID(0, 0), M_EXE(NSGUARD_A_RULE_EXE, OTHER_EXE),
			  M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))), &self->enter);
	PROVE_PASSES(DENY(NS, M_UID(1, 1), M_EXE(NSGUARD_A_RULE_EXE, self->exe),
			  M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))), &self->enter);
}

TEST_HARNESS_MAIN
