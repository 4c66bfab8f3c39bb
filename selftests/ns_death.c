// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces die and the kernel gives their numbers to others (S3, H20): for each type a new one
 * is made to get the very number, and no rule about the dead one is about it. Sandboxes are
 * ns_death_sandbox's.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include "kselftest_harness.h"
#include "lib/ctl.h"
#include "lib/inum.h"
#include "lib/proof.h"

#define TARGET(fd)	M_FD(NSGUARD_A_RULE_TARGET, fd)
#define IN_NS(fd)	M_FD(NSGUARD_A_RULE_IN_NS, fd)

FIXTURE(ns_death)
{
	struct nsg g;
	struct ns_set old, new;
	struct inum_plug plug;
	uint32_t inum;
	int fd;		/* of the old one */
};

FIXTURE_VARIANT(ns_death)
{
	enum nsguard_nstype type;
};

#define VARIANT(name, t) \
	FIXTURE_VARIANT_ADD(ns_death, name) { .type = NSGUARD_NSTYPE_##t }

/* clang-format off */
VARIANT(mnt, MNT);
VARIANT(uts, UTS);
VARIANT(ipc, IPC);
VARIANT(pid, PID);
VARIANT(net, NET);
VARIANT(user, USER);
VARIANT(cgroup, CGROUP);
VARIANT(time, TIME);
/* clang-format on */

FIXTURE_SETUP(ns_death)
{
	memset(&self->new, -1, sizeof(self->new));
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->old, ns_flag[variant->type]));
	self->fd = self->old.fd[variant->type];
	self->inum = ns_inum(self->fd);
}

FIXTURE_TEARDOWN(ns_death)
{
	ns_set_free(&self->old);
	ns_set_free(&self->new);
	inum_unplug(&self->plug);
	nsg_teardown(_metadata, &self->g);
}

/* Word of a death arrives when the namespace is freed, often by a worker. */
static bool comes_stale(struct nsg *g, uint64_t handle)
{
	struct nsg_info info;

	for (int i = 0; i < 500; i++) {
		if (nsg_find(g, handle, &info) && info.stale)
			return true;
		usleep(10000);
	}
	return false;
}

/* The old one dies, @handle's rule with it, and one of type @type gets its number: self->new. */
static int reborn(struct __test_metadata *_metadata, struct _test_data_ns_death *self,
		  uint64_t handle, enum nsguard_nstype type)
{
	ns_set_free(&self->old);
	EXPECT_TRUE(comes_stale(&self->g, handle));
	EXPECT_EQ(0, inum_plug(&self->plug, self->inum))
		TH_LOG("number %u did not become free", self->inum);
	EXPECT_EQ(0, ns_set_make(&self->new, ns_flag[type]));
	EXPECT_EQ(self->inum, ns_inum(self->new.fd[type]));
	return self->new.fd[type];
}

#define REBORN(handle, type)	reborn(_metadata, self, handle, type)

/* The rule is stale, has never been hit since, and is shown so. */
static void expect_stale(struct __test_metadata *_metadata, struct nsg *g, uint64_t handle,
			 uint64_t hits)
{
	struct nsg_info info;
	struct nsg_status s;
	struct cmd c = { 0 };

	ASSERT_TRUE(nsg_find(g, handle, &info));
	EXPECT_TRUE(info.stale);
	EXPECT_EQ(hits, info.hits);
	ASSERT_EQ(0, nsg_status(g, &s));
	EXPECT_EQ(1, s.stale);
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule list"));
	EXPECT_HAS(c.out, "STALE: the namespace is gone");
	cmd_free(&c);
}

TEST_F(ns_death, target)
{
	struct op op = { .kind = OP_SETNS, .fd = self->fd };
	uint64_t handle = must_add(_metadata, &self->g, DENY(NS, TARGET(self->fd)));

	EXPECT_OP(EPERM, &op);
	op.fd = REBORN(handle, variant->type);
	EXPECT_OP(0, &op);
	expect_stale(_metadata, &self->g, handle, 1);
	/* A rule of its own catches it, and the old one's end is nothing to that. */
	must_add(_metadata, &self->g, DENY(NS, TARGET(op.fd)));
	EXPECT_OP(EPERM, &op);
	EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	EXPECT_OP(EPERM, &op);
}

static int enter(const void *fd)
{
	return setns(*(const int *)fd, 0) ? -errno : 0;
}

/* The subject is a member of the namespace: in one that has the number now nobody is. */
TEST_F(ns_death, in_ns)
{
	struct op op = { .kind = OP_AFFINITY, .mask = 1, .become = enter, .arg = &self->fd };
	uint64_t handle;

	/* Of pid and time namespaces a task becomes a member by being born there. */
	if (variant->type == NSGUARD_NSTYPE_PID || variant->type == NSGUARD_NSTYPE_TIME)
		SKIP(return, "setns() enters it for the children only");
	handle = must_add(_metadata, &self->g, DENY(AFFINITY, IN_NS(self->fd)));
	EXPECT_OP(EPERM, &op);
	self->fd = REBORN(handle, variant->type);
	EXPECT_OP(0, &op);
	expect_stale(_metadata, &self->g, handle, 1);
}

