// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of sets and of their elements. A commit links elements before the snapshot that sees
 * them is in force, and marks those that go; they are freed when the last snapshot that could see
 * them is gone. How an id is looked up is in set-table.c, what a draft does in set-draft.c.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "policy.h"
#include "set-table.h"

#define KEY(key)	BIT_ULL(NSGUARD_A_RULE_##key)

/**
 * struct type - a type of sets
 * @name: as it is said
 * @keys: bit set of the keys it may stand after
 */
static const struct type {
	const char *name;
	u64 keys;
} types[] = {
	[NSGUARD_SET_TYPE_UID]	= { "uid", KEY(UID) | KEY(EUID) | KEY(TARGET_UID) |
				   KEY(TARGET_OWNER) | KEY(OPENER_UID) },
	[NSGUARD_SET_TYPE_GID]	= { "gid", KEY(GID) },
	[NSGUARD_SET_TYPE_AUID]	= { "auid", KEY(AUID) },
	[NSGUARD_SET_TYPE_PID]	= { "pid", KEY(PID) },
};

/* Over the tables of all sets and both lists. Taken under the policy's mutex, or without. */
static DEFINE_MUTEX(sets_mutex);
static LIST_HEAD(leaving);	/* sets that have elements that go */
static LIST_HEAD(alive);	/* snapshots, by generation: those in force and those still held */

bool nsguard_set_fits(enum nsguard_set_type type, u8 key)
{
	return types[type].keys & BIT_ULL(key);
}

bool nsguard_set_fits_any(u8 key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (nsguard_set_fits(i, key))
			return true;
	return false;
}

const char *nsguard_set_type_name(enum nsguard_set_type type)
{
	return types[type].name;
}

static struct nsguard_set_table *table_of(const struct nsguard_set *set)
{
	return rcu_dereference_protected(set->table, lockdep_is_held(&sets_mutex));
}

struct nsguard_set *nsguard_set_alloc(const char *name, enum nsguard_set_type type)
{
	struct nsguard_set *set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	struct nsguard_set_table *t = nsguard_set_table_alloc(0);

	if (!set || !t) {
		kvfree(t);
		kfree(set);
		return NULL;
	}
	kref_init(&set->ref);
	strscpy(set->name, name, sizeof(set->name));
	set->type = type;
	INIT_LIST_HEAD(&set->node);
	set->last = &set->first;
	RCU_INIT_POINTER(set->table, t);
	return set;
}

struct nsguard_set *nsguard_set_get(struct nsguard_set *set)
{
	kref_get(&set->ref);
	return set;
}

static void free_all(struct nsguard_element *e)
{
	struct nsguard_element *next;

	for (; e; e = next) {
		next = e->next;
		kfree(e);
		cond_resched();
	}
}

/* Nobody looks into it any more. */
static void release(struct kref *ref)
{
	struct nsguard_set *set = container_of(ref, struct nsguard_set, ref);
	struct nsguard_element *e, *all = NULL;
	struct nsguard_set_table *t;
	unsigned int i;

	mutex_lock(&sets_mutex);
	list_del(&set->node);
	t = table_of(set);
	for (i = 0; i < t->size; i++) {
		e = nsguard_set_table_at(t, i);
		if (e) {
			e->next = all;
			all = e;
		}
		if (!(i % 1024))
			cond_resched();
	}
	mutex_unlock(&sets_mutex);
	free_all(all);
	kvfree(t);
	kfree(set);
}

void nsguard_set_put(struct nsguard_set *set)
{
	if (!IS_ERR_OR_NULL(set))
		kref_put(&set->ref, release);
}

u64 nsguard_set_bytes(struct nsguard_set *set)
{
	u64 bytes;

	mutex_lock(&sets_mutex);
	bytes = sizeof(*set) + nsguard_set_table_bytes(table_of(set)) +
		(u64)set->linked * sizeof(struct nsguard_element);
	mutex_unlock(&sets_mutex);
	return bytes;
}

