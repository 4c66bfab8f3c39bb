// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of the policy: collected, checked, and put in force in one go. A single change
 * is a transaction of its own; several are one together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "command.h"
#include "escape.h"
#include "module.h"
#include "nsres.h"
#include "out-json.h"
#include "sandbox.h"
#include "send.h"
#include "set.h"

struct change *change_add(struct changes *to, __u8 cmd)
{
	struct change *ch;

	if (to->n == to->cap) {
		to->cap = to->cap ? 2 * to->cap : 16;
		to->v = xrealloc(to->v, to->cap * sizeof(*to->v));
	}
	ch = &to->v[to->n++];
	*ch = (struct change){ .cmd = cmd, .table = -1, .op = -1, .mode = -1, .verdict = -1 };
	return ch;
}

int changes_define(const struct cursor *c, struct changes *to)
{
	unsigned int i;
	int code = 0;

	for (i = 0; i < c->defines && !code; i++)
		code = define_parse(&to->defines, to->arena, c->define[i]);
	return code;
}

int change_parse(struct cursor *c, const struct command *command, struct changes *to,
		 unsigned int allowed)
{
	const struct token *tok = NULL;
	size_t first = to->n;
	int code = command->parse(c, to);

	if (!code)
		code = cursor_options(c, (command->options | OPT_GLOBAL) & allowed,
				      command->words);
	if (first < to->n)
		tok = token_keep(to->arena, &c->tok[0]);
	for (; first < to->n; first++) {
		to->v[first].command = command;
		to->v[first].tok = tok;
		to->v[first].force = c->options & OPT_FORCE;
	}
	return code;
}

/* What is said, encoded, decoded and said again must be the same. */
static int rule_check(const struct change *ch, struct arena *a, struct buf *attr)
{
	struct rule said = { 0 }, heard;
	struct buf x = { 0 }, y = { 0 };
	unsigned int i;
	int code;

	/* Of the rule only as much as it has matches is there. */
	memcpy(&said, ch->rule, offsetof(struct rule, match));
	for (i = said.n = 0; i < ch->rule->n; i++)
		if (ch->rule->match[i].key->kind != &kind_ns)
			said.match[said.n++] = ch->rule->match[i];
	attr->n = 0;
	code = rule_put(attr, &said, ch->tok, NULL);
	if (!code) {
		rule_get((const struct nlattr *)attr->p, a, &heard);
		rule_print(&x, &said, true);
		rule_print(&y, &heard, true);
		if (heard.unknown || x.n != y.n || memcmp(x.p, y.p, x.n))
			code = complain(ch->tok, "rule is not read back as it was said: '%s' '%s'",
					buf_cstr(&x), buf_cstr(&y));
	}
	buf_free(&x);
	buf_free(&y);
	return code;
}

static void echo_change(const struct change *ch)
{
	struct buf b = { 0 }, targets = { 0 };
	unsigned int i;

	buf_str(&b, ch->command->words);
	if (ch->replaces)
		buf_fmt(&b, " %llu", (unsigned long long)ch->replaces);
	if (ch->sandbox && ch->sandbox->name)
		buf_fmt(&b, " %s", ch->sandbox->name);
	if (ch->set)
		set_print(&b, ch->set);
	if (ch->rule) {
		buf_fmt(&b, " %s ", words_get(&words_table, ch->rule->table));
		rule_print(&b, ch->rule, true);
	}
	for (i = 0; ch->sandbox && i < ch->sandbox->n; i++)
		buf_fmt(&targets, "%s%s", i ? "," : "", ch->sandbox->ns[i]);
	if (targets.n) {
		buf_str(&b, " target ");
		buf_token(&b, targets.p, targets.n);
	}
	if (ch->table >= 0)
		buf_fmt(&b, " %s", words_get(&words_table, (__u32)ch->table));
	if (ch->op >= 0)
		buf_fmt(&b, " %s", words_get(&words_op, (__u32)ch->op));
	if (ch->mode >= 0)
		buf_fmt(&b, " %s", words_get(&words_mode, (__u32)ch->mode));
	if (ch->verdict >= 0)
		buf_fmt(&b, " %s", words_get(&words_verdict, (__u32)ch->verdict));
	if (ch->handle)
		buf_fmt(&b, " %llu", (unsigned long long)ch->handle);
	if (ch->force)
		buf_str(&b, " --force");
	buf_chr(&b, '\n');
	fwrite(b.p, 1, b.n, stdout);
	buf_free(&targets);
	buf_free(&b);
}

