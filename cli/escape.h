/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings that came from a task or from somebody else's rule, made fit for a
 * terminal, for JSON, or for reading back. Names and paths are bytes, not text.
 */
#ifndef NSGUARDCTL_ESCAPE_H
#define NSGUARDCTL_ESCAPE_H

#include "util.h"

/*
 * Text for people: what is valid UTF-8 and no control stays, everything else is \xNN. Backslashes
 * stay, so this cannot be read back.
 */
void buf_printable(struct buf *b, const char *s, size_t n);

/* The same between double quotes, with \\ and \" escaped too: unambiguous. */
void buf_quoted(struct buf *b, const char *s);

/* Bare when it is plain, else buf_quoted(). */
void buf_path(struct buf *b, const char *s);

/*
 * A word that the tokeniser of policy files reads back byte for byte: bare, '...',
 * "..." or $'...'; a shell such as bash reads the same out of it.
 */
void buf_token(struct buf *b, const char *s, size_t n);
/* The same, but always in double quotes where that is possible. */
void buf_token_quoted(struct buf *b, const char *s, size_t n);

/* Valid UTF-8, what is not replaced by U+FFFD. Return: false when something was. */
bool buf_utf8(struct buf *b, const char *s, size_t n);

#endif
