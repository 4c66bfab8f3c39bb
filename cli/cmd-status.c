// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl status: what is guarded and what is not. Coverage that is not whole, and rules that
 * can no longer match, show in the exit code too.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>
#include <json-c/json.h>
#include "attrs.h"
#include "command.h"
#include "escape.h"
#include "out-json.h"
#include "out.h"
#include "policy.h"

#define MANY	100	/* rules from which on an average says something */

static __u32 limit_of(const struct policy *p, const char *name)
{
	struct nlattr *tb[NSGUARD_A_LIMIT_MAX + 1];
	const struct nlattr *nla = (const struct nlattr *)p->status.p;
	struct arena a = { 0 };
	int rem = (int)p->status.n;

	for (; rem && nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		if (nla_type(nla) != NSGUARD_A_STATUS_LIMIT)
			continue;
		attr_nest(tb, NSGUARD_A_LIMIT_MAX, nla);
		if (!strcmp(attr_str(tb[NSGUARD_A_LIMIT_NAME], &a), name))
			return attr_u32(tb[NSGUARD_A_LIMIT_VALUE]);
	}
	return 0;
}

static void print_head(struct buf *b, const struct policy *p, struct nlattr *const tb[],
		       struct arena *a)
{
	__u32 max = limit_of(p, "rules"), stale = attr_u32(tb[NSGUARD_A_STATUS_STALE]);
	__u64 lost = attr_u64(tb[NSGUARD_A_STATUS_LOST]);
	struct buf part = { 0 };
	struct utsname uts;
	const char *version = attr_str(tb[NSGUARD_A_STATUS_VERSION], a);

	buf_str(b, "nsguard ");
	buf_printable(b, version, strlen(version));
	if (!uname(&uts))
		buf_fmt(b, "  kernel %s", uts.release);
	buf_fmt(b, "  generation %llu  rules %u", (unsigned long long)p->generation,
		attr_u32(tb[NSGUARD_A_STATUS_RULES]));
	if (max)
		buf_fmt(b, "/%u", max);
	buf_fmt(&part, "stale %u", stale);
	buf_str(b, "  ");
	out_colored(b, stale ? COLOR_RED : COLOR_NONE, buf_cstr(&part));
	part.n = 0;
	buf_fmt(&part, "events lost %llu", (unsigned long long)lost);
	buf_str(b, "  ");
	out_colored(b, lost ? COLOR_YELLOW : COLOR_NONE, buf_cstr(&part));
	buf_free(&part);
	if (attr_u32(tb[NSGUARD_A_STATUS_TRANSACTIONS]))
		buf_fmt(b, "  open transactions %u", attr_u32(tb[NSGUARD_A_STATUS_TRANSACTIONS]));
	if (tb[NSGUARD_A_STATUS_MEMORY])
		buf_fmt(b, "  memory %llu kB",
			(unsigned long long)attr_u64(tb[NSGUARD_A_STATUS_MEMORY]) / 1024);
	if (tb[NSGUARD_A_STATUS_MEMORY] && attr_u32(tb[NSGUARD_A_STATUS_RULES]) >= MANY)
		buf_fmt(b, " (%llu bytes a rule)",
			(unsigned long long)attr_u64(tb[NSGUARD_A_STATUS_MEMORY]) /
				attr_u32(tb[NSGUARD_A_STATUS_RULES]));
	buf_chr(b, '\n');
	if (tb[NSGUARD_A_STATUS_CEILING] &&
	    attr_u32(tb[NSGUARD_A_STATUS_CEILING]) < NSGUARD_MODE_ENFORCE)
		buf_fmt(b, "ceiling %s: of the kernel command line, until the next boot\n",
			words_get(&words_mode, attr_u32(tb[NSGUARD_A_STATUS_CEILING])));
}

static void put_auid(struct buf *b, __u32 auid)
{
	if (auid == UINT32_MAX)
		buf_str(b, "unset");
	else
		buf_u64(b, auid);
}

