// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events. The first line says what was refused to whom and by which rule, the others
 * who did it; which events there are is the monitor's business.
 */
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <json-c/json.h>
#include "attrs.h"
#include "cpulist.h"
#include "escape.h"
#include "event.h"
#include "out-json.h"
#include "out.h"
#include "words.h"

#define U32(name)	attr_u32(tb[NSGUARD_A_EVENT_##name])
#define U64(name)	attr_u64(tb[NSGUARD_A_EVENT_##name])
#define HAS(name)	(tb[NSGUARD_A_EVENT_##name])
#define STR(name)	attr_str(tb[NSGUARD_A_EVENT_##name], a)

static void put_time(struct buf *b, __u64 ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char text[32] = "?";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_fmt(b, "%s.%03uZ", text, (unsigned int)(ns / 1000000 % 1000));
}

static void put_mask(struct buf *b, const struct nlattr *mask)
{
	size_t before = b->n;

	cpulist_print(b, nla_data(mask), (unsigned int)nla_len(mask));
	if (b->n == before)
		buf_str(b, "none");
}

static void put_object(struct buf *b, struct nlattr *const tb[])
{
	if (HAS(NS_TYPE)) {
		buf_fmt(b, " %s:[", words_get(&words_nstype, U32(NS_TYPE)));
		/* Before 7.x a namespace that is being created has no number yet. */
		if (U32(NS_INUM))
			buf_u64(b, U32(NS_INUM));
		else
			buf_str(b, "new");
		buf_chr(b, ']');
	}
	if (HAS(TARGET_PID))
		buf_fmt(b, " pid %u", U32(TARGET_PID));
	if (U32(TABLE) == NSGUARD_TABLE_CGROUP)
		buf_str(b, HAS(THREADGROUP) ? " process" : " thread");
	if (HAS(RESET))
		buf_str(b, " cpus reset");
	if (HAS(MASK)) {
		buf_str(b, HAS(RESET) ? " " : " cpus ");
		put_mask(b, tb[NSGUARD_A_EVENT_MASK]);
	}
	if (HAS(EFFECTIVE_MASK)) {
		buf_str(b, " effective-cpus ");
		put_mask(b, tb[NSGUARD_A_EVENT_EFFECTIVE_MASK]);
	}
}

static void put_path(struct buf *b, const char *word, const char *path)
{
	buf_chr(b, ' ');
	buf_str(b, word);
	buf_chr(b, ' ');
	buf_path(b, path);
}

/* Nobody was refused: a sandbox has lost a namespace. */
static void stale_text(struct buf *b, struct nlattr *const tb[], struct arena *a)
{
	out_colored(b, COLOR_YELLOW, "STALE");
	buf_fmt(b, " sandbox %s", STR(SANDBOX));
	put_object(b, tb);
	buf_str(b, " is gone\n");
}

static void put_auid(struct buf *b, __u32 auid)
{
	if (auid == UINT32_MAX)
		buf_str(b, "unset");
	else
		buf_u64(b, auid);
}

/* Nobody was refused: a change on trial was taken back. */
static void rollback_text(struct buf *b, struct nlattr *const tb[], struct arena *a)
{
	out_colored(b, COLOR_YELLOW, "ROLLBACK");
	buf_fmt(b, " generation %llu, not confirmed: the change was made by pid %u ",
		(unsigned long long)U64(ROLLBACK), U32(PID));
	buf_quoted(b, STR(COMM));
	buf_fmt(b, "\n  uid %u auid ", U32(UID));
	put_auid(b, U32(AUID));
	buf_chr(b, '\n');
}

void event_text(struct buf *b, struct nlattr *const tb[], struct arena *a)
{
	bool ns = U32(TABLE) == NSGUARD_TABLE_NS;

	put_time(b, U64(TIME));
	buf_chr(b, ' ');
	if (HAS(ROLLBACK)) {
		rollback_text(b, tb, a);
		return;
	}
	if (HAS(STALE)) {
		stale_text(b, tb, a);
		return;
	}
	out_colored(b, HAS(ENFORCED) ? COLOR_RED : COLOR_YELLOW,
		    HAS(ENFORCED) ? "DENY" : "WOULD-DENY");
	buf_fmt(b, " %s %s", words_get(&words_table, U32(TABLE)), words_get(&words_op, U32(OP)));
	put_object(b, tb);
	if (HAS(HANDLE))
		buf_fmt(b, " rule %llu", (unsigned long long)U64(HANDLE));
	else if (HAS(SANDBOX))
		buf_fmt(b, " locked in sandbox %s", STR(SANDBOX));
	else
		buf_str(b, " default");
	buf_fmt(b, "%s pid %u", ns ? "" : " by", U32(PID));
	if (ns || U32(TID) != U32(PID))
		buf_fmt(b, " tid %u", U32(TID));
	buf_chr(b, ' ');
	buf_quoted(b, STR(COMM));
	if (HAS(FROM) || HAS(TO)) {
		buf_str(b, "\n ");
		put_path(b, "from", HAS(FROM) ? STR(FROM) : "?");
		put_path(b, "to", HAS(TO) ? STR(TO) : "?");
	}
	buf_fmt(b, "\n  uid %u auid ", U32(UID));
	put_auid(b, U32(AUID));
	if (HAS(EXE))
		put_path(b, "exe", STR(EXE));
	if (HAS(CGROUP))
		put_path(b, "cgroup", STR(CGROUP));
	buf_chr(b, '\n');
}

