// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which namespace is entered, as seen from who enters it: the same as its own or another, and whose
 * it is. Namespaces that are named are in ns_target.c.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define OWNER(a, b)	M_RANGE(NSGUARD_A_RULE_TARGET_OWNER, a, b)
#define NOT(w)		{ .key = NSGUARD_A_RULE_TARGET, .kind = NSG_NS, .negated = true, \
			  .named = NSG_BIT(NSGUARD_A_NS_##w) }

FIXTURE(ns_own)
{
	struct nsg g;
	struct ns_set blue;
	struct op uts;
};

FIXTURE_SETUP(ns_own)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->blue, CLONE_NEWUTS | CLONE_NEWNET));
	self->uts = (struct op){ .kind = OP_SETNS, .fd = self->blue.fd[NSGUARD_NSTYPE_UTS] };
}

FIXTURE_TEARDOWN(ns_own)
{
	ns_set_free(&self->blue);
	nsg_teardown(_metadata, &self->g);
}

TEST_F(ns_own, other)
{
	PROVE_DENIED(DENY(NS, M_TARGET(OTHER)), &self->uts);
	PROVE_PASSES(DENY(NS, M_TARGET(SAME)), &self->uts);
	PROVE_PASSES(DENY(NS, NOT(OTHER)), &self->uts);
	PROVE_DENIED(DENY(NS, NOT(SAME)), &self->uts);
}

static int leave_pid(const void *unused)
{
	return unshare(CLONE_NEWPID) ? -errno : 0;
}

/* Back into the pid namespace it never left: its children had another one. */
TEST_F(ns_own, same)
{
	struct op op = { .kind = OP_SETNS, .become = leave_pid };

	op.fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, op.fd);
	PROVE_DENIED(DENY(NS, M_TARGET(SAME)), &op);
	PROVE_PASSES(DENY(NS, M_TARGET(OTHER)), &op);
	PROVE_PASSES(DENY(NS, NOT(SAME)), &op);
	PROVE_DENIED(DENY(NS, NOT(OTHER)), &op);
	close(op.fd);
}

static int join_blue(const void *fd)
{
	return setns(*(const int *)fd, CLONE_NEWUTS) ? -errno : 0;
}

/* What is the same is told by where one is, not by where one came from. */
TEST_F(ns_own, same_is_where_one_is)
{
	struct op again = self->uts;
	struct op back = { .kind = OP_SETNS, .become = join_blue, .arg = &self->uts.fd };
	uint64_t handle;

	again.become = join_blue;
	again.arg = &self->uts.fd;
	back.fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, back.fd);
	PROVE_DENIED(DENY(NS, M_TARGET(OTHER), M_HOST(NSGUARD_A_RULE_IN_NS)), &self->uts);
	PROVE_PASSES(DENY(NS, M_TARGET(OTHER), M_HOST(NSGUARD_A_RULE_IN_NS)), &back);
	/* The way in is to another, and only then is it the same. */
	handle = must_add(_metadata, &self->g, DENY(NS, M_TARGET(SAME)));
	EXPECT_EQ(EPERM, op_run(&again).err);
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
	EXPECT_OP(0, &back);
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
	close(back.fd);
}

/* Entering one's own again changes nothing, and only the errno tells. */
TEST_F(ns_own, same_of_each_type)
{
	for (int type = 0; type < 8; type++) {
		struct op op = { .kind = OP_SETNS };
		struct op_child c;
		char path[32];
		uint64_t handle;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_name[type]);
		op.fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, op.fd);
		handle = must_add(_metadata, &self->g, DENY(NS, M_TARGET(SAME)));
		c = op_run(&op);
		EXPECT_EQ(EPERM, c.err)
			TH_LOG("%s", ns_name[type]);
		EXPECT_EQ(1, nsg_hits(&self->g, handle));
		EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
		handle = must_add(_metadata, &self->g, DENY(NS, M_TARGET(OTHER)));
		c = op_run(&op);
		/* The kernel's own answer: nobody enters his own user namespace. */
		EXPECT_EQ(type == NSGUARD_NSTYPE_USER ? EINVAL : 0, c.err)
			TH_LOG("%s", ns_name[type]);
		EXPECT_EQ(0, nsg_hits(&self->g, handle));
		EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
		close(op.fd);
	}
}

