// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy files: bytes to words, words to commands. A file is read to its end whatever is
 * wrong with it, so that all its faults are told at once. The grammar is elsewhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"

#define COMPLAINTS	20	/* then the rest is probably not a policy at all */
#define WORD_MAX	16384	/* bytes; names that stand for names could make one of any size */

/**
 * struct reader - where we are in a file
 * @p: next byte; the text ends in a newline and a NUL. A NUL is put over what a word ends at
 * @end: behind the last byte
 * @pos: place of @p
 * @arena: owns the text, and the words that are not as they stand in it
 * @defines: the names that stand for values
 * @tok: words of the command being read; the next one's take their place
 * @n: how many
 * @cap: room
 */
struct reader {
	char *p;
	const char *end;
	struct token pos;
	struct arena *arena;
	struct defines *defines;
	struct token *tok;
	unsigned int n;
	unsigned int cap;
};

static void step(struct reader *r)
{
	if (*r->p++ == '\n') {
		r->pos.line++;
		r->pos.column = 1;
	} else {
		r->pos.column++;
	}
}

static bool at(const struct reader *r, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(r->end - r->p) >= n && !memcmp(r->p, s, n);
}

static void skip(struct reader *r, unsigned int n)
{
	while (n--)
		step(r);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Behind the backslash in $'...': \\ \' \n \t or \xNN. */
static int read_escape(struct reader *r, struct buf *word)
{
	struct token here = r->pos;
	int hi, lo;

	switch (*r->p) {
	case '\\':
	case '\'':
		buf_chr(word, *r->p);
		break;
	case 'n':
		buf_chr(word, '\n');
		break;
	case 't':
		buf_chr(word, '\t');
		break;
	case 'x':
		hi = r->end - r->p > 2 ? hex_digit(r->p[1]) : -1;
		lo = hi < 0 ? -1 : hex_digit(r->p[2]);
		if (lo < 0 || 16 * hi + lo == 0)
			return complain(&here, "in $'...' \\x takes two digits, not 00");
		buf_chr(word, (char)(16 * hi + lo));
		skip(r, 2);
		break;
	default:
		return complain(&here, "in $'...' only \\ ' n t or xNN may follow a backslash");
	}
	step(r);
	return 0;
}

/* @r stands behind the opening quote; @escape: $'...'. */
static int read_quoted(struct reader *r, char quote, bool escape, const struct token *open,
		       struct buf *word)
{
	while (*r->p != quote) {
		if (*r->p == '\n')
			return complain(open, "quoted text does not end on its line");
		if (escape && *r->p == '\\') {
			step(r);
			if (read_escape(r, word))
				return CODE_USAGE;
			continue;
		}
		/* In double quotes a backslash means itself but before \ and ". */
		if (quote == '"' && (at(r, "\\\\") || at(r, "\\\"")))
			step(r);
		buf_chr(word, *r->p);
		step(r);
	}
	step(r);
	return 0;
}

/* Is the command that is being read a definition, and this its name? */
static bool is_defined_here(const struct reader *r, const char *name, size_t n)
{
	return r->n > 1 && !strcmp(r->tok[0].text, "define") &&
	       strlen(r->tok[1].text) == n && !memcmp(r->tok[1].text, name, n);
}

/* $NAME: what it stands for, as a piece of this word. */
static int read_name(struct reader *r, struct buf *word)
{
	const struct define *define;
	struct token here = r->pos;
	const char *name = r->p + 1;
	unsigned int n = 1;

	while (define_has(name[n], false))
		n++;
	if (r->n == 1 && !strcmp(r->tok[0].text, "define"))
		return complain(&here, "a name is defined without the $: define %.*s = VALUE",
				(int)n, name);
	define = define_find(r->defines, name, n);
	if (!define && is_defined_here(r, name, n))
		return complain(&here, "'%.*s' is defined by itself", (int)n, name);
	if (!define)
		return complain(&here, "'$%.*s' is not defined (a definition comes before its use)",
				(int)n, name);
	if (word->n + strlen(define->value) > WORD_MAX)
		return complain(&here, "'$%s' makes a word of more than %d bytes", define->name,
				WORD_MAX);
	buf_str(word, define->value);
	skip(r, n + 1);
	return 0;
}

/* What a byte is in a word. */
enum byte { PLAIN, SPECIAL, END };

static const __u8 bytes[256] = {
	['\0'] = END, [' '] = END, ['\t'] = END, ['\n'] = END,
	['\\'] = SPECIAL, ['\''] = SPECIAL, ['"'] = SPECIAL, ['$'] = SPECIAL,
};

static enum byte byte_at(const char *p)
{
	return *p == '\\' && p[1] == '\n' ? END : bytes[(unsigned char)*p];
}

/* How many bytes from @p on mean themselves, in a word. */
static unsigned int plain(const char *p)
{
	const char *end = p;

	while (bytes[(unsigned char)*end] == PLAIN)
		end++;
	return (unsigned int)(end - p);
}

static void take(struct reader *r, unsigned int n)
{
	r->p += n;
	r->pos.column += n;
}

static int read_word(struct reader *r, struct buf *word)
{
	while (byte_at(r->p) != END) {
		struct token open = r->pos;
		bool escape = at(r, "$'");
		char quote = escape ? '\'' : *r->p;
		unsigned int n;

		if (quote == '\'' || quote == '"') {
			skip(r, escape ? 2 : 1);
			if (read_quoted(r, quote, escape, &open, word))
				return CODE_USAGE;
			continue;
		}
		if (*r->p == '$' && define_has(r->p[1], true)) {
			if (read_name(r, word))
				return CODE_USAGE;
			continue;
		}
		/* A backslash or a dollar that leads to nothing means itself, too. */
		n = plain(r->p);
		n = n ? n : 1;
		buf_add(word, r->p, n);
		take(r, n);
	}
	return 0;
}

static void push(struct reader *r, const struct token *place, const char *word)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->tok = xrealloc(r->tok, r->cap * sizeof(*r->tok));
	}
	r->tok[r->n] = *place;
	r->tok[r->n++].text = word;
}

