// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sync found to differ, in lines that go and lines that come, and as JSON. What is shown is
 * what was sent, in that order.
 */
#include <string.h>
#include <json-c/json.h>
#include "escape.h"
#include "out-json.h"
#include "out.h"
#include "sync.h"

static void begin(struct buf *b, char sign)
{
	out_color(b, sign == '-' ? COLOR_RED : COLOR_BOLD);
	buf_chr(b, sign);
}

static void end(struct buf *b)
{
	out_color(b, COLOR_NONE);
	buf_chr(b, '\n');
}

static void text_rule(struct buf *b, char sign, const struct sync_rule *rule, __u64 handle)
{
	begin(b, sign);
	buf_fmt(b, " rule %s", rule->text);
	out_color(b, COLOR_NONE);
	if (handle)
		buf_fmt(b, " # handle %llu", (unsigned long long)handle);
	buf_chr(b, '\n');
}

static void text_box(struct buf *b, char sign, const struct sync_box *box, const char *list)
{
	begin(b, sign);
	buf_fmt(b, " sandbox %s target ", box->name);
	buf_token(b, list, strlen(list));
	end(b);
}

static void text_set(struct buf *b, char sign, const struct sync_set *set, __u32 type)
{
	begin(b, sign);
	buf_fmt(b, " set %s type %s", set->name, words_get(&words_set_type, type));
	end(b);
}

static void element_print(struct buf *b, __u32 type, const struct sync_element *e)
{
	const union value v = { .range = { e->min, e->max } };

	set_element_print(b, (int)type, &v);
}

static void text_elements(struct buf *b, char sign, const struct sync_set *set, __u32 type,
			  const struct sync_elements *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		begin(b, sign);
		buf_fmt(b, " element %s ", set->name);
		element_print(b, type, &list->v[i]);
		end(b);
	}
}

static bool goes(const struct sync_set *set)
{
	return set->force && (!set->change || sync_set_replaced(set));
}

static bool comes(const struct sync_set *set)
{
	return set->change && (!set->force || sync_set_replaced(set));
}

static void text_gone(struct buf *b, const struct sync *s)
{
	const struct sync_set *set;
	unsigned int i;

	for (i = 0; i < s->boxes; i++)
		if (s->box[i].gone)
			text_box(b, '-', &s->box[i], s->box[i].gone);
	for (i = 0; i < s->sets; i++) {
		set = &s->set[i];
		if (goes(set))
			text_set(b, '-', set, set->force->type);
		if (set->force)
			text_elements(b, '-', set, set->force->type, &set->gone);
	}
}

static void text_come(struct buf *b, const struct sync *s)
{
	const struct sync_set *set;
	unsigned int i;

	for (i = 0; i < s->sets; i++) {
		set = &s->set[i];
		if (comes(set))
			text_set(b, '+', set, (__u32)set->type);
		text_elements(b, '+', set, (__u32)set->type, &set->come);
	}
	for (i = 0; i < s->boxes; i++)
		if (s->box[i].come)
			text_box(b, '+', &s->box[i], s->box[i].come);
}

static void text_table(struct buf *b, const struct change *ch, const struct table_state *now)
{
	const char *table = words_get(&words_table, (__u32)ch->table);
	const char *op;

	if (ch->cmd == NSGUARD_CMD_MODE_SET) {
		buf_fmt(b, "- mode %s %s\n", table, words_get(&words_mode, now->mode));
		buf_fmt(b, "+ mode %s %s\n", table, words_get(&words_mode, (__u32)ch->mode));
	} else if (ch->cmd == NSGUARD_CMD_DEFAULT_SET) {
		op = words_get(&words_op, (__u32)ch->op);
		buf_fmt(b, "- default %s %s %s\n", table, op,
			words_get(&words_verdict, (__u32)now->verdict[ch->op]));
		buf_fmt(b, "+ default %s %s %s\n", table, op,
			words_get(&words_verdict, (__u32)ch->verdict));
	}
}

void sync_show(const struct sync *s, const struct changes *ch, const struct policy *p,
	       const struct outcome *o)
{
	struct buf b = { 0 };
	size_t i, k = 0;

	for (i = 0; i < s->force.n; i++)
		if (!s->force.v[i].same)
			text_rule(&b, '-', &s->force.v[i], s->force.v[i].handle);
	text_gone(&b, s);
	text_come(&b, s);
	for (i = 0; i < s->file.n; i++) {
		if (s->file.v[i].same)
			continue;
		text_rule(&b, '+', &s->file.v[i], k < o->n ? o->handle[k] : 0);
		k++;
	}
	for (i = 0; i < ch->n; i++)
		if (ch->v[i].table >= 0)
			text_table(&b, &ch->v[i], &p->table[ch->v[i].table]);
	out_flush(&b);
	buf_free(&b);
}

