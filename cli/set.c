// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named sets to and from messages. The commands are in cmd-set*.c.
 */
#include <stdlib.h>
#include <string.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "set.h"

/* A type is called what the key of such values is. */
const struct key *set_key(int type)
{
	static const struct key untyped = { .word = "element", .names = NAMES_UNSET };

	return type >= 0 && type < (int)words_set_type.n ?
	       lang_find(words_get(&words_set_type, (__u32)type), NSGUARD_TABLE_NS) : &untyped;
}

static int name_check(const struct token *t, const char *name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (!*name || name[strspn(name, good)])
		return complain(t, "'%s' is no name of a set (letters, digits, . - _)", name);
	if (strlen(name) > NSGUARD_SET_NAME_MAX)
		return complain(t, "'%s' is longer than the %d bytes of a set's name", name,
				NSGUARD_SET_NAME_MAX);
	return 0;
}

int set_name_parse(struct cursor *c, const char *what, const char **name)
{
	const struct token *t = cursor_value(c);

	if (!t)
		return complain(&c->end, "%s needs the name of a set", what);
	*name = t->text;
	return name_check(t, t->text);
}

int set_ref_parse(const struct token *t, const char **name)
{
	*name = t->text + 1;
	if (strchr(t->text, ','))
		return complain(t, "'%s': a set stands alone, without other values", t->text);
	return name_check(t, *name);
}

void set_put(struct buf *to, const struct set_words *s)
{
	size_t nest;
	unsigned int i;

	if (!s->name)
		return;
	nest = attr_begin(to, NSGUARD_A_SET);
	attr_put_str(to, NSGUARD_A_SET_NAME, s->name);
	if (s->typed)
		attr_put_u32(to, NSGUARD_A_SET_TYPE, (__u32)s->type);
	for (i = 0; i < s->n; i++)
		range_value_put(to, NSGUARD_A_SET_RANGE, &s->v[i]);
	attr_end(to, nest);
}

void set_element_print(struct buf *b, int type, const union value *v)
{
	range_value_print(b, set_key(type), v);
}

void set_print(struct buf *b, const struct set_words *s)
{
	unsigned int i;

	if (s->name)
		buf_fmt(b, " %s", s->name);
	if (s->typed)
		buf_fmt(b, " type %s%s", words_get(&words_set_type, (__u32)s->type),
			s->n ? " elements" : "");
	for (i = 0; i < s->n; i++) {
		buf_chr(b, i ? ',' : ' ');
		set_element_print(b, s->type, &s->v[i]);
	}
}

static void take_element(struct set *set, const struct nlattr *attr)
{
	struct nlattr *tb[NSGUARD_A_RANGE_LAST + 1];
	union value *v;

	attr_nest(tb, NSGUARD_A_RANGE_LAST, attr);
	if (set->n == set->cap) {
		set->cap = set->cap ? 2 * set->cap : 64;
		set->v = xrealloc(set->v, set->cap * sizeof(*set->v));
	}
	v = &set->v[set->n++];
	v->range.min = attr_u32(tb[NSGUARD_A_RANGE_MIN]);
	v->range.max = attr_u32(tb[NSGUARD_A_RANGE_MAX]);
}

static void take_set(struct sets *s, const struct nlattr *nest)
{
	struct nlattr *tb[NSGUARD_A_SET_MAX + 1];
	const struct nlattr *nla;
	struct arena a = { 0 };
	struct set *set;
	int rem;

	attr_nest(tb, NSGUARD_A_SET_MAX, nest);
	s->v = named_last(s->v, &s->n, sizeof(*s->v), attr_str(tb[NSGUARD_A_SET_NAME], &a),
			  NSGUARD_SET_NAME_MAX);
	set = &s->v[s->n - 1];
	arena_free(&a);
	set->type = attr_u32(tb[NSGUARD_A_SET_TYPE]);
	set->elements = attr_u32(tb[NSGUARD_A_SET_ELEMENTS]);
	set->bytes = attr_u64(tb[NSGUARD_A_SET_BYTES]);
	for (nla = nla_data(nest), rem = nla_len(nest); nla_ok(nla, rem);
	     nla = nla_next(nla, &rem))
		if (nla_type(nla) == NSGUARD_A_SET_RANGE)
			take_element(set, nla);
}

static void take(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct sets *s = arg;
	const struct nlattr *nla;

	(void)index;
	for (nla = attrs; nla_ok(nla, len); nla = nla_next(nla, &len)) {
		if (nla_type(nla) == NSGUARD_A_SET)
			take_set(s, nla);
		else if (nla_type(nla) == NSGUARD_A_GENERATION)
			s->generation = attr_u64(nla);
	}
}

int sets_ask(struct module *nl, const char *what, const char *name, bool terse)
{
	struct nl_msg *msg = module_begin(nl, NSGUARD_CMD_SET_GET);
	struct nlattr *nest;

	if (name || terse) {
		nest = nla_nest_start(msg, NSGUARD_A_SET | NLA_F_NESTED);
		if (!nest || (name && nla_put_string(msg, NSGUARD_A_SET_NAME, name)) ||
		    (terse && nla_put_flag(msg, NSGUARD_A_SET_TERSE)))
			return complain(NULL, "%s: message too large", what);
		nla_nest_end(msg, nest);
	}
	module_queue_dump(nl);
	return 0;
}

int sets_take(struct module *nl, const char *what, answer_fn fn, void *arg, struct sets *s)
{
	struct dump d;
	int code = module_dump(nl, what, fn, arg, &d);

	*s = (struct sets){ 0 };
	if (code)
		return code;
	dump_each(&d, take, s);
	dump_free(&d);
	return 0;
}

int sets_read(struct module *nl, const char *what, const char *name, bool terse, struct sets *s)
{
	int code;

	*s = (struct sets){ 0 };
	code = sets_ask(nl, what, name, terse);
	if (!code)
		code = module_send(nl, what);
	return code ? code : sets_take(nl, what, NULL, NULL, s);
}

void sets_free(struct sets *s)
{
	while (s->n)
		free(s->v[--s->n].v);
	free(s->v);
	*s = (struct sets){ 0 };
}
