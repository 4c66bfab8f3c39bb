// SPDX-License-Identifier: GPL-2.0-only
/*
 * Columns and colours on stdout, and the proof that what was written arrived.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "out.h"
#include "token.h"

static bool colored;

void out_color_init(const char *when)
{
	const char *term = getenv("TERM");
	const char *no = getenv("NO_COLOR");

	if (when && strcmp(when, "auto"))
		colored = !strcmp(when, "always");
	else
		colored = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") && !(no && *no);
}

void out_color(struct buf *b, enum color color)
{
	static const char *const code[] = { "\033[0m", "\033[31m", "\033[33m", "\033[1m" };

	if (colored)
		buf_str(b, code[color]);
}

void out_colored(struct buf *b, enum color which, const char *text)
{
	if (which)
		out_color(b, which);
	buf_str(b, text);
	if (which)
		out_color(b, COLOR_NONE);
}

void out_flush(struct buf *b)
{
	if (b->n)
		fwrite(b->p, 1, b->n, stdout);
	b->n = 0;
}

int out_end(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	complain(NULL, "output: %s", strerror(errno));
	return code ? code : CODE_REFUSED;
}

void grid_cell(struct grid *g, enum color color)
{
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 64;
		g->cell = xrealloc(g->cell, g->cap * sizeof(*g->cell));
	}
	g->cell[g->n].end = g->text.n;
	g->cell[g->n++].color = color;
}

void grid_str(struct grid *g, const char *s, enum color color)
{
	buf_str(&g->text, s);
	grid_cell(g, color);
}

void grid_u64(struct grid *g, __u64 v)
{
	buf_u64(&g->text, v);
	grid_cell(g, COLOR_NONE);
}

static void pad(struct buf *b, size_t n)
{
	while (n--)
		buf_chr(b, ' ');
}

void grid_print(struct grid *g, struct buf *b)
{
	size_t width[GRID_COLUMNS] = { 0 }, i, start, len;
	unsigned int col;

	for (i = 0, start = 0; i < g->n; start = g->cell[i++].end) {
		len = g->cell[i].end - start;
		col = (unsigned int)(i % g->columns);
		if (len > width[col])
			width[col] = len;
	}
	for (i = 0, start = 0; i < g->n; start = g->cell[i++].end) {
		len = g->cell[i].end - start;
		col = (unsigned int)(i % g->columns);
		if (col)
			buf_str(b, "  ");
		if (g->right & BIT(col))
			pad(b, width[col] - len);
		if (g->cell[i].color)
			out_color(b, g->cell[i].color);
		buf_add(b, g->text.p + start, len);
		if (g->cell[i].color)
			out_color(b, COLOR_NONE);
		if (col == g->columns - 1)
			buf_chr(b, '\n');
		else if (!(g->right & BIT(col)))
			pad(b, width[col] - len);
	}
	buf_free(&g->text);
	free(g->cell);
	*g = (struct grid){ 0 };
}
