// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl sync of named sets: only elements that differ are sent and shown, sets come before the
 * rules that name them and go after, and what was saved comes back to the byte.
 */
#include <stdlib.h>
#include <unistd.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/sets.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"

static const char base[] =
	"rule flush\nsandbox flush\nset flush\n"
	"set add staff type gid\n"
	"element add staff 5,7-9\n"
	"set add tenants type uid\n"
	"element add tenants 1000,2000-2999\n"
	"rule add ns deny type uts uid @tenants\n"
	"rule add cgroup deny gid not @staff priority 3\n";

FIXTURE(sync_set) {
	struct cmd c;
	long long rule;
	unsigned long long before;
};

FIXTURE_SETUP(sync_set)
{
	const struct actor tenant = { .uid = 1000 };

	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
	ASSERT_EQ(0, file_make("base.nsg", base));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl sync base.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_HAS(self->c.out, "+ set tenants type uid\n+ element tenants 1000\n"
		   "+ element tenants 2000-2999\n");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list ns | awk '/deny/ { print $1 }'"));
	self->rule = atoll(self->c.out);
	ASSERT_LT(0, self->rule);
	EXPECT_EQ(EPERM, act_setns(&tenant, "uts", HOST_UTS));
	self->before = ctl_status().generation;
}

FIXTURE_TEARDOWN(sync_set)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("base.nsg");
	unlink("other.nsg");
	unlink("saved.nsg");
}

TEST_F(sync_set, nothing_differs)
{
	static const char same[] =
		"set add staff type gid elements 8,5\n"
		"set flush\n"
		"set add tenants type uid elements 2000-2999\n"
		"set add staff type gid elements 7-9,5-5\n"
		"element add tenants 1000\n"
		"rule add cgroup deny priority 3 gid not @staff\n"
		"rule add ns deny type uts uid @tenants\n";

	EXPECT_PRINTS("", "nsguardctl sync base.nsg");
	ASSERT_EQ(0, file_make("other.nsg", same));
	EXPECT_PRINTS("", "nsguardctl sync other.nsg");
	EXPECT_PRINTS("", "nsguardctl save | nsguardctl sync - --dry-run");
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(1, ctl_hits(self->rule));
}

/* Rules are not touched for their sets' elements. */
TEST_F(sync_set, elements)
{
	static const char want[] =
		"- element staff 5\n+ element staff 6\n+ element staff 8\n"
		"- element tenants 1000\n+ element tenants 1000-1001\n";
	const struct actor late = { .uid = 1001 };

	ASSERT_EQ(0, cmd_line(&self->c, "sed 's/5,7-9/7-9,8,6/;"
			      "s/1000,/1000-1001,/' base.nsg >other.nsg"));
	EXPECT_EQ(0, act_setns(&late, "uts", HOST_UTS));
	EXPECT_PRINTS(want, "nsguardctl sync other.nsg --dry-run | sort -k 3,4");
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(0, act_setns(&late, "uts", HOST_UTS));
	EXPECT_PRINTS(want, "nsguardctl sync other.nsg | sort -k 3,4");
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	EXPECT_EQ(EPERM, act_setns(&late, "uts", HOST_UTS));
	EXPECT_EQ(2, ctl_hits(self->rule));
	EXPECT_PRINTS("", "nsguardctl sync other.nsg");
}

/* Only the difference is sent: of elements that stay not one is. */
TEST_F(sync_set, many_elements)
{
	static const char make[] =
		"(cat base.nsg; echo set add many type pid; for i in {1..300}; do n=$((i * 10));"
		"echo element add many $n,$((n + 1)),$((n + 2))-$((n + 5)),$((n + 6));"
		"done) >other.nsg";
	struct nsg g;
	struct set_info info;

	ASSERT_EQ(0, cmd_line(&self->c, make));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg | grep -c '^+ element many '"));
	EXPECT_STREQ("1200\n", self->c.out);
	ASSERT_EQ(0, nsg_open(&g));
	ASSERT_EQ(0, set_get(&g, "many", &info));
	EXPECT_EQ(1200, info.elements);
	EXPECT_PRINTS("", "nsguardctl sync other.nsg");
	EXPECT_PRINTS("- element many 1500\n+ element many 1501-1502\n",
		      "sed 's/1500,/1501-1502,/' other.nsg | nsguardctl sync -");
	ASSERT_EQ(0, set_get(&g, "many", &info));
	EXPECT_EQ(1200, info.elements);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync base.nsg | head -1"));
	EXPECT_STREQ("- set many type pid\n", self->c.out);
	EXPECT_EQ(-ENOENT, set_get(&g, "many", &info));
	EXPECT_EQ(1, ctl_hits(self->rule));
	nsg_close(&g);
}

/* A set goes with the rules that name it, a new one comes before its rules. */
TEST_F(sync_set, come_and_go)
{
	static const char other[] =
		"rule add cgroup deny gid not @staff priority 3\n"
		"rule add ns deny type uts auid @logins\n"
		"set add logins type auid elements 5\n"
		"set add staff type gid elements 5,7-9\n"
		"set add empty type pid\n";
	struct nsg g;
	struct set_info info;

	ASSERT_EQ(0, file_make("other.nsg", other));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_HAS(self->c.out, "- rule ns deny type uts uid @tenants # handle ");
	EXPECT_HAS(self->c.out, "- set tenants type uid\n- element tenants 1000\n"
		   "- element tenants 2000-2999\n");
	EXPECT_HAS(self->c.out, "+ set logins type auid\n+ element logins 5\n");
	EXPECT_HAS(self->c.out, "+ set empty type pid\n");
	EXPECT_HAS(self->c.out, "+ rule ns deny type uts auid @logins # handle ");
	EXPECT_EQ(NULL, strstr(self->c.out, "staff"));
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	ASSERT_EQ(0, nsg_open(&g));
	EXPECT_EQ(-ENOENT, set_get(&g, "tenants", &info));
	EXPECT_EQ(0, set_get(&g, "logins", &info));
	EXPECT_EQ(1, info.elements);
	nsg_close(&g);
}

