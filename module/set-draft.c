// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements of sets in a draft: which come and go is kept beside the sets until the draft comes in
 * force. Until then nobody else sees any of it, and dropping the draft drops it. Which sets there
 * are is in set-names.c, how elements live on in policy/set.c.
 */
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "draft.h"
#include "set-draft.h"

#define ENTRIES_MIN	16
#define LIVE		1UL	/* in an entry: the element is in the set as the draft has it */

/**
 * struct edit - what a draft does to the elements of a set
 * @node: in the draft's list
 * @set: which; a reference
 * @flush: elements of the base that have no entry are gone
 * @live: elements the set has in the draft
 * @entry: open hash of elements by their ids, NULL while there is none: those the draft made,
 *	which are its own, and those of the base it deleted or kept
 * @size: room in @entry, a power of two
 * @n: how many
 */
struct edit {
	struct list_head node;
	struct nsguard_set *set;
	bool flush;
	unsigned int live;
	unsigned long *entry;
	unsigned int size;
	unsigned int n;
};

static struct nsguard_element *element(unsigned long entry)
{
	return (struct nsguard_element *)(entry & ~LIVE);
}

/* The entry of @min to @max, or the empty one where the search ended. */
static unsigned long *entry_find(const struct edit *edit, u32 min, u32 max)
{
	unsigned int i = hash_64((u64)min << 32 | max, 32) & (edit->size - 1);
	const struct nsguard_element *e;

	for (; edit->entry[i]; i = (i + 1) & (edit->size - 1)) {
		e = element(edit->entry[i]);
		if (e->min == min && e->max == max)
			break;
	}
	return &edit->entry[i];
}

/* Room for one more entry. */
static int edit_grow(struct edit *edit)
{
	struct edit larger = *edit;
	struct nsguard_element *e;
	unsigned int i;

	if (edit->n < edit->size / 2)
		return 0;
	larger.size = max(2 * edit->size, (unsigned int)ENTRIES_MIN);
	larger.entry = kvcalloc(larger.size, sizeof(*larger.entry), GFP_KERNEL);
	if (!larger.entry)
		return -ENOMEM;
	for (i = 0; i < edit->size; i++) {
		e = element(edit->entry[i]);
		if (e)
			*entry_find(&larger, e->min, e->max) = edit->entry[i];
		if (!(i % 1024))
			cond_resched();
	}
	kvfree(edit->entry);
	*edit = larger;
	return 0;
}

/* Forgets the entries. Elements that nobody has ever seen are the draft's own. */
static void edit_clear(struct edit *edit)
{
	unsigned int i;

	for (i = 0; i < edit->size; i++) {
		if (edit->entry[i] && element(edit->entry[i])->from == NSGUARD_NEVER)
			kfree(element(edit->entry[i]));
		if (!(i % 1024))
			cond_resched();
	}
	kvfree(edit->entry);
	edit->entry = NULL;
	edit->size = 0;
	edit->n = 0;
}

static struct edit *edit_of(const struct nsguard_draft *d, const struct nsguard_set *set)
{
	struct edit *edit;

	list_for_each_entry(edit, &d->edits, node)
		if (edit->set == set)
			return edit;
	return NULL;
}

static struct edit *edit_begin(struct nsguard_draft *d, struct nsguard_set *set)
{
	struct edit *edit = edit_of(d, set);

	if (edit)
		return edit;
	edit = kzalloc(sizeof(*edit), GFP_KERNEL);
	if (!edit)
		return NULL;
	edit->set = nsguard_set_get(set);
	/* Should another draft have changed it meanwhile, this one cannot be committed. */
	edit->live = set->n;
	list_add(&edit->node, &d->edits);
	return edit;
}

static void edit_drop(struct edit *edit)
{
	list_del(&edit->node);
	edit_clear(edit);
	nsguard_set_put(edit->set);
	kfree(edit);
}

unsigned int nsguard_draft_set_forget(struct nsguard_draft *d, const struct nsguard_set *set)
{
	struct edit *edit = edit_of(d, set);
	unsigned int live = edit ? edit->live : set->n;

	if (edit)
		edit_drop(edit);
	return live;
}

/*
 * The entry of @min to @max, there already or to be filled. One that is there takes no memory, so
 * that taking back what was just said cannot fail.
 */
