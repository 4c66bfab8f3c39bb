// SPDX-License-Identifier: GPL-2.0-only
/*
 * A draft comes in force: it is checked, compiled into the next snapshot, and swapped in. The only
 * place that changes what is in force; merge.c only changes how it is kept.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "confirm.h"
#include "draft.h"
#include "inforce.h"
#include "merge.h"
#include "set-draft.h"

/* The operations that a live allow rule which is not dry-run is about. @d NULL: as in force. */
static u32 softens(const struct nsguard_draft *d, const struct nsguard_rule *rule)
{
	if (rule->verdict != NSGUARD_VERDICT_ALLOW || rule->dry_run || nsguard_rule_stale(rule) ||
	    nsguard_draft_sets_bar(d, rule))
		return 0;
	return rule->ops;
}

/* The operations that @fallback denies in enforce @mode. */
static u32 denied(enum nsguard_mode mode, const enum nsguard_verdict *fallback,
		  enum nsguard_table table)
{
	unsigned int op;
	u32 ops = 0;

	if (mode != NSGUARD_MODE_ENFORCE)
		return 0;
	for (op = 0; op < NSGUARD_OPS; op++)
		if (nsguard_table_ops[table] & BIT(op) && fallback[op] != NSGUARD_VERDICT_ALLOW)
			ops |= BIT(op);
	return ops;
}

/**
 * struct softening - what the rules of a draft leave of what is denied by default
 * @d: the draft
 * @stopped: operations nothing softens so far
 */
struct softening {
	const struct nsguard_draft *d;
	u32 stopped;
};

/* Takes what @rule softens from @arg; false when nothing is left of it. */
static bool soften(const struct nsguard_rule *rule, void *arg)
{
	struct softening *s = arg;

	s->stopped &= ~softens(s->d, rule);
	return s->stopped;
}

/*
 * H28: a default of deny with no allow rule refuses PID 1 too. What was forced once may
 * stay; an operation that becomes so with this draft needs force. Rules that are only added, or
 * that deny and go, cannot make it so.
 */
static bool stops_everything(struct nsguard_draft *d)
{
	struct softening s = { .d = d };
	u32 stopped_before = 0;
	unsigned int t;

	if (!d->hardens)
		return false;
	for (t = 0; t < NSGUARD_TABLES; t++)
		s.stopped |= denied(d->mode[t], d->fallback[t], t);
	if (!s.stopped || nsguard_draft_each(d, soften, &s))
		return false;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		const struct nsguard_table_policy *table = &d->base->table[t];
		struct nsguard_cursor c = {};
		struct nsguard_rule *rule;

		stopped_before |= denied(table->mode, table->fallback, t);
		while (stopped_before &&
		       (rule = nsguard_cursor_peek(&c, table, d->base->generation))) {
			nsguard_cursor_next(&c, table, rule);
			stopped_before &= ~softens(NULL, rule);
			cond_resched();
		}
	}
	return s.stopped & ~stopped_before;
}

static int by_order(const void *a, const void *b)
{
	/* A million rules take a second to sort. */
	cond_resched();
	return nsguard_rule_order(*(const struct nsguard_rule **)a,
				  *(const struct nsguard_rule **)b);
}

/* The rules @d adds to a table, in order, into @rule. Return: how many. */
static unsigned int additions(const struct nsguard_draft *d, enum nsguard_table t,
			      struct nsguard_rule **rule)
{
	unsigned int n = 0, i;
	bool sorted = true;

	for (i = 0; i < d->n; i++) {
		if (!d->entry[i].rule || d->entry[i].rule->table != t)
			continue;
		rule[n++] = d->entry[i].rule;
		sorted = sorted && (n < 2 || nsguard_rule_order(rule[n - 2], rule[n - 1]) < 0);
		if (!(n % 4096))
			cond_resched();
	}
	if (!sorted)
		sort(rule, n, sizeof(*rule), by_order, NULL);
	return n;
}

/* What @d says but for the rules, as a snapshot. NULL without memory. */
static struct nsguard_policy *frame(const struct nsguard_draft *d)
{
	struct nsguard_policy *next = nsguard_policy_alloc();
	unsigned int t, i;

	if (!next)
		return NULL;
	next->generation = d->base->generation + 1;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		next->table[t].mode = d->mode[t];
		memcpy(next->table[t].fallback, d->fallback[t], sizeof(d->fallback[t]));
	}
	if (!d->sandboxes)
		return next;
	next->sandbox = kvmalloc_array(d->sandboxes, sizeof(*next->sandbox), GFP_KERNEL);
	if (!next->sandbox) {
		nsguard_policy_put(next);
		return NULL;
	}
	for (i = 0; i < d->sandboxes; i++) {
		nsguard_sandbox_get(d->sandbox[i]);
		next->sandbox[next->sandboxes++] = d->sandbox[i];
	}
	return next;
}

/* The snapshot after @now: what @d says. NULL without memory. */
static struct nsguard_policy *compile(struct nsguard_draft *d, const struct nsguard_policy *now)
{
	struct nsguard_policy *next = frame(d);
	struct nsguard_rule **added;
	unsigned int t;
	int err = 0;