static void line(struct buf *b, struct json_object *o)
{
	size_t n;
	const char *s = json_object_to_json_string_length(o, JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	if (s)
		buf_add(b, s, n);
	buf_chr(b, '\n');
	json_object_put(o);
}

static void mask_json(struct json_object *o, const char *key, const struct nlattr *mask)
{
	struct buf list = { 0 };

	cpulist_print(&list, nla_data(mask), (unsigned int)nla_len(mask));
	json_str(o, key, buf_cstr(&list));
	buf_free(&list);
}

/* Strings and numbers that are there or not, by their names in the yaml. */
static const struct {
	const char *name;
	unsigned int attr;
	enum { NUMBER, LONG, STRING, FLAG, MASK } kind;
	const struct words *words;
} fields[] = {
	{ "seq", NSGUARD_A_EVENT_SEQ, LONG, NULL },
	{ "table", NSGUARD_A_EVENT_TABLE, NUMBER, &words_table },
	{ "op", NSGUARD_A_EVENT_OP, NUMBER, &words_op },
	{ "verdict", NSGUARD_A_EVENT_VERDICT, NUMBER, &words_verdict },
	{ "mode", NSGUARD_A_EVENT_MODE, NUMBER, &words_mode },
	{ "enforced", NSGUARD_A_EVENT_ENFORCED, FLAG, NULL },
	{ "error", NSGUARD_A_EVENT_ERROR, NUMBER, NULL },
	{ "handle", NSGUARD_A_EVENT_HANDLE, LONG, NULL },
	{ "function", NSGUARD_A_EVENT_FUNCTION, STRING, NULL },
	{ "pid", NSGUARD_A_EVENT_PID, NUMBER, NULL },
	{ "tid", NSGUARD_A_EVENT_TID, NUMBER, NULL },
	{ "uid", NSGUARD_A_EVENT_UID, NUMBER, NULL },
	{ "auid", NSGUARD_A_EVENT_AUID, NUMBER, NULL },
	{ "comm", NSGUARD_A_EVENT_COMM, STRING, NULL },
	{ "exe", NSGUARD_A_EVENT_EXE, STRING, NULL },
	{ "cgroup", NSGUARD_A_EVENT_CGROUP, STRING, NULL },
	{ "ns-type", NSGUARD_A_EVENT_NS_TYPE, NUMBER, &words_nstype },
	{ "ns-inum", NSGUARD_A_EVENT_NS_INUM, NUMBER, NULL },
	{ "from-id", NSGUARD_A_EVENT_FROM_ID, LONG, NULL },
	{ "from", NSGUARD_A_EVENT_FROM, STRING, NULL },
	{ "to-id", NSGUARD_A_EVENT_TO_ID, LONG, NULL },
	{ "to", NSGUARD_A_EVENT_TO, STRING, NULL },
	{ "target-pid", NSGUARD_A_EVENT_TARGET_PID, NUMBER, NULL },
	{ "threadgroup", NSGUARD_A_EVENT_THREADGROUP, FLAG, NULL },
	{ "mask", NSGUARD_A_EVENT_MASK, MASK, NULL },
	{ "effective-mask", NSGUARD_A_EVENT_EFFECTIVE_MASK, MASK, NULL },
	{ "reset", NSGUARD_A_EVENT_RESET, FLAG, NULL },
	{ "sandbox", NSGUARD_A_EVENT_SANDBOX, STRING, NULL },
	{ "stale", NSGUARD_A_EVENT_STALE, FLAG, NULL },
	{ "rollback", NSGUARD_A_EVENT_ROLLBACK, LONG, NULL },
};

void event_json(struct buf *b, struct nlattr *const tb[], struct arena *a)
{
	struct json_object *o = json_object_new_object();
	struct buf when = { 0 };
	unsigned int i;

	put_time(&when, U64(TIME));
	json_str(o, "time", buf_cstr(&when));
	json_u64(o, "time-ns", U64(TIME));
	buf_free(&when);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct nlattr *nla = tb[fields[i].attr];
		const char *name = fields[i].name;

		if (fields[i].kind == FLAG)
			json_flag(o, name, nla);
		else if (!nla)
			continue;
		else if (fields[i].words)
			json_str(o, name, words_get(fields[i].words, attr_u32(nla)));
		else if (fields[i].kind == STRING)
			json_bytes(o, name, attr_str(nla, a));
		else if (fields[i].kind == MASK)
			mask_json(o, name, nla);
		else
			json_u64(o, name, fields[i].kind == LONG ? attr_u64(nla) : attr_u32(nla));
	}
	line(b, o);
}

void event_text_lost(struct buf *b, __u64 n)
{
	out_color(b, COLOR_RED);
	buf_fmt(b, "LOST %llu events", (unsigned long long)n);
	out_color(b, COLOR_NONE);
	buf_chr(b, '\n');
}

void event_json_lost(struct buf *b, __u64 n)
{
	struct json_object *o = json_object_new_object();

	json_u64(o, "lost", n);
	line(b, o);
}
