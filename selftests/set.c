// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named sets, over the wire: hit and missed, negated, ranges, elements that come and go under rules
 * that stay, and what is refused. Transactions with sets are in set_tx.c, words in set_cli.c, sizes
 * in set_load.c.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include "kselftest_harness.h"
#include "lib/proof.h"
#include "lib/sets.h"

#define UID	NSGUARD_SET_TYPE_UID
#define NAME31	"abcdefghijklmnopqrstuvwxyz01234"

FIXTURE(set)
{
	struct nsg g;
	struct ns_set ns;
	struct op enter;
	uid_t uid;
	struct set_info info;
};

FIXTURE_SETUP(set)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->uid = 1000;
	self->enter = (struct op){ .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_UTS],
				   .become = become_uid, .arg = &self->uid };
	ASSERT_EQ(0, set_add(&self->g, "tenants", UID))
		TH_LOG("%s (%s)", strerror(self->g.error), self->g.text);
}

FIXTURE_TEARDOWN(set)
{
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

#define EXPECT_AS(errno_, who) do { \
	self->uid = (who); \
	EXPECT_OP(errno_, &self->enter); \
} while (0)

/* Refused with @errno_ and a sentence that has @text; the policy is what it was. */
#define EXPECT_REFUSED(errno_, text_, call) do { \
	struct nsg_status before_, after_; \
	ASSERT_EQ(0, nsg_status(&self->g, &before_)); \
	EXPECT_EQ(-(errno_), call); \
	EXPECT_NE(NULL, strstr(self->g.text, text_)) \
		TH_LOG("\"%s\"", self->g.text); \
	ASSERT_EQ(0, nsg_status(&self->g, &after_)); \
	EXPECT_EQ(before_.generation, after_.generation); \
	EXPECT_EQ(before_.rules, after_.rules); \
} while (0)

#define ADDED(...)	(nsg_add(&self->g, DENY(NS, __VA_ARGS__)) ? 0 : -self->g.error)

TEST_F(set, hit_and_miss)
{
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1000));
	self->uid = 1000;
	PROVE_DENIED(DENY(NS, M_SET(UID, "tenants")), &self->enter);
	PROVE_PASSES(DENY(NS, M_NOT_SET(UID, "tenants")), &self->enter);
	self->uid = 1001;
	PROVE_PASSES(DENY(NS, M_SET(UID, "tenants")), &self->enter);
	PROVE_DENIED(DENY(NS, M_NOT_SET(UID, "tenants")), &self->enter);
}

/* The rule stays; who is meant by it changes at once. */
TEST_F(set, elements_come_and_go)
{
	uint64_t rule = must_add(_metadata, &self->g, DENY(NS, M_SET(UID, "tenants")));

	EXPECT_AS(0, 1000);
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1000));
	EXPECT_AS(EPERM, 1000);
	EXPECT_AS(0, 1001);
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1001, 1001));
	EXPECT_AS(EPERM, 1001);
	ASSERT_EQ(0, element_del(&self->g, "tenants", 1000, 1000));
	EXPECT_AS(0, 1000);
	EXPECT_AS(EPERM, 1001);
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1000));
	EXPECT_AS(EPERM, 1000);
	ASSERT_EQ(0, set_flush(&self->g, "tenants"));
	EXPECT_AS(0, 1000);
	EXPECT_AS(0, 1001);
	EXPECT_EQ(4, nsg_hits(&self->g, rule));
	ASSERT_EQ(0, set_get(&self->g, "tenants", &self->info));
	EXPECT_EQ(0, self->info.elements);
}

