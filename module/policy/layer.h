/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layers: what the rules of a table are kept in, so that a change costs what it changes and not
 * what there is. Knows neither drafts nor what is in force.
 */
#ifndef NSGUARD_LAYER_H
#define NSGUARD_LAYER_H

#include <linux/kref.h>
#include <linux/xarray.h>
#include "../rule.h"

struct nsguard_index;
struct nsguard_table_policy;

/* Each layer is of a lower level than the one before, see nsguard_table_compile(). */
#define NSGUARD_LAYERS	6

/**
 * struct nsguard_layer - rules in order, with an index; shared by snapshots
 * @ref: one for each snapshot it is in
 * @n: rules in @rule
 * @rule: in the order in which they decide, each with a reference
 * @gone: by position, the generation from which a rule is no longer in force; 0: it is
 * @dry_runs: rules in @dry_run
 * @dry_run: positions in @rule of those that do not decide, in ascending order
 * @asks_target: some rule has a key of the task acted on
 * @index: finds the others; NULL where there are so few that all are asked
 *
 * Immutable but for @gone, each of which is set once, under the policy's mutex, when nothing of the
 * commit can fail any more, before its snapshot is swapped in. Snapshots of earlier generations
 * see a number higher than theirs, and so the rule. It is never cleared: a rule that comes back
 * (nsguard_draft_revert()) gets a place in another layer.
 */
struct nsguard_layer {
	struct kref ref;
	unsigned int n;
	struct nsguard_rule **rule;
	u64 *gone;
	unsigned int dry_runs;
	u32 *dry_run;
	bool asks_target;
	struct nsguard_index *index;
};

/* Is the rule at @i in the snapshot of @generation that has @layer? Any context. */
static inline bool nsguard_layer_has(const struct nsguard_layer *layer, unsigned int i,
				     u64 generation)
{
	u64 gone = READ_ONCE(layer->gone[i]);

	return !gone || gone > generation;
}

/* The order in which rules decide: lowest priority, deny before lock before allow, oldest. */
int nsguard_rule_order(const struct nsguard_rule *a, const struct nsguard_rule *b);

/*
 * A layer of the @n rules @rule, at least one and in order. Takes over the array, to be kvfree()d,
 * and the references in it; on error neither. May sleep. NULL without memory.
 */
struct nsguard_layer *nsguard_layer_build(struct nsguard_rule **rule, unsigned int n);
void nsguard_layer_get(struct nsguard_layer *layer);
/* Frees at once: no decision may see it any more. May sleep. @layer may be NULL. */
void nsguard_layer_put(struct nsguard_layer *layer);

/**
 * struct nsguard_cursor - a walk through all rules of a table in order
 * @at: by layer, the next position
 *
 * Starts all zero.
 */
struct nsguard_cursor {
	u32 at[NSGUARD_LAYERS];
};

/* The rule at @c in the snapshot of @generation, NULL at the end. */
struct nsguard_rule *nsguard_cursor_peek(struct nsguard_cursor *c,
					 const struct nsguard_table_policy *table,
					 u64 generation);
/* Steps over the rule that nsguard_cursor_peek() gave. */
void nsguard_cursor_next(struct nsguard_cursor *c, const struct nsguard_table_policy *table,
			 const struct nsguard_rule *rule);

/* Is @rule in the snapshot of @generation that has @table? O(log n). */
bool nsguard_table_has(const struct nsguard_table_policy *table, u64 generation,
		       const struct nsguard_rule *rule);
/* @rule is gone from @generation on, about to be swapped in; see struct nsguard_layer. */
void nsguard_table_mark(const struct nsguard_table_policy *table, u64 generation,
			const struct nsguard_rule *rule);

/**
 * struct nsguard_edit - what becomes of the rules of a table
 * @flush: none stays
 * @whole: one layer is to be made of all
 * @gone: those that go, by handle
 * @n_gone: how many they are, none of them flushed
 * @added: those that come, in order
 * @n_added: how many
 */
struct nsguard_edit {
	bool flush;
	bool whole;
	struct xarray *gone;
	unsigned int n_gone;
	struct nsguard_rule * const *added;
	unsigned int n_added;
};

/*
 * Makes the rules of @next, which has none yet, of those @now has in the snapshot of @generation.
 * Rules that go and whose layer stays are left to be marked: nsguard_table_mark(). Under the
 * policy's mutex, or without @gone. May sleep. Return: 0, or -ENOMEM with what @next has then
 * going with it.
 */
int nsguard_table_compile(struct nsguard_table_policy *next,
			  const struct nsguard_table_policy *now, u64 generation,
			  const struct nsguard_edit *edit);

#endif
