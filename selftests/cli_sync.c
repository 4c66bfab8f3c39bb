// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl sync: what a file and the policy in force have in common stays untouched, handles
 * and hits with it; the rest is shown and changed, or only shown.
 */
#include <unistd.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define HOST_NET	"/proc/1/ns/net"

static const char base[] =
	"rule add ns deny type uts uid 0,1000-1999 comment \"stays\"\n"
	"rule add ns deny target /proc/1/ns/net\n"
	"rule add cgroup deny to /a,/b priority 5\n"
	"rule add affinity deny cpus intersects 0\n";

FIXTURE(sync) {
	struct cmd c;
	long long uts, net, cpus;
	unsigned long long before;
};

static long long handle_of(struct cmd *c, const char *words)
{
	long long handle = -1;
	char *line, *rest;

	if (cmd_line(c, "nsguardctl rule list"))
		return -1;
	for (line = strtok_r(c->out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, words))
			handle = atoll(line);
	return handle;
}

FIXTURE_SETUP(sync)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
	ASSERT_EQ(0, file_make("base.nsg", base));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f base.nsg")) TH_LOG("%s", self->c.err);
	self->uts = handle_of(&self->c, "stays");
	self->net = handle_of(&self->c, "target net:[");
	self->cpus = handle_of(&self->c, "cpus intersects 0");
	ASSERT_LT(0, self->uts);
	ASSERT_LT(0, self->net);
	ASSERT_LT(0, self->cpus);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(NULL, "net", HOST_NET));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	self->before = ctl_status().generation;
}

FIXTURE_TEARDOWN(sync)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("base.nsg");
	unlink("other.nsg");
}

