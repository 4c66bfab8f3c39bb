// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl sandbox add NAME target NS[,NS]... [target ...], sandbox del NAME..., sandbox flush.
 */
#include <string.h>
#include "command.h"
#include "nsres.h"
#include "sandbox.h"

static struct sandbox_words *add_change(struct changes *to, __u8 cmd)
{
	struct sandbox_words *s = arena_alloc(to->arena, sizeof(*s));

	memset(s, 0, sizeof(*s));
	change_add(to, cmd)->sandbox = s;
	return s;
}

static void push(struct arena *a, struct sandbox_words *s, const char *word,
		 const struct token *tok)
{
	const struct token **toks;
	const char **words;

	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 8;
		words = arena_alloc(a, s->cap * sizeof(*words));
		toks = arena_alloc(a, s->cap * sizeof(*toks));
		if (s->n) {
			memcpy(words, s->ns, s->n * sizeof(*words));
			memcpy(toks, s->tok, s->n * sizeof(*toks));
		}
		s->ns = words;
		s->tok = toks;
	}
	s->ns[s->n] = word;
	s->tok[s->n++] = tok;
}

static int parse_targets(struct cursor *c, struct arena *a, struct sandbox_words *s)
{
	const struct token *t = cursor_value(c);
	const char *rest, *word;
	size_t n;

	if (!t)
		return complain(&c->end, "target needs a namespace");
	rest = t->text;
	t = token_keep(a, t);
	while ((word = list_next(&rest, &n))) {
		if (n == 4 && !memcmp(word, "host", 4))
			return complain(t, "the host's namespaces cannot belong to a sandbox");
		if (!nsres_plausible(word, n))
			return complain(t, "'%.*s' after target names no namespace (a %s)", (int)n,
					word, "path, pid:N or TYPE:[INUM]");
		push(a, s, arena_strndup(a, word, n), t);
	}
	return 0;
}

int cmd_sandbox_add_parse(struct cursor *c, struct changes *to)
{
	struct sandbox_words *s = add_change(to, NSGUARD_CMD_SANDBOX_ADD);
	const struct token *t;
	int code = sandbox_name_parse(c, "sandbox add", &s->name);

	if (!code)
		code = cursor_need(c, "sandbox add needs target and a namespace", &t);
	while (!code && t) {
		if (strcmp(t->text, "target"))
			return complain(t, "unknown key '%s' in sandbox add (target)", t->text);
		code = parse_targets(c, to->arena, s);
		if (!code)
			code = cursor_word(c, &t);
	}
	return code;
}

int cmd_sandbox_del_parse(struct cursor *c, struct changes *to)
{
	const struct token *t;
	int code;

	code = cursor_need(c, "sandbox del needs a name (see sandbox list)", &t);
	while (!code && t) {
		c->at--;
		code = sandbox_name_parse(c, "sandbox del",
					  &add_change(to, NSGUARD_CMD_SANDBOX_DEL)->name);
		if (!code)
			code = cursor_word(c, &t);
	}
	return code;
}

int cmd_sandbox_flush_parse(struct cursor *c, struct changes *to)
{
	int code = cursor_end(c, "sandbox flush");

	if (!code)
		add_change(to, NSGUARD_CMD_SANDBOX_DEL);
	return code;
}
