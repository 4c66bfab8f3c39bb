/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an index is made of, for who builds one and who looks things up in it, and nobody else.
 */
#ifndef NSGUARD_SLOT_H
#define NSGUARD_SLOT_H

#include <linux/bits.h>
#include <linux/hash.h>
#include "match.h"

/*
 * What a rule is put under is a number: the key of the match; how it is compared: for ids the
 * length of the prefix that a block of them has in common, for paths the relation and how deep;
 * and the value itself.
 */
#define NSGUARD_EXACT		32	/* the prefix of a single id */
#define NSGUARD_MAX_DEPTH	30	/* of a path that is looked up */
#define NSGUARD_NAMED(attr)	(8 + (attr))	/* beside the types of namespaces: NSGUARD_A_NS_* */

/* Bits of lengths for paths: the cgroup itself, and one above it or itself. */
#define NSGUARD_IS(depth)	BIT_ULL(depth)
#define NSGUARD_UNDER(depth)	BIT_ULL(32 + (depth))

/**
 * struct nsguard_slot - the rules that were put under one number
 * @number: as nsguard_number() makes it
 * @first: their positions begin here in the index's list
 * @n: how many; 0: the slot is free
 * @more: somebody lies further on who might have lain here: of the slot, not of who is in it
 * @off: how far it lies from the slot where it belongs; NSGUARD_SLOT_FAR: so far or further
 */
struct nsguard_slot {
	u64 number;
	u32 first;
	u32 n : 27;
	u32 more : 1;
	u32 off : 4;
};

#define NSGUARD_SLOT_FAR	15

/**
 * enum nsguard_sought - what a look-up takes of a request
 * @NSGUARD_SOUGHT_VALUE: an id or the number of a bit, or its first bits
 * @NSGUARD_SOUGHT_SAME: other bits of the value before, which is not read again: it may change
 * @NSGUARD_SOUGHT_IS: the path of a cgroup
 * @NSGUARD_SOUGHT_UNDER: the path of one above it, or its own
 * @NSGUARD_SOUGHT_OTHER: what index.c knows of the key
 */
enum nsguard_sought {
	NSGUARD_SOUGHT_VALUE,
	NSGUARD_SOUGHT_SAME,
	NSGUARD_SOUGHT_IS,
	NSGUARD_SOUGHT_UNDER,
	NSGUARD_SOUGHT_OTHER,
};

/**
 * struct nsguard_lookup - a look-up that every request makes
 * @value: what of the request is looked up
 * @at: the same of paths
 * @number: nsguard_number() without the value
 * @sought: enum nsguard_sought
 * @shift: of @value: so many bits are not looked at
 * @depth: of @at: of the path that is looked up
 * @key: whose values they are
 */
struct nsguard_lookup {
	union {
		bool (*value)(struct nsguard_request *req, u32 *value);
		struct cgroup *(*at)(struct nsguard_request *req);
	};
	u64 number;
	u8 sought;
	union {
		u8 shift;
		u8 depth;
	};
	u8 key;
};

/**
 * struct nsguard_index - an index
 * @keys: bit set of keys rules were put under
 * @lengths: how these are compared, by key: bit set of prefix lengths (0 to 32), or NSGUARD_IS()
 *	and NSGUARD_UNDER()
 * @lookup: what is to be looked up, made of @keys and @lengths
 * @n_lookups: how many
 * @bits: binary logarithm of the number of slots
 * @slot: hash of numbers, open addressing; who lies further from where it belongs comes first
 * @list: positions of rules, each slot's in ascending order
 * @rest: positions of the rules every request asks, in ascending order
 * @n_rest: how many
 */
struct nsguard_index {
	u64 keys;
	u64 lengths[NSGUARD_KEYS];
	struct nsguard_lookup *lookup;
	unsigned int n_lookups;
	unsigned int bits;
	struct nsguard_slot *slot;
	u32 *list;
	u32 *rest;
	unsigned int n_rest;
};

static inline u64 nsguard_number(u8 key, unsigned int length, u64 value)
{
	/* Different numbers for equal values of different keys; paths are hashes all the same. */
	return value ^ ((u64)key << 58 | (u64)length << 52);
}

/*
 * The slot with the rules put under @number; NULL, or one of no rules, if there are none. Most
 * look-ups find nothing and are to end soon, also where many slots are taken in a row: those that
 * lie together are in the order of where they belong, so there is no looking behind one that
 * belongs further on.
 */
static inline const struct nsguard_slot *nsguard_slot(const struct nsguard_index *index, u64 number)
{
	unsigned int off = 0, i = hash_64(number, index->bits);
	const struct nsguard_slot *slot = &index->slot[i];

	do {
		if (slot->number == number)
			return slot;
		if (!slot->more)
			return NULL;
		i = (i + 1) & (BIT(index->bits) - 1);
		slot = &index->slot[i];
		off += off < NSGUARD_SLOT_FAR;
	} while (off <= slot->off);
	return NULL;
}

#endif
