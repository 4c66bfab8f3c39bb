// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes become messages, many of them are under way at a time, and a refusal finds back to the
 * word at fault. Rules that follow one another go many to a message.
 */
#include <stdlib.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "nsres.h"
#include "sandbox.h"
#include "send.h"
#include "set.h"

#define BATCH		120	/* messages under way at a time; short ones: 8 KiB */
#define BATCH_BYTES	32000	/* with one rule more, less than libnl's 64 KiB buffer */
#define BATCH_FDS	256	/* far below the usual limit of open files */

/**
 * struct sender - what is under way
 * @nl: to where
 * @ch: all changes
 * @fds: open files that messages name
 * @first: by message, the first of the changes in it
 */
struct sender {
	struct module *nl;
	const struct changes *ch;
	struct nsfds fds;
	size_t first[BATCH];
};

static bool is_full(const struct sender *s)
{
	return s->nl->queue.n >= BATCH_BYTES || s->fds.n >= BATCH_FDS;
}

/* A change that is neither about rules nor about sets. */
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

/* Rules from change *@i on, as many as go into a message; *@i is behind them then. */
static int rules_put(struct sender *s, size_t *i)
{
	struct buf *to = module_put(s->nl, NSGUARD_CMD_RULE_ADD);
	unsigned int n = 0;
	int code;

	do {
		code = rule_put(to, s->ch->v[*i].rule, s->ch->v[*i].tok, &s->fds);
		++*i;
		n++;
	} while (!code && *i < s->ch->n && s->ch->v[*i].rule && n < NSGUARD_RULE_ADD_MAX &&
		 !is_full(s));
	module_end(s->nl);
	return code;
}

/* Queues a message of changes from *@i on, and puts *@i behind them. */
static int change_put(struct sender *s, size_t *i)
{
	const struct change *ch = &s->ch->v[*i];
	int code;

	s->first[s->nl->queued] = *i;
	if (ch->rule)
		return rules_put(s, i);
	++*i;
	if (ch->set) {
		struct buf *to = module_put(s->nl, ch->cmd);

		set_put(to, ch->set);
		if (ch->force)
			attr_put_flag(to, NSGUARD_A_FORCE);
		module_end(s->nl);
		return 0;
	}
	code = other_put(module_begin(s->nl, ch->cmd), ch, &s->fds);
	if (!code)
		module_queue(s->nl);
	return code;
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

/* The change that @f is about; @end is behind those that are under way. */
static const struct change *refused(const struct sender *s, const struct refusal *f, size_t end)
{
	size_t i = s->first[f->index];

	/* One of the rules in that message. */
	if (s->ch->v[i].rule && f->nth && f->nth <= end - i)
		i += f->nth - 1;
	return &s->ch->v[i];
}

static int flush(struct sender *s, size_t end, struct outcome *o)
{
	const struct change *ch;
	struct buf said = { 0 };
	struct refusal f = { 0 };
	int code = module_flush(s->nl, outcome_take, o, &f);

	nsfds_close(&s->fds);
	if (code && f.error) {
		ch = refused(s, &f, end);
		at_fault(&said, ch, &f);
		code = refusal_say(&f, place(ch, &f), ch->command->words, buf_cstr(&said));
	}
	buf_free(&said);
	return code;
}

int changes_send(struct module *nl, const struct changes *ch, struct outcome *o)
{
	struct sender s = { .nl = nl, .ch = ch };
	size_t i = 0;
	int code = 0;

	while (!code && i < ch->n) {
		code = change_put(&s, &i);
		if (!code && (i == ch->n || nl->queued == BATCH || is_full(&s)))
			code = flush(&s, i, o);
	}
	nsfds_close(&s.fds);
	free(s.fds.fd);
	return code;
}
