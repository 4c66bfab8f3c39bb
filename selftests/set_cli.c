// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named sets as an administrator types them: every command, @NAME in rules, files, save and its
 * way back, JSON, and what is said to mistakes.
 */
#include <stdlib.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define FILE_NAME	"/tmp/set.nsg"
#define SAVED		"/tmp/saved.nsg"

FIXTURE(set_cli) {
	struct cmd c;
};

FIXTURE_SETUP(set_cli)
{
	ASSERT_EQ(0, ctl_reset());
}

FIXTURE_TEARDOWN(set_cli)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink(FILE_NAME);
	unlink(SAVED);
}

#define EXPECT_REFUSED(code, text, line) do { \
	EXPECT_EQ(code, cmd_line(&self->c, line)); \
	EXPECT_HAS(self->c.err, text); \
	EXPECT_STREQ("", self->c.out); \
} while (0)

/* What is decided of an operation, by rule test. */
#define EXPECT_DECIDED(want, line) do { \
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule test " line)) \
		TH_LOG("%s", self->c.err); \
	EXPECT_EQ(0, strncmp(self->c.out, want, strlen(want))) \
		TH_LOG("want \"%s\", got \"%s\"", want, self->c.out); \
} while (0)

TEST_F(set_cli, documented_example)
{
	const struct actor tenant = { .uid = 1000 }, late = { .uid = 3000 }, other = { .uid = 999 };
	long long rule;

	EXPECT_TRUE(ctl_quiet("nsguardctl set add tenants type uid elements 1000,2000-2999"));
	rule = ctl_add("nsguardctl rule add ns deny op enter uid @tenants");
	ASSERT_LT(0, rule);
	EXPECT_EQ(EPERM, act_setns(&tenant, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(&late, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(&other, "uts", HOST_UTS));
	EXPECT_TRUE(ctl_quiet("nsguardctl element add tenants 3000,3001-3005"));
	EXPECT_EQ(EPERM, act_setns(&late, "uts", HOST_UTS));
	EXPECT_TRUE(ctl_quiet("nsguardctl element del tenants 1000"));
	EXPECT_EQ(0, act_setns(&tenant, "uts", HOST_UTS));
	EXPECT_EQ(2, ctl_hits(rule));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl set list tenants"));
	EXPECT_HAS(self->c.out, "tenants  type uid  elements 3  bytes ");
	EXPECT_HAS(self->c.out, "\n  2000-2999\n  3000\n  3001-3005\n");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list ns"));
	EXPECT_HAS(self->c.out, "deny op enter uid @tenants\n");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status"));
	EXPECT_HAS(self->c.out, "\nSETS  1/1024  elements 3/1048576  bytes ");
	EXPECT_TRUE(ctl_quiet("nsguardctl set flush tenants"));
	EXPECT_EQ(0, act_setns(&late, "uts", HOST_UTS));
	EXPECT_EQ(0, ctl_del(rule));
	EXPECT_TRUE(ctl_quiet("nsguardctl set del tenants"));
	EXPECT_PRINTS("SET  TYPE  ELEMENTS  BYTES\n", "nsguardctl set list");
}

/* Each key that takes a set, with and without not. */
TEST_F(set_cli, keys)
{
	ASSERT_TRUE(ctl_quiet("nsguardctl set add u type uid elements 1000-1009"));
	ASSERT_TRUE(ctl_quiet("nsguardctl set add g type gid elements 2000"));
	ASSERT_TRUE(ctl_quiet("nsguardctl set add a type auid elements 1000,unset"));
	ASSERT_TRUE(ctl_quiet("nsguardctl set add p type pid elements 1"));
	ctl_add("nsguardctl rule add ns deny op enter type uts uid @u");
	ctl_add("nsguardctl rule add ns deny op enter type ipc euid not @u");
	ctl_add("nsguardctl rule add ns deny op enter type net gid @g");
	ctl_add("nsguardctl rule add ns deny op enter type mnt gid not @g");
	ctl_add("nsguardctl rule add ns deny op enter type pid auid @a");
	ctl_add("nsguardctl rule add ns deny op enter type user pid @p");
	ctl_add("nsguardctl rule add affinity deny target-uid not @u");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/uts uid 1000");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/uts uid 1009");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/uts uid 1010");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/uts uid 999");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/ipc euid 1005");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/ipc euid 0");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/net gid 1,2000");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/net gid 1,2001");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/mnt gid 1,2000");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/mnt gid 1,2001");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/pid auid 1000");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/pid auid unset");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/pid auid 1001");
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/user pid 1");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/user");
	EXPECT_DECIDED("deny", "affinity setaffinity cpus 0 target-uid 1");
	EXPECT_DECIDED("allow", "affinity setaffinity cpus 0 target-uid 1000");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl set list a"));
	EXPECT_HAS(self->c.out, "\n  1000\n  unset\n");
}

