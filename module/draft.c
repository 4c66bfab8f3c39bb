// SPDX-License-Identifier: GPL-2.0-only
/*
 * Edits of a draft. Neither a snapshot nor what is in force is touched here; that is
 * transaction.c's.
 *
 * A draft may hold a million rules and take a hundred thousand changes: each costs
 * O(1) (additions) or O(log n) (deletions), but a single change, which is by far the
 * most frequent draft, builds no index at all.
 */
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include "decide.h"
#include "draft.h"

#define TOMB		((struct nsguard_rule *)1)
#define SLOTS_MIN	64

/* Handles are global and never used twice, not even those of drafts that were dropped. */
static u64 last_handle;

u32 nsguard_table_unnamed_ops(enum nsguard_table table)
{
	return nsguard_table_ops[table] & ~BIT(NSGUARD_OP_CPUSET);
}

/* Room for one more entry. */
static int grow(struct nsguard_draft *d)
{
	struct nsguard_draft_entry *entry;
	unsigned int size;

	if (d->n < d->size)
		return 0;
	size = d->size + d->size / 2 + 16;
	entry = kvmalloc_array(size, sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;
	if (d->n)
		memcpy(entry, d->entry, d->n * sizeof(*entry));
	kvfree(d->entry);
	d->entry = entry;
	d->size = size;
	return 0;
}

int nsguard_draft_load(struct nsguard_draft *d, struct nsguard_policy *base)
{
	unsigned int n = 0, i, t;

	for (t = 0; t < NSGUARD_TABLES; t++)
		n += base->table[t].n;
	d->entry = kvmalloc_array(n + 1, sizeof(*d->entry), GFP_KERNEL);
	if (!d->entry)
		return -ENOMEM;
	d->size = n + 1;
	if (base->sandboxes) {
		d->sandbox = kvmalloc_array(NSGUARD_MAX_SANDBOXES, sizeof(*d->sandbox), GFP_KERNEL);
		if (!d->sandbox) {
			kvfree(d->entry);
			return -ENOMEM;
		}
	}
	for (t = 0; t < NSGUARD_TABLES; t++) {
		const struct nsguard_table_policy *table = &base->table[t];

		d->mode[t] = table->mode;
		memcpy(d->fallback[t], table->fallback, sizeof(d->fallback[t]));
		for (i = 0; i < table->n; i++) {
			d->entry[d->n].handle = table->rule[i]->handle;
			d->entry[d->n++].rule = table->rule[i];
			if (!(i % 4096))
				cond_resched();
		}
	}
	for (i = 0; i < base->sandboxes; i++) {
		nsguard_sandbox_get(base->sandbox[i]);
		d->sandbox[d->sandboxes++] = base->sandbox[i];
	}
	d->base_n = n;
	d->live = n;
	d->base = base;
	return 0;
}

void nsguard_draft_unload(struct nsguard_draft *d)
{
	unsigned int i;

	for (i = d->base_n; i < d->n; i++) {
		if (d->entry[i].rule)
			nsguard_rule_put(d->entry[i].rule);
		if (!(i % 4096))
			cond_resched();
	}
	kvfree(d->entry);
	d->entry = NULL;
	d->n = 0;
	d->base_n = 0;
	kvfree(d->slot);
	d->slot = NULL;
	while (d->sandboxes)
		nsguard_sandbox_put(d->sandbox[--d->sandboxes]);
	kvfree(d->sandbox);
	d->sandbox = NULL;
	if (d->base)
		nsguard_policy_put(d->base);
	d->base = NULL;
}

/* The slot of a rule identical to @rule, or the empty one where the search ended. */
static struct nsguard_rule **slot_find(struct nsguard_draft *d, const struct nsguard_rule *rule)
{
	unsigned int i = rule->hash & (d->slots - 1);

	while (d->slot[i]) {
		if (d->slot[i] != TOMB && d->slot[i]->hash == rule->hash &&
		    nsguard_rule_same(d->slot[i], rule))
			break;
		i = (i + 1) & (d->slots - 1);
	}
	return &d->slot[i];
}

/* Builds the hash of the live rules anew, with room for more. */
static int slots_build(struct nsguard_draft *d)
{
	unsigned int slots = SLOTS_MIN, i;

	/* At most half full after twice as many rules as there are. */
	while (slots / 4 < d->live)
		slots *= 2;
	kvfree(d->slot);
	d->slot = kvcalloc(slots, sizeof(*d->slot), GFP_KERNEL);
	if (!d->slot)
		return -ENOMEM;
	d->slots = slots;
	d->used = 0;
	for (i = 0; i < d->n; i++) {
		if (!d->entry[i].rule)
			continue;
		*slot_find(d, d->entry[i].rule) = d->entry[i].rule;
		d->used++;
		if (!(i % 4096))
			cond_resched();
	}
	return 0;
}

static struct nsguard_rule *walk_for(struct nsguard_draft *d, const struct nsguard_rule *rule)
{
	unsigned int i;

	for (i = 0; i < d->n; i++) {
		if (d->entry[i].rule && d->entry[i].rule->hash == rule->hash &&
		    nsguard_rule_same(d->entry[i].rule, rule))
			return d->entry[i].rule;
		if (!(i % 4096))
			cond_resched();
	}
	return NULL;
}

int nsguard_draft_add(struct nsguard_draft *d, struct nsguard_rule *rule, u64 *other)
{
	struct nsguard_rule *same, **slot = NULL;
	int err;

	if (d->live >= nsguard_max_rules())
		return -ENOSPC;
	err = grow(d);
	if (err)
		return err;
	if (++d->adds > 1 && (!d->slot || d->used >= d->slots / 2)) {
		err = slots_build(d);
		if (err)
			return err;
	}
	if (d->slot) {
		slot = slot_find(d, rule);
		same = *slot;
	} else {
		same = walk_for(d, rule);
	}
	if (same) {
		*other = same->handle;
		return -EEXIST;
	}
	if (slot) {
		*slot = rule;
		d->used++;
	}
	rule->handle = ++last_handle;
	/* The highest handle there is: a sorted draft stays sorted. */
	d->entry[d->n].handle = rule->handle;
	d->entry[d->n++].rule = rule;
	d->live++;
	d->dirty = true;
	return 0;
}

static int by_handle(const void *a, const void *b)
{
	u64 x = ((const struct nsguard_draft_entry *)a)->handle;
	u64 y = ((const struct nsguard_draft_entry *)b)->handle;

	/* A million rules take a second to sort. */
	cond_resched();
	return x < y ? -1 : x > y;
}

static struct nsguard_draft_entry *entry_find(struct nsguard_draft *d, u64 handle)
{
	struct nsguard_draft_entry key = { .handle = handle };
	unsigned int i;

	if (!d->sorted && ++d->lookups > 1) {
		/* The rules of the base have lower handles than those that were added. */
		sort(d->entry, d->base_n, sizeof(*d->entry), by_handle, NULL);
		d->sorted = true;
	}
	if (d->sorted)
		return bsearch(&key, d->entry, d->n, sizeof(*d->entry), by_handle);
	for (i = 0; i < d->n; i++)
		if (d->entry[i].handle == handle)
			return &d->entry[i];
	return NULL;
}

static void entry_del(struct nsguard_draft *d, struct nsguard_draft_entry *e)
{
	if (d->slot)
		*slot_find(d, e->rule) = TOMB;
	if (e - d->entry >= d->base_n)
		nsguard_rule_put(e->rule);
	e->rule = NULL;
	d->live--;
	d->dirty = true;
}

int nsguard_draft_del(struct nsguard_draft *d, u64 handle)
{
	struct nsguard_draft_entry *e = entry_find(d, handle);

	if (!e || !e->rule)
		return -ENOENT;
	entry_del(d, e);
	return 0;
}

void nsguard_draft_flush(struct nsguard_draft *d, int table)
{
	unsigned int i;

	for (i = 0; i < d->n; i++) {
		struct nsguard_draft_entry *e = &d->entry[i];

		if (e->rule && (table < 0 || e->rule->table == table))
			entry_del(d, e);
		if (!(i % 4096))
			cond_resched();
	}
}

int nsguard_draft_mode(struct nsguard_draft *d, enum nsguard_table table, enum nsguard_mode mode)
{
	if (mode > nsguard_ceiling())
		return -EROFS;
	if (d->mode[table] != mode) {
		d->mode[table] = mode;
		d->dirty = true;
	}
	return 0;
}

void nsguard_draft_default(struct nsguard_draft *d, enum nsguard_table table, int op,
			   enum nsguard_verdict verdict)
{
	u32 ops = op < 0 ? nsguard_table_unnamed_ops(table) : BIT(op);
	unsigned int i;

	for (i = 0; i < NSGUARD_OPS; i++) {
		if (!(ops & BIT(i)) || d->fallback[table][i] == verdict)
			continue;
		d->fallback[table][i] = verdict;
		d->dirty = true;
	}
}

void nsguard_draft_force(struct nsguard_draft *d)
{
	d->force = true;
}

u64 nsguard_draft_generation(const struct nsguard_draft *d)
{
	return d->base->generation;
}
