// SPDX-License-Identifier: GPL-2.0-only
/*
 * What nsguardctl --json prints conforms to cli/schema.json: every kind of answer, checked by as
 * much of JSON Schema as that file uses. A keyword that is not known here is a failure, so that
 * none is passed over.
 */
#include <json-c/json.h>
#include <regex.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include "lib/act.h"
#include "lib/box.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define FLOOD	40000	/* events, far more than a socket has room for */

/* The published file itself. */
__asm__(".section .rodata\n"
	"schema_text:\n"
	".incbin \"../cli/schema.json\"\n"
	".byte 0\n"
	".previous\n");
extern const char schema_text[];

/**
 * struct schema - a schema and the last verdict
 * @root: the whole of it
 * @why: what is wrong with the value, and where; empty when nothing is
 */
struct schema {
	struct json_object *root;
	char why[512];
};

static bool check(struct schema *s, struct json_object *rule, struct json_object *v,
		  const char *where);

static bool wrong(struct schema *s, const char *where, const char *what)
{
	snprintf(s->why, sizeof(s->why), "%s: %s", where, what);
	return false;
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static bool check_type(struct schema *s, struct json_object *type, struct json_object *v,
		       const char *where)
{
	static const struct {
		const char *name;
		enum json_type type;
	} types[] = {
		{ "object", json_type_object }, { "array", json_type_array },
		{ "string", json_type_string }, { "integer", json_type_int },
		{ "boolean", json_type_boolean },
	};
	const char *name = json_object_get_string(type);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return json_object_is_type(v, types[i].type) || wrong(s, where, name);
	return wrong(s, where, "the schema has a type unknown to the test");
}

/* -1, 0 or 1: numbers beyond the signed ones are among them. */
static int compare(struct json_object *a, struct json_object *b)
{
	int64_t x = json_object_get_int64(a), y = json_object_get_int64(b);
	uint64_t u = json_object_get_uint64(a), w = json_object_get_uint64(b);

	if (x < 0 || y < 0)
		return x < y ? -1 : x > y;
	return u < w ? -1 : u > w;
}

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	found = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return found;
}

/* Of several: how many hold. What is wrong with the others does not matter then. */
static bool check_one_of(struct schema *s, struct json_object *list, struct json_object *v,
			 const char *where)
{
	char why[sizeof(s->why)] = "nothing fits";
	unsigned int hold = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		s->why[0] = '\0';
		if (check(s, json_object_array_get_idx(list, i), v, where))
			hold++;
		else if (strlen(s->why) > strlen(where) && strcmp(why, s->why))
			snprintf(why, sizeof(why), "%s", s->why);
	}
	s->why[0] = '\0';
	return hold == 1 || wrong(s, where, hold ? "more than one of oneOf holds" : why);
}

static bool check_enum(struct schema *s, struct json_object *list, struct json_object *v,
		       const char *where)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (json_object_equal(json_object_array_get_idx(list, i), v))
			return true;
	return wrong(s, where, json_object_get_string(v));
}

static bool check_required(struct schema *s, struct json_object *list, struct json_object *v,
			   const char *where)
{
	const char *name;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		name = json_object_get_string(json_object_array_get_idx(list, i));
		if (!get(v, name))
			return wrong(s, where, name);
	}
	return true;
}

static bool check_members(struct schema *s, struct json_object *rule, struct json_object *v,
			  const char *where)
{
	struct json_object *known = get(rule, "properties"), *more = get(rule, "patternProperties");
	char path[256];
	bool found;

	json_object_object_foreach(v, key, member) {
		struct json_object *one = known ? get(known, key) : NULL;

		snprintf(path, sizeof(path), "%s/%s", where, key);
		found = one;
		if (one && !check(s, one, member, path))
			return false;
		if (!one && more) {
			json_object_object_foreach(more, pattern, two) {
				if (!matches(pattern, key))
					continue;
				found = true;
				if (!check(s, two, member, path))
					return false;
			}
		}
		if (!found && get(rule, "additionalProperties"))
			return wrong(s, path, "is not in the schema");
	}
	return true;
}

static bool check_items(struct schema *s, struct json_object *rule, struct json_object *v,
			const char *where)
{
	char path[256];

	for (size_t i = 0; i < json_object_array_length(v); i++) {
		snprintf(path, sizeof(path), "%s/%zu", where, i);
		if (!check(s, rule, json_object_array_get_idx(v, i), path))
			return false;
	}
	return true;
}