#define POLICY \
	"rule flush\nset flush\n" \
	"set add staff type gid\n" \
	"element add staff 5\n" \
	"set add logins type auid elements unset,root\n" \
	"element add staff root,7-9\n" \
	"rule add ns deny gid @staff auid not @logins\n"

/* A file, what it saves as, and the same bytes again. */
TEST_F(set_cli, save_and_load)
{
	ASSERT_EQ(0, file_make(FILE_NAME, POLICY));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -c -f " FILE_NAME)) TH_LOG("%s", self->c.err);
	ASSERT_TRUE(ctl_quiet("nsguardctl -f " FILE_NAME));
	/* More than fits on a line of the saved file. */
	ASSERT_TRUE(ctl_quiet("nsguardctl set add many type uid"));
	ASSERT_TRUE(ctl_quiet("nsguardctl element add many 1,2,3,4,5,6,7,8,9,10,11,12,13,14"));
	ASSERT_TRUE(ctl_quiet("nsguardctl element add many 15,16,17,20-30"));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl save >" SAVED));
	EXPECT_EQ(0, cmd_line(&self->c, "cat " SAVED));
	EXPECT_HAS(self->c.out, "rule flush\nsandbox flush\nset flush\n");
	EXPECT_HAS(self->c.out, "set add logins type auid\nelement add logins 0,unset\n"
		   "set add many type uid\n"
		   "element add many 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16\n"
		   "element add many 17,20-30\n"
		   "set add staff type gid\nelement add staff 0,5,7-9\n");
	EXPECT_HAS(self->c.out, "rule add ns deny gid @staff auid not @logins\n");
	ASSERT_TRUE(ctl_quiet("nsguardctl -f " SAVED));
	EXPECT_PRINTS("", "nsguardctl save | diff - " SAVED);
	EXPECT_DECIDED("deny", "ns enter target /proc/1/ns/uts gid 8 auid 5");
	EXPECT_DECIDED("allow", "ns enter target /proc/1/ns/uts gid 8 auid 0");
}