/* The number may go to another type, too. */
TEST_F(ns_death, other_type)
{
	enum nsguard_nstype type = variant->type == NSGUARD_NSTYPE_UTS ? NSGUARD_NSTYPE_IPC :
				   NSGUARD_NSTYPE_UTS;
	struct op op = { .kind = OP_SETNS, .fd = self->fd };
	uint64_t handle = must_add(_metadata, &self->g, DENY(NS, TARGET(self->fd)));

	EXPECT_OP(EPERM, &op);
	op.fd = REBORN(handle, type);
	EXPECT_OP(0, &op);
	expect_stale(_metadata, &self->g, handle, 1);
}

/* A rule for every namespace but this: the new one is none of the exceptions. */
TEST_F(ns_death, not_target)
{
	const struct nsg_rule *rule = DENY(NS, M_TYPE(NSG_BIT(variant->type)),
		{ .key = NSGUARD_A_RULE_TARGET, .kind = NSG_NS, .negated = true,
		  .fd = { self->fd }, .fds = 1 });
	struct op op = { .kind = OP_SETNS, .fd = self->fd };
	uint64_t handle, mark;

	/* The plugs are entered and left. */
	if (variant->type == NSGUARD_NSTYPE_UTS)
		SKIP(return, "the rule would refuse what proves it");
	mark = must_add(_metadata, &self->g, ALLOW(NS, TARGET(self->fd)));
	handle = must_add(_metadata, &self->g, rule);
	EXPECT_OP(0, &op);
	op.fd = REBORN(mark, variant->type);
	EXPECT_OP(EPERM, &op);
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
}

/* A rule that waits in a transaction while its namespace dies is stale when it is in force. */
TEST_F(ns_death, in_a_transaction)
{
	struct op op = { .kind = OP_SETNS };
	struct nsg_info info[2];
	uint64_t mark;

	mark = must_add(_metadata, &self->g, DENY(AFFINITY, IN_NS(self->fd)));
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	must_add(_metadata, &self->g, DENY(NS, TARGET(self->fd)));
	op.fd = REBORN(mark, variant->type);
	ASSERT_EQ(0, nsg_tx_commit(&self->g));
	ASSERT_EQ(1, nsg_list(&self->g, NSGUARD_TABLE_NS, info, 2));
	EXPECT_TRUE(info[0].stale);
	EXPECT_OP(0, &op);
	EXPECT_EQ(0, nsg_hits(&self->g, info[0].handle));
}

/* As long as anything holds it, it is not dead: not its tasks alone keep it. */
TEST_F(ns_death, held_by_a_file)
{
	struct op op = { .kind = OP_SETNS };
	struct nsg_info info;
	uint64_t handle;

	handle = must_add(_metadata, &self->g, DENY(NS, TARGET(self->fd)));
	op.fd = fcntl(self->fd, F_DUPFD_CLOEXEC, 0);
	ASSERT_LE(0, op.fd);
	ns_set_free(&self->old);
	usleep(200000);
	ASSERT_TRUE(nsg_find(&self->g, handle, &info));
	EXPECT_FALSE(info.stale);
	EXPECT_OP(EPERM, &op);
	close(op.fd);
	EXPECT_TRUE(comes_stale(&self->g, handle));
}

/* Enters by @fd, and its child is refused with a sentence made for it. */
static int refused_inside(int fd, const struct nsg_rule *rule)
{
	int status = 255;
	pid_t pid;

	if (setns(fd, CLONE_NEWPID))
		return 1;
	pid = fork();
	if (!pid) {
		struct nsg g;

		if (nsg_open(&g) || nsg_add(&g, rule) || !strstr(g.text, "identical to rule"))
			_exit(1);
		_exit(0);
	}
	return waitpid(pid, &status, 0) != pid || status;
}

/* What is kept of whoever was refused keeps none of his namespaces. */
TEST(pid_namespace_of_who_was_refused)
{
	const struct nsg_rule *rule = DENY(AFFINITY, M_UID(70001, 70001));
	uint64_t handle;
	struct ns_set ns;
	struct nsg g;
	int status;
	pid_t pid;

	nsg_setup(_metadata, &g);
	ASSERT_EQ(0, ns_set_make(&ns, CLONE_NEWPID));
	handle = must_add(_metadata, &g, ALLOW(NS, M_FD(NSGUARD_A_RULE_TARGET,
							ns.fd[NSGUARD_NSTYPE_PID])));
	must_add(_metadata, &g, rule);
	pid = fork();
	if (!pid)
		_exit(refused_inside(ns.fd[NSGUARD_NSTYPE_PID], rule));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ns_set_free(&ns);
	EXPECT_TRUE(comes_stale(&g, handle));
	nsg_teardown(_metadata, &g);
}

TEST_HARNESS_MAIN