/* A change that waits for confirmation, NULL: none. */
static void print_trial(struct buf *b, const struct nlattr *trial)
{
	struct nlattr *tb[NSGUARD_A_TRIAL_MAX + 1];
	struct buf part = { 0 };
	__u32 left;

	if (!trial)
		return;
	attr_nest(tb, NSGUARD_A_TRIAL_MAX, trial);
	left = attr_u32(tb[NSGUARD_A_TRIAL_LEFT]);
	if (left)
		buf_fmt(&part, "ON TRIAL: taken back in %u seconds unless confirmed", left);
	else
		buf_str(&part, "ON TRIAL: not confirmed, and taking it back fails (see dmesg)");
	out_colored(b, COLOR_YELLOW, buf_cstr(&part));
	buf_fmt(b, ", made by uid %u auid ", attr_u32(tb[NSGUARD_A_TRIAL_UID]));
	put_auid(b, attr_u32(tb[NSGUARD_A_TRIAL_AUID]));
	buf_fmt(b, " pid %u\n", attr_u32(tb[NSGUARD_A_TRIAL_PID]));
	buf_free(&part);
}

static struct json_object *trial_json(const struct nlattr *trial)
{
	struct json_object *o = json_object_new_object();
	struct nlattr *tb[NSGUARD_A_TRIAL_MAX + 1];

	attr_nest(tb, NSGUARD_A_TRIAL_MAX, trial);
	json_u64(o, "left", attr_u32(tb[NSGUARD_A_TRIAL_LEFT]));
	json_u64(o, "pid", attr_u32(tb[NSGUARD_A_TRIAL_PID]));
	json_u64(o, "uid", attr_u32(tb[NSGUARD_A_TRIAL_UID]));
	json_u64(o, "auid", attr_u32(tb[NSGUARD_A_TRIAL_AUID]));
	return o;
}

static void print_tables(struct buf *b, const struct policy *p)
{
	static const char *const title[] = { "TABLE", "MODE", "DEFAULT", "RULES", "DECISIONS",
					     "DENIED", "WOULD-DENY", "COVERAGE" };
	struct grid g = { .columns = ARRAY_SIZE(title), .right = 0x78 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(title); i++)
		grid_str(&g, title[i], COLOR_BOLD);
	for (i = 0; i < TABLES; i++) {
		const struct table_state *t = &p->table[i];
		bool partial = t->coverage == NSGUARD_COVERAGE_PARTIAL;

		if (!t->present)
			continue;
		grid_str(&g, words_get(&words_table, i), COLOR_NONE);
		grid_str(&g, words_get(&words_mode, t->mode), COLOR_NONE);
		table_defaults(&g.text, t, true);
		grid_cell(&g, COLOR_NONE);
		grid_u64(&g, t->rules);
		grid_u64(&g, t->decisions);
		grid_u64(&g, t->denied);
		grid_u64(&g, t->would_deny);
		grid_str(&g, partial ? "PARTIAL" : words_get(&words_coverage, t->coverage),
			 partial ? COLOR_RED : COLOR_NONE);
	}
	grid_print(&g, b);
}

static void cell(struct grid *g, const char *s, enum color color)
{
	buf_printable(&g->text, s, strlen(s));
	grid_cell(g, color);
}

/* H4: attached is not yet guarding; somebody has come by. */
static bool proved(struct nlattr *const tb[])
{
	return attr_u64(tb[NSGUARD_A_PATH_HITS]);
}

/* What came by earlier says nothing while nothing is attached. */
static const char *proved_word(struct nlattr *const tb[])
{
	if (tb[NSGUARD_A_PATH_DETACHED])
		return "off";
	return proved(tb) ? "yes" : "no";
}

static void print_paths(struct buf *b, const struct policy *p, struct arena *a)
{
	struct nlattr *tb[NSGUARD_A_PATH_MAX + 1];
	struct grid g = { .columns = 4 };
	const struct nlattr *nla = (const struct nlattr *)p->status.p;
	int rem = (int)p->status.n;

	grid_str(&g, "PATH", COLOR_BOLD);
	grid_str(&g, "FUNCTION", COLOR_BOLD);
	grid_str(&g, "SEES", COLOR_BOLD);
	grid_str(&g, "PROVED", COLOR_BOLD);
	for (; rem && nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		const char *function;

		if (nla_type(nla) != NSGUARD_A_STATUS_PATH)
			continue;
		attr_nest(tb, NSGUARD_A_PATH_MAX, nla);
		function = attr_str(tb[NSGUARD_A_PATH_FUNCTION], a);
		cell(&g, attr_str(tb[NSGUARD_A_PATH_NAME], a), COLOR_NONE);
		cell(&g, *function ? function : "-", COLOR_NONE);
		if (tb[NSGUARD_A_PATH_COVERED]) {
			cell(&g, attr_str(tb[NSGUARD_A_PATH_SEES], a), COLOR_NONE);
			grid_str(&g, proved_word(tb), COLOR_NONE);
			continue;
		}
		/* The reason is long: in the last column it makes no other one wide. */
		cell(&g, "-", COLOR_NONE);
		buf_str(&g.text, "NOT COVERED: ");
		cell(&g, attr_str(tb[NSGUARD_A_PATH_REASON], a), COLOR_RED);
	}
	grid_print(&g, b);
}

