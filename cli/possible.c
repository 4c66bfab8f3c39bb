// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel refuses whatever is in force there, found before it is asked: rules that can
 * never match or are too large, and what a file says twice. Not needed for the policy's sake, the
 * kernel sees to that: --check would promise too much without it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "sandbox.h"
#include "set.h"

#define LEFT	"nothing is left that could match"

/* The operations a rule is about, as the kernel has it. */
static unsigned int ops_of(const struct rule *r)
{
	unsigned int ops = words_ops_unnamed(r->table), i;

	for (i = 0; i < r->n; i++)
		if (r->match[i].key->attr == NSGUARD_A_RULE_OP)
			ops = r->match[i].not ? ops & ~r->match[i].bits : r->match[i].bits;
	return ops;
}

static bool says(const struct match *m, const char *word)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (m->v[i].ns.word && !strcmp(m->v[i].ns.word, word))
			return true;
	return false;
}

static const char *range_why(const struct match *m)
{
	unsigned int i;

	for (i = 0; m->not && i < m->n; i++)
		if (!m->v[i].range.min && m->v[i].range.max == UINT32_MAX)
			return LEFT;
	return NULL;
}

static const char *cgroup_why(const struct match *m)
{
	const bool leaving = m->key->attr == NSGUARD_A_RULE_LEAVING;
	unsigned int i;

	for (i = 0; m->relation == NSGUARD_RELATION_UNDER && i < m->n; i++) {
		if (strcmp(m->v[i].path, "/"))
			continue;
		if (!leaving && m->not)
			return LEFT;
		/* Of several, others may be left. */
		if (leaving && !m->not && m->n == 1)
			return "nothing can leave the root";
	}
	return NULL;
}

static const char *match_why(const struct rule *r, const struct match *m)
{
	const bool entered = m->key->attr == NSGUARD_A_RULE_TARGET ||
			     m->key->attr == NSGUARD_A_RULE_TARGET_OWNER;

	if (m->key->attr == NSGUARD_A_RULE_OP && !ops_of(r))
		return LEFT;
	if (entered && !(ops_of(r) & BIT(NSGUARD_OP_ENTER)))
		return "a namespace is entered, op says create";
	if (m->key->kind == &kind_bits)
		return m->not && m->n == m->key->words->n ? LEFT : NULL;
	if (m->key->kind == &kind_range)
		return range_why(m);
	if (m->key->kind == &kind_cgroup)
		return cgroup_why(m);
	if (m->key->kind == &kind_ns && m->not && says(m, "same") && says(m, "other"))
		return LEFT;
	return NULL;
}

static int rule_possible(const struct change *ch, struct buf *b)
{
	const char *what = ch->command->words, *why;
	const struct rule *r = ch->rule;
	unsigned int i;

	for (i = 0; i < r->n; i++) {
		why = match_why(r, &r->match[i]);
		if (!why)
			continue;
		b->n = 0;
		match_print(b, &r->match[i]);
		return complain(ch->tok, "%s: %s: %s", what, buf_cstr(b), why);
	}
	if (r->verdict == NSGUARD_VERDICT_LOCK && !(ops_of(r) & BIT(NSGUARD_OP_ENTER)))
		return complain(ch->tok, "%s: verdict lock is of op enter", what);
	b->n = 0;
	return rule_put(b, r, ch->tok, NULL);
}

/**
 * struct said - something that cannot be said twice
 * @key: the same for what is the same
 * @tok: where
 * @of: where it was said first, NULL when it was not said before
 * @value: of an element; NULL for others
 * @ch: the change
 */
struct said {
	const char *key;
	const struct token *tok;
	const struct token *of;
	const union value *value;
	const struct change *ch;
};

/**
 * struct all - everything a file says
 * @rules: by table, how often rules were deleted so far: what came before may come again
 * @sets: the same for elements and sets
 * @boxes: for sandboxes
 */
struct all {
	struct arena arena;
	struct buf b;
	struct said *v;
	size_t n;
	size_t cap;
	unsigned int rules[3];
	unsigned int sets;
	unsigned int boxes;
};

/* The key is in @s->b. */
static struct said *push(struct all *s, const struct change *ch, const struct token *tok)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 64;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n] = (struct said){
		.key = arena_strndup(&s->arena, s->b.p, s->b.n), .tok = tok, .ch = ch,
	};
	s->b.n = 0;
	return &s->v[s->n++];
}

