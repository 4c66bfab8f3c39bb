// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl set add NAME type TYPE [elements LIST], set del NAME..., set flush [NAME]...,
 * element add|del NAME LIST.
 */
#include <string.h>
#include "command.h"
#include "set.h"

static struct set_words *add_change(struct changes *to, __u8 cmd)
{
	struct set_words *s = arena_alloc(to->arena, sizeof(*s));

	memset(s, 0, sizeof(*s));
	s->type = -1;
	change_add(to, cmd)->set = s;
	return s;
}

static union value *push(struct arena *a, struct set_words *s, const struct token *tok)
{
	const struct token **toks;
	union value *v;

	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 4;
		v = arena_alloc(a, s->cap * sizeof(*v));
		toks = arena_alloc(a, s->cap * sizeof(*toks));
		if (s->n) {
			memcpy(v, s->v, s->n * sizeof(*v));
			memcpy(toks, s->tok, s->n * sizeof(*toks));
		}
		s->v = v;
		s->tok = toks;
	}
	s->tok[s->n] = tok;
	return &s->v[s->n++];
}

/* More than a message holds goes on in another, of command @cmd. */
static int parse_list(const struct token *t, struct changes *to, struct set_words *s, __u8 cmd)
{
	const struct token *place = token_keep(to->arena, t);
	const struct key *key = set_key(s->type);
	const char *rest = t->text, *word;
	struct set_words *more;
	int code = 0;
	size_t n;

	while (!code && (word = list_next(&rest, &n))) {
		if (n && *word == '@')
			return complain(t, "'%.*s': a set has no sets in it", (int)n, word);
		if (s->n == SET_BATCH) {
			more = add_change(to, cmd);
			more->name = s->name;
			more->type = s->type;
			s = more;
		}
		code = range_value_parse(t, key, word, n, to->arena, push(to->arena, s, place));
	}
	return code;
}

int cmd_set_add_parse(struct cursor *c, struct changes *to)
{
	struct set_words *s = add_change(to, NSGUARD_CMD_SET_ADD);
	const struct token *t;
	int code = set_name_parse(c, "set add", &s->name);

	if (!code)
		code = cursor_need(c, "set add needs type and one of uid, gid, auid, pid", &t);
	if (!code && strcmp(t->text, "type"))
		return complain(t, "after the name of a set comes type, not '%s'", t->text);
	if (!code)
		code = words_parse(c, &words_set_type, ~0U, "set add", &s->type);
	s->typed = true;
	if (!code)
		code = cursor_word(c, &t);
	if (code || !t)
		return code;
	if (strcmp(t->text, "elements"))
		return complain(t, "unknown key '%s' in set add (elements)", t->text);
	t = cursor_value(c);
	if (!t)
		return complain(&c->end, "elements needs a list");
	code = parse_list(t, to, s, NSGUARD_CMD_ELEMENT_ADD);
	return code ? code : cursor_end(c, "set add");
}

int cmd_set_del_parse(struct cursor *c, struct changes *to)
{
	const struct token *t;
	int code;

	code = cursor_need(c, "set del needs a name (see set list)", &t);
	while (!code && t) {
		c->at--;
		code = set_name_parse(c, "set del", &add_change(to, NSGUARD_CMD_SET_DEL)->name);
		if (!code)
			code = cursor_word(c, &t);
	}
	return code;
}

int cmd_set_flush_parse(struct cursor *c, struct changes *to)
{
	const struct token *t;
	int code = cursor_word(c, &t);

	if (!code && !t)
		add_change(to, NSGUARD_CMD_SET_DEL);
	while (!code && t) {
		c->at--;
		code = set_name_parse(c, "set flush",
				      &add_change(to, NSGUARD_CMD_SET_FLUSH)->name);
		if (!code)
			code = cursor_word(c, &t);
	}
	return code;
}

/* What was said of the set before, in the same file; NULL when nothing was. */
static struct set_words *said_before(const struct changes *to, const char *name)
{
	struct set_words *s;
	size_t i;

	for (i = to->n; i--; ) {
		s = to->v[i].set;
		if (s && s->type >= 0 && !strcmp(s->name, name))
			return s;
	}
	return NULL;
}

/* Lines of a file that add to one set become one message, until it is full. */
static struct set_words *begin(struct changes *to, __u8 cmd, const char *name)
{
	const struct change *last = to->n ? &to->v[to->n - 1] : NULL;
	const struct set_words *before;
	struct set_words *s;

	if (last && last->set && last->set->name && !strcmp(last->set->name, name) &&
	    last->cmd == cmd && cmd == NSGUARD_CMD_ELEMENT_ADD && last->set->n < SET_BATCH)
		return last->set;
	before = said_before(to, name);
	s = add_change(to, cmd);
	s->name = name;
	s->type = before ? before->type : -1;
	return s;
}

static int elements_parse(struct cursor *c, struct changes *to, const char *what, __u8 cmd)
{
	const struct token *t;
	const char *name;
	int code = set_name_parse(c, what, &name);

	if (code)
		return code;
	t = cursor_value(c);
	if (!t)
		return complain(&c->end, "%s needs a list of elements", what);
	code = parse_list(t, to, begin(to, cmd, name), cmd);
	return code ? code : cursor_end(c, what);
}

int cmd_element_add_parse(struct cursor *c, struct changes *to)
{
	return elements_parse(c, to, "element add", NSGUARD_CMD_ELEMENT_ADD);
}

int cmd_element_del_parse(struct cursor *c, struct changes *to)
{
	return elements_parse(c, to, "element del", NSGUARD_CMD_ELEMENT_DEL);
}
