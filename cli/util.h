/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small things everybody in here needs: exit codes, memory, a growing string.
 * Not for anything that knows what a rule is.
 */
#ifndef NSGUARDCTL_UTIL_H
#define NSGUARDCTL_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT(n)			(1U << (n))
#define __cold			__attribute__((__cold__))
#define __noreturn		__attribute__((__noreturn__))
#define __printf(a, b)		__attribute__((__format__(__printf__, a, b)))

/* Documented in nsguardctl(8); scripts rely on them. */
enum {
	CODE_DONE = 0,
	CODE_REFUSED = 1,		/* by the kernel */
	CODE_USAGE = 2,
	CODE_NO_MODULE = 3,
	CODE_NOT_PRIVILEGED = 4,
	CODE_INCOMPLETE = 5,		/* status: partial coverage, stale rules; probe: no proof */
	CODE_CONFLICT = 6,		/* somebody else changed the policy first */
};

/**
 * struct arena - memory that is given back all at once
 * @chunk: newest chunk, linked to the older ones
 *
 * What is parsed lives in one until the program ends; what is read from the
 * kernel lives in one that is emptied after each rule.
 */
struct arena {
	struct arena_chunk *chunk;
};

/* Zeroed memory. Never returns NULL: without memory the program says so and ends. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of text, terminated; aligned to nothing. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
/* Room for @n bytes of text, which are not zeroed. */
char *arena_text(struct arena *a, size_t n);
/* A copy of anything else. */
void *arena_dup(struct arena *a, const void *p, size_t size);
/* Everything allocated is gone; the newest chunk is kept for what comes next. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

/**
 * struct buf - a string that grows
 * @p: its bytes, not terminated; NULL while empty
 * @n: how many
 * @cap: room behind @p
 */
struct buf {
	char *p;
	size_t n;
	size_t cap;
};

/* Room for @n bytes more, at its end. */
void buf_room(struct buf *b, size_t n);
void buf_add(struct buf *b, const char *s, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_chr(struct buf *b, char c);
void buf_u64(struct buf *b, __u64 v);
void buf_s64(struct buf *b, __s64 v);
/* @v in decimal, blanks before it up to @width. */
void buf_right(struct buf *b, __s64 v, unsigned int width);
__printf(2, 3) void buf_fmt(struct buf *b, const char *fmt, ...);
/* Terminated by a NUL that is not counted. */
const char *buf_cstr(struct buf *b);
void buf_free(struct buf *b);

/* For tables of words: most differ in their first byte. */
static inline bool is_word(const char *a, const char *b)
{
	for (; *a == *b; a++, b++)
		if (!*a)
			return true;
	return false;
}

/* @n bytes more, to be filled in. */
static inline void *buf_take(struct buf *b, size_t n)
{
	char *p;

	if (b->cap - b->n < n)
		buf_room(b, n);
	p = b->p + b->n;
	b->n += n;
	return p;
}

/* malloc that ends the program instead of returning NULL. */
void *xrealloc(void *p, size_t size);

/* Number of decimal digits, the sign counted. */
unsigned int digits(__s64 v);

/*
 * Digits only: no sign, no blank, no base prefix, not beyond @max. Return: false
 * when @s is anything else.
 */
bool parse_u64(const char *s, size_t n, __u64 max, __u64 *v);

#endif