static void print_sets(struct buf *b, const struct policy *p, struct nlattr *const tb[])
{
	if (attr_u32(tb[NSGUARD_A_STATUS_SETS]))
		buf_fmt(b, "SETS  %u/%u  elements %u/%u  bytes %llu\n",
			attr_u32(tb[NSGUARD_A_STATUS_SETS]), limit_of(p, "sets"),
			attr_u32(tb[NSGUARD_A_STATUS_ELEMENTS]), limit_of(p, "set-elements"),
			(unsigned long long)attr_u64(tb[NSGUARD_A_STATUS_SET_BYTES]));
}

static void print_limits(struct buf *b, const struct policy *p, struct arena *a)
{
	struct nlattr *tb[NSGUARD_A_LIMIT_MAX + 1];
	const struct nlattr *nla = (const struct nlattr *)p->status.p;
	int rem = (int)p->status.n;
	const char *name;

	buf_str(b, "LIMITS");
	for (; rem && nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		if (nla_type(nla) != NSGUARD_A_STATUS_LIMIT)
			continue;
		attr_nest(tb, NSGUARD_A_LIMIT_MAX, nla);
		name = attr_str(tb[NSGUARD_A_LIMIT_NAME], a);
		buf_str(b, "  ");
		buf_printable(b, name, strlen(name));
		buf_fmt(b, " %u", attr_u32(tb[NSGUARD_A_LIMIT_VALUE]));
	}
	buf_chr(b, '\n');
}

static struct json_object *table_json(unsigned int table, const struct table_state *t)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *d;
	unsigned int op;

	json_str(o, "table", words_get(&words_table, table));
	json_str(o, "mode", words_get(&words_mode, t->mode));
	for (op = 0; op < OPS; op++) {
		if (t->verdict[op] < 0)
			continue;
		d = json_object_new_object();
		json_str(d, "op", words_get(&words_op, op));
		json_str(d, "verdict", words_get(&words_verdict, (__u32)t->verdict[op]));
		json_object_array_add(list, d);
	}
	json_add(o, "default", list);
	json_u64(o, "rules", t->rules);
	json_u64(o, "decisions", t->decisions);
	json_u64(o, "denied", t->denied);
	json_u64(o, "would-deny", t->would_deny);
	json_str(o, "coverage", words_get(&words_coverage, t->coverage));
	return o;
}

static struct json_object *path_json(const struct nlattr *attr, struct arena *a)
{
	struct json_object *o = json_object_new_object();
	struct nlattr *tb[NSGUARD_A_PATH_MAX + 1];

	attr_nest(tb, NSGUARD_A_PATH_MAX, attr);
	json_bytes(o, "name", attr_str(tb[NSGUARD_A_PATH_NAME], a));
	json_str(o, "table", words_get(&words_table, attr_u32(tb[NSGUARD_A_PATH_TABLE])));
	if (tb[NSGUARD_A_PATH_OP])
		json_str(o, "op", words_get(&words_op, attr_u32(tb[NSGUARD_A_PATH_OP])));
	if (tb[NSGUARD_A_PATH_FUNCTION])
		json_bytes(o, "function", attr_str(tb[NSGUARD_A_PATH_FUNCTION], a));
	if (tb[NSGUARD_A_PATH_SEES])
		json_bytes(o, "sees", attr_str(tb[NSGUARD_A_PATH_SEES], a));
	json_flag(o, "covered", tb[NSGUARD_A_PATH_COVERED]);
	json_flag(o, "detached", tb[NSGUARD_A_PATH_DETACHED]);
	if (tb[NSGUARD_A_PATH_REASON])
		json_bytes(o, "reason", attr_str(tb[NSGUARD_A_PATH_REASON], a));
	json_u64(o, "hits", attr_u64(tb[NSGUARD_A_PATH_HITS]));
	json_flag(o, "proved", proved(tb));
	return o;
}