/* --- lists of sets --- */

struct nsguard_set_list *nsguard_set_list_copy(const struct nsguard_set_list *from)
{
	struct nsguard_set_list *list = kvzalloc(sizeof(*list), GFP_KERNEL_ACCOUNT);

	if (!list)
		return NULL;
	kref_init(&list->ref);
	for (; from && list->n < from->n; list->n++)
		list->set[list->n] = nsguard_set_get(from->set[list->n]);
	return list;
}

struct nsguard_set_list *nsguard_set_list_get(struct nsguard_set_list *list)
{
	if (list)
		kref_get(&list->ref);
	return list;
}

static void list_release(struct kref *ref)
{
	struct nsguard_set_list *list = container_of(ref, struct nsguard_set_list, ref);

	while (list->n)
		nsguard_set_put(list->set[--list->n]);
	kvfree(list);
}

void nsguard_set_list_put(struct nsguard_set_list *list)
{
	if (list)
		kref_put(&list->ref, list_release);
}

int nsguard_set_list_find(const struct nsguard_set_list *list, const char *name)
{
	int low = 0, high = list ? list->n : 0;

	while (low < high) {
		int mid = low + (high - low) / 2;
		int order = strcmp(name, list->set[mid]->name);

		if (!order)
			return mid;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1 - low;
}

/* --- changes --- */

/* Puts the elements into a table for @blocks blocks. */
static int rebuild(struct nsguard_set *set, unsigned int blocks)
{
	struct nsguard_set_table *old = table_of(set), *t = nsguard_set_table_alloc(blocks);
	struct nsguard_element *e;
	unsigned int i;

	if (!t)
		return -ENOMEM;
	for (i = 0; i < old->size; i++) {
		e = nsguard_set_table_at(old, i);
		if (e)
			nsguard_set_table_add(t, e);
		if (!(i % 1024))
			cond_resched();
	}
	rcu_assign_pointer(set->table, t);
	kvfree_rcu(old, rcu);
	return 0;
}

static unsigned int blocks_of(const struct nsguard_set *set)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(set->blocks); i++)
		n += set->blocks[i];
	return n;
}

int nsguard_set_reserve(struct nsguard_set *set, unsigned int blocks)
{
	int err = 0;

	mutex_lock(&sets_mutex);
	if (blocks && !nsguard_set_table_fits(table_of(set), blocks))
		err = rebuild(set, blocks_of(set) + blocks);
	set->reserved = err ? 0 : blocks;
	mutex_unlock(&sets_mutex);
	return err;
}

void nsguard_set_lock(void)
{
	mutex_lock(&sets_mutex);
}

void nsguard_set_unlock(void)
{
	mutex_unlock(&sets_mutex);
}

void nsguard_set_link(struct nsguard_set *set, struct nsguard_element *e, u64 from)
{
	e->from = from;
	nsguard_set_count(set, e, true);
	nsguard_set_table_add(table_of(set), e);
	set->linked++;
	set->n++;
}

void nsguard_set_drop(struct nsguard_set *set, struct nsguard_element *e, u64 to)
{
	WRITE_ONCE(e->to, to);
	e->next = NULL;
	*set->last = e;
	set->last = &e->next;
	if (list_empty(&set->node))
		list_add_tail(&set->node, &leaving);
	set->n--;
}

void nsguard_set_each(struct nsguard_set *set, void (*fn)(struct nsguard_element *e, void *arg),
		      void *arg)
{
	const struct nsguard_set_table *t = table_of(set);
	struct nsguard_element *e;
	unsigned int i;

	for (i = 0; i < t->size; i++) {
		e = nsguard_set_table_at(t, i);
		if (e && e->to == NSGUARD_NEVER)
			fn(e, arg);
		if (!(i % 1024))
			cond_resched();
	}
}

