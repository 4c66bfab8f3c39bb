// SPDX-License-Identifier: GPL-2.0-only
/*
 * A layer's life, and walking the layers of a table as if they were one. Which layers a table has
 * is decided in compile.c; how a layer is asked, in index.c.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "index.h"
#include "layer.h"
#include "policy.h"

/* Deny beats lock, lock beats allow. */
static int rank(enum nsguard_verdict verdict)
{
	switch (verdict) {
	case NSGUARD_VERDICT_DENY:
		return 0;
	case NSGUARD_VERDICT_LOCK:
		return 1;
	default:
		return 2;
	}
}

int nsguard_rule_order(const struct nsguard_rule *a, const struct nsguard_rule *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->verdict != b->verdict)
		return rank(a->verdict) < rank(b->verdict) ? -1 : 1;
	if (a->handle != b->handle)
		return a->handle < b->handle ? -1 : 1;
	return 0;
}

/* Those that do not decide: each that matches is told. Return: 0 or -ENOMEM. */
static int gather_dry_runs(struct nsguard_layer *layer, struct nsguard_rule * const *rule,
			   unsigned int n)
{
	unsigned int i, dry_runs = 0;

	for (i = 0; i < n; i++)
		dry_runs += rule[i]->dry_run;
	cond_resched();
	if (!dry_runs)
		return 0;
	layer->dry_run = kvmalloc_array(dry_runs, sizeof(*layer->dry_run), GFP_KERNEL_ACCOUNT);
	if (!layer->dry_run)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (rule[i]->dry_run)
			layer->dry_run[layer->dry_runs++] = i;
	return 0;
}

static void layer_free(struct nsguard_layer *layer)
{
	kvfree(layer->gone);
	kvfree(layer->dry_run);
	nsguard_index_free(layer->index);
	kfree(layer);
}

static bool asks_target(const struct nsguard_rule *rule)
{
	unsigned int i;

	for (i = 0; i < rule->n; i++) {
		switch (rule->match[i].key) {
		case NSGUARD_A_RULE_WHO:
		case NSGUARD_A_RULE_TARGET_UID:
		case NSGUARD_A_RULE_TARGET_EXE:
		case NSGUARD_A_RULE_TARGET_CGROUP:
			return true;
		}
	}
	return false;
}

struct nsguard_layer *nsguard_layer_build(struct nsguard_rule **rule, unsigned int n)
{
	struct nsguard_layer *layer = kzalloc(sizeof(*layer), GFP_KERNEL_ACCOUNT);

	if (!layer)
		return NULL;
	kref_init(&layer->ref);
	layer->gone = kvcalloc(n, sizeof(*layer->gone), GFP_KERNEL_ACCOUNT);
	if (!layer->gone || gather_dry_runs(layer, rule, n))
		goto no_memory;
	if (n > NSGUARD_INDEX_WORTH) {
		layer->index = nsguard_index_build(rule, n);
		if (!layer->index)
			goto no_memory;
	}
	while (layer->n < n)
		layer->asks_target |= asks_target(rule[layer->n++]);
	layer->rule = rule;
	return layer;

no_memory:
	layer_free(layer);
	return NULL;
}

void nsguard_layer_get(struct nsguard_layer *layer)
{
	kref_get(&layer->ref);
}

static void release(struct kref *ref)
{
	struct nsguard_layer *layer = container_of(ref, struct nsguard_layer, ref);
	unsigned int i;

	for (i = 0; i < layer->n; i++) {
		nsguard_rule_put(layer->rule[i]);
		cond_resched();
	}
	kvfree(layer->rule);
	layer_free(layer);
}

void nsguard_layer_put(struct nsguard_layer *layer)
{
	if (layer)
		kref_put(&layer->ref, release);
}

struct nsguard_rule *nsguard_cursor_peek(struct nsguard_cursor *c,
					 const struct nsguard_table_policy *table, u64 generation)
{
	struct nsguard_rule *first = NULL;
	struct nsguard_layer *layer;
	unsigned int i;

	for (i = 0; i < table->layers; i++) {
		layer = table->layer[i];
		while (c->at[i] < layer->n && !nsguard_layer_has(layer, c->at[i], generation))
			c->at[i]++;
		if (c->at[i] < layer->n &&
		    (!first || nsguard_rule_order(layer->rule[c->at[i]], first) < 0))
			first = layer->rule[c->at[i]];
	}
	return first;
}

void nsguard_cursor_next(struct nsguard_cursor *c, const struct nsguard_table_policy *table,
			 const struct nsguard_rule *rule)
{
	struct nsguard_layer *layer;
	unsigned int i;

	for (i = 0; i < table->layers; i++) {
		layer = table->layer[i];
		if (c->at[i] < layer->n && layer->rule[c->at[i]] == rule) {
			c->at[i]++;
			return;
		}
	}
}

/* Position of @rule in @layer, or that of the first after it. */
static unsigned int position(const struct nsguard_layer *layer, const struct nsguard_rule *rule)
{
	unsigned int low = 0, high = layer->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (nsguard_rule_order(layer->rule[middle], rule) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Where @rule stands in the snapshot of @generation, or NULL. */
static u64 *place(const struct nsguard_table_policy *table, u64 generation,
		  const struct nsguard_rule *rule)
{
	struct nsguard_layer *layer;
	unsigned int i, at;

	for (i = 0; i < table->layers; i++) {
		layer = table->layer[i];
		at = position(layer, rule);
		if (at < layer->n && layer->rule[at] == rule &&
		    nsguard_layer_has(layer, at, generation))
			return &layer->gone[at];
	}
	return NULL;
}

bool nsguard_table_has(const struct nsguard_table_policy *table, u64 generation,
		       const struct nsguard_rule *rule)
{
	return place(table, generation, rule);
}

void nsguard_table_mark(const struct nsguard_table_policy *table, u64 generation,
			const struct nsguard_rule *rule)
{
	u64 *gone = place(table, generation, rule);

	if (gone)
		WRITE_ONCE(*gone, generation);
}
