// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy files as a whole: what save prints, -f takes back to the byte with every match and every
 * way of quoting; names for values; a rule in another's place. sync is in cli_sync.c.
 */
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define HOST_IPC	"/proc/1/ns/ipc"
#define MANY		300	/* lines */

FIXTURE(file) {
	struct cmd c;
};

FIXTURE_SETUP(file)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
}

FIXTURE_TEARDOWN(file)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("file.nsg");
	unlink("again.nsg");
}

/* Every key, its negation where it has one, every relation, and words that need quotes. */
static const char everything[] =
	"mode ns audit\n"
	"mode affinity off\n"
	"default ns enter deny --force\n"
	"default affinity cpuset allow\n"
	"rule add ns deny\n"
	"rule add ns allow op enter type mnt,uts,ipc,pid,net,user,cgroup,time priority -2147483648\n"
	"rule add ns deny op not create type not uts priority 2147483647\n"
	"rule add ns deny target host\n"
	"rule add ns deny target not /proc/self/ns/net in-ns not host\n"
	"rule add ns deny target /proc/self/ns/uts,/proc/self/ns/net in-ns pid:1 type uts,net\n"
	"rule add ns allow uid 0,1000-1999,4294967295 euid not 5 gid 4,10-20 auid unset\n"
	"rule add ns deny uid not 0 gid not 0 auid not unset pid 1,2-9 exe /bin/busybox\n"
	"rule add ns deny exe not /bin/busybox,/usr/sbin/nsguardctl userns other cap 6,sys_admin\n"
	"rule add ns deny userns not init cap not chown\n"
	"rule add cgroup allow cgroup /a from under /b to not is /c,/d leaving '/e/*.scope'\n"
	"rule add cgroup deny cgroup not under /f from not /a to under / leaving is '/x y'\n"
	"rule add ns deny target other target-owner 1000-1999\n"
	"rule add ns deny target not same target-owner not 0\n"
	"rule add cgroup deny from /a same-delegation no moves thread opener-uid not 0\n"
	"rule add cgroup allow same-delegation yes moves not process opener-uid 5-7\n"
	"rule add cgroup deny target self target-uid 0-5 target-exe /bin/busybox\n"
	"rule add cgroup deny target not self target-uid not 7 leaving not under /q\n"
	"rule add cgroup deny from '/dev-disk\\x2dby.scope' to \"/it's\" dry-run\n"
	"rule add cgroup deny from $'/\\xff\\x01\\n\\t' to '/$a #b \"c\"' op move\n"
	"rule add affinity allow cpus reset priority 1\n"
	"rule add affinity deny cpus not reset\n"
	"rule add affinity deny cpus intersects 0 effective-cpus not subset 0\n"
	"rule add affinity deny cpus not superset 1 effective-cpus equals 0,1\n"
	"rule add affinity deny cpus equals 1 target other target-cgroup under /k target-uid 1\n"
	"rule add affinity deny cap not 0-5,sys_nice,38-40 cpus superset 0\n"
	"rule add affinity deny effective-cpus superset 0 target-cgroup not /k op io_uring\n"
	"rule add ns deny uid 2 comment 'say \"no\" \\ # not $x'\n"
	"rule add ns deny uid 3 comment $'bell\\x07 \\xc3\\xa9 \\xff it\\'s'\n"
	"rule add ns deny uid 4 comment 'dry-run priority 5'\n"
	"rule add ns deny uid 5 dry-run comment --force\n";

TEST_F(file, save_flush_load_save)
{
	char *first;

	ASSERT_EQ(0, file_make("file.nsg", everything));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f file.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_EQ(31, ctl_status().rules);
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl save")) TH_LOG("%s", self->c.err);
	first = strdup(self->c.out);
	EXPECT_HAS(first, "mode affinity off\n");
	EXPECT_HAS(first, "default ns enter deny --force\n");
	EXPECT_HAS(first, "comment $'bell\\x07 \xc3\xa9 \\xff it\\'s'\n");
	EXPECT_HAS(first, "from $'/\\xff\\x01\\x0a\\x09' to '/$a #b \"c\"'\n");
	ASSERT_EQ(0, file_make("again.nsg", first));
	ASSERT_EQ(0, ctl_reset());
	EXPECT_EQ(0, ctl_status().rules);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -f again.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_EQ(31, ctl_status().rules);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save"));
	EXPECT_STREQ(first, self->c.out);
	/* And it is what -c makes of it, too. */
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -c --echo -f again.nsg"));
	EXPECT_STREQ(first, self->c.out);
	free(first);
}