struct nsguard_element *nsguard_set_find(struct nsguard_set *set, u64 generation, u32 min,
					 u32 max)
{
	struct nsguard_element *e;

	mutex_lock(&sets_mutex);
	e = nsguard_set_table_find(table_of(set), generation, min, max);
	mutex_unlock(&sets_mutex);
	return e;
}

/* --- who sees what, and until when --- */

void nsguard_set_begin(struct nsguard_policy *policy)
{
	mutex_lock(&sets_mutex);
	list_add_tail(&policy->alive, &alive);
	mutex_unlock(&sets_mutex);
}

/* Takes the elements of @set out that no snapshot from @oldest on sees; in front of @gone. */
static struct nsguard_element *reap(struct nsguard_set *set, u64 oldest,
				    struct nsguard_element *gone)
{
	struct nsguard_element *e;

	while ((e = set->first) && e->to <= oldest) {
		set->first = e->next;
		nsguard_set_table_del(table_of(set), e);
		nsguard_set_count(set, e, false);
		set->linked--;
		e->next = gone;
		gone = e;
		cond_resched();
	}
	if (!set->first) {
		set->last = &set->first;
		list_del_init(&set->node);
	}
	/* Without memory it stays as large as it is. */
	if (nsguard_set_table_wastes(table_of(set), blocks_of(set) + set->reserved))
		rebuild(set, blocks_of(set) + set->reserved);
	return gone;
}

void nsguard_set_end(struct nsguard_policy *policy)
{
	struct nsguard_element *gone = NULL;
	struct nsguard_set *set, *next;
	u64 oldest = NSGUARD_NEVER;

	mutex_lock(&sets_mutex);
	list_del(&policy->alive);
	if (!list_empty(&alive))
		oldest = list_first_entry(&alive, struct nsguard_policy, alive)->generation;
	list_for_each_entry_safe(set, next, &leaving, node)
		gone = reap(set, oldest, gone);
	mutex_unlock(&sets_mutex);
	nsguard_set_list_put(policy->sets);
	if (!gone)
		return;
	/* Decisions under newer snapshots may stand on them, on their way to others. */
	synchronize_rcu();
	free_all(gone);
}

int nsguard_range_order(const struct nsguard_range *a, const struct nsguard_range *b)
{
	if (a->min != b->min)
		return a->min < b->min ? -1 : 1;
	return a->max < b->max ? -1 : a->max > b->max;
}

static int by_id(const void *left, const void *right)
{
	cond_resched();
	return nsguard_range_order(left, right);
}

struct nsguard_range *nsguard_set_read(struct nsguard_set *set, u64 generation, unsigned int *n)
{
	const struct nsguard_set_table *t;
	const struct nsguard_element *e;
	struct nsguard_range *range;
	unsigned int i;

	*n = 0;
	mutex_lock(&sets_mutex);
	t = table_of(set);
	range = kvmalloc_array(set->linked + 1, sizeof(*range), GFP_KERNEL);
	for (i = 0; range && i < t->size; i++) {
		e = nsguard_set_table_at(t, i);
		if (e && nsguard_element_seen(e, generation)) {
			range[*n].min = e->min;
			range[(*n)++].max = e->max;
		}
		if (!(i % 1024))
			cond_resched();
	}
	mutex_unlock(&sets_mutex);
	if (range)
		sort(range, *n, sizeof(*range), by_id, NULL);
	return range;
}

unsigned int nsguard_set_size(struct nsguard_set *set, u64 generation)
{
	const struct nsguard_set_table *t;
	const struct nsguard_element *e;
	unsigned int i, n = 0;

	mutex_lock(&sets_mutex);
	t = table_of(set);
	for (i = 0; i < t->size; i++) {
		e = nsguard_set_table_at(t, i);
		n += e && nsguard_element_seen(e, generation);
		if (!(i % 1024))
			cond_resched();
	}
	mutex_unlock(&sets_mutex);
	return n;
}