int changes_check(const struct changes *ch, bool echo)
{
	struct buf attr = { 0 };
	struct arena a = { 0 };
	int code = 0;
	size_t i;

	for (i = 0; !code && i < ch->n; i++) {
		if (ch->v[i].rule)
			code = rule_check(&ch->v[i], &a, &attr);
		/* What rule replace deletes is said with what it adds. */
		if (!code && echo && (i + 1 == ch->n || !ch->v[i + 1].replaces))
			echo_change(&ch->v[i]);
		arena_reset(&a);
	}
	buf_free(&attr);
	arena_free(&a);
	return code;
}

void outcome_take(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *tb[NSGUARD_A_MAX + 1];
	struct outcome *o = arg;

	(void)index;
	if (nla_parse(tb, NSGUARD_A_MAX, (struct nlattr *)attrs, len, NULL))
		return;
	if (tb[NSGUARD_A_GENERATION])
		o->generation = attr_u64(tb[NSGUARD_A_GENERATION]);
	if (tb[NSGUARD_A_CONFIRM])
		o->confirm = attr_u32(tb[NSGUARD_A_CONFIRM]);
	for (; nla_ok(attrs, len); attrs = nla_next(attrs, &len)) {
		if (nla_type(attrs) != NSGUARD_A_HANDLE)
			continue;
		if (o->n == o->cap) {
			o->cap = o->cap ? 2 * o->cap : 16;
			o->handle = xrealloc(o->handle, o->cap * sizeof(*o->handle));
		}
		o->handle[o->n++] = attr_u64(attrs);
	}
}

/* From here on nothing but the generation that was asked for. */
static int begin(struct module *nl, const char *what, const struct cursor *c, struct outcome *o)
{
	struct nl_msg *msg = module_begin(nl, NSGUARD_CMD_TX_BEGIN);

	if (c->options & OPT_EXPECT && nla_put_u64(msg, NSGUARD_A_GENERATION, c->expect))
		return complain(NULL, "%s: message too large", what);
	return module_call(nl, what, outcome_take, o);
}

static int commit(struct module *nl, const char *what, const struct cursor *c, struct outcome *o)
{
	struct nl_msg *msg = module_begin(nl, NSGUARD_CMD_TX_COMMIT);
	struct buf name = { 0 };
	int code;

	if (c->options & OPT_CONFIRM && nla_put_u32(msg, NSGUARD_A_CONFIRM, c->confirm))
		return complain(NULL, "%s: message too large", what);
	buf_fmt(&name, "%s: commit", what);
	code = module_call(nl, buf_cstr(&name), outcome_take, o);
	buf_free(&name);
	return code;
}

void outcome_say_trial(const struct outcome *o)
{
	if (o->confirm)
		complain(NULL, "in force, and taken back in %u seconds unless confirmed (%s %llu)",
			 o->confirm, "nsguardctl confirm --expect",
			 (unsigned long long)o->generation);
	else
		complain(NULL, "nothing was changed, and there is nothing to confirm");
}

static void say(const struct outcome *o, bool file, bool json)
{
	struct json_object *root, *array;
	size_t i;

	if (!json) {
		for (i = 0; !file && i < o->n; i++)
			printf("handle %llu\n", (unsigned long long)o->handle[i]);
		return;
	}
	root = json_object_new_object();
	json_u64(root, "generation", o->generation);
	if (o->confirm)
		json_u64(root, "confirm", o->confirm);
	if (file) {
		array = json_object_new_array();
		for (i = 0; i < o->n; i++)
			json_object_array_add(array, json_object_new_uint64(o->handle[i]));
		json_add(root, "handles", array);
	} else if (o->n) {
		json_u64(root, "handle", o->handle[0]);
	}
	json_print_wrapped(root);
}

int changes_apply(const struct changes *ch, const char *file, const struct cursor *c,
		  struct outcome *o)
{
	const bool transaction = ch->n > 1 || file ||
				 c->options & (OPT_EXPECT | OPT_CONFIRM);
	const char *name = file ? file : ch->v[0].command->words;
	struct module nl;
	int code;

	code = module_open(&nl);
	nl.quiet = o->quiet;
	if (!code && transaction)
		code = begin(&nl, name, c, o);
	if (!code)
		code = changes_send(&nl, ch, o);
	if (!code && transaction)
		code = commit(&nl, name, c, o);
	/* Closing the socket rolls back what was not committed. */
	module_close(&nl);
	return code;
}

int changes_run(const struct changes *ch, const char *file, const struct cursor *c)
{
	struct outcome o = { .quiet = file && !(c->options & OPT_JSON) };
	int code = changes_apply(ch, file, c, &o);

	if (!code)
		say(&o, file, c->options & OPT_JSON);
	if (!code && c->options & OPT_CONFIRM && !(c->options & OPT_JSON))
		outcome_say_trial(&o);
	free(o.handle);
	return code;
}
