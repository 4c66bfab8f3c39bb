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
#include "set.h"

#define BATCH		120		/* messages under way at a time; short ones: 8 KiB */
#define BATCH_BYTES	32000		/* with one message more, less than libnl's 64 KiB buffer */
#define BATCH_FDS	256		/* far below the usual limit of open files */

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

/* The message of a change that is neither about rules nor about sets. */
static int other_put(struct nl_msg *msg, const struct change *ch, struct nsfds *fds)
{
	int code = ch->sandbox ? sandbox_put(msg, ch->sandbox, fds) : 0;

	if (code)
		return code;
	if ((ch->table >= 0 && nla_put_u32(msg, NSGUARD_A_TABLE, (__u32)ch->table)) ||
	    (ch->op >= 0 && nla_put_u32(msg, NSGUARD_A_OP, (__u32)ch->op)) ||
	    (ch->mode >= 0 && nla_put_u32(msg, NSGUARD_A_MODE, (__u32)ch->mode)) ||
	    (ch->verdict >= 0 && nla_put_u32(msg, NSGUARD_A_VERDICT, (__u32)ch->verdict)) ||
	    (ch->force && nla_put_flag(msg, NSGUARD_A_FORCE)) ||
	    (ch->handle && nla_put_u64(msg, NSGUARD_A_HANDLE, ch->handle)))
		return complain(ch->tok, "%s: message too large", ch->command->words);
	return 0;
}

/* Queues its message. */
static int change_put(struct module *nl, const struct change *ch, struct nsfds *fds)
{
	struct buf *to;
	int code = 0;

	if (!ch->rule && !ch->set) {
		code = other_put(module_begin(nl, ch->cmd), ch, fds);
		if (!code)
			module_queue(nl);
		return code;
	}
	to = module_put(nl, ch->cmd);
	if (ch->rule)
		code = rule_put(to, ch->rule, fds);
	else
		set_put(to, ch->set);
	if (ch->set && ch->force)
		attr_put_flag(to, NSGUARD_A_FORCE);
	module_end(nl);
	return code;
}

/* What is said, encoded, decoded and said again must be the same. */
static int rule_check(const struct change *ch, struct arena *a, struct buf *attr)
{
	struct rule said = { 0 }, heard;
	struct buf x = { 0 }, y = { 0 };
	struct nsfds fds = { 0 };
	unsigned int i;
	int code;

	/* Of the rule only as much as it has matches is there. */
	memcpy(&said, ch->rule, offsetof(struct rule, match));
	for (i = said.n = 0; i < ch->rule->n; i++)
		if (ch->rule->match[i].key->kind != &kind_ns)
			said.match[said.n++] = ch->rule->match[i];
	attr->n = 0;
	code = rule_put(attr, &said, &fds);
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

static void take_answer(unsigned int index, const struct nlattr *attrs, int len, void *arg)
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
	if (!tb[NSGUARD_A_HANDLE])
		return;
	if (o->n == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 16;
		o->handle = xrealloc(o->handle, o->cap * sizeof(*o->handle));
	}
	o->handle[o->n++] = attr_u64(tb[NSGUARD_A_HANDLE]);
}

/* What was said to that attribute: a key with its values, or a handle. */
static void at_fault(struct buf *b, const struct change *ch, const struct refusal *f)
{
	const size_t most = 200;
	unsigned int i;

	for (i = 0; ch->rule && i < ch->rule->n; i++)
		if (ch->rule->match[i].key->attr == f->key)
			match_print(b, &ch->rule->match[i]);
	if (ch->handle)
		buf_u64(b, ch->handle);
	if (ch->sandbox && ch->sandbox->name)
		buf_str(b, ch->sandbox->name);
	if (ch->set && f->nth && f->nth <= ch->set->n)
		set_element_print(b, ch->set->type, &ch->set->v[f->nth - 1]);
	else if (ch->set && ch->set->name)
		buf_str(b, ch->set->name);
	if (ch->rule && ch->rule->sandbox && f->key == NSGUARD_A_RULE_SANDBOX)
		buf_str(b, ch->rule->sandbox);
	if (b->n > most) {
		b->n = most;
		buf_str(b, "...");
	}
}

/* Lines that add to a set are one change. */
static const struct token *place(const struct change *ch, const struct refusal *f)
{
	return ch->set && f->nth && f->nth <= ch->set->n && ch->set->tok[f->nth - 1]->file ?
	       ch->set->tok[f->nth - 1] : ch->tok;
}

static int flush(struct module *nl, const struct change *first, struct nsfds *fds,
		 struct outcome *o)
{
	struct buf said = { 0 };
	struct refusal f = { 0 };
	int code = module_flush(nl, take_answer, o, &f);

	nsfds_close(fds);
	if (code && f.error) {
		first += f.index;
		at_fault(&said, first, &f);
		code = refusal_say(&f, place(first, &f), first->command->words, buf_cstr(&said));
	}
	buf_free(&said);
	return code;
}

static int send_all(struct module *nl, const struct changes *ch, struct nsfds *fds,
		    struct outcome *o)
{
	const struct change *first = ch->v;
	size_t i;
	int code = 0;

	for (i = 0; i < ch->n; i++) {
		code = change_put(nl, &ch->v[i], fds);
		if (code)
			return code;
		if (nl->queued < BATCH && nl->queue.n < BATCH_BYTES && fds->n < BATCH_FDS)
			continue;
		code = flush(nl, first, fds, o);
		if (code)
			return code;
		first = &ch->v[i + 1];
	}
	return flush(nl, first, fds, o);
}

/* From here on nothing but the generation that was asked for. */
static int begin(struct module *nl, const char *what, const struct cursor *c, struct outcome *o)
{
	struct nl_msg *msg = module_begin(nl, NSGUARD_CMD_TX_BEGIN);

	if (c->options & OPT_EXPECT && nla_put_u64(msg, NSGUARD_A_GENERATION, c->expect))
		return complain(NULL, "%s: message too large", what);
	return module_call(nl, what, take_answer, o);
}

static int commit(struct module *nl, const char *what, const struct cursor *c, struct outcome *o)
{
	struct nl_msg *msg = module_begin(nl, NSGUARD_CMD_TX_COMMIT);
	struct buf name = { 0 };
	int code;

	if (c->options & OPT_CONFIRM && nla_put_u32(msg, NSGUARD_A_CONFIRM, c->confirm))
		return complain(NULL, "%s: message too large", what);
	buf_fmt(&name, "%s: commit", what);
	code = module_call(nl, buf_cstr(&name), take_answer, o);
	buf_free(&name);
	return code;
}

void outcome_say_trial(const struct outcome *o)
{
	if (o->confirm)
		complain(NULL, "in force, and taken back in %u seconds unless confirmed (%s)",
			 o->confirm, "nsguardctl confirm");
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
	struct nsfds fds = { 0 };
	struct module nl;
	int code;

	code = module_open(&nl);
	nl.quiet = o->quiet;
	if (!code && transaction)
		code = begin(&nl, name, c, o);
	if (!code)
		code = send_all(&nl, ch, &fds, o);
	if (!code && transaction)
		code = commit(&nl, name, c, o);
	/* Closing the socket rolls back what was not committed. */
	nsfds_close(&fds);
	module_close(&nl);
	free(fds.fd);
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
