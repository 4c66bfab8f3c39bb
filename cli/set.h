/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named sets as the kernel lists them, and as words say one. What they are for, the kernel knows.
 */
#ifndef NSGUARDCTL_SET_H
#define NSGUARDCTL_SET_H

#include "lang.h"
#include "module.h"

/* Elements that are sent in one message. */
#define SET_BATCH	1000

/**
 * struct set - a set
 * @type: enum nsguard_set_type
 * @elements: how many it has
 * @bytes: memory it takes in the kernel
 * @v: the elements that were listed, ranges
 * @n: how many
 * @cap: room
 */
struct set {
	char name[NSGUARD_SET_NAME_MAX + 1];
	__u32 type;
	__u32 elements;
	__u64 bytes;
	union value *v;
	unsigned int n;
	unsigned int cap;
};

struct sets {
	__u64 generation;	/* 0 when there is none to tell of */
	struct set *v;
	unsigned int n;
};

/* All sets, or the one @name; @terse: without elements. 0, or CODE_* after a complaint. */
int sets_read(struct module *nl, const char *what, const char *name, bool terse, struct sets *s);
/* The same in steps: what it queues, and the answer; others that were queued go to @fn. */
int sets_ask(struct module *nl, const char *what, const char *name, bool terse);
int sets_take(struct module *nl, const char *what, answer_fn fn, void *arg, struct sets *s);
void sets_free(struct sets *s);

/**
 * struct set_words - a set, or elements of one, as they were said
 * @name: its name, NULL for all there are
 * @type: enum nsguard_set_type, -1 when it was said nowhere
 * @typed: it was said here
 * @v: the elements, ranges
 * @tok: where each was said
 * @n: how many
 * @cap: room
 */
struct set_words {
	const char *name;
	int type;
	bool typed;
	union value *v;
	const struct token **tok;
	unsigned int n;
	unsigned int cap;
};

/* Values of sets are said and shown as those of a key; @type -1: numbers, and unset. */
const struct key *set_key(int type);
/* A word that may be a set's name, in *@name; @what for complaints. 0 or CODE_USAGE. */
int set_name_parse(struct cursor *c, const char *what, const char **name);
/* The word of @t behind its @; the same. */
int set_ref_parse(const struct token *t, const char **name);
/* As an attribute at the end of @to; nothing for all sets. */
void set_put(struct buf *to, const struct set_words *s);
/* As it was said, from its name on. */
void set_print(struct buf *b, const struct set_words *s);
void set_element_print(struct buf *b, int type, const union value *v);

#endif
