// SPDX-License-Identifier: GPL-2.0-only
/*
 * Edits of a draft. Neither a snapshot nor what is in force is touched here; that is
 * commit.c's.
 *
 * A draft may take a million changes: each costs the same, whatever there is and whatever came
 * before; and a single change, which is by far the most frequent draft, needs next to no memory.
 */
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "decide.h"
#include "draft.h"
#include "inforce.h"
#include "set-draft.h"

/* Handles are global and never used twice, not even those of drafts that were dropped. */
static u64 last_handle;

u32 nsguard_table_unnamed_ops(enum nsguard_table table)
{
	return nsguard_table_ops[table] & ~BIT(NSGUARD_OP_CPUSET);
}

bool nsguard_draft_is_current(const struct nsguard_draft *d)
{
	/* Not the same snapshot: merge.c may have put another in its place that says the same. */
	return d->base->generation == nsguard_policy_generation();
}

bool nsguard_draft_drops(struct nsguard_draft *d, const struct nsguard_rule *rule)
{
	return d->flushed[rule->table] || xa_load(&d->gone, rule->handle);
}

int nsguard_draft_load(struct nsguard_draft *d, struct nsguard_policy *base)
{
	unsigned int i, t;

	if (base->sandboxes) {
		d->sandbox = kvmalloc_array(NSGUARD_MAX_SANDBOXES, sizeof(*d->sandbox), GFP_KERNEL);
		if (!d->sandbox)
			return -ENOMEM;
	}
	for (i = 0; i < base->sandboxes; i++) {
		nsguard_sandbox_get(base->sandbox[i]);
		d->sandbox[d->sandboxes++] = base->sandbox[i];
	}
	for (t = 0; t < NSGUARD_TABLES; t++) {
		d->mode[t] = base->table[t].mode;
		memcpy(d->fallback[t], base->table[t].fallback, sizeof(d->fallback[t]));
		d->live += base->table[t].n;
	}
	nsguard_draft_sets_load(d, base);
	xa_init(&d->gone);
	d->base = base;
	return 0;
}

void nsguard_draft_unload(struct nsguard_draft *d)
{
	unsigned int i;

	for (i = 0; i < d->n; i++) {
		if (d->entry[i].rule)
			nsguard_rule_put(d->entry[i].rule);
		if (!(i % 4096))
			cond_resched();
	}
	kvfree(d->entry);
	d->entry = NULL;
	d->n = 0;
	nsguard_alike_free(&d->alike);
	xa_destroy(&d->gone);
	while (d->sandboxes)
		nsguard_sandbox_put(d->sandbox[--d->sandboxes]);
	kvfree(d->sandbox);
	d->sandbox = NULL;
	nsguard_draft_sets_unload(d);
	if (d->base)
		nsguard_policy_put(d->base);
	d->base = NULL;
}

/* Room for one more entry. */
static int grow(struct nsguard_draft *d)
{
	struct nsguard_draft_entry *entry;
	unsigned int size;

	if (d->n < d->size)
		return 0;
	size = 2 * d->size + 4;
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

/* There is room. */
static void put(struct nsguard_draft *d, struct nsguard_rule *rule)
{
	d->entry[d->n].handle = rule->handle;
	d->entry[d->n++].rule = rule;
	nsguard_alike_add(&d->alike, rule);
	d->live++;
	d->dirty = true;
}

/* A rule there will be that says the same as @rule. */
static struct nsguard_rule *same(struct nsguard_draft *d, const struct nsguard_rule *rule)
{
	struct nsguard_rule *other = nsguard_alike_find(&d->alike, rule);

	if (other || !nsguard_draft_is_current(d))
		return other;
	other = nsguard_inforce_same(rule);
	return other && !nsguard_draft_drops(d, other) ? other : NULL;
}

static int add(struct nsguard_draft *d, struct nsguard_rule *rule, u64 *other)
{
	struct nsguard_rule *twin;
	int err;

	if (d->live >= nsguard_max_rules())
		return -ENOSPC;
	twin = same(d, rule);
	if (twin) {
		*other = twin->handle;
		return -EEXIST;
	}
	err = grow(d);
	if (err)
		return err;
	/* The highest handle there is: entries stay sorted. */
	rule->handle = ++last_handle;
	put(d, rule);
	return 0;
}

/* Undoes the last add(): the rule is its caller's again, whose handle nobody will have. */
static void take_back(struct nsguard_draft *d)
{
	nsguard_alike_del(&d->alike, d->entry[--d->n].rule);
	d->live--;
}

int nsguard_draft_add(struct nsguard_draft *d, struct nsguard_rule *const *rule, unsigned int n,
		      unsigned int *fault, u64 *other)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = add(d, rule[i], other);
		if (!err)
			continue;
		*fault = i;
		while (i--)
			take_back(d);
		return err;
	}
	return 0;
}

static int by_handle(const void *a, const void *b)
{
	u64 x = ((const struct nsguard_draft_entry *)a)->handle;
	u64 y = ((const struct nsguard_draft_entry *)b)->handle;

	return x < y ? -1 : x > y;
}

static void entry_del(struct nsguard_draft *d, struct nsguard_draft_entry *e)
{
	nsguard_alike_del(&d->alike, e->rule);
	nsguard_rule_put(e->rule);
	e->rule = NULL;
	d->live--;
	d->dirty = true;
}

static int base_del(struct nsguard_draft *d, struct nsguard_rule *rule)
{
	if (xa_is_err(xa_store(&d->gone, rule->handle, rule, GFP_KERNEL)))
		return -ENOMEM;
	d->n_gone[rule->table]++;
	d->live--;
	d->dirty = true;
	d->hardens = d->hardens || rule->verdict == NSGUARD_VERDICT_ALLOW;
	return 0;
}