/* Ranges of all shapes: every edge, one off, and what they have in common. */
TEST_F(set, ranges)
{
	static const uint32_t range[][2] = {
		{ 2000, 2999 }, { 1001, 1006 }, { 4096, 8191 }, { 0xfffffff0, 0xfffffffe },
		{ 1, 1 },
	};

	must_add(_metadata, &self->g, DENY(NS, M_SET(UID, "tenants")));
	for (size_t i = 0; i < ARRAY_SIZE(range); i++)
		ASSERT_EQ(0, element_add(&self->g, "tenants", range[i][0], range[i][1]));
	for (size_t i = 0; i < ARRAY_SIZE(range); i++) {
		EXPECT_AS(EPERM, range[i][0]);
		EXPECT_AS(EPERM, range[i][1]);
		EXPECT_AS(EPERM, range[i][0] + (range[i][1] - range[i][0]) / 2);
		EXPECT_AS(0, range[i][0] - 1);
		if (range[i][1] < 0xfffffffe)
			EXPECT_AS(0, range[i][1] + 1);
	}
	/* In order of ids, however they were said. */
	ASSERT_EQ(0, set_get(&self->g, "tenants", &self->info));
	ASSERT_EQ(ARRAY_SIZE(range), self->info.n);
	EXPECT_EQ(ARRAY_SIZE(range), self->info.elements);
	EXPECT_EQ(UID, self->info.type);
	for (unsigned int i = 1; i < self->info.n; i++)
		EXPECT_LT(self->info.range[i - 1][0], self->info.range[i][0]);
	/* Everybody. */
	ASSERT_EQ(0, element_add(&self->g, "tenants", 0, ~0U));
	EXPECT_AS(EPERM, 0);
	EXPECT_AS(EPERM, 77777);
	ASSERT_EQ(0, element_del(&self->g, "tenants", 0, ~0U));
	EXPECT_AS(0, 77777);
	EXPECT_AS(EPERM, 2500);
}

/* They may overlap: an id is out of the set when the last element that has it is. */
TEST_F(set, overlaps)
{
	must_add(_metadata, &self->g, DENY(NS, M_SET(UID, "tenants")));
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1999));
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1000));
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1003));
	EXPECT_REFUSED(ENOENT, "no such element", element_del(&self->g, "tenants", 1000, 1001));
	ASSERT_EQ(0, element_del(&self->g, "tenants", 1000, 1999));
	EXPECT_AS(EPERM, 1000);
	EXPECT_AS(EPERM, 1003);
	EXPECT_AS(0, 1004);
	ASSERT_EQ(0, element_del(&self->g, "tenants", 1000, 1003));
	EXPECT_AS(EPERM, 1000);
	EXPECT_AS(0, 1003);
	ASSERT_EQ(0, element_del(&self->g, "tenants", 1000, 1000));
	EXPECT_AS(0, 1000);
}

/* Beside a selective match, several rules, both verdicts. */
TEST_F(set, with_other_matches)
{
	struct nsg_rule staff = *ALLOW(NS, M_SET(UID, "staff"));

	staff.priority = -1;
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1999));
	must_add(_metadata, &self->g, DENY(NS, M_OP(NSGUARD_OP_ENTER), M_SET(UID, "tenants"),
					   M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))));
	for (uint32_t i = 0; i < 20; i++)
		must_add(_metadata, &self->g, DENY(NS, M_UID(5000 + i, 5000 + i),
						   M_SET(EUID, "tenants")));
	EXPECT_AS(EPERM, 1500);
	EXPECT_AS(0, 5000);
	ASSERT_EQ(0, set_add(&self->g, "staff", UID));
	ASSERT_EQ(0, element_add(&self->g, "staff", 1500, 1500));
	ASSERT_NE(0, nsg_add(&self->g, &staff));
	EXPECT_AS(0, 1500);
	EXPECT_AS(EPERM, 1501);
}

/* gid: the real one and each supplementary one. */
TEST_F(set, groups)
{
	gid_t gid = 3000;

	ASSERT_EQ(0, set_add(&self->g, "groups", NSGUARD_SET_TYPE_GID));
	ASSERT_EQ(0, element_add(&self->g, "groups", 2990, 3000));
	self->enter.arg = &gid;
	self->enter.become = become_gid;
	PROVE_DENIED(DENY(NS, M_SET(GID, "groups")), &self->enter);
	PROVE_PASSES(DENY(NS, M_NOT_SET(GID, "groups")), &self->enter);
	self->enter.become = become_group;
	PROVE_DENIED(DENY(NS, M_SET(GID, "groups")), &self->enter);
	gid = 3001;
	PROVE_PASSES(DENY(NS, M_SET(GID, "groups")), &self->enter);
	PROVE_DENIED(DENY(NS, M_NOT_SET(GID, "groups")), &self->enter);
}

