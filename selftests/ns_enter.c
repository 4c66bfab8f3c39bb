// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entering namespaces (S1): each of the eight types by a file of nsfs, and several at
 * once by a pidfd. What a rule may say about the target is ns_target's.
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

FIXTURE(ns_enter)
{
	struct nsg g;
	struct ns_set ns;
};

FIXTURE_VARIANT(ns_enter)
{
	enum nsguard_nstype type;
};

#define VARIANT(name, t) \
	FIXTURE_VARIANT_ADD(ns_enter, name) { .type = NSGUARD_NSTYPE_##t }

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

FIXTURE_SETUP(ns_enter)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, ns_flag[variant->type]));
}

FIXTURE_TEARDOWN(ns_enter)
{
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

TEST_F(ns_enter, nsfd)
{
	const struct op op = {
		.kind = OP_SETNS, .fd = self->ns.fd[variant->type], .types = ns_flag[variant->type],
	};
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(NS, M_TYPE(NSG_BIT(variant->type))), &op, true, true, &e);
	EXPECT_EQ(NSGUARD_OP_ENTER, e.op);
	EXPECT_EQ(variant->type, e.ns_type);
	EXPECT_EQ(ns_inum(op.fd), e.ns_inum);
}

TEST_F(ns_enter, nsfd_of_any_type)
{
	const struct op op = { .kind = OP_SETNS, .fd = self->ns.fd[variant->type] };

	PROVE_DENIED(DENY(NS, M_OP(NSGUARD_OP_ENTER)), &op);
}

TEST_F(ns_enter, pidfd)
{
	const struct op op = {
		.kind = OP_SETNS, .fd = self->ns.pidfd, .types = ns_flag[variant->type],
	};

	PROVE_DENIED(DENY(NS, M_TYPE(NSG_BIT(variant->type))), &op);
}

/* A rule on the seven other types is not about this one. */
TEST_F(ns_enter, other_types)
{
	const struct op op = { .kind = OP_SETNS, .fd = self->ns.fd[variant->type] };

	PROVE_PASSES(DENY(NS, M_TYPE(0xff & ~NSG_BIT(variant->type))), &op);
}

/* Creating is another operation. */
TEST_F(ns_enter, create_is_not_enter)
{
	const struct op op = { .kind = OP_SETNS, .fd = self->ns.fd[variant->type] };

	PROVE_PASSES(DENY(NS, M_OP(NSGUARD_OP_CREATE)), &op);
}

#define MANY	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | \
		 CLONE_NEWCGROUP)

FIXTURE(ns_pidfd)
{
	struct nsg g;
	struct ns_set ns;
};

FIXTURE_VARIANT(ns_pidfd)
{
	enum nsguard_nstype denied;
};

/* The first, one in the middle and the last the kernel installs. */
FIXTURE_VARIANT_ADD(ns_pidfd, mnt) { .denied = NSGUARD_NSTYPE_MNT };
FIXTURE_VARIANT_ADD(ns_pidfd, ipc) { .denied = NSGUARD_NSTYPE_IPC };
FIXTURE_VARIANT_ADD(ns_pidfd, net) { .denied = NSGUARD_NSTYPE_NET };

FIXTURE_SETUP(ns_pidfd)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, MANY));
}

FIXTURE_TEARDOWN(ns_pidfd)
{
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

/* One denied type keeps the caller out of all of them (H10). */
TEST_F(ns_pidfd, all_or_none)
{
	const struct op op = { .kind = OP_SETNS, .fd = self->ns.pidfd, .types = MANY };
	struct nsg_event e;

	prove(_metadata, &self->g, DENY(NS, M_TYPE(NSG_BIT(variant->denied))), &op, true, true, &e);
	EXPECT_EQ(variant->denied, e.ns_type);
	EXPECT_EQ(ns_inum(self->ns.fd[variant->denied]), e.ns_inum);
}

/* The denied type is not among those asked for. */
TEST_F(ns_pidfd, without_it)
{
	const struct op op = {
		.kind = OP_SETNS, .fd = self->ns.pidfd, .types = MANY & ~ns_flag[variant->denied],
	};

	PROVE_PASSES(DENY(NS, M_TYPE(NSG_BIT(variant->denied))), &op);
}

TEST_HARNESS_MAIN
