// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much kernel memory a policy takes, for status: what allocators gave for it, not what was
 * asked for.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "index.h"
#include "match.h"
#include "policy.h"
#include "slot.h"

/* Of what kvmalloc() gave for @size bytes. */
static size_t room(const void *p, size_t size)
{
	if (!p)
		return 0;
	return is_vmalloc_addr(p) ? PAGE_ALIGN(size) : ksize(p);
}

static size_t index_bytes(const struct nsguard_index *index, unsigned int n)
{
	unsigned int i, listed = 0;

	if (!index)
		return 0;
	for (i = 0; i < BIT(index->bits); i++) {
		listed += index->slot[i].n;
		if (!(i % 4096))
			cond_resched();
	}
	return ksize(index) + room(index->lookup, index->n_lookups * sizeof(*index->lookup)) +
	       room(index->slot, BIT(index->bits) * sizeof(*index->slot)) +
	       room(index->list, (listed + 1) * sizeof(*index->list)) +
	       room(index->rest, (index->n_rest + 1) * sizeof(*index->rest));
}

static size_t match_bytes(const struct nsguard_match *m)
{
	size_t size = 0;
	unsigned int i;

	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_PATTERN:
		for (i = 0; i < m->n; i++)
			size += ksize(m->pattern[i].text) + ksize(m->pattern[i].buf) +
				ksize(m->pattern[i].component);
		return size;
	case NSGUARD_KIND_MASK:
		return ksize(m->mask);
	default:
		return 0;
	}
}

/* But for what it shares with others. */
static size_t rule_bytes(const struct nsguard_rule *rule)
{
	size_t size = ksize(rule);
	unsigned int i;

	if (rule->extra)
		size += ksize(rule->extra) + ksize(rule->extra->comment);
	for (i = 0; i < rule->n; i++)
		size += match_bytes(&rule->match[i]);
	return size;
}

static size_t layer_bytes(const struct nsguard_layer *layer)
{
	size_t size = ksize(layer) + index_bytes(layer->index, layer->n);
	unsigned int i;

	size += room(layer->rule, layer->n * sizeof(*layer->rule)) +
		room(layer->gone, layer->n * sizeof(*layer->gone)) +
		room(layer->dry_run, layer->dry_runs * sizeof(*layer->dry_run));
	for (i = 0; i < layer->n; i++) {
		size += rule_bytes(layer->rule[i]);
		cond_resched();
	}
	return size;
}

u64 nsguard_policy_bytes(const struct nsguard_policy *policy)
{
	u64 size = ksize(policy);
	unsigned int t, i;

	for (t = 0; t < NSGUARD_TABLES; t++)
		for (i = 0; i < policy->table[t].layers; i++)
			size += layer_bytes(policy->table[t].layer[i]);
	return size;
}
