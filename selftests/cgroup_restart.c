// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule by a cgroup's path is about the path: a service that is stopped and started again, its
 * cgroup removed and made again by the same name, is still matched; and another one, that may have
 * what the kernel remembers of the first, is not.
 */
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define SERVICE	TOP "/s.slice/web.service"
#define OTHER	TOP "/s.slice/other.service"
#define AWAY	TOP "/away"

FIXTURE(cgroup_restart)
{
	struct nsg g;
	struct ns_set ns;
	struct op op;		/* what the rule is about, done by or with the service */
	struct op elsewhere;	/* the same with the other one */
	struct nsg_rule rule;
};

FIXTURE_VARIANT(cgroup_restart)
{
	uint8_t key;
	uint8_t relation;
	const char *path;
};

#define VARIANT(name, key_, relation_, path_) \
	FIXTURE_VARIANT_ADD(cgroup_restart, name) { \
		.key = NSGUARD_A_RULE_##key_, .relation = NSGUARD_RELATION_##relation_, \
		.path = path_, \
	}

VARIANT(from, FROM, IS, SERVICE);
VARIANT(from_glob, FROM, UNDER, TOP "/s.slice/web*");
VARIANT(to, TO, IS, SERVICE);
VARIANT(to_under, TO, UNDER, SERVICE);
VARIANT(leaving, LEAVING, UNDER, SERVICE);
VARIANT(leaving_is, LEAVING, IS, SERVICE);
VARIANT(subject, CGROUP, IS, SERVICE);
VARIANT(subject_under, CGROUP, UNDER, SERVICE);
VARIANT(target, TARGET_CGROUP, IS, SERVICE);

static struct op op_of(const struct ns_set *ns, uint8_t key, const char *service)
{
	switch (key) {
	case NSGUARD_A_RULE_TO:
		return (struct op){ .kind = OP_PROCS, .other = true, .from = AWAY, .to = service };
	case NSGUARD_A_RULE_CGROUP:
		return (struct op){ .kind = OP_SETNS, .fd = ns->fd[NSGUARD_NSTYPE_UTS],
				    .become = become_in_cgroup, .arg = service };
	case NSGUARD_A_RULE_TARGET_CGROUP:
		return (struct op){ .kind = OP_AFFINITY, .other = true, .from = service,
				    .mask = 1 };
	default:
		return (struct op){ .kind = OP_PROCS, .other = true, .from = service, .to = AWAY };
	}
}

static enum nsguard_table table_of(uint8_t key)
{
	return key == NSGUARD_A_RULE_CGROUP ? NSGUARD_TABLE_NS :
	       key == NSGUARD_A_RULE_TARGET_CGROUP ? NSGUARD_TABLE_AFFINITY : NSGUARD_TABLE_CGROUP;
}

FIXTURE_SETUP(cgroup_restart)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(SERVICE));
	ASSERT_EQ(0, cg_make(OTHER));
	ASSERT_EQ(0, cg_make(AWAY));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->op = op_of(&self->ns, variant->key, SERVICE);
	self->elsewhere = op_of(&self->ns, variant->key, OTHER);
	self->rule = (struct nsg_rule){
		.table = table_of(variant->key), .verdict = NSGUARD_VERDICT_DENY,
		.m = { M_PATH(variant->key, variant->relation, variant->path) },
	};
}

FIXTURE_TEARDOWN(cgroup_restart)
{
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

static void stop(struct __test_metadata *_metadata)
{
	cg_remove(SERVICE);
	ASSERT_EQ(0, cg_id(SERVICE));
}

static void restart(struct __test_metadata *_metadata)
{
	uint64_t before = cg_id(SERVICE);

	stop(_metadata);
	ASSERT_EQ(0, cg_make(SERVICE));
	/* Another cgroup, by everything but its name. */
	ASSERT_NE(before, cg_id(SERVICE));
}

TEST_F(cgroup_restart, is_matched)
{
	uint64_t handle = must_add(_metadata, &self->g, &self->rule);

	for (int times = 0; times < 2; times++) {
		EXPECT_OP(EPERM, &self->op);
		EXPECT_OP(0, &self->elsewhere);
		EXPECT_EQ(times + 1, nsg_hits(&self->g, handle));
		restart(_metadata);
	}
	EXPECT_OP(EPERM, &self->op);
	EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	EXPECT_OP(0, &self->op);
}

TEST_F(cgroup_restart, is_still_excepted)
{
	struct nsg_rule rule = self->rule;

	rule.m[0].negated = true;
	/* Nobody else moves meanwhile: placing a child would be a move that this refuses. */
	PROVE_PASSES(&rule, &self->op);
	restart(_metadata);
	PROVE_PASSES(&rule, &self->op);
	if (variant->key != NSGUARD_A_RULE_LEAVING)
		PROVE_DENIED(&rule, &self->elsewhere);
}

/* The rule is made while the service is stopped, or before it ever ran. */
TEST_F(cgroup_restart, was_stopped)
{
	stop(_metadata);
	must_add(_metadata, &self->g, &self->rule);
	EXPECT_OP(0, &self->elsewhere);
	ASSERT_EQ(0, cg_make(SERVICE));
	EXPECT_OP(EPERM, &self->op);
}

/* Others come and go as well: what is remembered of one must not be taken for another. */
TEST_F(cgroup_restart, others_come_and_go)
{
	must_add(_metadata, &self->g, &self->rule);
	for (int times = 0; times < 4; times++) {
		EXPECT_OP(EPERM, &self->op);
		stop(_metadata);
		cg_remove(OTHER);
		ASSERT_EQ(0, cg_make(OTHER));
		EXPECT_OP(0, &self->elsewhere);
		ASSERT_EQ(0, cg_make(SERVICE));
	}
}

TEST_HARNESS_MAIN