/* As many groups as a task may have, all but one of them in no set. */
static int become_many_groups(const void *gid)
{
	static gid_t groups[65536];

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		groups[i] = 100000 + i;
	groups[ARRAY_SIZE(groups) / 3] = *(const gid_t *)gid;
	return setgroups(ARRAY_SIZE(groups), groups) ? -errno : 0;
}

TEST_F(set, many_groups)
{
	gid_t gid = 3000;

	ASSERT_EQ(0, set_add(&self->g, "groups", NSGUARD_SET_TYPE_GID));
	ASSERT_EQ(0, element_add(&self->g, "groups", 2990, 3000));
	self->enter.arg = &gid;
	self->enter.become = become_many_groups;
	PROVE_DENIED(DENY(NS, M_SET(GID, "groups")), &self->enter);
	PROVE_PASSES(DENY(NS, M_NOT_SET(GID, "groups")), &self->enter);
	gid = 3001;
	PROVE_PASSES(DENY(NS, M_SET(GID, "groups")), &self->enter);
	PROVE_DENIED(DENY(NS, M_NOT_SET(GID, "groups")), &self->enter);
	/* Nor what is gone. */
	ASSERT_EQ(0, element_add(&self->g, "groups", 100001, 100001));
	PROVE_DENIED(DENY(NS, M_SET(GID, "groups")), &self->enter);
	ASSERT_EQ(0, element_del(&self->g, "groups", 100001, 100001));
	PROVE_PASSES(DENY(NS, M_SET(GID, "groups")), &self->enter);
}

TEST_F(set, login_uid)
{
	uid_t auid = 1234;

	ASSERT_EQ(0, set_add(&self->g, "logins", NSGUARD_SET_TYPE_AUID));
	ASSERT_EQ(0, element_add(&self->g, "logins", 1234, 1234));
	self->enter.arg = &auid;
	self->enter.become = become_auid;
	PROVE_DENIED(DENY(NS, M_SET(AUID, "logins")), &self->enter);
	auid = 1235;
	PROVE_PASSES(DENY(NS, M_SET(AUID, "logins")), &self->enter);
	/* Who never logged in. */
	ASSERT_EQ(0, element_add(&self->g, "logins", ~0U, ~0U));
	self->enter.become = NULL;
	PROVE_DENIED(DENY(NS, M_SET(AUID, "logins")), &self->enter);
}

TEST_F(set, target_uid)
{
	struct op pin = { .kind = OP_AFFINITY, .other = true, .other_uid = 1000, .mask = 1 };

	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1000));
	PROVE_DENIED(DENY(AFFINITY, M_SET(TARGET_UID, "tenants")), &pin);
	pin.other_uid = 1001;
	PROVE_PASSES(DENY(AFFINITY, M_SET(TARGET_UID, "tenants")), &pin);
}

/* An element twice is refused, in one request too; then nothing of that request stands. */
TEST_F(set, duplicates)
{
	struct nsg *g = &self->g;

	ASSERT_EQ(0, element_add(g, "tenants", 7, 7));
	EXPECT_REFUSED(EEXIST, "has this element already", element_add(g, "tenants", 7, 7));
	EXPECT_REFUSED(EEXIST, "has this element already",
		       elements_change(g, NSGUARD_CMD_ELEMENT_ADD, "tenants", 5, 1, 4));
	EXPECT_REFUSED(EEXIST, "has this element already",
		       elements_change(g, NSGUARD_CMD_ELEMENT_ADD, "tenants", 9, 0, 2));
	ASSERT_EQ(0, elements_change(g, NSGUARD_CMD_ELEMENT_ADD, "tenants", 9, 1, 3));
	EXPECT_REFUSED(ENOENT, "no such element",
		       elements_change(g, NSGUARD_CMD_ELEMENT_DEL, "tenants", 9, 1, 4));
	EXPECT_REFUSED(ENOENT, "no such element",
		       elements_change(g, NSGUARD_CMD_ELEMENT_DEL, "tenants", 9, 0, 2));
	ASSERT_EQ(0, set_get(g, "tenants", &self->info));
	EXPECT_EQ(4, self->info.n);
}