TEST_F(file, names)
{
	static const char text[] =
		"define kinds = uts,ipc\n"
		"define who = 0,$more\n"
		"rule add ns deny type $kinds uid $who comment \"$who\"\n";

	ASSERT_EQ(0, file_make("file.nsg", text));
	EXPECT_EQ(2, cmd_line(&self->c, "nsguardctl -f file.nsg"));
	EXPECT_HAS(self->c.err, "file.nsg:2:16: '$more' is not defined");
	EXPECT_EQ(0, ctl_status().rules);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -f file.nsg -D more=1000-1999"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save"));
	EXPECT_HAS(self->c.out, "deny type uts,ipc uid 0,1000-1999 comment \"$who\"\n");
	EXPECT_EQ(NULL, strstr(self->c.out, "define"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save | nsguardctl -f -"));
	EXPECT_EQ(2, cmd_line(&self->c, "nsguardctl save | nsguardctl -D x -f -"));
}

TEST_F(file, replace)
{
	long long old = ctl_add("nsguardctl rule add ns deny type uts"), rule;
	unsigned long long before = ctl_status().generation;

	ASSERT_LT(0, old);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl rule replace %lld ns deny type ipc", old));
	ASSERT_EQ(0, strncmp(self->c.out, "handle ", 7)) TH_LOG("%s", self->c.out);
	rule = atoll(self->c.out + 7);
	EXPECT_LT(old, rule);
	EXPECT_EQ(before + 1, ctl_status().generation);
	EXPECT_EQ(1, ctl_status().rules);
	EXPECT_EQ(-1, ctl_hits(old));
	EXPECT_EQ(0, ctl_hits(rule));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(NULL, "ipc", HOST_IPC));
	/* Only its comment changes, which is no other rule otherwise. */
	EXPECT_EQ(0, cmd_linef(&self->c,
			       "nsguardctl -j rule replace %lld ns deny type ipc comment x", rule));
	EXPECT_HAS(self->c.out, "\"handle\":");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list ns"));
	EXPECT_HAS(self->c.out, "deny type ipc comment \"x\"\n");
}

/* Nothing goes when the other cannot come. */
TEST_F(file, replace_refused)
{
	long long one = ctl_add("nsguardctl rule add ns deny type uts");
	long long two = ctl_add("nsguardctl rule add ns deny type ipc");
	unsigned long long before = ctl_status().generation;

	EXPECT_EQ(1, cmd_linef(&self->c, "nsguardctl rule replace %lld ns deny type net", two + 9));
	EXPECT_HAS(self->c.err, "no rule has this handle");
	EXPECT_EQ(1, cmd_linef(&self->c, "nsguardctl rule replace %lld ns deny type ipc", one));
	EXPECT_HAS(self->c.err, "identical to rule");
	EXPECT_EQ(1, cmd_linef(&self->c, "nsguardctl rule replace %lld ns deny exe /no/such", one));
	EXPECT_HAS(self->c.err, "/no/such");
	EXPECT_EQ(2, cmd_linef(&self->c, "nsguardctl rule replace %lld ns deny uidd 3", one));
	EXPECT_HAS(self->c.err, "'uidd'");
	EXPECT_STREQ("", self->c.out);
	EXPECT_EQ(before, ctl_status().generation);
	EXPECT_EQ(0, ctl_hits(one));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
}

/* More rules than go into a message, line @line being @bad; 0: none is. */
static int many_make(unsigned int line, const char *bad)
{
	FILE *f = fopen("file.nsg", "w");

	if (!f)
		return -errno;
	for (unsigned int i = 1; i <= MANY; i++)
		if (i == line)
			fprintf(f, "  %s\n", bad);
		else
			fprintf(f, "rule add ns deny uid %u\n", 5000 + i);
	return fclose(f) ? -errno : 0;
}

/* Of many rules in a message one is refused: its line is told, its word and what it said. */
TEST_F(file, refused_among_many)
{
	static const unsigned int line[] = { 1, 2, NSGUARD_RULE_ADD_MAX, NSGUARD_RULE_ADD_MAX + 1,
					     MANY };
	static const char *const bad[][2] = {
		{ "rule add ns deny uid 4000", "rule add: identical to rule" },
		{ "rule add ns deny uid @none", "at attribute rule.uid.set: uid @none" },
	};
	struct nsg_status before;
	char where[32];

	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny uid 4000"));
	before = ctl_status();
	for (unsigned int i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		snprintf(where, sizeof(where), "file.nsg:%u:3: ", line[i]);
		for (unsigned int k = 0; k < 2; k++) {
			ASSERT_EQ(0, many_make(line[i], bad[k][0]));
			EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl -f file.nsg"));
			EXPECT_HAS(self->c.err, where);
			EXPECT_HAS(self->c.err, bad[k][1]);
			EXPECT_EQ(1, ctl_status().rules);
			EXPECT_EQ(before.generation, ctl_status().generation);
		}
	}
}

/* With --json the handle of each is told, in the order of the lines. */
TEST_F(file, handles_of_many)
{
	unsigned long long handle, last = 0;
	unsigned int n = 0;
	char *p, *end;

	ASSERT_EQ(0, many_make(0, NULL));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl --json -f file.nsg")) TH_LOG("%s", self->c.err);
	p = strstr(self->c.out, "\"handles\"");
	ASSERT_NE(NULL, p);
	for (p = strchr(p, '['); p && *p != ']'; p = end) {
		handle = strtoull(p + 1, &end, 10);
		EXPECT_LT(last, handle);
		last = handle;
		n++;
		end += strcspn(end, ",]");
	}
	EXPECT_EQ(MANY, n);
	EXPECT_EQ(MANY, ctl_status().rules);
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl rule list ns"));
	p = strstr(self->c.out, " uid 5300");
	ASSERT_NE(NULL, p);
	while (p > self->c.out && p[-1] != '\n')
		p--;
	EXPECT_EQ(last, strtoull(p, NULL, 10));
}

TEST_HARNESS_MAIN