static unsigned long *entry_for(struct edit *edit, u32 min, u32 max)
{
	unsigned long *entry = edit->size ? entry_find(edit, min, max) : NULL;

	if (entry && *entry)
		return entry;
	return edit_grow(edit) ? NULL : entry_find(edit, min, max);
}

static struct nsguard_element *in_base(struct nsguard_draft *d, struct nsguard_set *set, u32 min,
				       u32 max)
{
	return nsguard_set_find(set, d->base->generation, min, max);
}

/* Into or out of the set, as the draft has it. */
static void enter(struct nsguard_draft *d, struct edit *edit, unsigned long *entry,
		  struct nsguard_element *e, bool live)
{
	edit->n += !*entry;
	*entry = (unsigned long)e | (live ? LIVE : 0);
	edit->live += live ? 1 : -1;
	/* A revert counts from 0, and may delete before it adds. */
	if (live)
		d->elements++;
	else if (d->elements)
		d->elements--;
	d->dirty = true;
	d->hardens = d->hardens || !live;
}

int nsguard_draft_element_add(struct nsguard_draft *d, struct nsguard_set *set, u32 min, u32 max)
{
	struct edit *edit = edit_begin(d, set);
	struct nsguard_element *e;
	unsigned long *entry;

	entry = edit ? entry_for(edit, min, max) : NULL;
	if (!entry)
		return -ENOMEM;
	if (*entry & LIVE)
		return -EEXIST;
	e = element(*entry) ?: in_base(d, set, min, max);
	if (e && !*entry && !edit->flush)
		return -EEXIST;
	if (d->elements >= NSGUARD_MAX_ELEMENTS)
		return -ENOSPC;
	if (!e) {
		e = kmalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
		if (!e)
			return -ENOMEM;
		*e = (struct nsguard_element){ .from = NSGUARD_NEVER, .to = NSGUARD_NEVER,
					       .min = min, .max = max };
	}
	enter(d, edit, entry, e, true);
	return 0;
}

int nsguard_draft_element_del(struct nsguard_draft *d, struct nsguard_set *set, u32 min, u32 max)
{
	struct edit *edit = edit_begin(d, set);
	struct nsguard_element *e;
	unsigned long *entry;

	entry = edit ? entry_for(edit, min, max) : NULL;
	if (!entry)
		return -ENOMEM;
	if (*entry && !(*entry & LIVE))
		return -ENOENT;
	e = element(*entry);
	if (!e && !edit->flush)
		e = in_base(d, set, min, max);
	if (!e)
		return -ENOENT;
	enter(d, edit, entry, e, false);
	return 0;
}

int nsguard_draft_set_flush(struct nsguard_draft *d, struct nsguard_set *set)
{
	struct edit *edit = edit_begin(d, set);

	if (!edit)
		return -ENOMEM;
	edit_clear(edit);
	edit->flush = true;
	d->dirty = d->dirty || edit->live;
	d->hardens = true;
	d->elements -= min(edit->live, d->elements);
	edit->live = 0;
	return 0;
}

static bool is_empty(const struct nsguard_draft *d, const struct nsguard_set *set)
{
	const struct edit *edit = d ? edit_of(d, set) : NULL;

	return !(edit ? edit->live : set->n);
}

bool nsguard_draft_sets_bar(const struct nsguard_draft *d, const struct nsguard_rule *rule)
{
	const struct nsguard_match *m;
	unsigned int i;

	for (i = 0; i < rule->n; i++) {
		m = &rule->match[i];
		if (m->from == NSGUARD_FROM_SET && !m->not && is_empty(d, m->set))
			return true;
	}
	return false;
}

void nsguard_draft_sets_load(struct nsguard_draft *d, const struct nsguard_policy *base)
{
	INIT_LIST_HEAD(&d->edits);
	d->sets = nsguard_set_list_get(base->sets);
	d->elements = base->elements;
}

void nsguard_draft_sets_unload(struct nsguard_draft *d)
{
	struct edit *edit, *next;

	list_for_each_entry_safe(edit, next, &d->edits, node)
		edit_drop(edit);
	nsguard_set_list_put(d->sets);
	d->sets = NULL;
	d->own_sets = false;
}

