/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named sets: ids that rules compare with, changed without the rules. A set is shared by all
 * snapshots that have it; which of its elements a snapshot sees, its generation says.
 */
#ifndef NSGUARD_SET_H
#define NSGUARD_SET_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include "../../uapi/linux/nsguard.h"
#include "../limits.h"

struct nsguard_policy;
struct nsguard_range;
struct nsguard_set_table;

/* An element no snapshot sees yet (@from), and one that none has lost (@to). */
#define NSGUARD_NEVER		U64_MAX

/**
 * struct nsguard_element - an element of a set
 * @from: the first generation that sees it; NSGUARD_NEVER while it belongs to a draft
 * @to: the first that does not any more, or NSGUARD_NEVER
 * @min: first id
 * @max: last id
 * @next: in the set's list of those that go
 *
 * Read under RCU; @from is set before it is linked, @to before the snapshot of that generation is
 * in force. 32 bytes, of which there may be a million.
 */
struct nsguard_element {
	u64 from;
	u64 to;
	u32 min;
	u32 max;
	struct nsguard_element *next;
};

/**
 * struct nsguard_set - a set
 * @ref: one for each list of sets it is in, each match that names it and each edit of it
 * @name: its name
 * @type: what its elements are
 * @table: its elements, those that go among them; RCU
 * @lengths: bit set of the prefix lengths that blocks of elements have
 * @blocks: how many blocks, by length
 * @n: elements in force
 * @linked: elements in @table
 * @reserved: blocks that a commit has asked room for
 * @node: in the list of sets that have elements that go
 * @first: the elements that go, in the order of their @to
 * @last: where the next one is put
 *
 * @name and @type are immutable; @n is changed under the policy's mutex, all else under that of
 * set.c. Decisions see a set through a snapshot, which drops its reference after a grace period.
 */
struct nsguard_set {
	struct kref ref;
	char name[NSGUARD_SET_NAME_MAX + 1];
	enum nsguard_set_type type;
	struct nsguard_set_table __rcu *table;
	u64 lengths;
	u32 blocks[33];
	unsigned int n;
	unsigned int linked;
	unsigned int reserved;
	struct list_head node;
	struct nsguard_element *first;
	struct nsguard_element **last;
};

/**
 * struct nsguard_set_list - the sets of a snapshot
 * @ref: one for each snapshot and draft that has it
 * @n: how many
 * @set: each with a reference, by name
 *
 * Immutable once it is in a snapshot; one where no set came or went is shared with the next.
 */
struct nsguard_set_list {
	struct kref ref;
	unsigned int n;
	struct nsguard_set *set[NSGUARD_MAX_SETS];
};

/* set.c */

/* Without elements. NULL without memory. */
struct nsguard_set *nsguard_set_alloc(const char *name, enum nsguard_set_type type);
struct nsguard_set *nsguard_set_get(struct nsguard_set *set);
/* May sleep. @set may be NULL. */
void nsguard_set_put(struct nsguard_set *set);
/* May a set of @type stand after @key, one of NSGUARD_A_RULE_*? */
bool nsguard_set_fits(enum nsguard_set_type type, u8 key);
/* Is there a type of sets that may? */
bool nsguard_set_fits_any(u8 key);
const char *nsguard_set_type_name(enum nsguard_set_type type);
/* Memory it takes, in bytes. May sleep. */
u64 nsguard_set_bytes(struct nsguard_set *set);
/*
 * The elements that generation @generation sees, which must be one that is still alive, in
 * ascending order; *@n says how many. The array is to be kvfree()d. May sleep. NULL without memory.
 */
struct nsguard_range *nsguard_set_read(struct nsguard_set *set, u64 generation, unsigned int *n);

/* Which comes first of two elements, as memcmp() does. */
int nsguard_range_order(const struct nsguard_range *a, const struct nsguard_range *b);
/* How many these are. May sleep. */
unsigned int nsguard_set_size(struct nsguard_set *set, u64 generation);

/* A list with the sets of @from (NULL: none). NULL without memory. */
struct nsguard_set_list *nsguard_set_list_copy(const struct nsguard_set_list *from);
struct nsguard_set_list *nsguard_set_list_get(struct nsguard_set_list *list);
/* May sleep. @list may be NULL. */
void nsguard_set_list_put(struct nsguard_set_list *list);
/* Position of the set @name in @list (NULL: an empty one); -1 - where it would be put. */
int nsguard_set_list_find(const struct nsguard_set_list *list, const char *name);

/*
 * For policy.c: @policy comes in force, and nobody sees it any more. After the latter the elements
 * that only it, or older ones, could see are freed. May sleep.
 */
void nsguard_set_begin(struct nsguard_policy *policy);
void nsguard_set_end(struct nsguard_policy *policy);

/*
 * For commits, one at a time. First room is made for @blocks more, which may fail, or is given back
 * (@blocks 0). Then, with no failure possible and nsguard_set_lock() held, elements are linked and
 * go; both before the snapshot of generation @from, or @to, is in force.
 */
int nsguard_set_reserve(struct nsguard_set *set, unsigned int blocks);
void nsguard_set_lock(void);
void nsguard_set_unlock(void);
void nsguard_set_link(struct nsguard_set *set, struct nsguard_element *e, u64 from);
void nsguard_set_drop(struct nsguard_set *set, struct nsguard_element *e, u64 to);
/* Calls @fn for each element in force; under nsguard_set_lock(). @fn may drop it. */
void nsguard_set_each(struct nsguard_set *set, void (*fn)(struct nsguard_element *e, void *arg),
		      void *arg);
/* The element from @min to @max that generation @generation, which is alive, sees; or NULL. */
struct nsguard_element *nsguard_set_find(struct nsguard_set *set, u64 generation, u32 min,
					 u32 max);

/* set-table.c */

/* Into how many blocks ids from @min to @max fall. */
unsigned int nsguard_set_blocks(u32 min, u32 max);
/*
 * Is @id in @set, as generation @generation sees it? Decision path: RCU read side, no lock, no
 * allocation; at most 33 look-ups, one for each length in use.
 */
bool nsguard_set_has(const struct nsguard_set *set, u64 generation, u32 id);
/*
 * Says @is yes to @what and an element of @set that @generation sees? As above, but it walks up to
 * @most places, of which there are a few for each element. Return: 1, 0, or -E2BIG: there are more.
 */
int nsguard_set_any(const struct nsguard_set *set, u64 generation, unsigned int most,
		    bool (*is)(const void *what, const struct nsguard_range *range),
		    const void *what);

#endif