	if (!next)
		return NULL;
	added = kvmalloc_array(d->n + 1, sizeof(*added), GFP_KERNEL);
	if (!added)
		err = -ENOMEM;
	for (t = 0; t < NSGUARD_TABLES && !err; t++) {
		struct nsguard_edit edit = {
			.flush = d->flushed[t],
			.gone = &d->gone,
			.n_gone = d->n_gone[t],
			.added = added,
			.n_added = additions(d, t, added),
		};

		err = nsguard_table_compile(&next->table[t], &now->table[t], now->generation,
					    &edit);
	}
	kvfree(added);
	if (!err)
		return next;
	nsguard_policy_put(next);
	return NULL;
}

/*
 * The rules that go and whose layers stay. Nothing fails any more; who decides by an earlier
 * snapshot still sees them.
 */
static void mark(struct nsguard_draft *d, const struct nsguard_policy *next)
{
	struct nsguard_rule *rule;
	unsigned long handle;

	xa_for_each(&d->gone, handle, rule)
		if (!d->flushed[rule->table])
			nsguard_table_mark(&next->table[rule->table], next->generation, rule);
}

static bool is_on(const struct nsguard_draft *d, enum nsguard_table t)
{
	return d->mode[t] != NSGUARD_MODE_OFF;
}

static bool was_on(const struct nsguard_draft *d, enum nsguard_table t)
{
	return d->base->table[t].mode != NSGUARD_MODE_OFF;
}

/* Puts the first @n tables of @turned back, the last one first. */
static void attach_undo(const struct nsguard_draft *d, const enum nsguard_table *turned,
			unsigned int n)
{
	char why[NSGUARD_WHY];

	while (n--)
		if (nsguard_glue_table(turned[n], was_on(d, turned[n]), why))
			pr_err("nsguard: table %d cannot be put back %s: %s\n", turned[n],
			       was_on(d, turned[n]) ? "on" : "off", why);
}

/*
 * Tables whose mode goes to or from off are attached or detached; all of them, or none. Those that
 * go on come first: they are what may well be refused, and who is guarded stays so all the while.
 * What is not attached decides nothing, so this may well come before the swap.
 */
static int attach(const struct nsguard_draft *d, char *why)
{
	enum nsguard_table turned[NSGUARD_TABLES];
	unsigned int n = 0, t;
	int err, on;

	for (on = true; on >= false; on--) {
		for (t = 0; t < NSGUARD_TABLES; t++) {
			if (is_on(d, t) == was_on(d, t) || is_on(d, t) != on)
				continue;
			err = nsguard_glue_table(t, on, why);
			if (err) {
				attach_undo(d, turned, n);
				return err;
			}
			turned[n++] = t;
		}
	}
	return 0;
}

/* What may refuse @d before any memory is taken for it. */
static int check(struct nsguard_draft *d, char *why)
{
	int err;

	err = nsguard_sandbox_check(d, why);
	if (err)
		return err;
	if (d->confirm && nsguard_sandbox_changes(d)) {
		strscpy(why,
			"sandboxes cannot change on trial: who was let in or out would stay so; do it without --confirm",
			NSGUARD_WHY);
		return -EOPNOTSUPP;
	}
	if (!(d->force & NSGUARD_FORCE_STOPS) && !d->confirm && stops_everything(d)) {
		strscpy(why,
			"default deny with no allow rule would stop everything, PID 1 included; use --force or --confirm",
			NSGUARD_WHY);
		return -EDEADLK;
	}
	return 0;
}

/* The last things that may fail; then nothing is changed. */
static int enter(struct nsguard_draft *d, char *why)
{
	int err;

	if (nsguard_inforce_reserve(d)) {
		strscpy(why, "out of memory", NSGUARD_WHY);
		return -ENOMEM;
	}
	if (nsguard_draft_sets_prepare(d)) {
		nsguard_inforce_retreat(d);
		strscpy(why, "out of memory", NSGUARD_WHY);
		return -ENOMEM;
	}
	err = nsguard_sandbox_enter(d, why);
	if (!err) {
		err = attach(d, why);
		if (err)
			nsguard_sandbox_retreat(d);
	}
	if (err) {
		nsguard_draft_sets_retreat(d);
		nsguard_inforce_retreat(d);
	}
	return err;
}

static int commit(struct nsguard_draft *d, const struct nsguard_policy *now, char *why)
{
	struct nsguard_policy *next, *before = NULL;
	int err;

	err = check(d, why);
	if (err)
		return err;
	next = compile(d, now);
	if (!next) {
		strscpy(why, "out of memory", NSGUARD_WHY);
		return -ENOMEM;
	}
	err = enter(d, why);
	if (err) {
		nsguard_policy_put(next);
		return err;
	}
	/* Nothing fails from here on. */
	nsguard_inforce_settle(d, now);
	mark(d, next);
	nsguard_sandbox_settle(d);
	nsguard_draft_sets_settle(d, next);
	if (d->confirm)
		before = nsguard_policy_get();
	nsguard_policy_swap(next);
	nsguard_sandbox_leave(d);
	nsguard_merge_later(next);
	if (d->confirm)
		nsguard_confirm_begin(before, d->confirm);
	return 0;
}

int nsguard_draft_commit(struct nsguard_draft *d, u64 *generation, char *why)
{
	struct nsguard_policy *now = nsguard_policy_get();
	int err = 0;

	if (!nsguard_draft_is_current(d)) {
		strscpy(why, "the policy has changed since the transaction began", NSGUARD_WHY);
		err = -EAGAIN;
	} else if (d->dirty) {
		/* Not @d's base, which merge.c may have put another in place of. */
		err = commit(d, now, why);
	}
	*generation = nsguard_policy_generation();
	nsguard_policy_put(now);
	nsguard_draft_drop(d);
	return err;
}
