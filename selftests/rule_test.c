// SPDX-License-Identifier: GPL-2.0-only
/*
 * rule test: it says what would be decided, of this process, of another and of one that is only
 * described, and nothing is done, counted or told by asking. That it is right is oracle.c's.
 */
#include "kselftest_harness.h"
#include "lib/cmd.h"
#include "lib/ctl.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"

FIXTURE(rule_test)
{
	struct nsg g;
	struct cmd c;
};

FIXTURE_SETUP(rule_test)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP));
}

FIXTURE_TEARDOWN(rule_test)
{
	cmd_free(&self->c);
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* What is printed for @line begins with @text. */
#define EXPECT_SAYS(text, line) do { \
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule test " line)) \
		TH_LOG("%s", self->c.err); \
	EXPECT_EQ(0, strncmp(self->c.out, text, strlen(text))) \
		TH_LOG("want \"%s\", got \"%s\"", text, self->c.out); \
} while (0)

#define EXPECT_REFUSED(text, line) do { \
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl rule test " line)); \
	EXPECT_HAS(self->c.err, text); \
	EXPECT_STREQ("", self->c.out); \
} while (0)

TEST_F(rule_test, which_rule)
{
	char want[128];
	long long rule = ctl_add("nsguardctl rule add ns deny type uts uid 1000");

	snprintf(want, sizeof(want), "deny by rule %lld with Operation not permitted\n  %s\n", rule,
		 "deny type uts uid 1000");
	EXPECT_SAYS(want, "ns create type uts uid 1000");
	EXPECT_SAYS("allow by default\n", "ns create type uts");
	EXPECT_SAYS("allow by default\n", "ns create type net uid 1000");
	ASSERT_TRUE(ctl_quiet("nsguardctl default ns create deny --force"));
	EXPECT_SAYS("deny by default", "ns create type net uid 1000");
	ASSERT_TRUE(ctl_quiet("nsguardctl mode ns audit"));
	EXPECT_SAYS("deny by default with Operation not permitted, but table ns is in mode audit",
		    "ns create type net");
}

TEST_F(rule_test, each_table)
{
	ctl_add("nsguardctl rule add ns deny target host type uts");
	ctl_add("nsguardctl rule add cgroup deny leaving /nsgtest");
	ctl_add("nsguardctl rule add affinity deny effective-cpus intersects 0 target other");
	EXPECT_SAYS("deny", "ns enter target /proc/1/ns/uts");
	EXPECT_SAYS("allow", "ns enter target /proc/1/ns/ipc");
	EXPECT_SAYS("deny", "cgroup move from /nsgtest to /");
	EXPECT_SAYS("allow", "cgroup move from / to /nsgtest");
	EXPECT_SAYS("deny", "affinity setaffinity cpus 0-1 target-pid 1");
	EXPECT_SAYS("allow", "affinity setaffinity cpus 0-1 target-pid 1 effective-cpus 1");
	EXPECT_SAYS("allow", "affinity setaffinity cpus 0-1");
}

/* The process is looked at; what is said besides comes instead of what is so. */
TEST_F(rule_test, another_process)
{
	struct op op = { .kind = OP_SETNS, .become = become_in_cgroup, .arg = TOP };
	struct op_child child;
	char line[256];

	ASSERT_EQ(0, op_start(&child, &op));
	ctl_add("nsguardctl rule add ns deny cgroup " TOP);
	EXPECT_SAYS("allow", "ns create type uts");
	snprintf(line, sizeof(line), "nsguardctl rule test ns create type uts pid %d", child.pid);
	EXPECT_EQ(0, cmd_line(&self->c, line));
	EXPECT_HAS(self->c.out, "deny");
	strcat(line, " cgroup /");
	EXPECT_EQ(0, cmd_line(&self->c, line));
	EXPECT_HAS(self->c.out, "allow");
	op_go(&child);
}

#define IN_TOP	"bash -c 'echo $$ >/sys/fs/cgroup" TOP "/cgroup.procs && exec unshare -C %s'"
#define ASK	"nsguardctl rule test cgroup move "

/* A path means the same to a question and to a rule, wherever the cgroup namespace begins. */
TEST_F(rule_test, from_a_cgroup_namespace)
{
	ctl_add("nsguardctl rule add cgroup deny leaving " TOP);
	EXPECT_EQ(0, cmd_linef(&self->c, IN_TOP, ASK "from " TOP " to /"))
		TH_LOG("%s", self->c.err);
	EXPECT_EQ(0, strncmp(self->c.out, "deny", 4)) TH_LOG("%s", self->c.out);
	EXPECT_EQ(0, cmd_linef(&self->c, IN_TOP, ASK "from / to " TOP)) TH_LOG("%s", self->c.err);
	EXPECT_EQ(0, strncmp(self->c.out, "allow", 5)) TH_LOG("%s", self->c.out);
	EXPECT_REFUSED("no such cgroup", "cgroup move to /cgroup.procs");
	EXPECT_REFUSED("no such cgroup", "cgroup move to /cgroup.procs/a");
	EXPECT_REFUSED("no such cgroup", "cgroup move to " TOP TOP);
}

TEST_F(rule_test, changes_nothing)
{
	struct nsg_status before, after;
	struct nsg_event e;
	long long rule = ctl_add("nsguardctl rule add ns deny type uts");

	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_SAYS("deny", "ns create type uts");
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[0].decisions, after.table[0].decisions);
	EXPECT_EQ(before.table[0].denied, after.table[0].denied);
	EXPECT_EQ(before.generation, after.generation);
	EXPECT_EQ(0, nsg_hits(&self->g, rule));
	EXPECT_FALSE(nsg_event_wait(&self->g, rule, 0, 300, &e));
}

TEST_F(rule_test, refusals)
{
	EXPECT_REFUSED("to is missing", "cgroup move");
	EXPECT_REFUSED("target is missing", "ns enter");
	EXPECT_REFUSED("type is missing", "ns create");
	EXPECT_REFUSED("op enter takes no type", "ns enter target /proc/1/ns/uts type uts");
	EXPECT_REFUSED("no such cgroup", "cgroup move to /none");
	EXPECT_REFUSED("no such process", "ns create type uts pid 999999");
	EXPECT_REFUSED("kernel threads are never judged", "ns create type uts pid 2");
	EXPECT_REFUSED("no such CPU: 900", "affinity setaffinity cpus 900");
	EXPECT_REFUSED("no such file", "ns create type uts exe /none");
}

TEST_F(rule_test, wants_privilege)
{
	EXPECT_EQ(4, cmd_linef(&self->c, "%s nsguardctl rule test ns create type uts",
			       "setpriv --bounding-set -mac_admin"));
	EXPECT_HAS(self->c.err, "CAP_MAC_ADMIN");
	EXPECT_STREQ("", self->c.out);
}

TEST_HARNESS_MAIN