/* Neither a word nor a change: what is in force is what the file says, said otherwise, too. */
TEST_F(sync, nothing_differs)
{
	static const char same[] =
		"rule flush\n"
		"mode ns enforce\n"
		"default ns allow\n"
		"define users = 1000-1999,0\n"
		"rule add affinity deny cpus intersects 0\n"
		"rule add cgroup deny priority 5 to is /b,/a,/b\n"
		"rule add ns deny target /proc/self/ns/net,/proc/1/ns/net\n"
		"rule add ns deny comment stays uid $users type uts\n";

	EXPECT_TRUE(ctl_quiet("nsguardctl sync base.nsg"));
	EXPECT_TRUE(ctl_quiet("nsguardctl sync --dry-run base.nsg"));
	ASSERT_EQ(0, file_make("other.nsg", same));
	EXPECT_TRUE(ctl_quiet("nsguardctl sync other.nsg"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save | nsguardctl sync -"));
	EXPECT_STREQ("", self->c.out);
	EXPECT_STREQ("", self->c.err);
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j sync base.nsg"));
	EXPECT_HAS(self->c.out, "\"dry-run\":false,\"removed\":[],\"added\":[],\"sets\":[],");
	EXPECT_HAS(self->c.out, "\"sets\":[],\"sandboxes\":[],\"mode\":[],\"default\":[]");
}

static const char other[] =
	"mode cgroup audit\n"
	"default affinity io_uring deny --force\n"
	"rule add ns deny type uts uid 0,1000-1999 comment \"stays\"\n"
	"rule add cgroup deny to /a,/b priority 5 comment \"new\"\n"
	"rule add affinity deny cpus intersects 0\n"
	"rule add affinity allow uid 1-5\n";

TEST_F(sync, difference)
{
	long long next;
	char want[512];

	ASSERT_EQ(0, file_make("other.nsg", other));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg --dry-run"));
	EXPECT_HAS(self->c.out, "- rule ns deny target net:[");
	EXPECT_HAS(self->c.out, "- rule cgroup deny to /a,/b priority 5 # handle ");
	EXPECT_HAS(self->c.out, "+ rule cgroup deny to /a,/b priority 5 comment \"new\"\n");
	EXPECT_HAS(self->c.out, "+ rule affinity allow uid 1-5\n");
	EXPECT_HAS(self->c.out, "- mode cgroup enforce\n+ mode cgroup audit\n");
	EXPECT_HAS(self->c.out,
		   "- default affinity io_uring allow\n+ default affinity io_uring deny\n");
	EXPECT_EQ(NULL, strstr(self->c.out, "stays"));
	EXPECT_EQ(NULL, strstr(self->c.out, "cpus intersects"));
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(EPERM, act_setns(NULL, "net", HOST_NET));

	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg")) TH_LOG("%s", self->c.err);
	/* One change, and what stays has kept what it had. */
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	next = handle_of(&self->c, "allow uid 1-5");
	EXPECT_EQ(1, ctl_hits(self->uts));
	EXPECT_EQ(1, ctl_hits(self->cpus));
	EXPECT_EQ(-1, ctl_hits(self->net));
	EXPECT_EQ(0, act_setns(NULL, "net", HOST_NET));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(NSGUARD_MODE_AUDIT, ctl_status().table[NSGUARD_TABLE_CGROUP].mode);
	EXPECT_TRUE(ctl_quiet("nsguardctl sync other.nsg"));

	/* And back: without its allow rule the default of deny needs force. */
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl sync base.nsg"));
	EXPECT_HAS(self->c.err, "--force or --confirm");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j sync base.nsg --force"));
	snprintf(want, sizeof(want), "{\"handle\":%lld,\"rule\":\"affinity allow uid 1-5\"}", next);
	EXPECT_HAS(self->c.out, want);
	EXPECT_EQ(EPERM, act_setns(NULL, "net", HOST_NET));
	/* Of modes and defaults it says nothing: they stay. */
	EXPECT_EQ(NSGUARD_MODE_AUDIT, ctl_status().table[NSGUARD_TABLE_CGROUP].mode);
}

TEST_F(sync, handles_are_told)
{
	static const char line[] = "+ rule affinity allow uid 1-5 # handle ";
	long long rule = 0;
	char *at;

	ASSERT_EQ(0, file_make("other.nsg", other));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg"));
	at = strstr(self->c.out, line);
	ASSERT_NE(NULL, at) TH_LOG("%s", self->c.out);
	rule = atoll(at + strlen(line));
	EXPECT_EQ(0, ctl_hits(rule));
}

/* Waits until @line says @words. */
static bool comes_to(struct cmd *c, const char *line, const char *words)
{
	for (int i = 0; i < 100; i++) {
		if (cmd_line(c, line))
			break;
		if (strstr(c->out, words))
			return true;
		usleep(100000);
	}
	return false;
}

/* What is gone is no difference while something is left of it; then nothing can be said of it. */
TEST_F(sync, gone)
{
	ASSERT_EQ(0, cmd_line(&self->c, "for i in 1 2 3; do ip netns add gone$i; done;"
			      "cd /run/netns;"
			      "nsguardctl sandbox add box target ./gone1,./gone3;"
			      "nsguardctl rule add ns deny uid 5 target ./gone1,./gone2"));
	EXPECT_EQ(0, cmd_line(&self->c, "ip netns del gone1"));
	EXPECT_TRUE(comes_to(&self->c, "nsguardctl save", "# gone from the next rule: net:["));
	EXPECT_TRUE(comes_to(&self->c, "nsguardctl sandbox list", "  gone\n"));
	EXPECT_TRUE(ctl_quiet("nsguardctl save | nsguardctl sync -"));
	EXPECT_EQ(0, cmd_line(&self->c, "ip netns del gone2; ip netns del gone3"));
	EXPECT_TRUE(comes_to(&self->c, "nsguardctl save", "# stale: rule add ns deny target"));
	EXPECT_TRUE(comes_to(&self->c, "nsguardctl save", "# stale: sandbox add box target"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save | nsguardctl sync -"));
	EXPECT_HAS(self->c.out, "- rule ns deny target net:[");
	EXPECT_HAS(self->c.out, "- sandbox box target net:[");
	EXPECT_TRUE(ctl_quiet("nsguardctl save | nsguardctl sync -"));
}

/* What is gone is in no list, so one with "not" refuses all there is, and cannot be said. */
TEST_F(sync, gone_and_negated)
{
	ASSERT_EQ(0, cmd_line(&self->c, "ip netns add gone4;"
			      "nsguardctl rule add ns deny uid 5 target not /run/netns/gone4;"
			      "ip netns del gone4"));
	EXPECT_TRUE(comes_to(&self->c, "nsguardctl save || true",
			     "# cannot be said in a file: rule add ns deny "));
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl save"));
	EXPECT_HAS(self->c.err, "save: 1 rules cannot be said in a file");
}

/* Refused as a whole, and nothing is printed. */
TEST_F(sync, refused)
{
	static const struct {
		const char *file;
		int status;
		const char *says;
	} bad[] = {
		{ "rule add ns deny exe /no/such\n", 1, "other.nsg:1:1: rule add: " },
		{ "rule add ns deny uid 3\nrule add ns deny pid 1\nrule add ns deny uid 3-3\n", 2,
		  "other.nsg:3:1: the same rule is in line 1 of the file, too" },
		{ "rule add ns deny target /run/netns/none\n", 2, "/run/netns/none" },
		{ "default cgroup deny\n", 1, "--force or --confirm" },
		{ "rule del 3\n", 2, "other.nsg:1:1: rule del cannot stand in a file for sync" },
		{ "sandbox del x\n", 2, "other.nsg:1:1: sandbox del cannot stand" },
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
	EXPECT_EQ(6, cmd_linef(&self->c, "nsguardctl sync base.nsg --expect %llu",
			       self->before + 1));
	EXPECT_HAS(self->c.err, "is in force");
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(2, ctl_hits(self->uts));
}

TEST_F(sync, on_trial)
{
	ASSERT_EQ(0, file_make("other.nsg", "rule add ns deny type ipc\ndefault cgroup deny\n"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg --confirm 2"))
		TH_LOG("%s", self->c.err);
	EXPECT_HAS(self->c.err, "taken back in 2 seconds");
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	for (int i = 0; i < 100 && ctl_status().trial; i++)
		usleep(100000);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(2, ctl_hits(self->uts));
	EXPECT_TRUE(ctl_quiet("nsguardctl sync base.nsg"));
}

TEST_HARNESS_MAIN
