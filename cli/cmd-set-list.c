// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl set list [NAME]: the sets there are, or one with its elements.
 */
#include <json-c/json.h>
#include "command.h"
#include "out-json.h"
#include "out.h"
#include "set.h"

static void print_all(struct buf *b, const struct sets *s)
{
	struct grid g = { .columns = 4, .right = 0xc };
	unsigned int i;

	grid_str(&g, "SET", COLOR_BOLD);
	grid_str(&g, "TYPE", COLOR_BOLD);
	grid_str(&g, "ELEMENTS", COLOR_BOLD);
	grid_str(&g, "BYTES", COLOR_BOLD);
	for (i = 0; i < s->n; i++) {
		grid_str(&g, s->v[i].name, COLOR_NONE);
		grid_str(&g, words_get(&words_set_type, s->v[i].type), COLOR_NONE);
		grid_u64(&g, s->v[i].elements);
		grid_u64(&g, s->v[i].bytes);
	}
	grid_print(&g, b);
}

static void print_one(struct buf *b, const struct set *set)
{
	unsigned int i;

	buf_fmt(b, "%s  type %s  elements %u  bytes %llu\n", set->name,
		words_get(&words_set_type, set->type), set->elements,
		(unsigned long long)set->bytes);
	for (i = 0; i < set->n; i++) {
		buf_str(b, "  ");
		set_element_print(b, (int)set->type, &set->v[i]);
		buf_chr(b, '\n');
	}
}

static struct json_object *to_json(const struct set *set, bool elements)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = NULL;
	struct buf b = { 0 };
	unsigned int i;

	json_str(o, "name", set->name);
	json_str(o, "type", words_get(&words_set_type, set->type));
	json_u64(o, "elements", set->elements);
	json_u64(o, "bytes", set->bytes);
	if (!elements)
		return o;
	list = json_object_new_array();
	for (i = 0; i < set->n; i++) {
		b.n = 0;
		set_element_print(&b, (int)set->type, &set->v[i]);
		json_object_array_add(list, json_object_new_string(buf_cstr(&b)));
	}
	json_add(o, "values", list);
	buf_free(&b);
	return o;
}

static void print_json(const struct sets *s, bool elements)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < s->n; i++)
		json_object_array_add(list, to_json(&s->v[i], elements));
	json_add(o, "sets", list);
	json_print_wrapped(o);
}

int cmd_set_list(struct cursor *c)
{
	const char *name = NULL;
	const struct token *t;
	struct sets s = { 0 };
	struct buf out = { 0 };
	struct module nl;
	int code;

	code = cursor_word(c, &t);
	if (!code && t) {
		c->at--;
		code = set_name_parse(c, "set list", &name);
	}
	if (!code)
		code = cursor_end(c, "set list");
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_GLOBAL, "set list");
	if (code || (c->options & OPT_CHECK))
		return code;
	out_color_init(c->color);
	code = module_open(&nl);
	if (!code)
		code = sets_read(&nl, "set list", name, !name, &s);
	module_close(&nl);
	if (!code && name && !s.n) {
		complain(t, "set list: there is no such set: %s", name);
		code = CODE_REFUSED;
	}
	if (!code && (c->options & OPT_JSON))
		print_json(&s, name);
	else if (!code && name)
		print_one(&out, &s.v[0]);
	else if (!code)
		print_all(&out, &s);
	out_flush(&out);
	buf_free(&out);
	sets_free(&s);
	return code;
}
