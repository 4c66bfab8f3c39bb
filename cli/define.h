/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for values in policy files: "define admins = 0,1000-1999", then "uid $admins". A name
 * stands for a piece of a word and never for several words.
 */
#ifndef NSGUARDCTL_DEFINE_H
#define NSGUARDCTL_DEFINE_H

#include "token.h"

/**
 * struct define - a name
 * @name: letters, digits and underscores, no digit first
 * @value: what it stands for
 * @tok: where it was defined, NULL: by -D
 */
struct define {
	const char *name;
	const char *value;
	const struct token *tok;
};

/**
 * struct defines - the names known so far; all zero when there is none
 */
struct defines {
	struct define *v;
	size_t n;
	size_t cap;
};

/* May @c be part of a name, or begin one? */
bool define_has(char c, bool first);
/* NULL when there is no such name. */
const struct define *define_find(const struct defines *d, const char *name, size_t n);
/* @name is said at @tok (NULL: -D). 0, or CODE_USAGE after a complaint. */
int define_add(struct defines *d, struct arena *a, const struct token *tok, const char *name,
	       const char *value);
/* "NAME=VALUE", of -D. The same. */
int define_parse(struct defines *d, struct arena *a, const char *text);

#endif
