/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second client's part for named sets: made, changed and listed by libmnl. Knows no rule.
 */
#ifndef NSG_TEST_SETS_H
#define NSG_TEST_SETS_H

#include "nsg.h"

#define SET_RANGES	64	/* elements of a set that struct set_info can hold */

/**
 * struct set_info - a set as it is listed
 * @type: enum nsguard_set_type
 * @elements: how many it says it has
 * @bytes: memory it says it takes
 * @generation: of the listing
 * @n: elements that were listed
 * @range: the first of them
 */
struct set_info {
	uint32_t type;
	uint32_t elements;
	uint64_t bytes;
	uint64_t generation;
	unsigned int n;
	uint32_t range[SET_RANGES][2];
};

/* All return 0 or -errno and leave the answer in *@g. */
int set_add(struct nsg *g, const char *name, uint32_t type);
int set_del(struct nsg *g, const char *name);		/* NULL: all */
int set_flush(struct nsg *g, const char *name);
int element_add(struct nsg *g, const char *name, uint32_t min, uint32_t max);
int element_del(struct nsg *g, const char *name, uint32_t min, uint32_t max);
/* The @n elements @first, @first + @step, ... in one message. */
int elements_change(struct nsg *g, uint8_t cmd, const char *name, uint32_t first, uint32_t step,
		    unsigned int n);
/* -ENOENT when there is no such set. */
int set_get(struct nsg *g, const char *name, struct set_info *info);

#endif
