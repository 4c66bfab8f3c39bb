// SPDX-License-Identifier: GPL-2.0-only
/*
 * What nsguardctl shows, and what it takes back from a file: status, rule list,
 * JSON, del, flush, save and -f, monitor. The rules themselves are in cli.c.
 */
#include <json-c/json.h>
#include <signal.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define HOST_IPC	"/proc/1/ns/ipc"

#define STATUS_COLUMNS \
	"\nTABLE     MODE     DEFAULT  RULES  DECISIONS  DENIED  WOULD-DENY  COVERAGE\n"
#define ADD_ALLOW_AUID "nsguardctl rule add ns allow auid 1000 priority -10 comment \"ops team\""
#define ADD_QUOTED \
	"nsguardctl rule add affinity deny cpus not subset 0 uid 7,1000-1999 comment 'a \"b\"'"
#define LISTING \
	"table ns  mode enforce  default enter allow create allow  generation %llu\n" \
	"HANDLE  PRIO  HITS  RULE\n" \
	"%6lld   -10     0  allow auid 1000 comment \"ops team\"\n" \
	"%6lld     0     0  deny type uts uid 1000-1999\n" \
	"\n" \
	"table cgroup  mode enforce  default allow  generation %llu\n" \
	"\n" \
	"table affinity  mode enforce  default allow  generation %llu\n" \
	"HANDLE  PRIO  HITS  RULE\n" \
	"%6lld     0     0  deny cpus intersects 0 dry-run\n"
#define MONITOR_END \
	" \"cli_list\"\n  uid 0 auid unset exe /usr/lib/nsguard-test/cli_list cgroup /\n"

FIXTURE(shown) {
	struct cmd c;
};

FIXTURE_SETUP(shown)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
}

FIXTURE_TEARDOWN(shown)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("policy.nsg");
}

/* The member of a JSON object by a path of names and numbers, "a/0/b"; NULL when there is none. */
static struct json_object *find(struct json_object *o, const char *path)
{
	char copy[128], *rest, *word;

	snprintf(copy, sizeof(copy), "%s", path);
	for (word = strtok_r(copy, "/", &rest); o && word; word = strtok_r(NULL, "/", &rest)) {
		if (json_object_is_type(o, json_type_array))
			o = json_object_array_get_idx(o, atoi(word));
		else if (!json_object_object_get_ex(o, word, &o))
			o = NULL;
	}
	return o;
}

static const char *word_of(struct json_object *o, const char *path)
{
	return json_object_get_string(find(o, path));
}

TEST_F(shown, status)
{
	struct json_object *o;

	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status")) TH_LOG("%s", self->c.out);
	EXPECT_EQ(0, strncmp(self->c.out, "nsguard 0.1.0  kernel ", 22));
	EXPECT_HAS(self->c.out, "  rules 0/1048576  stale 0  events lost ");
	EXPECT_HAS(self->c.out, STATUS_COLUMNS);
	/* Which function it is differs, see native.c. */
	EXPECT_HAS(self->c.out, "ns.enter.uts ");
	EXPECT_HAS(self->c.out, "_install ");
	EXPECT_HAS(self->c.out, "  PROVED\n");
	EXPECT_EQ(NULL, strstr(self->c.out, "NOT COVERED"));
	EXPECT_EQ(NULL, strchr(self->c.out, '\033'));
	EXPECT_STREQ("", self->c.err);

	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl --json status"));
	o = json_tokener_parse(self->c.out);
	ASSERT_NE(NULL, o) TH_LOG("%s", self->c.out);
	EXPECT_STREQ("0.1.0", word_of(o, "nsguard/version")) TH_LOG("%s", self->c.out);
	EXPECT_NE(NULL, find(o, "nsguard/limit/0/value"));
	EXPECT_EQ(json_object_get_int64(find(o, "nsguard/path/0/hits")) > 0,
		  json_object_get_boolean(find(o, "nsguard/path/0/proved")));
	json_object_put(o);
}

TEST_F(shown, rule_list)
{
	long long deny = ctl_add("nsguardctl rule add ns deny type uts uid 1000-1999");
	long long allow = ctl_add(ADD_ALLOW_AUID);
	long long dry = ctl_add("nsguardctl rule add affinity deny cpus intersects 0 dry-run");
	unsigned long long generation = ctl_status().generation;
	char want[1024];

	snprintf(want, sizeof(want), LISTING, generation, allow, deny, generation, generation, dry);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list"));
	EXPECT_STREQ(want, self->c.out);
	EXPECT_STREQ("", self->c.err);
}

TEST_F(shown, rule_list_json)
{
	struct json_object *o;
	long long rule;

	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type uts"));
	rule = ctl_add(ADD_QUOTED);
	ASSERT_LT(0, rule);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl --json rule list affinity"));
	o = json_tokener_parse(self->c.out);
	ASSERT_NE(NULL, find(o, "nsguard/rules/0")) TH_LOG("%s", self->c.out);
	EXPECT_EQ(1, json_object_array_length(find(o, "nsguard/rules")));
	EXPECT_EQ(ctl_status().generation, json_object_get_int64(find(o, "nsguard/generation")));
	EXPECT_EQ(rule, json_object_get_int64(find(o, "nsguard/rules/0/handle")));
	EXPECT_STREQ("affinity", word_of(o, "nsguard/rules/0/table"));
	EXPECT_STREQ("deny", word_of(o, "nsguard/rules/0/verdict"));
	EXPECT_STREQ("a \"b\"", word_of(o, "nsguard/rules/0/comment"));
	EXPECT_STREQ("cpus", word_of(o, "nsguard/rules/0/matches/0/key"));
	EXPECT_TRUE(json_object_get_boolean(find(o, "nsguard/rules/0/matches/0/not")));
	EXPECT_STREQ("subset", word_of(o, "nsguard/rules/0/matches/0/relation"));
	EXPECT_STREQ("uid", word_of(o, "nsguard/rules/0/matches/1/key"));
	EXPECT_STREQ("1000-1999", word_of(o, "nsguard/rules/0/matches/1/values/1"))
		TH_LOG("%s", self->c.out);
	json_object_put(o);
}