TEST_F(ns_own, list)
{
	const struct nsg_match either = {
		.key = NSGUARD_A_RULE_TARGET, .kind = NSG_NS,
		.named = NSG_BIT(NSGUARD_A_NS_SAME) | NSG_BIT(NSGUARD_A_NS_HOST),
	};

	PROVE_PASSES(DENY(NS, either), &self->uts);
	self->uts.become = join_blue;
	self->uts.fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	self->uts.arg = &self->blue.fd[NSGUARD_NSTYPE_UTS];
	ASSERT_LE(0, self->uts.fd);
	PROVE_DENIED(DENY(NS, either), &self->uts);
	close(self->uts.fd);
}

/* A namespace that is being made is neither, and nobody owns it yet (H11): also negated. */
TEST_F(ns_own, unknown_at_create)
{
	const struct op create = { .kind = OP_UNSHARE, .types = CLONE_NEWUTS };
	struct nsg_match owner = OWNER(7, 7);

	PROVE_PASSES(DENY(NS, M_TARGET(SAME)), &create);
	PROVE_PASSES(DENY(NS, M_TARGET(OTHER)), &create);
	PROVE_PASSES(DENY(NS, NOT(SAME)), &create);
	PROVE_PASSES(DENY(NS, OWNER(0, ~0u - 1)), &create);
	owner.negated = true;
	PROVE_PASSES(DENY(NS, owner), &create);
}

#define REFUSED(text_, ...) do { \
	EXPECT_EQ(0, nsg_add(&self->g, DENY(NS, __VA_ARGS__))); \
	EXPECT_EQ(EINVAL, self->g.error); \
	EXPECT_NE(NULL, strstr(self->g.text, text_)) \
		TH_LOG("\"%s\"", self->g.text); \
} while (0)

TEST_F(ns_own, refusals)
{
	const struct nsg_match neither = {
		.key = NSGUARD_A_RULE_TARGET, .kind = NSG_NS, .negated = true,
		.named = NSG_BIT(NSGUARD_A_NS_SAME) | NSG_BIT(NSGUARD_A_NS_OTHER),
	};
	struct nsg_match all = OWNER(0, ~0u);

	REFUSED("nothing is left that could match", neither);
	REFUSED("same and other belong to target", M_NAMED(NSGUARD_A_RULE_IN_NS, SAME));
	REFUSED("said with fd or with a word", M_TARGET(DEAD));
	REFUSED("op says create", M_OP(NSGUARD_OP_CREATE), M_TARGET(SAME));
	REFUSED("target-owner is of a namespace that is entered", M_OP(NSGUARD_OP_CREATE),
		OWNER(0, 0));
	all.negated = true;
	REFUSED("not any id at all", all);
	EXPECT_EQ(0, nsg_add(&self->g, DENY(CGROUP, OWNER(0, 0))));
	EXPECT_NE(NULL, strstr(self->g.text, "target-owner does not belong to table cgroup"));
	EXPECT_EQ(0, nsg_list(&self->g, -1, NULL, 0));
}

/* A child that is @uid alone, in namespaces of a user namespace that it has made. */
static pid_t owner_start(uid_t uid, int types)
{
	int fd[2];
	pid_t pid;
	char c;

	if (pipe2(fd, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
		    unshare(CLONE_NEWUSER | types) || write(fd[1], "", 1) != 1)
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	close(fd[1]);
	if (pid > 0 && read(fd[0], &c, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(fd[0]);
	return pid;
}

/* Of each type, the private struct of mount namespaces included. */
TEST_F(ns_own, owner)
{
	static const int types[] = {
		NSGUARD_NSTYPE_MNT, NSGUARD_NSTYPE_UTS, NSGUARD_NSTYPE_IPC, NSGUARD_NSTYPE_NET,
		NSGUARD_NSTYPE_USER, NSGUARD_NSTYPE_CGROUP,
	};
	struct nsg_match not_root = OWNER(0, 0), not_guest = OWNER(1000, 1000);
	pid_t pid = owner_start(1000, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
				CLONE_NEWCGROUP);

	ASSERT_LT(0, pid);
	not_root.negated = true;
	not_guest.negated = true;
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		struct op op = { .kind = OP_SETNS };
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_name[types[i]]);
		op.fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, op.fd)
			TH_LOG("%s: %s", path, strerror(errno));
		PROVE_DENIED(DENY(NS, OWNER(1000, 1999)), &op);
		PROVE_DENIED(DENY(NS, not_root), &op);
		PROVE_PASSES(DENY(NS, OWNER(0, 999)), &op);
		PROVE_PASSES(DENY(NS, not_guest), &op);
		close(op.fd);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* Those of the host's user namespace are root's. */
	PROVE_DENIED(DENY(NS, OWNER(0, 0)), &self->uts);
	PROVE_PASSES(DENY(NS, OWNER(1, ~0u)), &self->uts);
}

TEST_HARNESS_MAIN