/* A set of another type is another set: rules that name it are made anew, or refused. */
TEST_F(sync_set, another_type)
{
	static const char other[] =
		"set add staff type uid elements 5,8\n"
		"set add tenants type uid elements 1000,2000-2999\n"
		"rule add ns deny type uts uid @tenants\n"
		"rule add cgroup deny uid not @staff priority 3\n";

	ASSERT_EQ(0, cmd_line(&self->c, "sed 's/type gid/type uid/' base.nsg >other.nsg"));
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl sync other.nsg"));
	EXPECT_HAS(self->c.err, "other.nsg:9:1: rule add: a set of type uid cannot stand after g");
	EXPECT_STREQ("", self->c.out);
	EXPECT_EQ(self->before, ctl_status().generation);
	ASSERT_EQ(0, file_make("other.nsg", other));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg | grep -v ' rule '"));
	EXPECT_STREQ("- set staff type gid\n- element staff 5\n- element staff 7-9\n"
		     "+ set staff type uid\n+ element staff 5\n+ element staff 8\n", self->c.out);
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	EXPECT_EQ(1, ctl_hits(self->rule));
	EXPECT_PRINTS("", "nsguardctl sync other.nsg");
}

/* Whatever is changed, the saved file takes it back: what it saves as then is the same file. */
TEST_F(sync_set, round_trip)
{
	static const char *const changes[] = {
		"element add tenants 5",
		"element del staff 7-9",
		"set flush staff",
		"set add zoo type pid elements 1,2,3",
		"rule flush cgroup",
		"rule flush && nsguardctl set flush",
		"rule flush && nsguardctl set del staff && nsguardctl set add staff type uid",
		"rule add ns deny type uts,ipc uid @tenants comment again",
		"mode cgroup audit",
	};

	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type ipc;"
			      "nsguardctl rule add ns deny uid 10;"
			      "nsguardctl rule add ns deny uid 9,11,1-3;"
			      "nsguardctl save >saved.nsg"));
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl %s", changes[i]))
			TH_LOG("%s: %s", changes[i], self->c.err);
		EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl save | cmp -s - saved.nsg"));
		EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync saved.nsg"))
			TH_LOG("%s: %s", changes[i], self->c.err);
		EXPECT_LT(0, strlen(self->c.out));
		EXPECT_PRINTS("", "nsguardctl save | diff saved.nsg -");
		EXPECT_PRINTS("", "nsguardctl sync saved.nsg");
	}
}

TEST_F(sync_set, refused)
{
	static const struct {
		const char *file;
		int status;
		const char *says;
	} bad[] = {
		{ "set add staff type gid\nelement add staff 5\n element add staff 6,5\n", 2,
		  "other.nsg:3:20: element 5 of set staff is in line 2 of the file, too" },
		{ "rule add ns deny type uts uid @tenants\n", 2,
		  "other.nsg:1:27: the file makes no set tenants" },
		{ "set add staff type user\n", 2, "other.nsg:1:20: unknown type of a set 'user'" },
		{ "set add t type uid\nset add t type uid\n", 2,
		  "other.nsg:2:1: the set t is made in line 1 of the file, too" },
		{ "set del staff\n", 2, "other.nsg:1:1: set del cannot stand in a file for sync" },
		{ "set add t type uid\nrule add ns deny uid @t\nrule add ns deny gid @t\n", 1,
		  "other.nsg:3:1: rule add: a set of type uid cannot stand after gid" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_EQ(0, file_make("other.nsg", bad[i].file));
		EXPECT_EQ(bad[i].status, cmd_line(&self->c, "nsguardctl sync other.nsg"))
			TH_LOG("%s", bad[i].file);
		EXPECT_HAS(self->c.err, bad[i].says);
		EXPECT_STREQ("", self->c.out);
		EXPECT_EQ(self->before, ctl_status().generation);
		EXPECT_EQ(0, ctl_status().transactions);
	}
	EXPECT_PRINTS("", "nsguardctl sync base.nsg");
	EXPECT_EQ(1, ctl_hits(self->rule));
}

TEST_F(sync_set, json)
{
	ASSERT_EQ(0, cmd_line(&self->c, "sed 's/5,7-9/6,7-9/' base.nsg >other.nsg"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j sync other.nsg"));
	EXPECT_HAS(self->c.out, "\"removed\":[],\"added\":[],\"sets\":[{\"name\":\"staff\",");
	EXPECT_HAS(self->c.out, "\"before\":\"gid\",\"after\":\"gid\",\"removed\":[\"5\"],");
	EXPECT_HAS(self->c.out, "\"added\":[\"6\"]}],\"sandboxes\":[],");
}

/* An element is taken back, too, where a change was only on trial. */
TEST_F(sync_set, on_trial)
{
	const struct actor tenant = { .uid = 1000 };

	ASSERT_EQ(0, cmd_line(&self->c, "sed 's/1000,//' base.nsg >other.nsg"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg --confirm 2"));
	EXPECT_STREQ("- element tenants 1000\n", self->c.out);
	EXPECT_EQ(0, act_setns(&tenant, "uts", HOST_UTS));
	for (int i = 0; i < 100 && ctl_status().trial; i++)
		usleep(100000);
	EXPECT_EQ(EPERM, act_setns(&tenant, "uts", HOST_UTS));
	EXPECT_PRINTS("", "nsguardctl sync base.nsg");
}

TEST_HARNESS_MAIN
