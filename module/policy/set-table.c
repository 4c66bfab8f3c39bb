// SPDX-License-Identifier: GPL-2.0-only
/*
 * A set's elements, and looking an id up among them. A range is a few blocks of ids that have a
 * prefix in common, as in index-build.c; only the lengths that are in use are looked up.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "../rule.h"
#include "set-table.h"

#define EXACT	32	/* the length of a single id */

/**
 * struct block - a block of a range, and what is left of the range
 * @at: first id of what is left
 * @end: one behind its last
 * @length: of the prefix
 * @prefix: the prefix
 */
struct block {
	u64 at;
	u64 end;
	unsigned int length;
	u64 prefix;
};

static struct block block_of(const struct nsguard_element *e)
{
	return (struct block){ .at = e->min, .end = (u64)e->max + 1 };
}

static bool block_next(struct block *b)
{
	unsigned int size;

	if (b->at >= b->end)
		return false;
	size = b->at ? min_t(unsigned int, __ffs64(b->at), EXACT) : EXACT;
	while (b->at + BIT_ULL(size) > b->end)
		size--;
	b->length = EXACT - size;
	b->prefix = b->at >> size;
	b->at += BIT_ULL(size);
	return true;
}

unsigned int nsguard_set_blocks(u32 min, u32 max)
{
	struct block b = { .at = min, .end = (u64)max + 1 };
	unsigned int n = 0;

	while (block_next(&b))
		n++;
	return n;
}

void nsguard_set_count(struct nsguard_set *set, const struct nsguard_element *e, bool more)
{
	struct block b = block_of(e);
	u64 lengths;

	while (block_next(&b)) {
		set->blocks[b.length] += more ? 1 : -1;
		lengths = set->lengths & ~BIT_ULL(b.length);
		if (set->blocks[b.length])
			lengths |= BIT_ULL(b.length);
		WRITE_ONCE(set->lengths, lengths);
	}
}

/* Slots are as many as memory comes in, not a power of two: hashes are scaled to them. */
static unsigned int start(const struct nsguard_set_table *t, unsigned int length, u64 prefix)
{
	return reciprocal_scale(hash_64((u64)length << EXACT ^ prefix, 32), t->size);
}

static unsigned int after(const struct nsguard_set_table *t, unsigned int i)
{
	return i + 1 < t->size ? i + 1 : 0;
}

bool nsguard_set_has(const struct nsguard_set *set, u64 generation, u32 id)
{
	const struct nsguard_set_table *t = rcu_dereference(set->table);
	u64 lengths = READ_ONCE(set->lengths);
	const struct nsguard_element *e;
	unsigned int length, i;

	for (; lengths; lengths &= lengths - 1) {
		length = __ffs64(lengths);
		i = start(t, length, (u64)id >> (EXACT - length));
		while ((e = rcu_dereference(t->slot[i]))) {
			if (e != NSGUARD_TOMB && id >= e->min && id <= e->max &&
			    nsguard_element_seen(e, generation))
				return true;
			i = after(t, i);
		}
	}
	return false;
}

int nsguard_set_any(const struct nsguard_set *set, u64 generation, unsigned int most,
		    bool (*is)(const void *what, const struct nsguard_range *range),
		    const void *what)
{
	const struct nsguard_set_table *t = rcu_dereference(set->table);
	const struct nsguard_element *e;
	struct nsguard_range range;
	unsigned int i;

	if (t->size > most)
		return -E2BIG;
	for (i = 0; i < t->size; i++) {
		e = rcu_dereference(t->slot[i]);
		if (!e || e == NSGUARD_TOMB || !nsguard_element_seen(e, generation))
			continue;
		range.min = e->min;
		range.max = e->max;
		if (is(what, &range))
			return 1;
	}
	return 0;
}

/* --- all else under the mutex of set.c --- */

static struct nsguard_element *at(const struct nsguard_set_table *t, unsigned int i)
{
	return rcu_dereference_protected(t->slot[i], true);
}

static size_t bytes_for(unsigned int slots)
{
	size_t bytes = sizeof(struct nsguard_set_table) + slots * sizeof(struct nsguard_element *);

	return bytes <= PAGE_SIZE ? roundup_pow_of_two(bytes) : PAGE_ALIGN(bytes);
}

struct nsguard_set_table *nsguard_set_table_alloc(unsigned int blocks)
{
	/* At most 5/8 full, and so that it grows by half of its size at least. */
	size_t bytes = bytes_for(blocks * 5ULL / 2 + 3);
	struct nsguard_set_table *t;

	if (bytes <= PAGE_SIZE)
		t = kzalloc(bytes, GFP_KERNEL_ACCOUNT);
	else
		t = __vmalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (t)
		t->size = (bytes - sizeof(*t)) / sizeof(t->slot[0]);
	return t;
}

u64 nsguard_set_table_bytes(const struct nsguard_set_table *t)
{
	return bytes_for(t->size);
}

bool nsguard_set_table_fits(const struct nsguard_set_table *t, unsigned int blocks)
{
	return t->used + (u64)blocks <= t->size * 5ULL / 8;
}

bool nsguard_set_table_wastes(const struct nsguard_set_table *t, unsigned int blocks)
{
	return t->size > 64 && blocks < t->size / 8;
}

void nsguard_set_table_add(struct nsguard_set_table *t, struct nsguard_element *e)
{
	struct block b = block_of(e);
	unsigned int i;

	while (block_next(&b)) {
		for (i = start(t, b.length, b.prefix); at(t, i) && at(t, i) != NSGUARD_TOMB; )
			i = after(t, i);
		t->used += !at(t, i);
		rcu_assign_pointer(t->slot[i], e);
	}
}

/* The first of @e's slots on the way from a block of it, which is there. */
static unsigned int slot_of(const struct nsguard_set_table *t, const struct block *b,
			    const struct nsguard_element *e)
{
	unsigned int i = start(t, b->length, b->prefix);

	while (at(t, i) != e)
		i = after(t, i);
	return i;
}

/*
 * That slot may have stood for another block of it. Then the one left lies behind, and nothing
 * empty in between: the other block's search comes to it.
 */
void nsguard_set_table_del(struct nsguard_set_table *t, const struct nsguard_element *e)
{
	struct block b = block_of(e);

	while (block_next(&b))
		rcu_assign_pointer(t->slot[slot_of(t, &b, e)], NSGUARD_TOMB);
}

struct nsguard_element *nsguard_set_table_at(const struct nsguard_set_table *t, unsigned int i)
{
	struct nsguard_element *e = at(t, i);
	struct block b;

	if (!e || e == NSGUARD_TOMB)
		return NULL;
	b = block_of(e);
	block_next(&b);
	return slot_of(t, &b, e) == i ? e : NULL;
}

struct nsguard_element *nsguard_set_table_find(const struct nsguard_set_table *t, u64 generation,
					       u32 min, u32 max)
{
	struct block b = { .at = min, .end = (u64)max + 1 };
	struct nsguard_element *e;
	unsigned int i;

	block_next(&b);
	for (i = start(t, b.length, b.prefix); (e = at(t, i)); i = after(t, i))
		if (e != NSGUARD_TOMB && e->min == min && e->max == max &&
		    nsguard_element_seen(e, generation))
			return e;
	return NULL;
}