/* A rule keeps its set; who deletes it is told which rule. */
TEST_F(set, deleted_while_used)
{
	uint64_t rule = must_add(_metadata, &self->g, DENY(NS, M_SET(UID, "tenants")));
	char text[64];

	snprintf(text, sizeof(text), "rule %llu names it", (unsigned long long)rule);
	EXPECT_REFUSED(EBUSY, text, set_del(&self->g, "tenants"));
	EXPECT_REFUSED(EBUSY, text, set_del(&self->g, NULL));
	ASSERT_EQ(0, element_add(&self->g, "tenants", 1000, 1000));
	EXPECT_AS(EPERM, 1000);
	ASSERT_EQ(0, nsg_rule_del(&self->g, rule));
	ASSERT_EQ(0, set_del(&self->g, "tenants"));
	EXPECT_EQ(-ENOENT, set_get(&self->g, "tenants", &self->info));
	EXPECT_AS(0, 1000);
}

TEST_F(set, identical_rule)
{
	must_add(_metadata, &self->g, DENY(NS, M_SET(UID, "tenants")));
	EXPECT_REFUSED(EEXIST, "identical to rule", ADDED(M_SET(UID, "tenants")));
	/* These say something else. */
	must_add(_metadata, &self->g, DENY(NS, M_NOT_SET(UID, "tenants")));
	must_add(_metadata, &self->g, DENY(NS, M_SET(EUID, "tenants")));
	ASSERT_EQ(0, set_add(&self->g, "others", UID));
	must_add(_metadata, &self->g, DENY(NS, M_SET(UID, "others")));
}

TEST_F(set, refused)
{
	struct nsg *g = &self->g;

	ASSERT_EQ(0, set_add(g, "groups", NSGUARD_SET_TYPE_GID));
	EXPECT_REFUSED(ENOENT, "there is no such set", ADDED(M_SET(UID, "nobody")));
	EXPECT_REFUSED(EINVAL, "a set of type gid cannot stand after uid",
		       ADDED(M_SET(UID, "groups")));
	EXPECT_REFUSED(EINVAL, "a set of type uid cannot stand after gid",
		       ADDED(M_SET(GID, "tenants")));
	EXPECT_REFUSED(EINVAL, "a set of type uid cannot stand after pid",
		       ADDED(M_SET(PID, "tenants")));
	EXPECT_REFUSED(EINVAL, "takes no set", ADDED(M_SET(CAP, "tenants")));
	EXPECT_REFUSED(EINVAL, "takes no set", ADDED(M_SET(EXE, "tenants")));
	EXPECT_REFUSED(EINVAL, "takes no set", ADDED(M_SET(TYPE, "tenants")));
	EXPECT_REFUSED(EINVAL, "is named by letters", ADDED(M_SET(UID, "a b")));
	EXPECT_REFUSED(EEXIST, "there is a set of this name", set_add(g, "tenants", UID));
	EXPECT_REFUSED(EINVAL, "is named by letters", set_add(g, "", UID));
	EXPECT_REFUSED(EINVAL, "is named by letters", set_add(g, "a/b", UID));
	EXPECT_REFUSED(ERANGE, "", set_add(g, "x", 99));
	EXPECT_REFUSED(EINVAL, "", set_add(g, NAME31 "5", UID));
	EXPECT_REFUSED(ENOENT, "there is no such set", set_del(g, "nobody"));
	EXPECT_REFUSED(ENOENT, "there is no such set", set_flush(g, "nobody"));
	EXPECT_REFUSED(ENOENT, "there is no such set", element_add(g, "nobody", 1, 1));
	EXPECT_REFUSED(ENOENT, "there is no such set", element_del(g, "nobody", 1, 1));
	EXPECT_REFUSED(EINVAL, "upside down", element_add(g, "tenants", 2, 1));
	EXPECT_REFUSED(EINVAL, "is missing",
		       elements_change(g, NSGUARD_CMD_ELEMENT_ADD, "tenants", 0, 0, 0));
	ASSERT_EQ(0, set_add(g, NAME31, UID));
	ASSERT_EQ(0, set_get(g, NAME31, &self->info));
}

