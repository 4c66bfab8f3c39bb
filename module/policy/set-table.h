/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of a set's elements, for set.c and set-table.c and nobody else.
 */
#ifndef NSGUARD_SET_TABLE_H
#define NSGUARD_SET_TABLE_H

#include <linux/rcupdate.h>
#include "set.h"

/**
 * struct nsguard_set_table - elements by the blocks they fall into
 * @rcu: freed after a grace period
 * @size: number of slots
 * @used: slots that are not empty, the tombs of elements that are gone among them
 * @slot: open addressing: an element is in one slot for each of its blocks
 *
 * Whoever looks for an id walks from each block the id is in to the next empty slot, and takes
 * whatever element on the way has the id: so a slot need not say which block it stands for.
 */
struct nsguard_set_table {
	struct rcu_head rcu;
	unsigned int size;
	unsigned int used;
	struct nsguard_element __rcu *slot[];
};

#define NSGUARD_TOMB	((struct nsguard_element *)1)

/* All under the mutex of set.c. */

/* One for at least @blocks blocks, empty. NULL without memory. */
struct nsguard_set_table *nsguard_set_table_alloc(unsigned int blocks);
u64 nsguard_set_table_bytes(const struct nsguard_set_table *t);
/* Is there room for @blocks more? */
bool nsguard_set_table_fits(const struct nsguard_set_table *t, unsigned int blocks);
/* Is it far too large for @blocks? */
bool nsguard_set_table_wastes(const struct nsguard_set_table *t, unsigned int blocks);
/* Puts @e into @t, which has room. */
void nsguard_set_table_add(struct nsguard_set_table *t, struct nsguard_element *e);
void nsguard_set_table_del(struct nsguard_set_table *t, const struct nsguard_element *e);
/* The element in slot @i if that is the first of its slots, or NULL: so each is met once. */
struct nsguard_element *nsguard_set_table_at(const struct nsguard_set_table *t, unsigned int i);
/* The element from @min to @max that @generation sees, or NULL. */
struct nsguard_element *nsguard_set_table_find(const struct nsguard_set_table *t, u64 generation,
					       u32 min, u32 max);
/* Counts @e's blocks in @set's, or takes them off. */
void nsguard_set_count(struct nsguard_set *set, const struct nsguard_element *e, bool more);

static inline bool nsguard_element_seen(const struct nsguard_element *e, u64 generation)
{
	return READ_ONCE(e->from) <= generation && generation < READ_ONCE(e->to);
}

#endif
