/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding addresses in the kernel by name. What is at them is the caller's business.
 */
#ifndef NSGUARD_SYMBOLS_H
#define NSGUARD_SYMBOLS_H

#include <linux/types.h>

/**
 * struct nsguard_text - a piece of kernel text
 * @start: its first address, 0 when the function was not found
 * @end: the first address behind it
 */
struct nsguard_text {
	unsigned long start;
	unsigned long end;
};

/*
 * Finds the finder; everything below works only afterwards. May sleep. Return: 0, or an errno
 * with
 * @why (NSGUARD_WHY bytes) saying what this kernel lacks.
 */
int nsguard_symbols_init(char *why);

/*
 * The address of the kernel's only function @name; modules' are not looked at. May sleep. Return:
 * 0 and *@address, -ENOENT, or -ENOTUNIQ when there are several and none can be told to be the
 * right one.
 */
int nsguard_symbol_find(const char *name, unsigned long *address);

/*
 * The address of something of the kernel that is no attach point, NULL when there is no such. May
 * sleep.
 */
void *nsguard_symbol(const char *name);

/*
 * Where the function @name lies, for recognising a caller; a clone the compiler made of it under
 * another name (.isra.0) too. May sleep.
 */
void nsguard_text_find(const char *name, struct nsguard_text *text);

static inline bool nsguard_text_has(const struct nsguard_text *text, unsigned long ip)
{
	return ip >= text->start && ip < text->end;
}

#endif
