// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of a file against those in force: which come and go, and of those that stay only the
 * elements that differ. A set never changes its type: one of another type is another set.
 */
#include <stdlib.h>
#include <string.h>
#include "sync.h"

struct sync_set *sync_set_find(const struct sync *s, const char *name)
{
	unsigned int i;

	for (i = 0; i < s->sets; i++)
		if (is_word(s->set[i].name, name))
			return &s->set[i];
	return NULL;
}

static struct sync_set *push(struct sync *s, const char *name)
{
	struct sync_set *set;

	if (!(s->sets & (s->sets - 1)))
		s->set = xrealloc(s->set, (s->sets ? 2 * s->sets : 1) * sizeof(*s->set));
	set = &s->set[s->sets++];
	*set = (struct sync_set){ .name = name };
	return set;
}

static void element_push(struct sync_elements *to, struct sync_element element)
{
	if (to->n == to->cap) {
		to->cap = to->cap ? 2 * to->cap : 16;
		to->v = xrealloc(to->v, to->cap * sizeof(*to->v));
	}
	to->v[to->n++] = element;
}

int sync_set_take(struct sync *s, const struct change *ch)
{
	const struct set_words *said = ch->set;
	struct sync_set *set = sync_set_find(s, said->name);
	unsigned int i;

	if (ch->cmd == NSGUARD_CMD_SET_ADD && set)
		return complain(ch->tok, "the set %s is made in line %u of the file, too",
				said->name, set->change->tok->line);
	if (ch->cmd == NSGUARD_CMD_SET_ADD) {
		set = push(s, said->name);
		set->change = ch;
		set->type = said->type;
	}
	if (!set)
		return complain(ch->tok, "%s: the file makes no set %s before that",
				ch->command->words, said->name);
	for (i = 0; i < said->n; i++)
		element_push(&set->file, (struct sync_element){
			said->v[i].range.min, said->v[i].range.max, said->tok[i] });
	return 0;
}

static int order(const struct sync_element *x, const struct sync_element *y)
{
	if (x->min != y->min)
		return x->min < y->min ? -1 : 1;
	return x->max < y->max ? -1 : x->max > y->max;
}

static int by_place(const void *a, const void *b)
{
	const struct sync_element *x = a, *y = b;

	return order(x, y) ? order(x, y) :
	       x->tok->line != y->tok->line ? (x->tok->line < y->tok->line ? -1 : 1) :
	       x->tok->column < y->tok->column ? -1 : x->tok->column > y->tok->column;
}

static int by_number(const void *a, const void *b)
{
	return order(a, b);
}

static int twice(const struct sync_set *set, const struct sync_element *e)
{
	const union value v = { .range = { e->min, e->max } };
	struct buf b = { 0 };
	int code;

	set_element_print(&b, set->type, &v);
	code = complain(e->tok, "element %s of set %s is in line %u of the file, too",
			buf_cstr(&b), set->name, e[-1].tok->line);
	buf_free(&b);
	return code;
}

int sync_sets_taken(struct sync *s)
{
	unsigned int i;
	int code = 0;
	size_t k;

	for (i = 0; i < s->sets; i++) {
		struct sync_elements *file = &s->set[i].file;

		if (file->n)
			qsort(file->v, file->n, sizeof(*file->v), by_place);
		for (k = 1; k < file->n; k++)
			if (!order(&file->v[k], &file->v[k - 1]))
				code = twice(&s->set[i], &file->v[k]);
	}
	return code;
}

bool sync_set_replaced(const struct sync_set *set)
{
	return set->change && set->force && set->force->type != (__u32)set->type;
}

