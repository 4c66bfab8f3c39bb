// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads words one after the other, options between them, and complains about the one
 * at fault. Does not know what the words mean.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/nsguard.h>
#include "escape.h"
#include "token.h"

static const struct option_word {
	const char *word;
	const char *brief;
	enum option option;
	bool value;
} option_words[] = {
	{ "--json",	"-j",	OPT_JSON,	false },
	{ "--force",	NULL,	OPT_FORCE,	false },
	{ "--last",	NULL,	OPT_LAST,	true },
	{ "--follow",	NULL,	OPT_FOLLOW,	false },
	{ "--color",	NULL,	OPT_COLOR,	true },
	{ "--file",	"-f",	OPT_FILE,	true },
	{ "--check",	"-c",	OPT_CHECK,	false },
	{ "--echo",	NULL,	OPT_ECHO,	false },
	{ "--version",	"-V",	OPT_VERSION,	false },
	{ "--help",	"-h",	OPT_HELP,	false },
	{ "--expect",	NULL,	OPT_EXPECT,	true },
	{ "--confirm",	NULL,	OPT_CONFIRM,	true },
	{ "--define",	"-D",	OPT_DEFINE,	true },
	{ "--dry-run",	NULL,	OPT_DRY_RUN,	false },
};

int complain(const struct token *t, const char *fmt, ...)
{
	struct buf sentence = { 0 }, line = { 0 };
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(text)) {
		sentence.p = xrealloc(NULL, (size_t)n + 1);
		sentence.cap = (size_t)n + 1;
		va_start(ap, fmt);
		vsnprintf(sentence.p, sentence.cap, fmt, ap);
		va_end(ap);
		sentence.n = (size_t)n;
	} else if (n > 0) {
		buf_add(&sentence, text, (size_t)n);
	}

	if (t && t->file) {
		buf_printable(&line, t->file, strlen(t->file));
		buf_fmt(&line, ":%u:%u: ", t->line, t->column);
	} else {
		buf_str(&line, "nsguardctl: ");
	}
	buf_printable(&line, sentence.p, sentence.n);
	buf_chr(&line, '\n');
	fflush(stdout);
	fwrite(line.p, 1, line.n, stderr);
	buf_free(&sentence);
	buf_free(&line);
	return CODE_USAGE;
}

const struct token *token_keep(struct arena *a, const struct token *t)
{
	return arena_dup(a, t, sizeof(*t));
}

static unsigned int bit_of(unsigned int option)
{
	unsigned int n = 0;

	while (option >>= 1)
		n++;
	return n;
}

static int option_value(struct cursor *c, enum option which, const struct token *t,
			const char *value)
{
	__u64 v;

	switch (which) {
	case OPT_LAST:
		if (!parse_u64(value, strlen(value), UINT32_MAX, &v))
			return complain(t, "--last takes a number, not '%s'", value);
		c->last = (__u32)v;
		return 0;
	case OPT_EXPECT:
		if (!parse_u64(value, strlen(value), UINT64_MAX, &v) || !v)
			return complain(t, "--expect takes a generation (see status), not '%s'",
					value);
		c->expect = v;
		return 0;
	case OPT_CONFIRM:
		if (!parse_u64(value, strlen(value), NSGUARD_CONFIRM_MAX, &v) || !v)
			return complain(t, "--confirm takes 1 to %d seconds, not '%s'",
					NSGUARD_CONFIRM_MAX, value);
		c->confirm = (__u32)v;
		return 0;
	case OPT_DEFINE:
		c->define = xrealloc(c->define, (c->defines + 1) * sizeof(*c->define));
		c->define[c->defines++] = value;
		return 0;
	case OPT_COLOR:
		if (strcmp(value, "auto") && strcmp(value, "always") && strcmp(value, "never"))
			return complain(t, "--color is auto, always or never, not '%s'", value);
		c->color = value;
		return 0;
	default:
		c->file = value;
		return 0;
	}
}

static __cold int option_take(struct cursor *c, const struct token *t)
{
	const struct option_word *o = NULL;
	const char *eq = strchr(t->text, '=');
	size_t n = eq ? (size_t)(eq - t->text) : strlen(t->text);
	const char *value = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(option_words) && !o; i++) {
		const struct option_word *w = &option_words[i];

		if ((strlen(w->word) == n && !memcmp(w->word, t->text, n)) ||
		    (w->brief && !strcmp(w->brief, t->text)))
			o = w;
	}
	if (!o)
		return complain(t, "unknown option '%s'", t->text);
	if (c->options & o->option && o->option != OPT_DEFINE)
		return complain(t, "%s given twice", o->word);
	if (eq && !o->value)
		return complain(t, "%s takes no value", o->word);
	if (eq)
		value = eq + 1;
	if (o->value && !value) {
		const struct token *v = cursor_value(c);

		if (!v)
			return complain(&c->end, "%s needs a value", o->word);
		value = v->text;
	}
	c->options |= o->option;
	c->option_tok[bit_of(o->option)] = t;
	return o->value ? option_value(c, o->option, t, value) : 0;
}

int cursor_word(struct cursor *c, const struct token **t)
{
	int code;

	*t = NULL;
	while (c->at < c->n) {
		const struct token *w = &c->tok[c->at++];

		/* A dash alone is a word: standard input. */
		if (w->text[0] != '-' || !w->text[1]) {
			*t = w;
			return 0;
		}
		code = option_take(c, w);
		if (code)
			return code;
	}
	return 0;
}

const struct token *cursor_value(struct cursor *c)
{
	return c->at < c->n ? &c->tok[c->at++] : NULL;
}

const struct token *cursor_peek(const struct cursor *c)
{
	return c->at < c->n ? &c->tok[c->at] : NULL;
}

int cursor_need(struct cursor *c, const char *what, const struct token **t)
{
	int code = cursor_word(c, t);

	if (!code && !*t)
		code = complain(&c->end, "%s", what);
	return code;
}

int cursor_end(struct cursor *c, const char *command)
{
	const struct token *t;
	int code = cursor_word(c, &t);

	if (!code && t)
		code = complain(t, "unexpected word '%s' after %s", t->text, command);
	return code;
}

int cursor_options(const struct cursor *c, unsigned int allowed, const char *command)
{
	const unsigned int wrong = c->options & ~allowed;
	unsigned int i;

	for (i = 0; wrong && i < ARRAY_SIZE(option_words); i++) {
		const struct option_word *o = &option_words[i];

		if (wrong & o->option)
			return complain(c->option_tok[bit_of(o->option)],
					"%s does not belong to %s", o->word, command);
	}
	if ((c->options & (OPT_ECHO | OPT_CHECK)) == OPT_ECHO)
		return complain(c->option_tok[bit_of(OPT_ECHO)], "--echo needs --check");
	return 0;
}
