// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl sync FILE|- [--dry-run]: makes the policy in force what the file says, and shows what
 * differed. What is the same keeps its handles and hits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>
#include "module.h"
#include "out-json.h"
#include "out.h"
#include "sandbox.h"
#include "sync.h"

static void text_line(struct buf *b, char sign, const struct sync_rule *rule, __u64 handle)
{
	out_color(b, sign == '-' ? COLOR_RED : COLOR_BOLD);
	buf_fmt(b, "%c rule %s", sign, rule->text);
	out_color(b, COLOR_NONE);
	if (handle)
		buf_fmt(b, " # handle %llu", (unsigned long long)handle);
	buf_chr(b, '\n');
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

static void print_text(const struct sync *s, const struct changes *ch, const struct policy *p,
		       const struct outcome *o)
{
	struct buf b = { 0 };
	size_t i, k = 0;

	for (i = 0; i < s->force.n; i++)
		if (!s->force.v[i].same)
			text_line(&b, '-', &s->force.v[i], s->force.v[i].handle);
	for (i = 0; i < s->file.n; i++) {
		if (s->file.v[i].same)
			continue;
		text_line(&b, '+', &s->file.v[i], k < o->n ? o->handle[k] : 0);
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

static void print_json(const struct sync *s, const struct changes *ch, const struct policy *p,
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

/* The policy in force, which must be the one --expect names and have no sandboxes to delete. */
static int read_force(const struct cursor *c, const struct sync *s, struct policy *p)
{
	struct sandboxes boxes = { 0 };
	struct module nl;
	int code;

	code = module_open(&nl);
	if (!code)
		code = policy_read(&nl, "sync", -1, p);
	if (!code && s->sandboxes)
		code = sandboxes_read(&nl, "sync", &boxes);
	module_close(&nl);
	if (!code && boxes.n)
		code = complain(s->sandboxes,
				"sync deletes no sandboxes, and there are some; use -f");
	if (!code && c->options & OPT_EXPECT && c->expect != p->generation) {
		complain(NULL,
			 "sync: the policy is not of the generation expected: %llu is in force",
			 (unsigned long long)p->generation);
		code = CODE_CONFLICT;
	}
	if (!code && s->sets && policy_sets(p))
		code = complain(s->sets, "sync deletes no sets, and there are some; use -f");
	sandboxes_free(&boxes);
	return code;
}

/* What was compared must still be in force when the difference comes. */
static int apply(const struct changes *ch, const char *file, const struct cursor *c,
		 __u64 generation, struct outcome *o)
{
	struct cursor mine = *c;

	o->generation = generation;
	if (!ch->n || c->options & OPT_DRY_RUN)
		return 0;
	mine.options |= OPT_EXPECT;
	mine.expect = generation;
	return changes_apply(ch, file, &mine, o);
}

static int sync_with(const char *file, struct cursor *c, struct changes *said)
{
	const struct change as = { .command = command_of(cmd_sync) };
	struct changes ch = { .arena = said->arena };
	struct policy p = { 0 };
	struct outcome o = { 0 };
	struct sync s;
	int code;

	code = sync_file(&s, said);
	s.forced = s.forced || c->options & OPT_FORCE;
	if (!code && c->options & OPT_CHECK) {
		sync_free(&s);
		return changes_check(said, c->options & OPT_ECHO);
	}
	if (!code)
		code = read_force(c, &s, &p);
	if (!code)
		code = sync_compare(&s, &p);
	if (!code) {
		sync_changes(&s, &p, &as, &ch);
		code = apply(&ch, file, c, p.generation, &o);
	}
	if (!code && c->options & OPT_JSON)
		print_json(&s, &ch, &p, &o, c->options & OPT_DRY_RUN);
	else if (!code)
		print_text(&s, &ch, &p, &o);
	if (!code && !(c->options & (OPT_JSON | OPT_DRY_RUN)) && c->options & OPT_CONFIRM)
		outcome_say_trial(&o);
	free(o.handle);
	free(ch.v);
	policy_free(&p);
	sync_free(&s);
	return code;
}

int cmd_sync(struct cursor *c)
{
	static struct arena arena;
	struct changes said = { .arena = &arena };
	const struct token *t;
	int code;

	code = cursor_need(c, "sync needs a file", &t);
	if (!code)
		code = cursor_end(c, "sync FILE");
	if (!code)
		code = cursor_options(c, OPT_CHANGE | OPT_FORCE | OPT_DEFINE | OPT_DRY_RUN |
				      OPT_GLOBAL, "sync");
	if (code)
		return code;
	out_color_init(c->color);
	code = changes_define(c, &said);
	if (!code)
		code = file_parse(t->text, &said);
	if (!code)
		code = sync_with(t->text, c, &said);
	free(said.v);
	return code;
}