/* Makes the elements of @set in @d what @to sees of them. */
static int revert_elements(struct nsguard_draft *d, struct nsguard_set *set,
			   const struct nsguard_policy *to)
{
	struct nsguard_range *then, *now;
	unsigned int n, m, i = 0, k = 0;
	int err = 0;

	then = nsguard_set_read(set, to->generation, &n);
	now = nsguard_set_read(set, d->base->generation, &m);
	if (!then || !now)
		err = -ENOMEM;
	while (!err && (i < n || k < m)) {
		int order = i == n ? 1 : k == m ? -1 : nsguard_range_order(&then[i], &now[k]);

		if (order < 0)
			err = nsguard_draft_element_add(d, set, then[i].min, then[i].max);
		else if (order > 0)
			err = nsguard_draft_element_del(d, set, now[k].min, now[k].max);
		i += order <= 0;
		k += order >= 0;
		cond_resched();
	}
	kvfree(then);
	kvfree(now);
	return err;
}

int nsguard_draft_sets_revert(struct nsguard_draft *d, const struct nsguard_policy *to)
{
	unsigned int i;
	int err = 0;

	nsguard_draft_sets_unload(d);
	nsguard_draft_sets_load(d, to);
	/* Nothing is beyond a bound that was kept then. */
	d->elements = 0;
	for (i = 0; d->sets && i < d->sets->n && !err; i++)
		err = revert_elements(d, d->sets->set[i], to);
	d->elements = to->elements;
	return err;
}

/* --- commit --- */

static unsigned int blocks_to_add(const struct edit *edit)
{
	const struct nsguard_element *e;
	unsigned int i, n = 0;

	for (i = 0; i < edit->size; i++) {
		e = element(edit->entry[i]);
		if ((edit->entry[i] & LIVE) && e->from == NSGUARD_NEVER)
			n += nsguard_set_blocks(e->min, e->max);
		if (!(i % 1024))
			cond_resched();
	}
	return n;
}

int nsguard_draft_sets_prepare(struct nsguard_draft *d)
{
	struct edit *edit;

	list_for_each_entry(edit, &d->edits, node) {
		if (nsguard_set_reserve(edit->set, blocks_to_add(edit))) {
			nsguard_draft_sets_retreat(d);
			return -ENOMEM;
		}
	}
	return 0;
}

void nsguard_draft_sets_retreat(struct nsguard_draft *d)
{
	struct edit *edit;

	list_for_each_entry(edit, &d->edits, node)
		nsguard_set_reserve(edit->set, 0);
}

/**
 * struct settling - a flush that comes in force
 * @edit: which
 * @generation: the first that sees it
 */
struct settling {
	struct edit *edit;
	u64 generation;
};

/* Of the base's elements a flush leaves those that were added again. */
static void drop_unless_kept(struct nsguard_element *e, void *arg)
{
	const struct settling *s = arg;
	unsigned long entry = s->edit->size ? *entry_find(s->edit, e->min, e->max) : 0;

	if (element(entry) != e || !(entry & LIVE))
		nsguard_set_drop(s->edit->set, e, s->generation);
}

static void settle(struct edit *edit, u64 generation)
{
	struct settling s = { edit, generation };
	struct nsguard_element *e;
	unsigned int i;

	nsguard_set_lock();
	if (edit->flush)
		nsguard_set_each(edit->set, drop_unless_kept, &s);
	for (i = 0; i < edit->size; i++) {
		e = element(edit->entry[i]);
		if (e && (edit->entry[i] & LIVE) && e->from == NSGUARD_NEVER)
			nsguard_set_link(edit->set, e, generation);
		else if (e && !(edit->entry[i] & LIVE) && e->from != NSGUARD_NEVER &&
			 e->to == NSGUARD_NEVER)
			nsguard_set_drop(edit->set, e, generation);
		if (!(i % 1024))
			cond_resched();
	}
	edit->set->reserved = 0;
	nsguard_set_unlock();
}

void nsguard_draft_sets_settle(struct nsguard_draft *d, struct nsguard_policy *next)
{
	struct edit *edit;

	list_for_each_entry(edit, &d->edits, node)
		settle(edit, next->generation);
	next->sets = nsguard_set_list_get(d->sets);
	next->elements = d->elements;
}