static bool check_if(struct schema *s, struct json_object *rule, struct json_object *v,
		     const char *where)
{
	bool yes = check(s, get(rule, "if"), v, where);
	struct json_object *then = get(rule, yes ? "then" : "else");

	s->why[0] = '\0';
	return !then || check(s, then, v, where);
}

static bool check_word(struct schema *s, struct json_object *rule, const char *word,
		       struct json_object *said, struct json_object *v, const char *where)
{
	static const char *const silent[] = {
		"description", "$schema", "$comment", "title", "$defs", "then", "else",
		"additionalProperties",
	};
	const bool object = json_object_is_type(v, json_type_object);
	const char *ref;

	if (!strcmp(word, "$ref")) {
		ref = json_object_get_string(said);
		return check(s, get(get(s->root, "$defs"), ref + strlen("#/$defs/")), v, where);
	}
	if (!strcmp(word, "type"))
		return check_type(s, said, v, where);
	if (!strcmp(word, "enum"))
		return check_enum(s, said, v, where);
	if (!strcmp(word, "const"))
		return json_object_equal(said, v) || wrong(s, where, "is not const");
	if (!strcmp(word, "minimum"))
		return compare(v, said) >= 0 || wrong(s, where, "is too small");
	if (!strcmp(word, "maximum"))
		return compare(v, said) <= 0 || wrong(s, where, "is too large");
	if (!strcmp(word, "pattern"))
		return matches(json_object_get_string(said), json_object_get_string(v)) ||
		       wrong(s, where, json_object_get_string(v));
	if (!strcmp(word, "oneOf"))
		return check_one_of(s, said, v, where);
	if (!strcmp(word, "items"))
		return check_items(s, said, v, where);
	if (!strcmp(word, "required"))
		return !object || check_required(s, said, v, where);
	if (!strcmp(word, "properties") || !strcmp(word, "patternProperties"))
		return !object || check_members(s, rule, v, where);
	if (!strcmp(word, "if"))
		return check_if(s, rule, v, where);
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (!strcmp(silent[i], word))
			return true;
	return wrong(s, word, "is a keyword the test does not know");
}

static bool check(struct schema *s, struct json_object *rule, struct json_object *v,
		  const char *where)
{
	struct json_object *type;

	if (!rule)
		return wrong(s, where, "the schema refers to nothing");
	/* What else is said is about that type. */
	type = get(rule, "type");
	if (type && !check_type(s, type, v, where))
		return false;
	json_object_object_foreach(rule, word, said) {
		if (!check_word(s, rule, word, said, v, where))
			return false;
	}
	return true;
}

FIXTURE(json) {
	struct schema s;
	struct cmd c;
};

FIXTURE_SETUP(json)
{
	self->s.root = json_tokener_parse(schema_text);
	ASSERT_NE(NULL, self->s.root);
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
}

FIXTURE_TEARDOWN(json)
{
	json_object_put(self->s.root);
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("json.nsg");
}

/* Every line of @text is a value that conforms. Return: how many, or -1 with @s->why. */
static int conform(struct schema *s, const char *text)
{
	char *copy = strdup(text), *rest, *line;
	struct json_object *o;
	int n = 0;

	for (line = strtok_r(copy, "\n", &rest); line && n >= 0;
	     line = strtok_r(NULL, "\n", &rest)) {
		s->why[0] = '\0';
		o = json_tokener_parse(line);
		if (!o || !check(s, s->root, o, ""))
			n = -2;
		if (!o)
			wrong(s, line, "is no JSON");
		json_object_put(o);
		n++;
	}
	free(copy);
	return n;
}

#define EXPECT_CONFORMS(line) do {						\
	int lines_;								\
										\
	EXPECT_EQ(0, cmd_line(&self->c, line)) TH_LOG("%s: %s", line, self->c.err);	\
	lines_ = conform(&self->s, self->c.out);				\
	EXPECT_LT(0, lines_) TH_LOG("%s: %s\n%s", line, self->s.why, self->c.out);	\
} while (0)

