// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and growing strings. Running out of memory ends the program here, so that
 * nobody else has to carry that error.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util.h"

/* The largest piece taken at once. 1 in builds that look for bad accesses: each stands alone. */
#ifndef CHUNK
#define CHUNK	(8 << 20)
#endif
#define FIRST_CHUNK	65536

/* What is aligned is taken from the front, text from the back. */
struct arena_chunk {
	struct arena_chunk *older;
	size_t front;
	size_t back;
	size_t size;
	__u64 data[];
};

static __noreturn void out_of_memory(void)
{
	fputs("nsguardctl: out of memory\n", stderr);
	exit(CODE_REFUSED);
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		out_of_memory();
	return p;
}

/* A chunk with room for @size bytes. */
static struct arena_chunk *arena_room(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunk;
	size_t room;

	if (c && c->back - c->front >= size)
		return c;
	if (size > SIZE_MAX / 2)
		out_of_memory();
	/* Large ones get large pages. */
	room = c ? 2 * c->size : FIRST_CHUNK;
	room = room > CHUNK ? CHUNK : room;
	room = room > size ? room : size;
	c = xrealloc(NULL, sizeof(*c) + room);
	*c = (struct arena_chunk){ .older = a->chunk, .back = room, .size = room };
	a->chunk = c;
	return c;
}

static void *arena_take(struct arena *a, size_t size)
{
	size_t aligned = size > SIZE_MAX / 2 ? size : (size + sizeof(__u64) - 1) & -sizeof(__u64);
	struct arena_chunk *c = arena_room(a, aligned);
	void *p = (char *)c->data + c->front;

	c->front += aligned;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_take(a, size), 0, size);
}

char *arena_text(struct arena *a, size_t n)
{
	struct arena_chunk *c = arena_room(a, n);

	return (char *)c->data + (c->back -= n);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_text(a, n + 1);

	p[n] = '\0';
	return memcpy(p, s, n);
}

void *arena_dup(struct arena *a, const void *p, size_t size)
{
	return memcpy(arena_take(a, size), p, size);
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *c, *older;

	if (!a->chunk)
		return;
	for (c = a->chunk->older; c; c = older) {
		older = c->older;
		free(c);
	}
	a->chunk->older = NULL;
	a->chunk->front = 0;
	a->chunk->back = a->chunk->size;
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->chunk);
	a->chunk = NULL;
}

void buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->n >= n)
		return;
	if (n > SIZE_MAX / 4 || b->cap > SIZE_MAX / 4)
		out_of_memory();
	b->cap = 2 * b->cap + n + 64;
	b->p = xrealloc(b->p, b->cap);
}

void buf_add(struct buf *b, const char *s, size_t n)
{
	if (!n)
		return;
	buf_room(b, n);
	memcpy(b->p + b->n, s, n);
	b->n += n;
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_chr(struct buf *b, char c)
{
	buf_room(b, 1);
	b->p[b->n++] = c;
}

void buf_u64(struct buf *b, __u64 v)
{
	char text[24];
	char *p = text + sizeof(text);

	do {
		p--;
		*p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void buf_s64(struct buf *b, __s64 v)
{
	if (v < 0)
		buf_chr(b, '-');
	buf_u64(b, v < 0 ? -(__u64)v : (__u64)v);
}

unsigned int digits(__s64 v)
{
	__u64 u = v < 0 ? -(__u64)v : (__u64)v;
	unsigned int n = v < 0 ? 2 : 1;

	while (u /= 10)
		n++;
	return n;
}

void buf_right(struct buf *b, __s64 v, unsigned int width)
{
	unsigned int n;

	for (n = digits(v); n < width; n++)
		buf_chr(b, ' ');
	buf_s64(b, v);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	buf_room(b, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

const char *buf_cstr(struct buf *b)
{
	buf_room(b, 1);
	b->p[b->n] = '\0';
	return b->p;
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

bool parse_u64(const char *s, size_t n, __u64 max, __u64 *v)
{
	const __u64 most = UINT64_MAX / 10;
	const size_t fits = n < 19 ? n : 19;	/* digits, whatever they are */
	unsigned int d;
	__u64 u = 0;
	size_t i;

	for (i = 0; i < fits; i++) {
		d = (unsigned char)s[i] - '0';
		if (d > 9)
			return false;
		u = 10 * u + d;
	}
	for (; i < n; i++) {
		d = (unsigned char)s[i] - '0';
		if (d > 9 || u > most || (u == most && d > UINT64_MAX % 10))
			return false;
		u = 10 * u + d;
	}
	*v = u;
	return n && u <= max;
}