static struct json_object *limit_json(const struct nlattr *attr, struct arena *a)
{
	struct json_object *o = json_object_new_object();
	struct nlattr *tb[NSGUARD_A_LIMIT_MAX + 1];

	attr_nest(tb, NSGUARD_A_LIMIT_MAX, attr);
	json_bytes(o, "name", attr_str(tb[NSGUARD_A_LIMIT_NAME], a));
	json_u64(o, "value", attr_u32(tb[NSGUARD_A_LIMIT_VALUE]));
	return o;
}

static void print_json(const struct policy *p, struct nlattr *const tb[], struct arena *a)
{
	struct json_object *o = json_object_new_object();
	struct json_object *tables = json_object_new_array();
	struct json_object *paths = json_object_new_array();
	struct json_object *limits = json_object_new_array();
	const struct nlattr *nla = (const struct nlattr *)p->status.p;
	int rem = (int)p->status.n;
	unsigned int i;

	json_bytes(o, "version", attr_str(tb[NSGUARD_A_STATUS_VERSION], a));
	json_u64(o, "generation", p->generation);
	json_u64(o, "rules", attr_u32(tb[NSGUARD_A_STATUS_RULES]));
	json_u64(o, "stale", attr_u32(tb[NSGUARD_A_STATUS_STALE]));
	json_u64(o, "lost", attr_u64(tb[NSGUARD_A_STATUS_LOST]));
	if (tb[NSGUARD_A_STATUS_CEILING])
		json_str(o, "ceiling",
			 words_get(&words_mode, attr_u32(tb[NSGUARD_A_STATUS_CEILING])));
	json_u64(o, "sets", attr_u32(tb[NSGUARD_A_STATUS_SETS]));
	json_u64(o, "elements", attr_u32(tb[NSGUARD_A_STATUS_ELEMENTS]));
	json_u64(o, "set-bytes", attr_u64(tb[NSGUARD_A_STATUS_SET_BYTES]));
	json_u64(o, "transactions", attr_u32(tb[NSGUARD_A_STATUS_TRANSACTIONS]));
	if (tb[NSGUARD_A_STATUS_MEMORY])
		json_u64(o, "memory", attr_u64(tb[NSGUARD_A_STATUS_MEMORY]));
	if (tb[NSGUARD_A_STATUS_TRIAL])
		json_add(o, "trial", trial_json(tb[NSGUARD_A_STATUS_TRIAL]));
	for (i = 0; i < TABLES; i++)
		if (p->table[i].present)
			json_object_array_add(tables, table_json(i, &p->table[i]));
	for (; rem && nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		if (nla_type(nla) == NSGUARD_A_STATUS_PATH)
			json_object_array_add(paths, path_json(nla, a));
		if (nla_type(nla) == NSGUARD_A_STATUS_LIMIT)
			json_object_array_add(limits, limit_json(nla, a));
	}
	json_add(o, "table", tables);
	json_add(o, "path", paths);
	json_add(o, "limit", limits);
	json_print_wrapped(o);
}

int cmd_status(struct cursor *c)
{
	struct nlattr *tb[NSGUARD_A_STATUS_MAX + 1];
	struct policy p = { 0 };
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct module nl;
	unsigned int i;
	int code;

	code = cursor_end(c, "status");
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_GLOBAL, "status");
	if (code || (c->options & OPT_CHECK))
		return code;
	out_color_init(c->color);
	code = module_open(&nl);
	if (!code)
		code = policy_status(&nl, &p);
	module_close(&nl);
	if (code) {
		policy_free(&p);
		return code;
	}

	policy_attrs(&p, tb);
	if (c->options & OPT_JSON) {
		print_json(&p, tb, &a);
	} else {
		print_head(&b, &p, tb, &a);
		print_trial(&b, tb[NSGUARD_A_STATUS_TRIAL]);
		print_tables(&b, &p);
		print_paths(&b, &p, &a);
		print_sets(&b, &p, tb);
		print_limits(&b, &p, &a);
		out_flush(&b);
	}
	if (attr_u32(tb[NSGUARD_A_STATUS_STALE]))
		code = CODE_INCOMPLETE;
	for (i = 0; i < TABLES; i++)
		if (p.table[i].present && p.table[i].coverage == NSGUARD_COVERAGE_PARTIAL)
			code = CODE_INCOMPLETE;
	buf_free(&b);
	policy_free(&p);
	return code;
}
