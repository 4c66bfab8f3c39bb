// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl rule list [TABLE]: the rules in the order in which they decide.
 */
#include <stdio.h>
#include <string.h>
#include <json-c/json.h>
#include "command.h"
#include "out-json.h"
#include "out.h"
#include "policy.h"

#define FLUSH_AT	65536

/* How wide the numbers of a table are. */
struct widths {
	unsigned int handle[TABLES];
	unsigned int priority[TABLES];
	unsigned int hits[TABLES];
};

struct listing {
	const struct policy *policy;
	struct widths width;
	struct buf out;
	int table;	/* whose header was printed last, or the one before the first of interest */
	bool json;
	bool any;	/* something was printed */
};

static unsigned int larger(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static void measure(const struct rule *r, void *arg)
{
	struct widths *w = arg;

	if (r->table >= TABLES)
		return;
	w->handle[r->table] = larger(w->handle[r->table], digits((__s64)r->handle));
	w->priority[r->table] = larger(w->priority[r->table], digits(r->priority));
	w->hits[r->table] = larger(w->hits[r->table], digits((__s64)r->hits));
}

static void pad_title(struct buf *b, const char *title, unsigned int width)
{
	buf_fmt(b, "%*s  ", (int)width, title);
}

static void header(struct listing *l, unsigned int table)
{
	const struct table_state *t = &l->policy->table[table];
	struct buf *b = &l->out;

	if (l->any)
		buf_chr(b, '\n');
	l->any = true;
	l->table = (int)table;
	out_color(b, COLOR_BOLD);
	buf_fmt(b, "table %s  mode %s  default ", words_get(&words_table, table),
		words_get(&words_mode, t->mode));
	/* May it be entered and may it be made are two questions, always told apart. */
	table_defaults(b, t, table != NSGUARD_TABLE_NS);
	buf_fmt(b, "  generation %llu", (unsigned long long)l->policy->generation);
	out_color(b, COLOR_NONE);
	buf_chr(b, '\n');
	if (!t->rules)
		return;
	pad_title(b, "HANDLE", l->width.handle[table]);
	pad_title(b, "PRIO", l->width.priority[table]);
	pad_title(b, "HITS", l->width.hits[table]);
	buf_str(b, "RULE\n");
}

/* What the rule's own words cannot say. */
static void note(struct buf *b, const struct rule *r)
{
	const struct match *m;
	unsigned int i, j;

	if (r->stale) {
		buf_str(b, "   ");
		out_colored(b, COLOR_RED, "STALE: the namespace is gone");
	} else {
		for (i = 0; i < r->n; i++) {
			m = &r->match[i];
			for (j = 0; m->key->kind == &kind_ns && j < m->n; j++) {
				if (!m->v[j].ns.dead)
					continue;
				buf_str(b, "   GONE: ");
				m->key->kind->value(b, m, j);
			}
		}
	}
	if (r->unknown)
		buf_fmt(b, "   NOT ALL SHOWN: attribute %u is newer than this nsguardctl",
			r->unknown);
}

static void print_text(struct listing *l, const struct rule *r)
{
	struct buf *b = &l->out;

	if (l->table != (int)r->table)
		header(l, r->table);
	buf_right(b, (__s64)r->handle, l->width.handle[r->table]);
	buf_str(b, "  ");
	buf_right(b, r->priority, l->width.priority[r->table]);
	buf_str(b, "  ");
	buf_right(b, (__s64)r->hits, l->width.hits[r->table]);
	buf_str(b, "  ");
	rule_print(b, r, false);
	note(b, r);
	buf_chr(b, '\n');
	if (b->n > FLUSH_AT)
		out_flush(b);
}

static void print_rule(const struct rule *r, void *arg)
{
	struct listing *l = arg;
	unsigned int t = (unsigned int)(l->table + 1);

	if (l->json) {
		if (l->any)
			putchar(',');
		l->any = true;
		json_print(rule_json(r));
		return;
	}
	if (r->table >= TABLES)
		return;
	/* Tables before this one have no rules, but a mode and a default. */
	for (; t < r->table; t++)
		if (l->policy->table[t].present)
			header(l, t);
	print_text(l, r);
}

static int parse(struct cursor *c, int *table)
{
	const struct token *t;
	int code = cursor_word(c, &t);

	*table = -1;
	if (code || !t)
		return code;
	*table = words_find(&words_table, t->text, strlen(t->text));
	if (*table < 0)
		return complain(t, "unknown table '%s' in rule list (ns, cgroup or affinity)",
				t->text);
	return cursor_end(c, "rule list");
}

int cmd_rule_list(struct cursor *c)
{
	struct policy p = { 0 };
	struct listing l = { .policy = &p, .table = -1 };
	unsigned int t;
	struct module nl;
	int code, table;

	code = parse(c, &table);
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_GLOBAL, "rule list");
	if (code || (c->options & OPT_CHECK))
		return code;
	l.json = c->options & OPT_JSON;
	out_color_init(c->color);
	code = module_open(&nl);
	if (!code)
		code = policy_read(&nl, "rule list", table, &p);
	module_close(&nl);
	if (code) {
		policy_free(&p);
		return code;
	}

	for (t = 0; t < TABLES; t++) {
		l.width.handle[t] = sizeof("HANDLE") - 1;
		l.width.priority[t] = sizeof("PRIO") - 1;
		l.width.hits[t] = sizeof("HITS") - 1;
	}
	if (l.json)
		printf("{\"nsguard\":{\"generation\":%llu,\"rules\":[",
		       (unsigned long long)p.generation);
	else
		policy_each(&p, measure, &l.width);
	if (table >= 0)
		l.table = table - 1;
	policy_each(&p, print_rule, &l);
	if (l.json)
		puts("]}}");
	for (t = (unsigned int)(l.table + 1); !l.json && t < TABLES; t++)
		if (p.table[t].present && (table < 0 || (int)t == table))
			header(&l, t);
	out_flush(&l.out);
	buf_free(&l.out);
	policy_free(&p);
	return 0;
}
