// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two policies compared, rule by rule: by what the rules say, not by how it was said, so that
 * what is the same stays untouched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	unsigned int ops = ch->op >= 0 ? BIT(ch->op) : words_ops_unnamed((unsigned int)ch->table);
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
		/* Who is inside of a sandbox is let go by the mode of ns, and by no other. */
		if (ch->table == NSGUARD_TABLE_NS)
			s->mode_forced = ch->force;
		return 0;
	case NSGUARD_CMD_DEFAULT_SET:
		take_default(s, ch);
		return 0;
	case NSGUARD_CMD_SANDBOX_ADD:
		return sync_box_take(s, ch);
	case NSGUARD_CMD_SANDBOX_DEL:
		if (ch->sandbox->name)
			break;
		s->boxes = 0;
		return 0;
	case NSGUARD_CMD_SET_ADD:
	case NSGUARD_CMD_ELEMENT_ADD:
		return sync_set_take(s, ch);
	case NSGUARD_CMD_SET_DEL:
		if (ch->set->name)
			break;
		sync_sets_flush(s);
		return 0;
	case NSGUARD_CMD_RULE_DEL:
		return complain(ch->tok, "%s cannot stand in a file for sync: it has no handles",
				ch->command->words);
	}
	return complain(ch->tok, "%s cannot stand in a file for sync, which says %s; use -f",
			ch->command->words, "what there shall be");
}

/* What a rule names must be there when it comes. */
static int check_names(const struct sync *s, const struct change *ch)
{
	const struct rule *r = ch->rule;
	unsigned int i;
	int code = 0;

	for (i = 0; i < r->n; i++)
		if (r->match[i].set && !sync_set_find(s, r->match[i].set))
			code = complain(r->match[i].tok ? r->match[i].tok : ch->tok,
					"the file makes no set %s", r->match[i].set);
	if (r->sandbox && !sync_box_find(s, r->sandbox))
		code = complain(ch->tok, "the file makes no sandbox %s", r->sandbox);
	return code;
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
	one = sync_sets_taken(s);
	code = code ? code : one;
	for (i = 0; i < s->file.n; i++) {
		one = check_names(s, s->file.v[i].change);
		code = code ? code : one;
	}
	return code;
}

static const char *words_of(struct arena *a, const struct rule *r)
{
	static struct buf b;

	b.n = 0;
	buf_fmt(&b, "%s ", words_get(&words_table, r->table));
	rule_print(&b, r, true);
	if (r->unknown)
		buf_fmt(&b, " # attribute %u", r->unknown);
	return arena_strndup(a, b.p, b.n);
}

/* The same for rules that say the same, in whatever order of values and words. */
static const char *key_of(struct arena *a, struct rule *r)
{
	rule_sort(r, a);
	return words_of(a, r);
}

/* A rule on nothing but what is gone is no rule of a file, whatever has its numbers by now. */
static const char *dead_key(struct arena *a, const struct rule *r)
{
	char key[32];
	int n = snprintf(key, sizeof(key), "# %llu", (unsigned long long)r->handle);

	return arena_strndup(a, key, (size_t)n);
}

/* Namespaces by their numbers, as the kernel shows them. */
static int resolve(struct sync *s, struct sync_rule *rule)
{
	const struct rule *said = rule->change->rule;
	struct rule r;
	unsigned int i;
	int code = 0;

	rule_copy(&r, said);
	for (i = 0; i < r.n && !code; i++)
		if (r.match[i].key->kind == &kind_ns)
			code = ns_resolve(&r, &r.match[i], &s->arena);
	rule->key = key_of(&s->arena, &r);
	return code;
}

