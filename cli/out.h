/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes to stdout for people: colours and columns.
 */
#ifndef NSGUARDCTL_OUT_H
#define NSGUARDCTL_OUT_H

#include "util.h"

enum color { COLOR_NONE, COLOR_RED, COLOR_YELLOW, COLOR_BOLD };

/*
 * @when: auto (or NULL), always, never. auto is on a terminal, unless NO_COLOR or TERM=dumb
 * say no.
 */
void out_color_init(const char *when);
void out_color(struct buf *b, enum color color);
/* @text in that colour, and what follows as before. */
void out_colored(struct buf *b, enum color which, const char *text);
/* Writes @b to stdout and empties it. */
void out_flush(struct buf *b);
/* Everything written must have arrived. Return: @code, or CODE_REFUSED after a complaint. */
int out_end(int code);

#define GRID_COLUMNS	8

/**
 * struct grid - rows of cells, each column as wide as its widest cell
 * @columns: number of columns
 * @right: bits of the columns that are set flush right
 * @text: text of all cells
 * @cell: end of each cell in @text, and its colour
 * @n: number of cells
 * @cap: room
 */
struct grid {
	unsigned int columns;
	unsigned int right;
	struct buf text;
	struct cell {
		size_t end;
		enum color color;
	} *cell;
	size_t n;
	size_t cap;
};

/* The next cell; its text is what was added to @g->text. */
void grid_cell(struct grid *g, enum color color);
void grid_str(struct grid *g, const char *s, enum color color);
void grid_u64(struct grid *g, __u64 v);
/* Appends the rows to @b and frees them. */
void grid_print(struct grid *g, struct buf *b);

#endif