/* A set and values, a set twice, and words that are the kernel's: by hand. */
TEST_F(set, malformed)
{
	static struct nsg_msg m;
	struct nlattr *nest, *match;
	struct nlmsghdr *nlh;

	nlh = nsg_msg(&self->g, &m, NSGUARD_CMD_RULE_ADD, 0);
	nest = nsg_put_rule(nlh, DENY(NS));
	match = mnl_attr_nest_start(nlh, NSGUARD_A_RULE_UID);
	mnl_attr_put_strz(nlh, NSGUARD_A_MATCH_SET, "tenants");
	mnl_attr_put_strz(nlh, NSGUARD_A_MATCH_SET, "tenants");
	mnl_attr_nest_end(nlh, match);
	mnl_attr_nest_end(nlh, nest);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_STREQ("set of uid given twice", self->g.text);
	EXPECT_EQ(NSGUARD_A_MATCH_SET, nsg_fault(&self->g, nlh));

	nlh = nsg_msg(&self->g, &m, NSGUARD_CMD_RULE_ADD, 0);
	nest = nsg_put_rule(nlh, DENY(NS));
	match = mnl_attr_nest_start(nlh, NSGUARD_A_RULE_UID);
	mnl_attr_put_strz(nlh, NSGUARD_A_MATCH_SET, "tenants");
	mnl_attr_put_strz(nlh, NSGUARD_A_MATCH_RANGE, "");
	mnl_attr_nest_end(nlh, match);
	mnl_attr_nest_end(nlh, nest);
	EXPECT_NE(0, nsg_talk(&self->g, nlh, NULL, NULL));

	nlh = nsg_msg(&self->g, &m, NSGUARD_CMD_SET_ADD, 0);
	nest = mnl_attr_nest_start(nlh, NSGUARD_A_SET);
	mnl_attr_put_strz(nlh, NSGUARD_A_SET_NAME, "more");
	mnl_attr_nest_end(nlh, nest);
	EXPECT_REFUSED(EINVAL, "type of the set is missing", nsg_talk(&self->g, nlh, NULL, NULL));

	nlh = nsg_msg(&self->g, &m, NSGUARD_CMD_SET_ADD, 0);
	nest = mnl_attr_nest_start(nlh, NSGUARD_A_SET);
	mnl_attr_put_strz(nlh, NSGUARD_A_SET_NAME, "more");
	mnl_attr_put_u32(nlh, NSGUARD_A_SET_TYPE, UID);
	mnl_attr_put_u32(nlh, NSGUARD_A_SET_ELEMENTS, 5);
	mnl_attr_nest_end(nlh, nest);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_STREQ("elements and bytes are given by the kernel", self->g.text);
	EXPECT_EQ(NSGUARD_A_SET_ELEMENTS, nsg_fault(&self->g, nlh));

	nlh = nsg_msg(&self->g, &m, NSGUARD_CMD_SET_FLUSH, 0);
	EXPECT_REFUSED(EINVAL, "set is missing", nsg_talk(&self->g, nlh, NULL, NULL));
}

/* What no set takes is nobody's to see or change. */
TEST_F(set, unprivileged)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct set_info info;
		struct nsg g;

		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) ||
		    nsg_open(&g))
			_exit(1);
		_exit(set_add(&g, "x", UID) != -EPERM || set_del(&g, "tenants") != -EPERM ||
		      element_add(&g, "tenants", 1, 1) != -EPERM ||
		      element_del(&g, "tenants", 1, 1) != -EPERM ||
		      set_flush(&g, "tenants") != -EPERM ||
		      set_get(&g, "tenants", &info) != -EPERM ? 2 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
