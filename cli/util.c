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

/* 1 in builds that look for bad accesses: each piece of memory then stands alone. */
#ifndef CHUNK
#define CHUNK	65536
#endif

struct arena_chunk {
	struct arena_chunk *older;
	size_t used;
	size_t size;
	max_align_t data[];
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

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunk;
	size_t room;
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (!c || c->size - c->used < size) {
		room = size > CHUNK ? size : CHUNK;
		c = xrealloc(NULL, sizeof(*c) + room);
		c->older = a->chunk;
		c->used = 0;
		c->size = room;
		a->chunk = c;
	}
	p = (char *)c->data + c->used;
	c->used += size;
	memset(p, 0, size);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
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
	a->chunk->used = 0;
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->chunk);
	a->chunk = NULL;
}

static void buf_room(struct buf *b, size_t n)
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
	__u64 u = 0;
	size_t i;

	if (!n)
		return false;
	for (i = 0; i < n; i++) {
		unsigned int d = (unsigned char)s[i] - '0';

		if (d > 9 || d > max || u > (max - d) / 10)
			return false;
		u = 10 * u + d;
	}
	*v = u;
	return true;
}
