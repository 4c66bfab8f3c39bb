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
	return ksize(index) + room(index->slot, BIT(index->bits) * sizeof(*index->slot)) +
	       room(index->list, (listed + 1) * sizeof(*index->list)) +
	       room(index->rest, (index->n_rest + 1) * sizeof(*index->rest));
}

static size_t layer_bytes(const struct nsguard_layer *layer)
{
	size_t size = ksize(layer) + index_bytes(layer->index, layer->n);
	unsigned int i;

	size += room(layer->rule, layer->n * sizeof(*layer->rule)) +
		room(layer->gone, layer->n * sizeof(*layer->gone)) +
		room(layer->dry_run, layer->dry_runs * sizeof(*layer->dry_run));
	for (i = 0; i < layer->n; i++) {
		size += nsguard_rule_bytes(layer->rule[i]);
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
