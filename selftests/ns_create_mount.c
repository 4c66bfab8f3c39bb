// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mount namespaces made by mount calls (S2, H11): open_tree() and fsmount() on 7.x, and the empty
 * ones of unshare() and clone3(). Never the anonymous ones of detached trees, on any kernel.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include "kselftest_harness.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define CREATE	M_OP(NSGUARD_OP_CREATE)
#define MNT	M_TYPE(NSG_BIT(NSGUARD_NSTYPE_MNT))
#define NOT_MNT	M_TYPE(0xff & ~NSG_BIT(NSGUARD_NSTYPE_MNT))

FIXTURE(ns_create_mount)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(ns_create_mount)
{
	const char *call;
	enum op_kind kind;
	uint64_t types;
};

FIXTURE_VARIANT_ADD(ns_create_mount, open_tree) {
	.call = "OPEN_TREE_NAMESPACE", .kind = OP_OPEN_TREE, .types = OP_TREE_NAMESPACE,
};

FIXTURE_VARIANT_ADD(ns_create_mount, fsmount) {
	.call = "FSMOUNT_NAMESPACE", .kind = OP_FSMOUNT, .types = OP_FSMOUNT_NAMESPACE,
};

FIXTURE_VARIANT_ADD(ns_create_mount, unshare_empty) {
	.call = "UNSHARE_EMPTY_MNTNS", .kind = OP_UNSHARE, .types = OP_UNSHARE_EMPTY,
};

FIXTURE_VARIANT_ADD(ns_create_mount, clone3_empty) {
	.call = "CLONE_EMPTY_MNTNS", .kind = OP_CLONE, .types = OP_CLONE_EMPTY,
};

FIXTURE_SETUP(ns_create_mount)
{
	nsg_setup(_metadata, &self->g);
	self->op = (struct op){ .kind = variant->kind, .types = variant->types };
	if (op_run(&self->op).err == EINVAL)
		SKIP(return, "the kernel has no %s", variant->call);
	if (!nsg_covers(&self->g, "ns.create"))
		SKIP(return, "ns.create is not covered");
}

FIXTURE_TEARDOWN(ns_create_mount)
{
	nsg_teardown(_metadata, &self->g);
}

TEST_F(ns_create_mount, refused)
{
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(NS, CREATE, MNT), &self->op, true, true, &e);
	EXPECT_EQ(NSGUARD_OP_CREATE, e.op);
	EXPECT_EQ(NSGUARD_NSTYPE_MNT, e.ns_type);
	PROVE_PASSES(DENY(NS, CREATE, NOT_MNT), &self->op);
	PROVE_PASSES(DENY(NS, M_OP(NSGUARD_OP_ENTER)), &self->op);
}

static unsigned int mounts(void)
{
	static char text[65536];
	unsigned int n = 0;

	if (file_read("/proc/self/mountinfo", text, sizeof(text)))
		return 0;
	for (const char *p = text; *p; p++)
		n += *p == '\n';
	return n;
}

/* Counted like any other: a refused one is given back to the limit, and nothing is mounted. */
TEST_F_TIMEOUT(ns_create_mount, leaves_nothing, 60)
{
	const char *limit = "/proc/sys/user/max_mnt_namespaces";
	unsigned int before = mounts();
	char old[32];
	struct op_child c;
	uint64_t handle;

	ASSERT_EQ(0, file_read(limit, old, sizeof(old)));
	handle = must_add(_metadata, &self->g, DENY(NS, CREATE, MNT));
	for (int i = 0; i < 20; i++) {
		c = op_run(&self->op);
		ASSERT_EQ(EPERM, c.err);
	}
	EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	/* Were each of them still counted, there would be more than a few. */
	ASSERT_EQ(0, file_write(limit, "12"));
	c = op_run(&self->op);
	EXPECT_EQ(0, file_write(limit, old));
	EXPECT_EQ(0, c.err);
	EXPECT_EQ(before, mounts());
}

/* --- detached trees: anonymous mount namespaces, which nobody can enter --- */

#define TREE_CLONE	1	/* OPEN_TREE_CLONE */

FIXTURE(ns_create_anonymous)
{
	struct nsg g;
};

FIXTURE_VARIANT(ns_create_anonymous)
{
	struct op op;
};

FIXTURE_VARIANT_ADD(ns_create_anonymous, open_tree) {
	.op = { .kind = OP_OPEN_TREE, .types = TREE_CLONE },
};

FIXTURE_VARIANT_ADD(ns_create_anonymous, open_tree_recursive) {
	.op = { .kind = OP_OPEN_TREE, .types = TREE_CLONE | AT_RECURSIVE },
};

FIXTURE_VARIANT_ADD(ns_create_anonymous, fsmount) {
	.op = { .kind = OP_FSMOUNT },
};

FIXTURE_SETUP(ns_create_anonymous)
{
	nsg_setup(_metadata, &self->g);
}

FIXTURE_TEARDOWN(ns_create_anonymous)
{
	nsg_teardown(_metadata, &self->g);
}

/* Not even decided upon, under a rule and under a default that deny all creation. */
TEST_F(ns_create_anonymous, is_never_judged)
{
	const struct op unshare = { .kind = OP_UNSHARE, .types = CLONE_NEWNS };
	struct nsg_status before, after;

	must_add(_metadata, &self->g, DENY(NS, CREATE));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, nsg_status(&self->g, &before));
		EXPECT_OP(0, &variant->op);
		ASSERT_EQ(0, nsg_status(&self->g, &after));
		EXPECT_EQ(before.table[NSGUARD_TABLE_NS].decisions,
			  after.table[NSGUARD_TABLE_NS].decisions);
		if (!nsg_covers(&self->g, "ns.create"))
			continue;
		EXPECT_OP(EPERM, &unshare);
		ASSERT_EQ(0, nsg_flush(&self->g, NSGUARD_TABLE_NS));
		ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_NS, NSGUARD_OP_CREATE,
					 NSGUARD_VERDICT_DENY, true));
	}
}

/* mount(8) of today and container runtimes make them all the time. */
TEST_F(ns_create_anonymous, is_mounted)
{
	int fd, fs;

	must_add(_metadata, &self->g, DENY(NS, CREATE));
	if (variant->op.kind == OP_OPEN_TREE) {
		fd = syscall(SYS_open_tree, AT_FDCWD, "/tmp",
			     variant->op.types | O_CLOEXEC);
	} else {
		fs = syscall(SYS_fsopen, "tmpfs", 1);
		ASSERT_LE(0, fs);
		ASSERT_EQ(0, syscall(SYS_fsconfig, fs, 6, NULL, NULL, 0));
		fd = syscall(SYS_fsmount, fs, 1, 0);
		close(fs);
	}
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, syscall(SYS_move_mount, fd, "", AT_FDCWD, "/tmp", 4));
	EXPECT_EQ(0, umount2("/tmp", MNT_DETACH));
	close(fd);
}

TEST_HARNESS_MAIN
