// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two policies compared, rule by rule: by what the rules say, not by how it was said, so that
 * what is the same stays untouched.
 */
#include <stdlib.h>
#include <string.h>
#include "sandbox.h"
#include "set.h"
#include "sync.h"

static struct sync_rule *push(struct sync_rules *rules)
{
	if (rules->n == rules->cap) {
		rules->cap = rules->cap ? 2 * rules->cap : 64;
		rules->v = xrealloc(rules->v, rules->cap * sizeof(*rules->v));
	}
	memset(&rules->v[rules->n], 0, sizeof(*rules->v));
	return &rules->v[rules->n++];
}

static void flush(struct sync_rules *rules, int table)
{
	size_t i, kept = 0;

	for (i = 0; i < rules->n; i++)
		if (table >= 0 && (int)rules->v[i].change->rule->table != table)
			rules->v[kept++] = rules->v[i];
	rules->n = kept;
}

static void take_default(struct sync *s, const struct change *ch)
{
	/* As the kernel has it: cpuset is only meant when it is named. */
	unsigned int ops = ch->op >= 0 ? BIT(ch->op) :
			   words_ops_of((unsigned int)ch->table) & ~BIT(NSGUARD_OP_CPUSET);
	unsigned int op;

	for (op = 0; op < OPS; op++)
		if (ops & BIT(op))
			s->verdict[ch->table][op] = ch->verdict;
}

static int take(struct sync *s, const struct change *ch)
{
	s->forced = s->forced || ch->force;
	switch (ch->cmd) {
	case NSGUARD_CMD_RULE_ADD:
		if (ch->replaces)
			break;
		push(&s->file)->change = ch;
		return 0;
	case NSGUARD_CMD_RULE_FLUSH:
		flush(&s->file, ch->table);
		return 0;
	case NSGUARD_CMD_MODE_SET:
		s->mode[ch->table] = ch->mode;
		return 0;
	case NSGUARD_CMD_DEFAULT_SET:
		take_default(s, ch);
		return 0;
	case NSGUARD_CMD_SANDBOX_DEL:
		if (ch->sandbox->name)
			break;
		s->sandboxes = ch->tok;
		return 0;
	case NSGUARD_CMD_SET_DEL:
		if (ch->set->name)
			break;
		s->sets = ch->tok;
		return 0;
	case NSGUARD_CMD_RULE_DEL:
		return complain(ch->tok, "%s cannot stand in a file for sync: it has no handles",
				ch->command->words);
	}
	return complain(ch->tok, "%s cannot stand in a file for sync, which knows %s; use -f",
			ch->command->words, "rules, modes and defaults");
}

int sync_file(struct sync *s, const struct changes *ch)
{
	int code = 0, one;
	size_t i;

	memset(s, 0, sizeof(*s));
	memset(s->mode, -1, sizeof(s->mode));
	memset(s->verdict, -1, sizeof(s->verdict));
	for (i = 0; i < ch->n; i++) {
		one = take(s, &ch->v[i]);
		code = code ? code : one;
	}
	return code;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A list says the same in any order, and when it says something twice. */
static void put_values(struct buf *b, struct arena *a, const struct match *m)
{
	const char **word = arena_alloc(a, (m->n + 1) * sizeof(*word));
	struct buf one = { 0 };
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		one.n = 0;
		m->key->kind->value(&one, m, i);
		word[i] = arena_strndup(a, one.n ? one.p : "", one.n);
	}
	buf_free(&one);
	qsort(word, m->n, sizeof(*word), by_text);
	for (i = 0; i < m->n; i++)
		if (!i || strcmp(word[i], word[i - 1]))
			buf_fmt(b, ",%s", word[i]);
}

static const char *key_of(struct arena *a, const struct rule *r)
{
	struct buf b = { 0 };
	const struct match *m;
	const struct key *k;
	const char *key;
	unsigned int i, j;

	buf_fmt(&b, "%u %u %d %d %d %s %u %c%s", r->table, r->verdict, r->priority, r->dry_run,
		r->threads, r->sandbox ? r->sandbox : "", r->unknown, r->comment ? '"' : '-',
		r->comment ? r->comment : "");
	for (i = 0; (k = lang_at(i)); i++) {
		for (j = 0; j < r->n; j++) {
			m = &r->match[j];
			if (m->key != k)
				continue;
			buf_fmt(&b, "\n%s %d %u", k->word, m->not,
				m->has_relation ? m->relation : k->relation);
			if (m->set)
				buf_fmt(&b, " @%s", m->set);
			put_values(&b, a, m);
		}
	}
	key = arena_strndup(a, b.p, b.n);
	buf_free(&b);
	return key;
}