TEST_F(json, changes)
{
	static const char file[] =
		"rule add ns deny type uts uid 3 comment $'\\xff'\n"
		"rule add cgroup deny leaving '/a/*' from not under /b gid 5-7\n"
		"rule add affinity deny cpus intersects 0 effective-cpus not equals 1 target other\n"
		"rule add affinity allow cpus reset priority -3 dry-run\n";

	ASSERT_EQ(0, file_make("json.nsg", file));
	EXPECT_CONFORMS("nsguardctl -j rule add ns deny type ipc");
	EXPECT_CONFORMS("nsguardctl -j mode ns audit");
	EXPECT_CONFORMS("nsguardctl -j default cgroup move allow");
	EXPECT_CONFORMS("nsguardctl -j sync json.nsg --dry-run");
	EXPECT_CONFORMS("nsguardctl -j -f json.nsg");
	EXPECT_CONFORMS("nsguardctl -j rule list");
	EXPECT_CONFORMS("echo default ns deny --force | nsguardctl -j sync - --confirm 60");
	EXPECT_CONFORMS("nsguardctl -j status");
	EXPECT_HAS(self->c.out, "\"trial\":{\"left\":");
	EXPECT_CONFORMS("nsguardctl -j confirm");
	EXPECT_CONFORMS("nsguardctl -j mode cgroup audit --confirm 60");
	EXPECT_CONFORMS("nsguardctl -j rollback");
}

TEST_F(json, answers)
{
	EXPECT_CONFORMS("nsguardctl -j status");
	EXPECT_CONFORMS("nsguardctl -j rule list");
	EXPECT_CONFORMS("nsguardctl -j rule test ns enter target /proc/1/ns/uts");
	EXPECT_EQ(0, cmd_line(&self->c, "ip netns add blue"));
	EXPECT_CONFORMS("nsguardctl -j sandbox add box target /run/netns/blue");
	EXPECT_CONFORMS("nsguardctl -j sandbox list");
	EXPECT_CONFORMS("nsguardctl -j sandbox flush");
	EXPECT_EQ(0, cmd_line(&self->c, "ip netns del blue"));
	EXPECT_CONFORMS("nsguardctl -j probe");
}

TEST_F(json, events)
{
	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type uts"));
	EXPECT_LT(0, ctl_add("nsguardctl rule add affinity deny cpus intersects 0"));
	EXPECT_LT(0, ctl_add("nsguardctl rule add cgroup deny to /elsewhere"));
	ASSERT_EQ(0, cgroup_make("/elsewhere"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", "/proc/1/ns/uts"));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	EXPECT_EQ(EPERM, act_move(NULL, "/elsewhere"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl mode cgroup audit --confirm 1"));
	sleep(3);
	EXPECT_CONFORMS("nsguardctl -j monitor --last 4");
	EXPECT_HAS(self->c.out, "\"rollback\":");
	EXPECT_HAS(self->c.out, "\"table\":\"affinity\"");
	EXPECT_EQ(0, cgroup_remove("/elsewhere"));
}

TEST_F(json, sets)
{
	static const char file[] =
		"set add t type uid elements 1,5-9\n"
		"set add u type auid elements unset\n"
		"rule add ns deny uid @t auid not @u\n";
	static const char other[] = "set add t type gid elements 3\nset add v type pid\n";
	char line[96];
	long long rule;

	EXPECT_CONFORMS("nsguardctl -j set list");
	ASSERT_EQ(0, file_make("json.nsg", file));
	EXPECT_CONFORMS("nsguardctl -j sync json.nsg --dry-run");
	EXPECT_CONFORMS("nsguardctl -j sync json.nsg");
	EXPECT_CONFORMS("nsguardctl -j set list");
	EXPECT_HAS(self->c.out, "\"name\":\"u\"");
	EXPECT_CONFORMS("nsguardctl -j set list u");
	EXPECT_HAS(self->c.out, "\"values\":[\"unset\"]");
	EXPECT_CONFORMS("nsguardctl -j element add t 11");
	ASSERT_EQ(0, file_make("json.nsg", other));
	EXPECT_CONFORMS("nsguardctl -j sync json.nsg");
	EXPECT_HAS(self->c.out, "\"after\":\"gid\"");
	rule = ctl_add("nsguardctl rule add ns deny type ipc");
	snprintf(line, sizeof(line), "nsguardctl -j rule replace %lld ns deny gid @t", rule);
	EXPECT_CONFORMS(line);
}

