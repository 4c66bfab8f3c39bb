// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl save: the policy as a file for -f. Loading it and saving again gives the same
 * bytes; what cannot be said in a file is a comment in it and a complaint.
 */
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "out.h"
#include "whole.h"

#define LINE	16	/* elements of a set */

/**
 * struct saved - a rule of those under way
 * @words: it
 * @text: its lines in the file, with what is said before it
 */
struct saved {
	const char *words;
	const char *text;
};

/**
 * struct saving - what was printed
 * @out: the file, up to the rules under way
 * @v: rules of one table, priority and verdict, among which nothing but their words is an order:
 *	handles are of this very policy, and would make equal policies differ
 * @n: how many
 * @cap: room
 * @table: of all of them, like @verdict and @priority
 * @arena: owns them
 * @unsayable: rules that are comments only
 */
struct saving {
	struct buf out;
	struct saved *v;
	size_t n;
	size_t cap;
	__u32 table;
	__u32 verdict;
	__s32 priority;
	struct arena arena;
	unsigned int unsayable;
};

/* No rule stands yet where the file is read, but the person who forced it has decided. */
static const char *forced(int verdict)
{
	return verdict == NSGUARD_VERDICT_DENY ? " --force" : "";
}

static void save_table(struct buf *b, unsigned int table, const struct table_state *t)
{
	const char *name = words_get(&words_table, table);
	int same = table_default(t);
	/* What the line without an operation says; it is not about all of them. */
	const unsigned int said = same >= 0 ? words_ops_unnamed(table) : 0;
	unsigned int op;

	buf_fmt(b, "mode %s %s\n", name, words_get(&words_mode, t->mode));
	if (same >= 0)
		buf_fmt(b, "default %s %s%s\n", name, words_get(&words_verdict, (__u32)same),
			forced(same));
	for (op = 0; op < OPS; op++)
		if (t->verdict[op] >= 0 && !(said & BIT(op)))
			buf_fmt(b, "default %s %s %s%s\n", name, words_get(&words_op, op),
				words_get(&words_verdict, (__u32)t->verdict[op]),
				forced(t->verdict[op]));
}

static int by_words(const void *a, const void *b)
{
	const struct saved *x = a, *y = b;
	int order = strverscmp(x->words, y->words);

	return order ? order : strcmp(x->text, y->text);
}

static void save_rules(struct saving *s)
{
	size_t i;

	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_words);
	for (i = 0; i < s->n; i++)
		buf_str(&s->out, s->v[i].text);
	s->n = 0;
	arena_reset(&s->arena);
}

static const char *keep(struct saving *s, struct buf *b)
{
	const char *text = arena_strndup(&s->arena, b->p, b->n);

	b->n = 0;
	return text;
}

static void save_rule(const struct rule *rule, void *arg)
{
	struct saving *s = arg;
	struct buf b = { 0 }, gone = { 0 };
	bool sayable = rule_sayable(rule), left;
	struct saved *saved;
	struct rule live;

	if (rule->table != s->table || rule->verdict != s->verdict ||
	    rule->priority != s->priority)
		save_rules(s);
	s->table = rule->table;
	s->verdict = rule->verdict;
	s->priority = rule->priority;
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 64;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	saved = &s->v[s->n++];
	rule_copy(&live, rule);
	left = rule_drop_dead(&live, &s->arena, &gone);
	if (!left)
		rule_copy(&live, rule);
	/* Of namespaces that are all gone a list with "not" holds, and no file can name them. */
	sayable = sayable && (left || rule->stale);
	if (rule->stale)
		buf_str(&b, "# stale: ");
	else if (!sayable)
		buf_str(&b, "# cannot be said in a file: ");
	else if (gone.n)
		buf_fmt(&b, "# gone from the next rule:%s\n", buf_cstr(&gone));
	s->unsayable += !sayable;
	rule_sort(&live, &s->arena);
	gone.n = 0;
	rule_print(&gone, &live, true);
	buf_fmt(&b, "rule add %s %s\n", words_get(&words_table, rule->table), buf_cstr(&gone));
	saved->words = keep(s, &gone);
	saved->text = keep(s, &b);
	buf_free(&b);
	buf_free(&gone);
}

/*
 * As it was said, without what is gone. What its tasks have made needs no words: a sandbox that is
 * deleted and added again in one transaction keeps it.
 */
static void save_sandbox(struct buf *b, const struct sandbox *box)
{
	const char *word = " target ";
	bool any = false;
	unsigned int i;

	for (i = 0; i < box->namespaces; i++)
		any = any || (!box->ns[i].dead && !box->ns[i].born);
	buf_fmt(b, "%ssandbox add %s", any ? "" : "# stale: ", box->name);
	for (i = 0; i < box->namespaces; i++) {
		if (box->ns[i].born || (any && box->ns[i].dead))
			continue;
		buf_str(b, word);
		sandbox_ns_print(b, &box->ns[i]);
		word = ",";
	}
	buf_chr(b, '\n');
}

/* A few elements a line, so that a change of the set is a change of a few lines. */
static void save_set(struct buf *b, const struct set *set)
{
	unsigned int i;

	buf_fmt(b, "set add %s type %s\n", set->name, words_get(&words_set_type, set->type));
	for (i = 0; i < set->n; i++) {
		if (i % LINE)
			buf_chr(b, ',');
		else
			buf_fmt(b, "%selement add %s ", i ? "\n" : "", set->name);
		set_element_print(b, (int)set->type, &set->v[i]);
	}
	if (set->n)
		buf_chr(b, '\n');
}

int cmd_save(struct cursor *c)
{
	struct saving s = { 0 };
	struct whole w = { 0 };
	unsigned int t;
	int code;

	code = cursor_end(c, "save");
	if (!code)
		code = cursor_options(c, OPT_GLOBAL, "save");
	if (code || (c->options & OPT_CHECK))
		return code;
	code = whole_read("save", &w);
	if (code) {
		whole_free(&w);
		return code;
	}

	buf_str(&s.out, "rule flush\nsandbox flush\nset flush\n");
	for (t = 0; t < TABLES; t++)
		if (w.policy.table[t].present)
			save_table(&s.out, t, &w.policy.table[t]);
	for (t = 0; t < w.sets.n; t++)
		save_set(&s.out, &w.sets.v[t]);
	for (t = 0; t < w.boxes.n; t++)
		save_sandbox(&s.out, &w.boxes.v[t]);
	policy_each(&w.policy, save_rule, &s);
	save_rules(&s);
	out_flush(&s.out);
	if (s.unsayable) {
		complain(NULL, "save: %u rules cannot be said in a file and are only comments",
			 s.unsayable);
		code = CODE_REFUSED;
	}
	buf_free(&s.out);
	free(s.v);
	arena_free(&s.arena);
	whole_free(&w);
	return code;
}