/* A comment makes no other rule of it. */
static void take_rule(struct all *s, const struct change *ch, struct arena *a)
{
	struct rule r;

	rule_copy(&r, ch->rule);
	rule_sort(&r, a);
	r.comment = NULL;
	buf_fmt(&s->b, "rule %u %u ", r.table, s->rules[r.table]);
	rule_print(&s->b, &r, true);
	push(s, ch, ch->tok);
}

static void take_set(struct all *s, const struct change *ch)
{
	const struct set_words *set = ch->set;
	unsigned int i;

	if (ch->cmd == NSGUARD_CMD_SET_ADD) {
		buf_fmt(&s->b, "set %u %s", s->sets, set->name);
		push(s, ch, ch->tok);
	}
	for (i = 0; i < set->n; i++) {
		buf_fmt(&s->b, "element %u %s %u-%u", s->sets, set->name, set->v[i].range.min,
			set->v[i].range.max);
		push(s, ch, set->tok[i])->value = &set->v[i];
	}
}

static void take(struct all *s, const struct change *ch, struct arena *a)
{
	unsigned int t;

	switch (ch->cmd) {
	case NSGUARD_CMD_RULE_ADD:
		take_rule(s, ch, a);
		break;
	case NSGUARD_CMD_RULE_DEL:
	case NSGUARD_CMD_RULE_FLUSH:
		for (t = 0; t < ARRAY_SIZE(s->rules); t++)
			s->rules[t] += ch->table < 0 || (int)t == ch->table;
		break;
	case NSGUARD_CMD_SET_ADD:
	case NSGUARD_CMD_ELEMENT_ADD:
		take_set(s, ch);
		break;
	case NSGUARD_CMD_SET_DEL:
	case NSGUARD_CMD_SET_FLUSH:
	case NSGUARD_CMD_ELEMENT_DEL:
		s->sets++;
		break;
	case NSGUARD_CMD_SANDBOX_ADD:
		buf_fmt(&s->b, "sandbox %u %s", s->boxes, ch->sandbox->name);
		push(s, ch, ch->tok);
		break;
	case NSGUARD_CMD_SANDBOX_DEL:
		s->boxes++;
		break;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct said *x = *(struct said *const *)a, *y = *(struct said *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x > y) - (x < y);
}

static void find_twice(struct all *s)
{
	struct said **v = xrealloc(NULL, (s->n + 1) * sizeof(struct said *));
	size_t i;

	for (i = 0; i < s->n; i++)
		v[i] = &s->v[i];
	qsort(v, s->n, sizeof(struct said *), by_key);
	for (i = 1; i < s->n; i++)
		if (!strcmp(v[i]->key, v[i - 1]->key))
			v[i]->of = v[i - 1]->of ? v[i - 1]->of : v[i - 1]->tok;
	free(v);
}

static int complain_twice(const struct said *said, struct buf *b)
{
	const struct set_words *set = said->ch->set;

	b->n = 0;
	if (said->value) {
		buf_str(b, "element ");
		set_element_print(b, set->type, said->value);
		buf_fmt(b, " of set %s", set->name);
	} else if (set) {
		buf_fmt(b, "the set %s", set->name);
	} else if (said->ch->sandbox) {
		buf_fmt(b, "the sandbox %s", said->ch->sandbox->name);
	} else {
		buf_str(b, "the same rule");
	}
	if (!said->of->file)
		return complain(said->tok, "%s is said twice", buf_cstr(b));
	return complain(said->tok, "%s is in line %u of the file, too", buf_cstr(b),
			said->of->line);
}

int changes_possible(const struct changes *ch)
{
	struct all s = { 0 };
	struct arena a = { 0 };
	unsigned int faults = 0;
	size_t i;

	for (i = 0; i < ch->n && faults < COMPLAINTS; i++) {
		if (ch->v[i].rule)
			faults += !!rule_possible(&ch->v[i], &s.b);
		s.b.n = 0;
		take(&s, &ch->v[i], &a);
		arena_reset(&a);
	}
	find_twice(&s);
	for (i = 0; i < s.n && faults < COMPLAINTS; i++)
		if (s.v[i].of)
			faults += !!complain_twice(&s.v[i], &s.b);
	free(s.v);
	buf_free(&s.b);
	arena_free(&a);
	arena_free(&s.arena);
	return faults ? CODE_USAGE : 0;
}
