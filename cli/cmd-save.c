// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl save: the policy as a file for -f. Loading it and saving again gives the same
 * bytes; what cannot be said in a file is a comment in it and a complaint.
 */
#include <string.h>
#include "command.h"
#include "out.h"
#include "policy.h"
#include "sandbox.h"
#include "set.h"

#define LINE	16	/* elements of a set */

struct saving {
	struct buf out;
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
	unsigned int op;

	buf_fmt(b, "mode %s %s\n", name, words_get(&words_mode, t->mode));
	if (same >= 0)
		buf_fmt(b, "default %s %s%s\n", name, words_get(&words_verdict, (__u32)same),
			forced(same));
	for (op = 0; same < 0 && op < OPS; op++)
		if (t->verdict[op] >= 0)
			buf_fmt(b, "default %s %s %s%s\n", name, words_get(&words_op, op),
				words_get(&words_verdict, (__u32)t->verdict[op]),
				forced(t->verdict[op]));
}

/*
 * A namespace that is gone cannot be named again: it is left out of lists. Return: false when
 * nothing of a list remains, since an empty list means something else.
 */
static bool drop_dead(struct rule *r, struct buf *gone)
{
	unsigned int i, j, kept;
	struct match *m;

	for (i = 0; i < r->n; i++) {
		m = &r->match[i];
		if (m->key->kind != &kind_ns)
			continue;
		for (j = kept = 0; j < m->n; j++) {
			if (m->v[j].ns.dead) {
				buf_chr(gone, ' ');
				m->key->kind->value(gone, m, j);
			} else {
				m->v[kept++] = m->v[j];
			}
		}
		if (!kept && j)
			return false;
		m->n = kept;
	}
	return true;
}

static void save_rule(const struct rule *rule, void *arg)
{
	struct saving *s = arg;
	struct rule live = *rule;
	struct buf gone = { 0 };
	bool sayable = rule_sayable(rule);

	if (rule->stale || !drop_dead(&live, &gone)) {
		buf_str(&s->out, "# stale: ");
		live = *rule;
	} else if (!sayable) {
		buf_str(&s->out, "# cannot be said in a file: ");
	} else if (gone.n) {
		buf_fmt(&s->out, "# gone from the next rule:%s\n", buf_cstr(&gone));
	}
	s->unsayable += !sayable;
	buf_fmt(&s->out, "rule add %s ", words_get(&words_table, rule->table));
	rule_print(&s->out, &live, true);
	buf_chr(&s->out, '\n');
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
		buf_fmt(b, "%s%s:[%u]", word, words_get(&words_nstype, box->ns[i].type),
			box->ns[i].inum);
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

/* Rules, sandboxes and sets of the very same policy. */
static int read_all(struct module *nl, struct policy *p, struct sandboxes *s, struct sets *sets)
{
	unsigned int try;
	int code;

	for (try = 0; try < DUMP_TRIES; try++) {
		code = policy_read(nl, "save", -1, p);
		if (!code)
			code = sandboxes_read(nl, "save", s);
		if (!code)
			code = sets_read(nl, "save", NULL, false, sets);
		/* Where there is none of a kind, none tells its generation. */
		if (code || ((!s->n || s->generation == p->generation) &&
			     (!sets->n || sets->generation == p->generation) &&
			     sets->n == policy_sets(p)))
			return code;
		policy_free(p);
		sandboxes_free(s);
		sets_free(sets);
		*p = (struct policy){ 0 };
	}
	complain(NULL, "save: the policy changed during each of %d readings; try again",
		 DUMP_TRIES);
	return CODE_REFUSED;
}

int cmd_save(struct cursor *c)
{
	struct policy p = { 0 };
	struct saving s = { 0 };
	struct sandboxes boxes = { 0 };
	struct sets sets = { 0 };
	struct module nl;
	unsigned int t;
	int code;

	code = cursor_end(c, "save");
	if (!code)
		code = cursor_options(c, OPT_GLOBAL, "save");
	if (code || (c->options & OPT_CHECK))
		return code;
	code = module_open(&nl);
	if (!code)
		code = read_all(&nl, &p, &boxes, &sets);
	module_close(&nl);
	if (code) {
		policy_free(&p);
		return code;
	}

	buf_str(&s.out, "rule flush\nsandbox flush\nset flush\n");
	for (t = 0; t < TABLES; t++)
		if (p.table[t].present)
			save_table(&s.out, t, &p.table[t]);
	for (t = 0; t < sets.n; t++)
		save_set(&s.out, &sets.v[t]);
	for (t = 0; t < boxes.n; t++)
		save_sandbox(&s.out, &boxes.v[t]);
	policy_each(&p, save_rule, &s);
	out_flush(&s.out);
	if (s.unsayable) {
		complain(NULL, "save: %u rules of another program are only comments in it",
			 s.unsayable);
		code = CODE_REFUSED;
	}
	buf_free(&s.out);
	sandboxes_free(&boxes);
	sets_free(&sets);
	policy_free(&p);
	return code;
}