TEST_F(set_cli, json)
{
	ASSERT_TRUE(ctl_quiet("nsguardctl set add t type uid elements 5,1-3"));
	ctl_add("nsguardctl rule add ns deny uid @t");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j set list t"));
	EXPECT_HAS(self->c.out, "\"name\":\"t\",\"type\":\"uid\",\"elements\":2,\"bytes\":");
	EXPECT_HAS(self->c.out, "\"values\":[\"1-3\",\"5\"]");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j set list"));
	EXPECT_HAS(self->c.out, "\"name\":\"t\"");
	EXPECT_EQ(NULL, strstr(self->c.out, "values"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j rule list"));
	EXPECT_HAS(self->c.out, "\"key\":\"uid\",\"not\":false,\"values\":[\"@t\"]");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j status"));
	EXPECT_HAS(self->c.out, "\"sets\":1,\"elements\":2,\"set-bytes\":");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j element add t 9"));
	EXPECT_HAS(self->c.out, "\"generation\":");
}

TEST_F(set_cli, mistakes)
{
	long long rule;
	char text[64];

	ASSERT_TRUE(ctl_quiet("nsguardctl set add t type uid elements 5,1-3"));
	ASSERT_TRUE(ctl_quiet("nsguardctl set add g type gid"));
	rule = ctl_add("nsguardctl rule add ns deny uid @t");
	snprintf(text, sizeof(text), "rule %lld names it; delete that first", rule);
	EXPECT_REFUSED(1, text, "nsguardctl set del t");
	EXPECT_REFUSED(1, text, "nsguardctl set flush");
	EXPECT_REFUSED(1, "there is no such set", "nsguardctl rule add ns deny uid @nobody");
	EXPECT_HAS(self->c.err, "uid @nobody");
	EXPECT_REFUSED(1, "a set of type gid cannot stand after uid",
		       "nsguardctl rule add ns deny uid @g");
	EXPECT_REFUSED(1, "the set has this element already", "nsguardctl element add t 4,1-3");
	EXPECT_HAS(self->c.err, ": 1-3\n");
	EXPECT_REFUSED(1, "the set has no such element", "nsguardctl element del t 5,1");
	EXPECT_HAS(self->c.err, ": 1\n");
	EXPECT_REFUSED(1, "there is a set of this name", "nsguardctl set add t type uid");
	EXPECT_REFUSED(1, "there is no such set", "nsguardctl element add nobody 1");
	EXPECT_REFUSED(1, "there is no such set", "nsguardctl set list nobody");
	EXPECT_REFUSED(2, "a set stands alone", "nsguardctl rule add ns deny uid @t,5");
	EXPECT_REFUSED(2, "a set has no sets in it", "nsguardctl element add t 4,@g");
	EXPECT_REFUSED(2, "unknown type of a set 'foo'", "nsguardctl set add x type foo");
	EXPECT_REFUSED(2, "no number", "nsguardctl element add t many");
	EXPECT_REFUSED(2, "upside down", "nsguardctl element add t 9-8");
	EXPECT_REFUSED(2, "is longer than the 31 bytes",
		       "nsguardctl set add abcdefghijklmnopqrstuvwxyz012345 type uid");
	/* All of a command or none: 4 and 5 are not half done. */
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl set list t"));
	EXPECT_HAS(self->c.out, "elements 2 ");
}

/* In a file, the place of the element; and nothing of the file stands. */
TEST_F(set_cli, file_mistakes)
{
	ASSERT_EQ(0, file_make(FILE_NAME, "set add t type uid\nelement add t 1,2\n"
			       "element add t 3\n  element add t 4,2\n"));
	EXPECT_REFUSED(1, FILE_NAME ":4:17: element add: the set has this element already",
		       "nsguardctl -f " FILE_NAME);
	EXPECT_HAS(self->c.err, ": 2\n");
	ASSERT_EQ(0, file_make(FILE_NAME, "set add t type uid\nrule add ns deny uid @t\n"
			       "rule add ns deny gid @t\n"));
	EXPECT_REFUSED(1, FILE_NAME ":3:1: rule add: a set of type uid cannot stand after gid",
		       "nsguardctl -f " FILE_NAME);
	ASSERT_EQ(0, file_make(FILE_NAME, "set add t type uid\nelement add t 1,x-y\n"));
	EXPECT_REFUSED(2, FILE_NAME ":2:15: ", "nsguardctl -f " FILE_NAME);
	ASSERT_EQ(0, file_make(FILE_NAME, "set list\n"));
	EXPECT_REFUSED(2, "set list cannot stand in a file", "nsguardctl -f " FILE_NAME);
	EXPECT_PRINTS("SET  TYPE  ELEMENTS  BYTES\n", "nsguardctl set list");
}

TEST_HARNESS_MAIN