int nsguard_draft_del(struct nsguard_draft *d, u64 handle)
{
	struct nsguard_draft_entry key = { .handle = handle }, *e = NULL;
	struct nsguard_rule *rule;

	if (d->n)
		e = bsearch(&key, d->entry, d->n, sizeof(*d->entry), by_handle);
	if (e) {
		if (!e->rule)
			return -ENOENT;
		entry_del(d, e);
		return 0;
	}
	if (!nsguard_draft_is_current(d))
		return 0;
	rule = nsguard_inforce_find(handle);
	if (!rule || nsguard_draft_drops(d, rule))
		return -ENOENT;
	return base_del(d, rule);
}

static void base_flush(struct nsguard_draft *d, enum nsguard_table table)
{
	unsigned int n = d->base->table[table].n - d->n_gone[table];

	if (d->flushed[table] || !n)
		return;
	d->flushed[table] = true;
	d->live -= n;
	d->dirty = true;
	d->hardens = true;
}

void nsguard_draft_flush(struct nsguard_draft *d, int table)
{
	unsigned int t, i;

	for (t = 0; t < NSGUARD_TABLES; t++)
		if (table < 0 || t == table)
			base_flush(d, t);
	for (i = 0; i < d->n; i++) {
		struct nsguard_draft_entry *e = &d->entry[i];

		if (e->rule && (table < 0 || e->rule->table == table))
			entry_del(d, e);
		if (!(i % 4096))
			cond_resched();
	}
}

/* Drops the rules of @d's base that are not in @to, and adds those that are only there. */
static int revert_table(struct nsguard_draft *d, const struct nsguard_policy *to,
			enum nsguard_table t)
{
	const struct nsguard_policy *base = d->base;
	struct nsguard_cursor now = {}, then = {};
	struct nsguard_rule *rule;
	int err = 0;

	while (!err && (rule = nsguard_cursor_peek(&now, &base->table[t], base->generation))) {
		nsguard_cursor_next(&now, &base->table[t], rule);
		if (!nsguard_table_has(&to->table[t], to->generation, rule))
			err = base_del(d, rule);
		cond_resched();
	}
	while (!err && (rule = nsguard_cursor_peek(&then, &to->table[t], to->generation))) {
		nsguard_cursor_next(&then, &to->table[t], rule);
		cond_resched();
		if (nsguard_inforce_find(rule->handle) == rule)
			continue;
		err = grow(d);
		if (err)
			break;
		nsguard_rule_get(rule);
		put(d, rule);
	}
	return err;
}

int nsguard_draft_revert(struct nsguard_draft *d, const struct nsguard_policy *to)
{
	unsigned int t, i;
	int err;

	if (to->sandboxes && !d->sandbox)
		d->sandbox = kvmalloc_array(NSGUARD_MAX_SANDBOXES, sizeof(*d->sandbox), GFP_KERNEL);
	if (to->sandboxes && !d->sandbox)
		return -ENOMEM;
	while (d->sandboxes)
		nsguard_sandbox_put(d->sandbox[--d->sandboxes]);
	for (i = 0; i < to->sandboxes; i++) {
		nsguard_sandbox_get(to->sandbox[i]);
		d->sandbox[d->sandboxes++] = to->sandbox[i];
	}
	for (t = 0; t < NSGUARD_TABLES; t++) {
		d->mode[t] = to->table[t].mode;
		memcpy(d->fallback[t], to->table[t].fallback, sizeof(d->fallback[t]));
		err = revert_table(d, to, t);
		if (err)
			return err;
	}
	err = nsguard_draft_sets_revert(d, to);
	if (err)
		return err;
	if (d->n)
		sort(d->entry, d->n, sizeof(*d->entry), by_handle, NULL);
	d->dirty = true;
	d->hardens = true;
	return 0;
}

bool nsguard_draft_each(struct nsguard_draft *d,
			bool (*visit)(const struct nsguard_rule *rule, void *arg), void *arg)
{
	const struct nsguard_policy *base = d->base;
	struct nsguard_rule *rule;
	unsigned int t, i;

	for (t = 0; t < NSGUARD_TABLES; t++) {
		struct nsguard_cursor c = {};

		while (!d->flushed[t] &&
		       (rule = nsguard_cursor_peek(&c, &base->table[t], base->generation))) {
			nsguard_cursor_next(&c, &base->table[t], rule);
			if (!nsguard_draft_drops(d, rule) && !visit(rule, arg))
				return true;
			cond_resched();
		}
	}
	for (i = 0; i < d->n; i++) {
		if (d->entry[i].rule && !visit(d->entry[i].rule, arg))
			return true;
		cond_resched();
	}
	return false;
}

int nsguard_draft_mode(struct nsguard_draft *d, enum nsguard_table table, enum nsguard_mode mode)
{
	if (mode > nsguard_ceiling())
		return -EROFS;
	if (d->mode[table] != mode) {
		d->mode[table] = mode;
		d->dirty = true;
		d->hardens = true;
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
		d->hardens = true;
	}
}

int nsguard_draft_edit(struct nsguard_draft *d, int (*edit)(void *arg), void *arg)
{
	const bool dirty = d->dirty, hardens = d->hardens;
	int err = edit(arg);

	/* It has taken back what it did: nothing is to be committed or asked about for its sake. */
	if (err) {
		d->dirty = dirty;
		d->hardens = hardens;
	}
	return err;
}

void nsguard_draft_force(struct nsguard_draft *d, unsigned int what)
{
	d->force |= what;
}

void nsguard_draft_confirm(struct nsguard_draft *d, u32 seconds)
{
	d->confirm = seconds;
}

u64 nsguard_draft_generation(const struct nsguard_draft *d)
{
	return d->base->generation;
}
