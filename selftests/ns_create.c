// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creating namespaces (S2) by unshare(), clone() and clone3(), each of the eight types alone.
 * Several at once are ns_create_flags', mount calls ns_create_mount's.
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

FIXTURE(ns_create)
{
	struct nsg g;
};

FIXTURE_VARIANT(ns_create)
{
	enum nsguard_nstype type;
};

#define VARIANT(name, t) \
	FIXTURE_VARIANT_ADD(ns_create, name) { .type = NSGUARD_NSTYPE_##t }

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

FIXTURE_SETUP(ns_create)
{
	const char *path = variant->type == NSGUARD_NSTYPE_USER ? "ns.create.user" : "ns.create";

	nsg_setup(_metadata, &self->g);
	if (!nsg_covers(&self->g, path))
		SKIP(return, "%s is not covered", path);
}

FIXTURE_TEARDOWN(ns_create)
{
	nsg_teardown(_metadata, &self->g);
}

TEST_F(ns_create, unshare)
{
	const struct op op = { .kind = OP_UNSHARE, .types = ns_flag[variant->type] };
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(NS, M_OP(NSGUARD_OP_CREATE),
					M_TYPE(NSG_BIT(variant->type))), &op, true, true, &e);
	EXPECT_EQ(NSGUARD_OP_CREATE, e.op);
	EXPECT_EQ(variant->type, e.ns_type);
}

/* Where the kernel asks about the namespace itself, it has its number by then. */
TEST_F(ns_create, is_initialised)
{
	const struct op op = { .kind = OP_UNSHARE, .types = ns_flag[variant->type] };
	struct nsg_event e;
	uint64_t handle;
	struct op_child c;

	handle = must_add(_metadata, &self->g, DENY(NS, M_OP(NSGUARD_OP_CREATE),
						    M_TYPE(NSG_BIT(variant->type))));
	c = op_run(&op);
	EXPECT_EQ(EPERM, c.err);
	ASSERT_TRUE(nsg_event_wait(&self->g, handle, c.pid, PROOF_MS, &e));
	if (strcmp(e.function, "bpf_lsm_namespace_alloc"))
		SKIP(return, "only a patched kernel shows a namespace that is initialised");
	EXPECT_LE(0xf0000000, e.ns_inum);
}

TEST_F(ns_create, clone3)
{
	const struct op op = { .kind = OP_CLONE, .types = ns_flag[variant->type] };

	/* A time namespace can only be asked for by unshare() or clone3(), not clone(). */
	PROVE_DENIED(DENY(NS, M_OP(NSGUARD_OP_CREATE), M_TYPE(NSG_BIT(variant->type))), &op);
}

TEST_F(ns_create, clone)
{
	const struct op op = { .kind = OP_CLONE_OLD, .types = ns_flag[variant->type] };

	if (variant->type == NSGUARD_NSTYPE_TIME)
		SKIP(return, "clone() cannot ask for a time namespace");
	PROVE_DENIED(DENY(NS, M_OP(NSGUARD_OP_CREATE), M_TYPE(NSG_BIT(variant->type))), &op);
}

TEST_F(ns_create, other_types)
{
	const struct op op = { .kind = OP_UNSHARE, .types = ns_flag[variant->type] };

	PROVE_PASSES(DENY(NS, M_OP(NSGUARD_OP_CREATE),
			  M_TYPE(0xff & ~NSG_BIT(variant->type))), &op);
}

TEST_F(ns_create, enter_is_not_create)
{
	const struct op op = { .kind = OP_UNSHARE, .types = ns_flag[variant->type] };

	PROVE_PASSES(DENY(NS, M_OP(NSGUARD_OP_ENTER)), &op);
}

/* A plain fork asks for no namespace, and must never be judged. */
TEST(ns_create_fork)
{
	const struct op op = { .kind = OP_CLONE };
	struct nsg_status before, after;
	struct nsg g;

	nsg_setup(_metadata, &g);
	must_add(_metadata, &g, DENY(NS, M_UID(0, ~0u)));
	ASSERT_EQ(0, nsg_status(&g, &before));
	EXPECT_OP(0, &op);
	ASSERT_EQ(0, nsg_status(&g, &after));
	EXPECT_EQ(before.table[NSGUARD_TABLE_NS].decisions,
		  after.table[NSGUARD_TABLE_NS].decisions);
	nsg_teardown(_metadata, &g);
}

TEST_HARNESS_MAIN