static void compare(struct sync_set *set)
{
	const unsigned int n = set->force ? set->force->n : 0;
	struct sync_elements force = { 0 };
	size_t i = 0, k = 0;
	int way;

	for (i = 0; i < n; i++)
		element_push(&force, (struct sync_element){
			set->force->v[i].range.min, set->force->v[i].range.max, NULL });
	if (n)
		qsort(force.v, n, sizeof(*force.v), by_number);
	for (i = 0; i < set->file.n || k < n; ) {
		way = i == set->file.n ? 1 : k == n ? -1 : order(&set->file.v[i], &force.v[k]);
		/* Of a set that is replaced nothing stays. */
		if (!way && sync_set_replaced(set)) {
			element_push(&set->come, set->file.v[i]);
			element_push(&set->gone, force.v[k]);
		} else if (way < 0) {
			element_push(&set->come, set->file.v[i]);
		} else if (way > 0) {
			element_push(&set->gone, force.v[k]);
		}
		i += way <= 0;
		k += way >= 0;
	}
	free(force.v);
}

void sync_sets_compare(struct sync *s, const struct sets *force)
{
	struct sync_set *set;
	unsigned int i;

	for (i = 0; i < force->n; i++) {
		set = sync_set_find(s, force->v[i].name);
		if (!set)
			set = push(s, force->v[i].name);
		set->force = &force->v[i];
	}
	for (i = 0; i < s->sets; i++)
		compare(&s->set[i]);
}

static struct set_words *add(struct sync *s, const struct sync_set *set, int type,
			     struct change *ch)
{
	struct set_words *words = arena_alloc(&s->arena, sizeof(*words));

	memset(words, 0, sizeof(*words));
	words->name = set->name;
	words->type = type;
	ch->set = words;
	return words;
}

void sync_sets_del(struct sync *s, const struct change *as, struct changes *to)
{
	const struct sync_set *set;
	unsigned int i;

	for (i = 0; i < s->sets; i++) {
		set = &s->set[i];
		if (set->force && (!set->change || sync_set_replaced(set)))
			add(s, set, (int)set->force->type,
			    sync_change(to, as, NSGUARD_CMD_SET_DEL, false));
	}
}

/* As many messages as it takes. */
static void elements(struct sync *s, const struct sync_set *set, const struct sync_elements *which,
		     const struct change *as, __u8 cmd, bool force, struct changes *to)
{
	static const struct token nowhere;
	struct set_words *words = NULL;
	size_t i;

	for (i = 0; i < which->n; i++) {
		if (i % SET_BATCH == 0) {
			words = add(s, set, set->type, sync_change(to, as, cmd, force));
			words->v = arena_alloc(&s->arena, SET_BATCH * sizeof(*words->v));
			words->tok = arena_alloc(&s->arena, SET_BATCH * sizeof(*words->tok));
		}
		words->v[words->n].range.min = which->v[i].min;
		words->v[words->n].range.max = which->v[i].max;
		words->tok[words->n++] = which->v[i].tok ? which->v[i].tok : &nowhere;
	}
}

static bool is_made(const struct sync_set *set)
{
	return !set->force || sync_set_replaced(set);
}

void sync_sets_add(struct sync *s, const struct change *as, bool force, struct changes *to)
{
	const struct sync_set *set;
	unsigned int i;

	/* What goes makes room for what comes, in whichever set. */
	for (i = 0; i < s->sets; i++) {
		set = &s->set[i];
		if (set->change && !is_made(set))
			elements(s, set, &set->gone, as, NSGUARD_CMD_ELEMENT_DEL, force, to);
	}
	for (i = 0; i < s->sets; i++) {
		set = &s->set[i];
		if (!set->change)
			continue;
		if (is_made(set))
			add(s, set, set->type, sync_change(to, set->change, NSGUARD_CMD_SET_ADD,
							   false))->typed = true;
		elements(s, set, &set->come, set->change, NSGUARD_CMD_ELEMENT_ADD, false, to);
	}
}

void sync_sets_flush(struct sync *s)
{
	while (s->sets) {
		s->sets--;
		free(s->set[s->sets].file.v);
		free(s->set[s->sets].gone.v);
		free(s->set[s->sets].come.v);
	}
	free(s->set);
	s->set = NULL;
}