/* Most words are as they stand. */
static int push_word(struct reader *r, struct buf *word)
{
	struct token place = r->pos;
	unsigned int n = plain(r->p);
	int code;

	if (byte_at(r->p + n) == END) {
		push(r, &place, r->p);
		take(r, n);
		return 0;
	}
	word->n = 0;
	code = read_word(r, word);
	push(r, &place, arena_strndup(r->arena, word->n ? word->p : "", word->n));
	return code;
}

/* Over a blank, or a backslash and the newline behind it. */
static void end_word(struct reader *r)
{
	unsigned int n = *r->p == '\\' ? 2 : 1;

	*r->p = '\0';
	skip(r, n);
}

/* The words up to the end of the line; 0 or CODE_USAGE, the rest of the line being skipped. */
static int read_command(struct reader *r, struct buf *word)
{
	int code = 0;

	r->n = 0;
	while (!code && *r->p != '\n') {
		if (*r->p == '#')
			take(r, (unsigned int)strcspn(r->p, "\n"));
		else if (byte_at(r->p) == END)
			end_word(r);
		else
			code = push_word(r, word);
		if (r->p >= r->end)
			return code;
	}
	take(r, (unsigned int)strcspn(r->p, "\n"));
	*r->p = '\0';
	return code;
}

/* define NAME = VALUE */
static int parse_define(struct reader *r, const struct token *tok)
{
	if (r->n < 4)
		return complain(&r->pos, "define takes NAME = VALUE");
	if (strcmp(tok[2].text, "="))
		return complain(&tok[2], "define takes NAME = VALUE, '%s' is no =", tok[2].text);
	if (r->n > 4)
		return complain(&tok[4],
				"unexpected word '%s' after define (a list has no blanks)",
				tok[4].text);
	return define_add(r->defines, r->arena, &tok[1], tok[1].text, tok[3].text);
}

static int parse_change(struct cursor *c, struct changes *to)
{
	const struct command *command;
	int code = command_find(c, &command);

	if (code)
		return code;
	if (!command->parse)
		return complain(&c->tok[0], "%s cannot stand in a file", command->words);
	return change_parse(c, command, to, OPT_FORCE);
}

static int parse_command(struct reader *r, struct changes *to)
{
	struct cursor c = { .n = r->n, .end = r->pos };
	int code;

	/* What comes of the words points at them, and they are not to take more than they need. */
	c.tok = arena_dup(r->arena, r->tok, r->n * sizeof(*r->tok));
	if (!strcmp(c.tok[0].text, "define"))
		return parse_define(r, c.tok);
	code = parse_change(&c, to);
	/* A -D in a line of a file is refused, and was kept until then. */
	free(c.define);
	return code;
}

static int parse_all(struct reader *r, struct changes *to)
{
	struct buf word = { 0 };
	unsigned int faults = 0;
	int code;

	while (r->p < r->end) {
		code = read_command(r, &word);
		if (!code && r->n)
			code = parse_command(r, to);
		faults += !!code;
		if (faults == COMPLAINTS) {
			complain(&r->pos, "too many faults, reading no further");
			break;
		}
		if (r->p < r->end) {
			r->p++;
			r->pos.line++;
			r->pos.column = 1;
		}
	}
	buf_free(&word);
	free(r->tok);
	return faults ? CODE_USAGE : 0;
}

static int load(FILE *f, const char *name, struct buf *text)
{
	char block[16384];
	const char *nul;
	size_t n;

	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(text, block, n);
	if (ferror(f))
		return complain(NULL, "%s: %s", name, strerror(errno));
	buf_chr(text, '\n');
	nul = memchr(text->p, '\0', text->n);
	if (nul)
		return complain(NULL, "%s: has a NUL at byte %zu: is no policy", name,
				(size_t)(nul - text->p) + 1);
	return 0;
}

int file_parse(const char *name, struct changes *to)
{
	const bool in = !strcmp(name, "-");
	FILE *f = in ? stdin : fopen(name, "re");
	struct reader r = { .arena = to->arena, .defines = &to->defines };
	struct buf text = { 0 };
	int code;

	if (!f)
		return complain(NULL, "%s: %s", name, strerror(errno));
	code = load(f, name, &text);
	if (!in)
		fclose(f);
	if (!code) {
		r.p = arena_strndup(to->arena, text.p, text.n);
		r.end = r.p + text.n;
		r.pos = (struct token){ "", in ? "stdin" : name, 1, 1 };
		code = parse_all(&r, to);
	}
	buf_free(&text);
	return code;
}