/* Sandboxes, who is locked in, what he is refused, and what remains when all are gone. */
TEST_F(json, sandboxes)
{
	char line[160];
	struct inmate in;
	struct ns_set ns;
	uint32_t uts;
	int host[8];

	ASSERT_EQ(0, ns_set_make(&ns, CLONE_NEWUTS));
	uts = ns_inum(ns.fd[NSGUARD_NSTYPE_UTS]);
	ns_own(host);
	ASSERT_EQ(0, cmd_linef(&self->c, "printf 'sandbox add box target uts:[%u]\\n"
			       "rule add ns lock sandbox box threads allow\\n' >json.nsg", uts));
	EXPECT_CONFORMS("nsguardctl -j sync json.nsg --dry-run");
	EXPECT_CONFORMS("nsguardctl -j sync json.nsg");
	EXPECT_HAS(self->c.out, "\"after\":true");
	ASSERT_EQ(0, inmate_start(&in, ns.fd[NSGUARD_NSTYPE_UTS]));
	EXPECT_CONFORMS("nsguardctl -j sandbox list");
	EXPECT_CONFORMS("nsguardctl -j rule list");
	EXPECT_HAS(self->c.out, "\"threads\":true");
	snprintf(line, sizeof(line),
		 "nsguardctl -j rule test ns enter pid %d target /proc/1/ns/uts", in.pid);
	EXPECT_CONFORMS(line);
	EXPECT_HAS(self->c.out, "\"locked\":true");
	EXPECT_EQ(0, inmate_do(&in, try_leave, host));
	sleep(1);
	EXPECT_CONFORMS("nsguardctl -j monitor --last 3");
	EXPECT_HAS(self->c.out, "\"sandbox\":\"box\"");
	inmate_stop(&in);
	ns_set_free(&ns);
	for (int i = 0; i < 50; i++) {
		EXPECT_CONFORMS("nsguardctl -j monitor --last 1");
		if (strstr(self->c.out, "\"stale\":true"))
			break;
		usleep(200000);
	}
	EXPECT_HAS(self->c.out, "\"stale\":true");
	EXPECT_CONFORMS("nsguardctl -j sandbox list");
	EXPECT_CONFORMS("nsguardctl -j rule list");
	EXPECT_CONFORMS("nsguardctl -j status || test $? = 5");
	ns_close(host);
}

/* A monitor that stands still, and more denials than the kernel keeps for it. */
TEST_F(json, lost)
{
	const uint64_t mask = 1;
	unsigned int wrong = 0;
	int fd;
	pid_t pid = cmd_start("exec nsguardctl -j monitor >monitor.out", &fd);

	ASSERT_LT(0, pid);
	EXPECT_LT(0, ctl_add("nsguardctl rule add affinity deny cpus equals 0"));
	sleep(1);
	EXPECT_EQ(0, kill(pid, SIGSTOP));
	for (int i = 0; i < FLOOD; i++)
		wrong += syscall(SYS_sched_setaffinity, 0, 8, &mask) != -1 || errno != EPERM;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, kill(pid, SIGCONT));
	for (int i = 0; i < 50 && cmd_line(&self->c, "grep lost monitor.out"); i++) {
		EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
		usleep(200000);
	}
	EXPECT_CONFORMS("grep lost monitor.out");
	EXPECT_HAS(self->c.out, "{\"lost\":");
	cmd_stop(pid, fd, SIGINT);
	unlink("monitor.out");
}

/* The check itself finds what is wrong. */
TEST_F(json, what_does_not_conform)
{
	static const char *const bad[] = {
		"{\"nsguard\":{\"generation\":-1}}",
		"{\"nsguard\":{\"generation\":1,\"more\":2}}",
		"{\"nsguard\":{\"rules\":[]}}",
		"{\"nsguard\":{\"generation\":1,\"rules\":[{\"handle\":1}]}}",
		"{\"lost\":\"1\"}",
		"{\"nsguard\":{\"test\":{\"verdict\":\"lock\",\"mode\":\"off\",\"locked\":false}}}",
		"{}",
		"nonsense",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-1, conform(&self->s, bad[i]))
			TH_LOG("%s", bad[i]);
	}
	EXPECT_EQ(2, conform(&self->s, "{\"lost\":1}\n{\"nsguard\":{\"generation\":3}}\n"));
}

TEST_HARNESS_MAIN
