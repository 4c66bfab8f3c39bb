/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for the enums of the protocol, the same for parsing, printing and JSON. The
 * words are the ones of uapi/nsguard.yaml.
 */
#ifndef NSGUARDCTL_WORDS_H
#define NSGUARDCTL_WORDS_H

#include "token.h"

/**
 * struct words - words for the values of an enum, counted from 0
 * @what: what such a word is called in a complaint
 * @n: how many
 * @word: the words by value
 */
struct words {
	const char *what;
	unsigned int n;
	const char *const *word;
};

extern const struct words words_table;
extern const struct words words_op;
extern const struct words words_verdict;
extern const struct words words_mode;
extern const struct words words_nstype;
extern const struct words words_who;
extern const struct words words_userns;
extern const struct words words_moves;
extern const struct words words_same;
extern const struct words words_cap;
extern const struct words words_set_type;
extern const struct words words_relation;
extern const struct words words_coverage;

/* "?" for a value of a newer kernel. */
const char *words_get(const struct words *w, __u32 value);
/* Return: the value, -1 when it is none of them. */
int words_find(const struct words *w, const char *s, size_t n);
/* Bits of the operations that belong to a table. */
unsigned int words_ops_of(unsigned int table);
/* Those of them that are meant when no operation is named, as the kernel has it. */
unsigned int words_ops_unnamed(unsigned int table);
/* Words of @mask, "a, b or c", for complaints. */
void words_list(struct buf *b, const struct words *w, unsigned int mask);
/*
 * The next word must be one of @w's whose bits are in @mask.
 * Return: 0 and *@value, or CODE_USAGE after a complaint.
 */
int words_parse(struct cursor *c, const struct words *w, unsigned int mask, const char *command,
		int *value);

#endif
