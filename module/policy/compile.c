// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which layers the next snapshot of a table has: those of the present one that can stay, and one
 * new one of the rules that were added and of the layers that are too small to stay beside it.
 *
 * So n rules added one by one are each compiled anew at most 16 times for each level, and a
 * decision asks one layer for each level at most; the worker of merge.c makes it one again.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "layer.h"
#include "policy.h"

/* A layer has 16 times the rules of one a level below. */
#define LEVEL(n)	(ilog2(n) / 4)
/* Rules that are gone and still take their place: more than these are swept out. */
#define GONE_MAX(n)	(64 + (n) / 16)

static_assert(LEVEL(NSGUARD_MAX_RULES) < NSGUARD_LAYERS);

/* Rules @table has room taken for, those that are gone among them. */
static unsigned int places(const struct nsguard_table_policy *table)
{
	unsigned int i, n = 0;

	for (i = 0; i < table->layers; i++)
		n += table->layer[i]->n;
	return n;
}

/* How many of @now's layers stay as they are, the largest ones. */
static unsigned int keep(const struct nsguard_table_policy *now, unsigned int n,
			 const struct nsguard_edit *edit)
{
	unsigned int layers = now->layers, grown = edit->n_added;

	if (edit->flush || !n || places(now) + edit->n_added - n > GONE_MAX(n))
		return 0;
	if (edit->whole && (layers > 1 || places(now) > n))
		return 0;
	while (layers && grown && LEVEL(now->layer[layers - 1]->n) <= LEVEL(grown))
		grown += now->layer[--layers]->n;
	return layers;
}

/* Into @rule, with a reference each, what is in @now's layers from @first on and in @edit. */
static unsigned int gather(const struct nsguard_table_policy *now, unsigned int first,
			   u64 generation, const struct nsguard_edit *edit,
			   struct nsguard_rule **rule)
{
	struct nsguard_cursor c = {};
	unsigned int n = 0, i, k = 0;
	struct nsguard_rule *old;

	for (i = 0; i < now->layers; i++)
		if (i < first || edit->flush)
			c.at[i] = now->layer[i]->n;
	do {
		old = nsguard_cursor_peek(&c, now, generation);
		if (old && (k == edit->n_added || nsguard_rule_order(old, edit->added[k]) < 0)) {
			nsguard_cursor_next(&c, now, old);
			if (edit->gone && xa_load(edit->gone, old->handle))
				continue;
			rule[n] = old;
		} else if (k < edit->n_added) {
			rule[n] = edit->added[k++];
		} else {
			break;
		}
		nsguard_rule_get(rule[n++]);
		if (!(n % 1024))
			cond_resched();
	} while (true);
	return n;
}

static int top(struct nsguard_table_policy *next, const struct nsguard_table_policy *now,
	       u64 generation, const struct nsguard_edit *edit)
{
	unsigned int room = edit->n_added, i, n;
	struct nsguard_rule **rule;
	struct nsguard_layer *layer;

	for (i = next->layers; i < now->layers && !edit->flush; i++)
		room += now->layer[i]->n;
	room = min(room, next->n);
	if (!room)
		return 0;
	rule = kvmalloc_array(room, sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return -ENOMEM;
	n = gather(now, next->layers, generation, edit, rule);
	layer = n ? nsguard_layer_build(rule, n) : NULL;
	if (layer) {
		next->layer[next->layers++] = layer;
		next->dry_runs |= layer->dry_runs;
		next->asks_target |= layer->asks_target;
		return 0;
	}
	i = n;
	while (i)
		nsguard_rule_put(rule[--i]);
	kvfree(rule);
	return n ? -ENOMEM : 0;
}

int nsguard_table_compile(struct nsguard_table_policy *next,
			  const struct nsguard_table_policy *now, u64 generation,
			  const struct nsguard_edit *edit)
{
	unsigned int stay;

	next->n = (edit->flush ? 0 : now->n - edit->n_gone) + edit->n_added;
	stay = keep(now, next->n, edit);
	while (next->layers < stay) {
		nsguard_layer_get(now->layer[next->layers]);
		next->layer[next->layers] = now->layer[next->layers];
		next->dry_runs |= next->layer[next->layers]->dry_runs;
		next->asks_target |= next->layer[next->layers]->asks_target;
		next->layers++;
	}
	return top(next, now, generation, edit);
}
