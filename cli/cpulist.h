/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of CPUs as lists (0-3,8) and as bytes: bit n of byte m is CPU 8m+n. */
#ifndef NSGUARDCTL_CPULIST_H
#define NSGUARDCTL_CPULIST_H

#include "util.h"

/*
 * Beyond any NR_CPUS, and still a mask that fits into a rule. Which CPUs there are is the kernel's
 * to say.
 */
#define CPULIST_MAX	16383

/* Return: NULL, or what is wrong with @s, to follow its quotation. */
const char *cpulist_parse(const char *s, struct arena *a, const __u8 **mask, unsigned int *len);
void cpulist_print(struct buf *b, const __u8 *mask, unsigned int len);

#endif