TEST_F(shown, rule_del_3)
{
	/* Handles begin at 1 when the module is loaded. */
	ASSERT_EQ(0, ctl_reload(""));
	EXPECT_EQ(1, ctl_add("nsguardctl rule add ns deny type net"));
	EXPECT_EQ(2, ctl_add("nsguardctl rule add ns deny type ipc"));
	EXPECT_EQ(3, ctl_add("nsguardctl rule add ns deny type uts"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_TRUE(ctl_quiet("nsguardctl rule del 3"));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(NULL, "ipc", HOST_IPC));
	/* A handle is never used twice. */
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl rule del 3"));
	EXPECT_EQ(4, ctl_add("nsguardctl rule add ns deny type uts"));
}

TEST_F(shown, rule_flush_ns)
{
	long long other;

	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type uts"));
	other = ctl_add("nsguardctl rule add affinity deny cpus intersects 0");
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_TRUE(ctl_quiet("nsguardctl rule flush ns"));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	EXPECT_EQ(1, ctl_hits(other));
}

static const char policy[] =
	"# what the file says\n"
	"mode cgroup audit\n"
	"rule add ns deny type uts uid not 1000-1999 comment 'say \"no\"'\n"
	"rule add ns allow \\\n\tauid 1000 priority -10 comment \"ops team\"\n"
	"rule add cgroup deny leaving '/system.slice/docker-*.scope'\n"
	"rule add cgroup deny leaving '/system.slice/dev-\\x2d.scope' comment 'back\\slash'\n"
	"rule add cgroup allow to /a,/b from not under /c gid 4,10-20 exe not /bin/busybox\n"
	"rule add affinity deny cpus not subset 0 target other target-uid 0\n"
	"rule add affinity allow cpus reset priority -10\n"
	"rule add affinity deny effective-cpus equals 1 dry-run\n"
	"rule add ns deny target host in-ns host pid 2-9\n"
	"default affinity deny --force\n";

TEST_F(shown, file_is_one_transaction)
{
	unsigned long long before = ctl_status().generation;

	ASSERT_EQ(0, file_make("policy.nsg", policy));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -f policy.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	/* One change, whatever the number of lines. */
	EXPECT_EQ(before + 1, ctl_status().generation);
	EXPECT_EQ(9, ctl_status().rules);
}

/* What save prints, -f loads, and save prints the same again: byte for byte. */
TEST_F(shown, save_round_trip)
{
	char *first;

	ASSERT_EQ(0, file_make("policy.nsg", policy));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f policy.nsg")) TH_LOG("%s", self->c.err);
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl save"));
	first = strdup(self->c.out);
	EXPECT_HAS(first, "rule flush\n");
	EXPECT_HAS(first, "default affinity setaffinity deny --force\n");

	EXPECT_EQ(0, file_make("policy.nsg", first));
	EXPECT_EQ(0, ctl_reset());
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -f policy.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save"));
	EXPECT_STREQ(first, self->c.out);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save | nsguardctl -f - && nsguardctl save"));
	EXPECT_STREQ(first, self->c.out);
	free(first);
}

TEST_F(shown, monitor_json)
{
	long long rule = ctl_add("nsguardctl rule add ns deny type uts");
	struct json_object *o;
	char line[8192];
	int fd;
	pid_t pid;

	pid = cmd_start("exec nsguardctl monitor --json", &fd);
	ASSERT_LT(0, pid);
	/* It may take a moment to listen: denied again until something is heard. */
	for (int i = 0; i < 20; i++) {
		EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
		if (cmd_read_line(fd, line, sizeof(line), 1) > 0)
			break;
	}
	o = json_tokener_parse(line);
	EXPECT_NE(NULL, o) TH_LOG("%s", line);
	EXPECT_STREQ("ns", word_of(o, "table")) TH_LOG("%s", line);
	EXPECT_STREQ("enter", word_of(o, "op"));
	EXPECT_STREQ("uts", word_of(o, "ns-type"));
	EXPECT_EQ(rule, json_object_get_int64(find(o, "handle")));
	EXPECT_STREQ("cli_list", word_of(o, "comm"));
	json_object_put(o);
	cmd_stop(pid, fd, SIGINT);
}

TEST_F(shown, monitor_last)
{
	long long rule = ctl_add("nsguardctl rule add ns deny type uts");
	char want[64];

	for (int i = 0; i < 3; i++)
		EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	/* The worker needs a moment to write them down. */
	EXPECT_EQ(0, cmd_line(&self->c, "sleep 1; nsguardctl monitor --last 2"));
	EXPECT_HAS(self->c.out, "DENY ns enter uts:[");
	snprintf(want, sizeof(want), " rule %lld pid ", rule);
	EXPECT_HAS(self->c.out, want);
	EXPECT_HAS(self->c.out, MONITOR_END);
}

TEST_HARNESS_MAIN
