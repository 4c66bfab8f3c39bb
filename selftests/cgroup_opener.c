// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who opened the file that a move is written to, and who writes: two people, when an open file is
 * handed on (H12). Where there is no such file, and in version 1, is cgroup_move's and cgroup_v1's.
 */
#include <fcntl.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define OPENER(a, b)	M_RANGE(NSGUARD_A_RULE_OPENER_UID, a, b)
#define NOT(a, b)	{ .key = NSGUARD_A_RULE_OPENER_UID, .kind = NSG_RANGE, .negated = true, \
			  .range = { { a, b } }, .ranges = 1 }

static const uint32_t guest = 1000;

FIXTURE(cgroup_opener)
{
	struct nsg g;
	struct op op;
};

FIXTURE_VARIANT(cgroup_opener)
{
	enum op_kind kind;
	bool other;
};

FIXTURE_VARIANT_ADD(cgroup_opener, procs) { .kind = OP_PROCS };
FIXTURE_VARIANT_ADD(cgroup_opener, procs_other) { .kind = OP_PROCS, .other = true };
FIXTURE_VARIANT_ADD(cgroup_opener, threads) { .kind = OP_THREADS };
FIXTURE_VARIANT_ADD(cgroup_opener, threads_other) { .kind = OP_THREADS, .other = true };

FIXTURE_SETUP(cgroup_opener)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP "/a"));
	ASSERT_EQ(0, cg_make(TOP "/b"));
	if (variant->kind == OP_THREADS) {
		ASSERT_EQ(0, cg_write(TOP "/a", "cgroup.type", "threaded"));
		ASSERT_EQ(0, cg_write(TOP "/b", "cgroup.type", "threaded"));
	}
	self->op = (struct op){
		.kind = variant->kind, .other = variant->other, .from = TOP "/a", .to = TOP "/b",
	};
}

FIXTURE_TEARDOWN(cgroup_opener)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/*
 * /b's file, opened by @uid: by its real uid alone, or @wholly. Return: the file or -1.
 */
static int open_as(enum op_kind kind, uid_t uid, bool wholly)
{
	const char *file = kind == OP_THREADS ? CG2 TOP "/b/cgroup.threads" :
						CG2 TOP "/b/cgroup.procs";
	int fd = -1;

	/* Of the three ids the saved one stays 0, and lets it come back. */
	if (!setresuid(uid, wholly ? uid : 0, 0))
		fd = open(file, O_WRONLY | O_CLOEXEC);
	return setresuid(0, 0, 0) ? -1 : fd;
}

TEST_F(cgroup_opener, handed_on)
{
	self->op.opened = true;
	self->op.fd = open_as(variant->kind, guest, false);
	ASSERT_LE(0, self->op.fd);
	PROVE_DENIED(DENY(CGROUP, OPENER(1000, 1999)), &self->op);
	PROVE_DENIED(DENY(CGROUP, NOT(0, 0)), &self->op);
	PROVE_PASSES(DENY(CGROUP, OPENER(0, 999)), &self->op);
	PROVE_PASSES(DENY(CGROUP, NOT(1000, 1000)), &self->op);
	/* The one who writes is root. */
	PROVE_DENIED(DENY(CGROUP, OPENER(1000, 1000), M_UID(0, 0)), &self->op);
	PROVE_PASSES(DENY(CGROUP, OPENER(1000, 1000), M_UID(1000, 1000)), &self->op);
	close(self->op.fd);
}

TEST_F(cgroup_opener, handed_down)
{
	self->op.opened = true;
	self->op.become = become_uid;
	self->op.arg = &guest;
	self->op.fd = open_as(variant->kind, 0, false);
	ASSERT_LE(0, self->op.fd);
	PROVE_DENIED(DENY(CGROUP, OPENER(0, 0), M_UID(1000, 1000)), &self->op);
	PROVE_PASSES(DENY(CGROUP, OPENER(1000, 1000)), &self->op);
	PROVE_PASSES(DENY(CGROUP, NOT(0, 0)), &self->op);
	close(self->op.fd);
}

TEST_F(cgroup_opener, own)
{
	PROVE_DENIED(DENY(CGROUP, OPENER(0, 0)), &self->op);
	PROVE_PASSES(DENY(CGROUP, NOT(0, 0)), &self->op);
	self->op.become = become_uid;
	self->op.arg = &guest;
	PROVE_DENIED(DENY(CGROUP, OPENER(1000, 1000)), &self->op);
	PROVE_PASSES(DENY(CGROUP, OPENER(0, 999)), &self->op);
}

/* Of clone3 the caller is the opener. */
TEST_F(cgroup_opener, born_into)
{
	struct op clone = { .kind = OP_CLONE_INTO, .to = TOP, .become = become_uid, .arg = &guest };

	PROVE_DENIED(DENY(CGROUP, OPENER(1000, 1000)), &clone);
	PROVE_PASSES(DENY(CGROUP, OPENER(0, 999)), &clone);
	PROVE_PASSES(DENY(CGROUP, NOT(1000, 1000)), &clone);
}

/*
 * The kernel refuses what the opener may not, and what was noted of that write must not be taken
 * for the next one's, of the same task to the same cgroup.
 */
TEST_F(cgroup_opener, refused_by_the_kernel)
{
	const char *file = variant->kind == OP_THREADS ? CG2 TOP "/b/cgroup.threads" :
							CG2 TOP "/b/cgroup.procs";
	uint64_t of_guest, of_root;

	self->op.opened = true;
	ASSERT_EQ(0, chown(file, guest, -1));
	self->op.fd = open_as(variant->kind, guest, true);
	ASSERT_LE(0, self->op.fd);
	of_guest = must_add(_metadata, &self->g, DENY(CGROUP, OPENER(1000, 1000),
						      M_IS(NSGUARD_A_RULE_TO, TOP "/b")));
	of_root = must_add(_metadata, &self->g, DENY(CGROUP, OPENER(0, 0),
						     M_IS(NSGUARD_A_RULE_TO, TOP "/b")));
	for (int times = 0; times < 5; times++) {
		EXPECT_EQ(EACCES, op_run(&self->op).err);
		EXPECT_EQ(0, nsg_hits(&self->g, of_guest));
		self->op.opened = false;
		EXPECT_OP(EPERM, &self->op);
		EXPECT_EQ(times + 1, nsg_hits(&self->g, of_root));
		self->op.opened = true;
	}
	close(self->op.fd);
	/* And where the opener may, it is he. */
	ASSERT_EQ(0, chown(CG2 TOP "/cgroup.procs", guest, -1));
	self->op.fd = open_as(variant->kind, guest, true);
	ASSERT_LE(0, self->op.fd);
	EXPECT_OP(EPERM, &self->op);
	EXPECT_EQ(1, nsg_hits(&self->g, of_guest));
	close(self->op.fd);
}

TEST_HARNESS_MAIN