static struct json_object *rules_json(const struct sync_rules *rules, const struct outcome *o)
{
	struct json_object *list = json_object_new_array(), *one;
	size_t i, k = 0;
	__u64 handle;

	for (i = 0; i < rules->n; i++) {
		if (rules->v[i].same)
			continue;
		handle = o && k < o->n ? o->handle[k] : rules->v[i].handle;
		k++;
		one = json_object_new_object();
		if (handle)
			json_u64(one, "handle", handle);
		json_bytes(one, "rule", rules->v[i].text);
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *changed(const struct change *ch, const struct words *words, __u32 before,
				   int after)
{
	struct json_object *one = json_object_new_object();

	json_str(one, "table", words_get(&words_table, (__u32)ch->table));
	if (ch->op >= 0)
		json_str(one, "op", words_get(&words_op, (__u32)ch->op));
	json_str(one, "before", words_get(words, before));
	json_str(one, "after", words_get(words, (__u32)after));
	return one;
}

static struct json_object *elements_json(const struct sync_elements *list, __u32 type)
{
	struct json_object *o = json_object_new_array();
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < list->n; i++) {
		b.n = 0;
		element_print(&b, type, &list->v[i]);
		json_object_array_add(o, json_object_new_string(buf_cstr(&b)));
	}
	buf_free(&b);
	return o;
}

static struct json_object *set_json(const struct sync_set *set)
{
	const __u32 type = (__u32)set->type, before = set->force ? set->force->type : type;
	struct json_object *one = json_object_new_object();

	json_str(one, "name", set->name);
	if (set->force)
		json_str(one, "before", words_get(&words_set_type, before));
	if (set->change)
		json_str(one, "after", words_get(&words_set_type, type));
	json_add(one, "removed", elements_json(&set->gone, before));
	json_add(one, "added", elements_json(&set->come, type));
	return one;
}

/* As they were said: a path need not be Unicode. */
static void words_json(struct json_object *to, const char *key, const char *hex_key,
		       const char *list)
{
	struct json_object *o = json_object_new_array(), *hex = NULL;
	const char *word;
	size_t n;

	while ((word = list_next(&list, &n)))
		json_object_array_add(o, json_text(word, n, &hex));
	json_add(to, key, o);
	if (hex)
		json_add(to, hex_key, hex);
}

static struct json_object *box_json(const struct sync_box *box)
{
	struct json_object *one = json_object_new_object();

	json_str(one, "name", box->name);
	json_flag(one, "before", box->force);
	json_flag(one, "after", box->change);
	words_json(one, "removed", "removed-hex", box->gone);
	words_json(one, "added", "added-hex", box->come);
	return one;
}

static void named_json(struct json_object *root, const struct sync *s)
{
	struct json_object *sets = json_object_new_array(), *boxes = json_object_new_array();
	const struct sync_set *set;
	unsigned int i;

	for (i = 0; i < s->sets; i++) {
		set = &s->set[i];
		if (goes(set) || comes(set) || set->gone.n || set->come.n)
			json_object_array_add(sets, set_json(set));
	}
	for (i = 0; i < s->boxes; i++)
		if (sync_box_differs(&s->box[i]))
			json_object_array_add(boxes, box_json(&s->box[i]));
	json_add(root, "sets", sets);
	json_add(root, "sandboxes", boxes);
}

void sync_show_json(const struct sync *s, const struct changes *ch, const struct policy *p,
		    const struct outcome *o, bool dry_run)
{
	struct json_object *root = json_object_new_object();
	struct json_object *modes = json_object_new_array(), *defaults = json_object_new_array();
	const struct table_state *now;
	size_t i;

	json_u64(root, "generation", o->generation);
	json_flag(root, "dry-run", dry_run);
	if (o->confirm)
		json_u64(root, "confirm", o->confirm);
	json_add(root, "removed", rules_json(&s->force, NULL));
	json_add(root, "added", rules_json(&s->file, o));
	named_json(root, s);
	for (i = 0; i < ch->n; i++) {
		now = &p->table[ch->v[i].table >= 0 ? ch->v[i].table : 0];
		if (ch->v[i].cmd == NSGUARD_CMD_MODE_SET)
			json_object_array_add(modes, changed(&ch->v[i], &words_mode, now->mode,
							     ch->v[i].mode));
		else if (ch->v[i].cmd == NSGUARD_CMD_DEFAULT_SET)
			json_object_array_add(defaults,
					      changed(&ch->v[i], &words_verdict,
						      (__u32)now->verdict[ch->v[i].op],
						      ch->v[i].verdict));
	}
	json_add(root, "mode", modes);
	json_add(root, "default", defaults);
	json_print_wrapped(root);
}
