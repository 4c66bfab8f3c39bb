// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy files: bytes to words, words to commands. A file is read to its end whatever is
 * wrong with it, so that all its faults are told at once. The grammar is elsewhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "command.h"

#define WORD_MAX	16384	/* bytes; names that stand for names could make one of any size */

/**
 * struct reader - where we are in a file
 * @p: next byte; the text ends in a newline and a NUL. A NUL is put over what a word ends at
 * @end: behind the last byte
 * @begin: first byte of the line @p is in
 * @file: its name
 * @line: number of that line
 * @arena: owns the text, and the words that are not as they stand in it
 * @defines: the names that stand for values
 * @command: of the line before, or NULL
 * @tok: words of the command being read; the next one's take their place
 * @n: how many
 * @cap: room
 */
struct reader {
	char *p;
	const char *end;
	const char *begin;
	const char *file;
	unsigned int line;
	struct arena *arena;
	struct defines *defines;
	const struct command *command;
	struct token *tok;
	unsigned int n;
	unsigned int cap;
};

/* The place of the next byte. */
static struct token here(const struct reader *r)
{
	return (struct token){ "", r->file, r->line, (unsigned int)(r->p - r->begin) + 1 };
}

static void step(struct reader *r)
{
	if (*r->p++ != '\n')
		return;
	r->line++;
	r->begin = r->p;
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
	struct token place = here(r);
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
			return complain(&place, "in $'...' \\x takes two digits, not 00");
		buf_chr(word, (char)(16 * hi + lo));
		skip(r, 2);
		break;
	default:
		return complain(&place, "in $'...' only \\ ' n t or xNN may follow a backslash");
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
	struct token place = here(r);
	const char *name = r->p + 1;
	unsigned int n = 1;

	while (define_has(name[n], false))
		n++;
	if (r->n == 1 && !strcmp(r->tok[0].text, "define"))
		return complain(&place, "a name is defined without the $: define %.*s = VALUE",
				(int)n, name);
	define = define_find(r->defines, name, n);
	if (!define && is_defined_here(r, name, n))
		return complain(&place, "'%.*s' is defined by itself", (int)n, name);
	if (!define)
		return complain(&place,
				"'$%.*s' is not defined (a definition comes before its use)",
				(int)n, name);
	if (word->n + strlen(define->value) > WORD_MAX)
		return complain(&place, "'$%s' makes a word of more than %d bytes", define->name,
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

/* Behind the bytes from @p on that mean themselves, in a word. */
static char *plain_end(char *p)
{
	while (bytes[(unsigned char)*p] == PLAIN)
		p++;
	return p;
}

static int read_word(struct reader *r, struct buf *word)
{
	while (byte_at(r->p) != END) {
		struct token open = here(r);
		bool escape = at(r, "$'");
		char quote = escape ? '\'' : *r->p;
		char *end;

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
		end = plain_end(r->p);
		end += end == r->p;
		buf_add(word, r->p, (size_t)(end - r->p));
		r->p = end;
	}
	return 0;
}

/* Room for the word that begins at the next byte, its place in it. */
static struct token *next_word(struct reader *r)
{
	struct token *tok;

	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->tok = xrealloc(r->tok, r->cap * sizeof(*r->tok));
	}
	tok = &r->tok[r->n];
	tok->file = r->file;
	tok->line = r->line;
	tok->column = (unsigned int)(r->p - r->begin) + 1;
	return tok;
}

/* Most words are as they stand. */
static int take_word(struct reader *r, struct buf *word)
{
	struct token *tok = next_word(r);
	char *end = plain_end(r->p);
	int code = 0;

	tok->text = r->p;
	if (byte_at(end) == END) {
		r->p = end;
	} else {
		word->n = 0;
		code = read_word(r, word);
		tok->text = arena_strndup(r->arena, word->n ? word->p : "", word->n);
	}
	r->n++;
	return code;
}

/* Over a backslash and the newline behind it. */
static void join_lines(struct reader *r)
{
	*r->p++ = '\0';
	step(r);
}

/* The words up to the end of the line; 0 or CODE_USAGE, the rest of the line being skipped. */
static int read_command(struct reader *r, struct buf *word)
{
	int code = 0;

	for (r->n = 0; !code; ) {
		while (*r->p == ' ' || *r->p == '\t')
			*r->p++ = '\0';
		if (*r->p == '\n')
			break;
		if (*r->p == '#') {
			r->p += strcspn(r->p, "\n");
			break;
		}
		if (byte_at(r->p) != END) {
			code = take_word(r, word);
			continue;
		}
		join_lines(r);
		if (r->p >= r->end)
			return 0;
	}
	if (code)
		r->p += strcspn(r->p, "\n");
	*r->p = '\0';
	return code;
}

/* define NAME = VALUE */
static int parse_define(struct reader *r, const struct token *end)
{
	const struct token *tok = r->tok;

	if (r->n < 4)
		return complain(end, "define takes NAME = VALUE");
	if (strcmp(tok[2].text, "="))
		return complain(&tok[2], "define takes NAME = VALUE, '%s' is no =", tok[2].text);
	if (r->n > 4)
		return complain(&tok[4],
				"unexpected word '%s' after define (a list has no blanks)",
				tok[4].text);
	return define_add(r->defines, r->arena, token_keep(r->arena, &tok[1]), tok[1].text,
			  tok[3].text);
}

static int parse_change(struct reader *r, struct cursor *c, struct changes *to)
{
	/* Most often it is the command of the line before. */
	int code = command_again(c, r->command) ? 0 : command_find(c, &r->command);

	if (code)
		return code;
	if (!r->command->parse)
		return complain(&c->tok[0], "%s cannot stand in a file", r->command->words);
	return change_parse(c, r->command, to, OPT_FORCE);
}

static int parse_command(struct reader *r, struct changes *to)
{
	struct cursor c = { .tok = r->tok, .n = r->n, .end = here(r) };
	int code;

	if (is_word("define", c.tok[0].text))
		return parse_define(r, &c.end);
	code = parse_change(r, &c, to);
	/* A -D in a line of a file is refused, and was kept until then. */
	free(c.define);
	return code;
}

static int parse_all(struct reader *r, struct changes *to)
{
	struct buf word = { 0 };
	unsigned int faults = 0;
	struct token place;
	int code;

	while (r->p < r->end) {
		code = read_command(r, &word);
		if (!code && r->n)
			code = parse_command(r, to);
		faults += !!code;
		if (faults == COMPLAINTS) {
			place = here(r);
			complain(&place, "too many faults, reading no further");
			break;
		}
		if (r->p < r->end) {
			r->begin = ++r->p;
			r->line++;
		}
	}
	buf_free(&word);
	free(r->tok);
	return faults ? CODE_USAGE : 0;
}

/* All of @f and a newline, and a NUL behind it, in @a. NULL after an error; *@n: how many bytes. */
static char *load(FILE *f, struct arena *a, size_t *n)
{
	struct stat st;
	size_t room = 65536;
	char *text, *more;

	/* Of a file the size is known; what grows meanwhile is read as well. */
	if (!fstat(fileno(f), &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		room = (size_t)st.st_size + 1;
	text = arena_text(a, room + 1);
	*n = 0;
	while (!feof(f) && !ferror(f)) {
		if (*n == room) {
			more = arena_text(a, 2 * room + 1);
			text = memcpy(more, text, *n);
			room = 2 * room;
		}
		*n += fread(text + *n, 1, room - *n, f);
	}
	if (ferror(f))
		return NULL;
	text[(*n)++] = '\n';
	text[*n] = '\0';
	return text;
}

/* 0, or CODE_USAGE after a complaint. */
static int read_file(const char *name, struct reader *r)
{
	const bool in = !strcmp(name, "-");
	FILE *f = in ? stdin : fopen(name, "re");
	const char *nul;
	size_t n;

	if (!f)
		return complain(NULL, "%s: %s", name, strerror(errno));
	r->p = load(f, r->arena, &n);
	if (!r->p)
		complain(NULL, "%s: %s", name, strerror(errno));
	if (!in)
		fclose(f);
	if (!r->p)
		return CODE_USAGE;
	nul = memchr(r->p, '\0', n);
	if (nul)
		return complain(NULL, "%s: has a NUL at byte %zu: is no policy", name,
				(size_t)(nul - r->p) + 1);
	r->end = r->p + n;
	r->begin = r->p;
	r->file = in ? "stdin" : name;
	r->line = 1;
	return 0;
}

int file_parse(const char *name, struct changes *to)
{
	struct reader r = { .arena = to->arena, .defines = &to->defines };
	int code = read_file(name, &r);

	return code ? code : parse_all(&r, to);
}