static const char *text_of(struct arena *a, const struct rule *r)
{
	struct buf b = { 0 };
	const char *text;

	buf_fmt(&b, "%s ", words_get(&words_table, r->table));
	rule_print(&b, r, true);
	text = arena_strndup(a, b.p, b.n);
	buf_free(&b);
	return text;
}

/* Namespaces by their numbers, as the kernel shows them. */
static int resolve(struct sync *s, struct sync_rule *rule)
{
	const struct rule *said = rule->change->rule;
	struct rule r = { 0 };
	unsigned int i;
	int code = 0;

	memcpy(&r, said, offsetof(struct rule, match) + said->n * sizeof(said->match[0]));
	for (i = 0; i < r.n && !code; i++)
		if (r.match[i].key->kind == &kind_ns)
			code = ns_resolve(&r, &r.match[i], &s->arena);
	rule->key = key_of(&s->arena, &r);
	rule->text = text_of(&s->arena, said);
	return code;
}

static void take_force(const struct rule *r, void *arg)
{
	struct sync *s = arg;
	struct sync_rule *rule = push(&s->force);

	rule->handle = r->handle;
	rule->key = key_of(&s->arena, r);
	rule->text = text_of(&s->arena, r);
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(struct sync_rule *const *)a)->key, (*(struct sync_rule *const *)b)->key);
}

static struct sync_rule **sorted(const struct sync_rules *rules)
{
	struct sync_rule **v = xrealloc(NULL, (rules->n + 1) * sizeof(struct sync_rule *));
	size_t i;

	for (i = 0; i < rules->n; i++)
		v[i] = &rules->v[i];
	qsort(v, rules->n, sizeof(struct sync_rule *), by_key);
	return v;
}

/* Marks what both have. */
static int pair(struct sync *s)
{
	struct sync_rule **file = sorted(&s->file), **force = sorted(&s->force);
	size_t i, k = 0;
	int code = 0, order;

	for (i = 0; i < s->file.n; i++) {
		if (i && !strcmp(file[i]->key, file[i - 1]->key))
			code = complain(file[i]->change->tok,
					"the same rule is in line %u of the file, too",
					file[i - 1]->change->tok->line);
		for (order = 1; k < s->force.n && order > 0; ) {
			order = strcmp(file[i]->key, force[k]->key);
			if (order > 0)
				k++;
		}
		if (order)
			continue;
		file[i]->same = true;
		force[k]->same = true;
	}
	free(file);
	free(force);
	return code;
}

int sync_compare(struct sync *s, const struct policy *p)
{
	int code = 0, one;
	size_t i;

	for (i = 0; i < s->file.n; i++) {
		one = resolve(s, &s->file.v[i]);
		code = code ? code : one;
	}
	policy_each(p, take_force, s);
	return code ? code : pair(s);
}

static struct change *add(struct changes *to, const struct change *as, __u8 cmd, bool force)
{
	struct change *ch = change_add(to, cmd);

	ch->command = as->command;
	ch->tok = as->tok;
	ch->force = force;
	return ch;
}

static void add_table(const struct sync *s, const struct policy *p, unsigned int t,
		      const struct change *as, struct changes *to)
{
	const struct table_state *now = &p->table[t];
	struct change *ch;
	unsigned int op;

	if (!now->present)
		return;
	if (s->mode[t] >= 0 && s->mode[t] != (int)now->mode) {
		ch = add(to, as, NSGUARD_CMD_MODE_SET, s->forced);
		ch->table = (int)t;
		ch->mode = s->mode[t];
	}
	for (op = 0; op < OPS; op++) {
		if (s->verdict[t][op] < 0 || now->verdict[op] < 0 ||
		    s->verdict[t][op] == now->verdict[op])
			continue;
		ch = add(to, as, NSGUARD_CMD_DEFAULT_SET, s->forced);
		ch->table = (int)t;
		ch->op = (int)op;
		ch->verdict = s->verdict[t][op];
	}
}

void sync_changes(const struct sync *s, const struct policy *p, const struct change *as,
		  struct changes *to)
{
	unsigned int t;
	size_t i;

	/* First out: a new rule may differ from an old one in its comment alone. */
	for (i = 0; i < s->force.n; i++)
		if (!s->force.v[i].same)
			add(to, as, NSGUARD_CMD_RULE_DEL, s->forced)->handle =
				s->force.v[i].handle;
	for (i = 0; i < s->file.n; i++)
		if (!s->file.v[i].same)
			*change_add(to, NSGUARD_CMD_RULE_ADD) = *s->file.v[i].change;
	for (t = 0; t < TABLES; t++)
		add_table(s, p, t, as, to);
}

void sync_free(struct sync *s)
{
	free(s->file.v);
	free(s->force.v);
	arena_free(&s->arena);
}
