// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for values: kept, found, and what is wrong with one. Where they stand in a file is
 * file.c's.
 */
#include <string.h>
#include "define.h"

bool define_has(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

const struct define *define_find(const struct defines *d, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strlen(d->v[i].name) == n && !memcmp(d->v[i].name, name, n))
			return &d->v[i];
	return NULL;
}

static bool is_name(const char *s)
{
	const char *c = s;

	while (*c && define_has(*c, c == s))
		c++;
	return *s && !*c;
}

static int redefined(const struct define *old, const struct token *tok)
{
	if (!old->tok)
		return complain(tok, "'%s' is defined by -D already", old->name);
	return complain(tok, "'%s' is defined already, in line %u", old->name, old->tok->line);
}

int define_add(struct defines *d, struct arena *a, const struct token *tok, const char *name,
	       const char *value)
{
	const struct define *old;
	struct define *v;

	if (!is_name(name))
		return complain(tok,
				"'%s' is no name to define (letters, digits and _, no digit first)",
				name);
	old = define_find(d, name, strlen(name));
	if (old)
		return redefined(old, tok);
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 16;
		v = arena_alloc(a, d->cap * sizeof(*v));
		if (d->n)
			memcpy(v, d->v, d->n * sizeof(*v));
		d->v = v;
	}
	d->v[d->n++] = (struct define){ name, value, tok };
	return 0;
}

int define_parse(struct defines *d, struct arena *a, const char *text)
{
	const char *eq = strchr(text, '=');

	if (!eq)
		return complain(NULL, "-D takes NAME=VALUE, not '%s'", text);
	return define_add(d, a, NULL, arena_strndup(a, text, (size_t)(eq - text)), eq + 1);
}
