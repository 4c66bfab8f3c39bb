/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words with the place they were said at, and the one way to complain about them.
 * A word of the command line and a word of a file are the same thing.
 */
#ifndef NSGUARDCTL_TOKEN_H
#define NSGUARDCTL_TOKEN_H

#include "util.h"

/**
 * struct token - a word
 * @text: its bytes, terminated; whatever quoting there was is undone. NULL for a mere place
 * @file: name of the file it stands in, NULL on the command line
 * @line: counted from 1
 * @column: of its first byte, counted from 1
 */
struct token {
	const char *text;
	const char *file;
	unsigned int line;
	unsigned int column;
};

/*
 * A copy of @t in @a, for whatever outlives the command that is being parsed: in a file the next
 * command's words take the place of its own. Their texts stay.
 */
const struct token *token_keep(struct arena *a, const struct token *t);

/* What was asked for by options; they may stand wherever a keyword may. */
enum option {
	OPT_JSON = BIT(0),
	OPT_FORCE = BIT(1),
	OPT_LAST = BIT(2),
	OPT_FOLLOW = BIT(3),
	OPT_COLOR = BIT(4),
	OPT_FILE = BIT(5),
	OPT_CHECK = BIT(6),
	OPT_ECHO = BIT(7),
	OPT_VERSION = BIT(8),
	OPT_HELP = BIT(9),
	OPT_EXPECT = BIT(10),
	OPT_CONFIRM = BIT(11),
	OPT_DEFINE = BIT(12),
	OPT_DRY_RUN = BIT(13),
};

/* Those of every command that changes the policy. */
#define OPT_CHANGE	(OPT_JSON | OPT_EXPECT | OPT_CONFIRM)

/* Those that belong to every command. */
#define OPT_GLOBAL	(OPT_COLOR | OPT_CHECK | OPT_ECHO)

/**
 * struct cursor - the words of one command, and how far they are read
 * @tok: the words
 * @n: how many
 * @at: next one
 * @end: the place behind the last one, to complain about something missing
 * @options: enum option, those met so far
 * @option_tok: where each was met, by bit number
 * @last: value of --last
 * @file: value of -f
 * @color: value of --color
 * @expect: value of --expect
 * @confirm: value of --confirm
 * @define: values of -D, to be freed
 * @defines: how many
 */
struct cursor {
	const struct token *tok;
	unsigned int n;
	unsigned int at;
	struct token end;
	unsigned int options;
	const struct token *option_tok[16];
	__u32 last;
	const char *file;
	const char *color;
	__u64 expect;
	__u32 confirm;
	const char **define;
	unsigned int defines;
};

/*
 * The next keyword in *@t, NULL at the end; options before it are taken note of.
 * Return: 0, or CODE_USAGE after a complaint.
 */
int cursor_word(struct cursor *c, const struct token **t);
/* The next word whatever it looks like, NULL at the end: values may begin with a dash. */
const struct token *cursor_value(struct cursor *c);
const struct token *cursor_peek(const struct cursor *c);
/* Like cursor_word(), but something must be there: @what says what. */
int cursor_need(struct cursor *c, const char *what, const struct token **t);
/* Nothing but options may follow. */
int cursor_end(struct cursor *c, const char *command);
/* Options met must be among @allowed. */
int cursor_options(const struct cursor *c, unsigned int allowed, const char *command);

/*
 * "FILE:LINE:COLUMN: sentence" or "nsguardctl: sentence" on stderr; control characters of words
 * are escaped. Return: CODE_USAGE.
 */
__cold __printf(2, 3) int complain(const struct token *t, const char *fmt, ...);

#endif