static void take_force(const struct rule *r, void *arg)
{
	struct sync *s = arg;
	struct sync_rule *rule = push(&s->force);
	struct buf gone = { 0 };
	struct rule live;

	rule_copy(&live, r);
	rule->handle = r->handle;
	rule->locks = r->verdict == NSGUARD_VERDICT_LOCK;
	rule->key = rule_drop_dead(&live, &s->arena, &gone) ? key_of(&s->arena, &live) :
							      dead_key(&s->arena, r);
	rule->text = gone.n ? words_of(&s->arena, r) : rule->key;
	buf_free(&gone);
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

/* Does what it names stay? A rule is about one set, not about whatever has the name. */
static bool may_stay(const struct sync *s, const struct rule *r)
{
	const struct sync_box *box = r->sandbox ? sync_box_find(s, r->sandbox) : NULL;
	unsigned int i;

	if (box && sync_box_differs(box))
		return false;
	for (i = 0; i < r->n; i++)
		if (r->match[i].set && sync_set_replaced(sync_set_find(s, r->match[i].set)))
			return false;
	return true;
}

/* Marks what both have, and finds words for what only the file has. */
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
		if (order || !may_stay(s, file[i]->change->rule))
			continue;
		file[i]->same = true;
		force[k]->same = true;
	}
	free(file);
	free(force);
	for (i = 0; i < s->file.n; i++)
		if (!s->file.v[i].same)
			s->file.v[i].text = words_of(&s->arena, s->file.v[i].change->rule);
	return code;
}

int sync_compare(struct sync *s, const struct whole *w)
{
	int code = 0, one;
	size_t i;

	sync_sets_compare(s, &w->sets);
	code = sync_boxes_compare(s, &w->boxes);
	for (i = 0; i < s->file.n; i++) {
		one = resolve(s, &s->file.v[i]);
		code = code ? code : one;
	}
	policy_each(&w->policy, take_force, s);
	return code ? code : pair(s);
}

bool sync_lets_go(const struct sync *s, const struct policy *p)
{
	const struct table_state *ns = &p->table[NSGUARD_TABLE_NS];
	const int mode = s->mode[NSGUARD_TABLE_NS];
	unsigned int i;
	size_t k;

	if (mode >= 0 && mode != (int)ns->mode && ns->mode == NSGUARD_MODE_ENFORCE &&
	    !s->mode_forced)
		return true;
	for (i = 0; i < s->boxes; i++)
		if (!s->box[i].change)
			return true;
	for (k = 0; k < s->force.n; k++)
		if (s->force.v[k].locks && !s->force.v[k].same)
			return true;
	return false;
}

struct change *sync_change(struct changes *to, const struct change *as, __u8 cmd, bool force)
{
	struct change *ch = change_add(to, cmd);

	ch->command = as->command;
	ch->tok = as->tok;
	ch->force = force;
	return ch;
}

static void add_table(const struct sync *s, const struct policy *p, unsigned int t,
		      const struct change *as, bool force, struct changes *to)
{
	const struct table_state *now = &p->table[t];
	struct change *ch;
	unsigned int op;

	if (!now->present)
		return;
	if (s->mode[t] >= 0 && s->mode[t] != (int)now->mode) {
		ch = sync_change(to, as, NSGUARD_CMD_MODE_SET, force);
		ch->table = (int)t;
		ch->mode = s->mode[t];
	}
	for (op = 0; op < OPS; op++) {
		if (s->verdict[t][op] < 0 || now->verdict[op] < 0 ||
		    s->verdict[t][op] == now->verdict[op])
			continue;
		ch = sync_change(to, as, NSGUARD_CMD_DEFAULT_SET, force);
		ch->table = (int)t;
		ch->op = (int)op;
		ch->verdict = s->verdict[t][op];
	}
}

void sync_changes(struct sync *s, const struct policy *p, const struct change *as, bool force,
		  struct changes *to)
{
	unsigned int t;
	size_t i;

	/*
	 * First out: a new rule may differ from an old one in its comment alone, and neither a
	 * sandbox nor a set goes before the rules that name it.
	 */
	for (i = 0; i < s->force.n; i++)
		if (!s->force.v[i].same)
			sync_change(to, as, NSGUARD_CMD_RULE_DEL, force)->handle =
				s->force.v[i].handle;
	sync_boxes_del(s, as, force, to);
	sync_sets_del(s, as, to);
	sync_sets_add(s, as, force, to);
	sync_boxes_add(s, to);
	for (i = 0; i < s->file.n; i++)
		if (!s->file.v[i].same)
			*change_add(to, NSGUARD_CMD_RULE_ADD) = *s->file.v[i].change;
	for (t = 0; t < TABLES; t++)
		add_table(s, p, t, as, force, to);
}

void sync_free(struct sync *s)
{
	free(s->file.v);
	free(s->force.v);
	free(s->box);
	sync_sets_flush(s);
	arena_free(&s->arena);
}
