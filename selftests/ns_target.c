// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which namespace is entered: targets by file and by host, their negation, and what
 * becomes of a rule when its namespace dies (S3, H20).
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define TARGET(fd)	M_FD(NSGUARD_A_RULE_TARGET, fd)

FIXTURE(ns_target)
{
	struct nsg g;
	struct ns_set blue, red;
};

FIXTURE_SETUP(ns_target)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->blue, CLONE_NEWNET | CLONE_NEWUTS));
	ASSERT_EQ(0, ns_set_make(&self->red, CLONE_NEWNET | CLONE_NEWUTS));
}

FIXTURE_TEARDOWN(ns_target)
{
	ns_set_free(&self->blue);
	ns_set_free(&self->red);
	nsg_teardown(_metadata, &self->g);
}

#define ENTER(set, t)	(&(struct op){ .kind = OP_SETNS, .fd = (set).fd[NSGUARD_NSTYPE_##t] })

TEST_F(ns_target, hit)
{
	int fd = self->blue.fd[NSGUARD_NSTYPE_NET];
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(NS, TARGET(fd)), ENTER(self->blue, NET), true, true, &e);
	EXPECT_EQ(ns_inum(fd), e.ns_inum);
}

TEST_F(ns_target, another_of_its_type)
{
	int fd = self->blue.fd[NSGUARD_NSTYPE_NET];

	PROVE_PASSES(DENY(NS, TARGET(fd)), ENTER(self->red, NET));
}

TEST_F(ns_target, another_type_of_its_process)
{
	int fd = self->blue.fd[NSGUARD_NSTYPE_NET];

	PROVE_PASSES(DENY(NS, TARGET(fd)), ENTER(self->blue, UTS));
}

TEST_F(ns_target, not_this)
{
	const struct nsg_rule *rule = DENY(NS, { .key = NSGUARD_A_RULE_TARGET, .kind = NSG_NS,
		.negated = true, .fd = { self->blue.fd[NSGUARD_NSTYPE_NET] }, .fds = 1 },
		M_TYPE(NSG_BIT(NSGUARD_NSTYPE_NET)));

	PROVE_DENIED(rule, ENTER(self->red, NET));
	PROVE_PASSES(rule, ENTER(self->blue, NET));
}

TEST_F(ns_target, list)
{
	const struct nsg_rule *rule = DENY(NS, { .key = NSGUARD_A_RULE_TARGET, .kind = NSG_NS,
		.fd = { self->blue.fd[NSGUARD_NSTYPE_NET], self->red.fd[NSGUARD_NSTYPE_UTS] },
		.fds = 2 });

	PROVE_DENIED(rule, ENTER(self->blue, NET));
	PROVE_DENIED(rule, ENTER(self->red, UTS));
	PROVE_PASSES(rule, ENTER(self->red, NET));
}

/* A file of /proc/PID/ns and one kept by a bind mount, as ip netns does it, are the same. */
TEST_F(ns_target, by_path)
{
	const char *name = "/run/netns/nsgtest";
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->blue.fd[NSGUARD_NSTYPE_NET]);
	mkdir("/run/netns", 0755);
	fd = open(name, O_CREAT | O_CLOEXEC, 0444);
	ASSERT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, mount(path, name, NULL, MS_BIND, NULL));
	fd = open(name, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	PROVE_DENIED(DENY(NS, TARGET(fd)), ENTER(self->blue, NET));
	close(fd);
	EXPECT_EQ(0, umount(name));
	EXPECT_EQ(0, unlink(name));
}

static int leave_uts(const void *arg)
{
	return unshare(CLONE_NEWUTS) ? -errno : 0;
}

/* From a namespace of its own back to the host's, and not the other way. */
TEST_F(ns_target, host)
{
	const struct nsg_rule *rule = DENY(NS, M_HOST(NSGUARD_A_RULE_TARGET),
					   M_OP(NSGUARD_OP_ENTER));
	struct op op = { .kind = OP_SETNS, .become = leave_uts };

	op.fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, op.fd);
	PROVE_DENIED(rule, &op);
	PROVE_PASSES(rule, ENTER(self->blue, UTS));
	close(op.fd);
}

TEST_F(ns_target, not_host)
{
	const struct nsg_rule *rule = DENY(NS, M_OP(NSGUARD_OP_ENTER),
					   { .key = NSGUARD_A_RULE_TARGET, .kind = NSG_HOST,
					     .negated = true });
	struct op op = { .kind = OP_SETNS, .become = leave_uts };

	PROVE_DENIED(rule, ENTER(self->blue, UTS));
	op.fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, op.fd);
	PROVE_PASSES(rule, &op);
	close(op.fd);
}

/* Waits for the death hook's word to arrive: namespaces are freed by workers. */
static bool comes_stale(struct nsg *g, uint64_t handle)
{
	struct nsg_info info;

	for (int i = 0; i < 300; i++) {
		if (nsg_find(g, handle, &info) && info.stale)
			return true;
		usleep(10000);
	}
	return false;
}

TEST_F(ns_target, stale_after_death)
{
	const struct nsg_rule two = {
		.table = NSGUARD_TABLE_NS, .verdict = NSGUARD_VERDICT_DENY,
		.m = { {
			.key = NSGUARD_A_RULE_TARGET, .kind = NSG_NS, .fds = 2,
			.fd = {
				self->blue.fd[NSGUARD_NSTYPE_NET],
				self->red.fd[NSGUARD_NSTYPE_NET],
			},
		} },
	};
	struct nsg_info info;
	struct nsg_status s;
	uint64_t net, both;

	net = must_add(_metadata, &self->g, DENY(NS, TARGET(self->blue.fd[NSGUARD_NSTYPE_NET])));
	both = must_add(_metadata, &self->g, &two);
	ASSERT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(0, s.stale);
	EXPECT_OP(EPERM, ENTER(self->blue, NET));
	ns_set_free(&self->blue);
	EXPECT_TRUE(comes_stale(&self->g, net));
	/* Another of its namespaces lives. */
	ASSERT_TRUE(nsg_find(&self->g, both, &info));
	EXPECT_FALSE(info.stale);
	ASSERT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(1, s.stale);
	EXPECT_OP(EPERM, ENTER(self->red, NET));
}

/*
 * Inode numbers are used again, the lowest free one first: a new namespace gets the dead
 * one's number soon, and the old rule must not be about it.
 */
TEST_F(ns_target, number_used_again)
{
	uint32_t inum = ns_inum(self->blue.fd[NSGUARD_NSTYPE_UTS]);
	struct ns_set again[12];
	uint64_t handle;
	int n = 0, found = -1;

	handle = must_add(_metadata, &self->g,
			  DENY(NS, TARGET(self->blue.fd[NSGUARD_NSTYPE_UTS])));
	EXPECT_OP(EPERM, ENTER(self->blue, UTS));
	ns_set_free(&self->blue);
	ASSERT_TRUE(comes_stale(&self->g, handle));
	while (found < 0 && n < 12 && !ns_set_make(&again[n], CLONE_NEWUTS)) {
		if (ns_inum(again[n].fd[NSGUARD_NSTYPE_UTS]) == inum)
			found = n;
		n++;
	}
	if (found >= 0)
		EXPECT_OP(0, ENTER(again[found], UTS));
	while (n)
		ns_set_free(&again[--n]);
	ASSERT_LE(0, found)
		TH_LOG("number %u was not used again", inum);
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
}

TEST_HARNESS_MAIN
