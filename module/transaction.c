// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of drafts, from begin to commit, drop or timeout, and the only place that
 * puts a policy in force. What a change is, draft.c knows; what was said, netlink.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "draft.h"

static unsigned int rules = NSGUARD_MAX_RULES;
module_param(rules, uint, 0444);
MODULE_PARM_DESC(rules, "how many rules may be live, all tables together (default and most: 1048576)");

static DEFINE_MUTEX(policy_mutex);
static LIST_HEAD(drafts);	/* those with an owner; the shells of expired ones too */
static unsigned int open_drafts;

unsigned int nsguard_max_rules(void)
{
	return rules;
}

void nsguard_lock(void)
{
	mutex_lock(&policy_mutex);
}

void nsguard_unlock(void)
{
	mutex_unlock(&policy_mutex);
}

/*
 * H26: an inherited socket survives the death of its client, and with it the
 * transaction. Idle ones are rolled back; a shell stays so that the client is told.
 */
static void expire(struct work_struct *work);
static DECLARE_DELAYED_WORK(expiry, expire);

static void expire(struct work_struct *work)
{
	unsigned long now = jiffies, next = NSGUARD_TX_TIMEOUT * HZ;
	struct nsguard_draft *d;
	bool again = false;

	nsguard_lock();
	list_for_each_entry(d, &drafts, node) {
		unsigned long idle = now - d->touched;

		if (d->expired)
			continue;
		if (idle >= NSGUARD_TX_TIMEOUT * HZ) {
			nsguard_draft_unload(d);
			d->expired = true;
			WRITE_ONCE(open_drafts, open_drafts - 1);
			continue;
		}
		again = true;
		next = min(next, NSGUARD_TX_TIMEOUT * HZ - idle);
	}
	nsguard_unlock();
	if (again)
		schedule_delayed_work(&expiry, next);
}

struct nsguard_draft *nsguard_draft_begin(u32 owner)
{
	struct nsguard_policy *base;
	struct nsguard_draft *d;
	int err;

	if (owner && open_drafts >= NSGUARD_MAX_TX)
		return ERR_PTR(-ENOSPC);
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return ERR_PTR(-ENOMEM);
	base = nsguard_policy_get();
	err = nsguard_draft_load(d, base);
	if (err) {
		nsguard_policy_put(base);
		kfree(d);
		return ERR_PTR(err);
	}
	INIT_LIST_HEAD(&d->node);
	d->owner = owner;
	d->touched = jiffies;
	if (owner) {
		list_add_tail(&d->node, &drafts);
		WRITE_ONCE(open_drafts, open_drafts + 1);
		schedule_delayed_work(&expiry, NSGUARD_TX_TIMEOUT * HZ);
	}
	return d;
}

void nsguard_draft_drop(struct nsguard_draft *d)
{
	if (d->owner && !d->expired)
		WRITE_ONCE(open_drafts, open_drafts - 1);
	list_del(&d->node);
	nsguard_draft_unload(d);
	kfree(d);
}

static struct nsguard_draft *find(u32 owner)
{
	struct nsguard_draft *d;

	list_for_each_entry(d, &drafts, node)
		if (d->owner == owner)
			return d;
	return NULL;
}

struct nsguard_draft *nsguard_draft_find(u32 owner)
{
	struct nsguard_draft *d = find(owner);

	if (!d)
		return NULL;
	if (d->expired) {
		nsguard_draft_drop(d);
		return ERR_PTR(-ETIMEDOUT);
	}
	d->touched = jiffies;
	return d;
}

void nsguard_draft_forget(u32 owner)
{
	struct nsguard_draft *d = find(owner);

	if (d)
		nsguard_draft_drop(d);
}

unsigned int nsguard_draft_count(void)
{
	return READ_ONCE(open_drafts);
}

/* The operations that a live allow rule which is not dry-run is about. */
static u32 softens(const struct nsguard_rule *rule)
{
	if (rule->verdict != NSGUARD_VERDICT_ALLOW || rule->dry_run || nsguard_rule_stale(rule))
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

/*
 * H28: a default of deny with no allow rule refuses PID 1 too. What was forced once may
 * stay; an operation that becomes so with this draft needs force.
 */
static bool stops_everything(const struct nsguard_draft *d)
{
	u32 stopped = 0, stopped_before = 0;
	unsigned int t, i;

	for (t = 0; t < NSGUARD_TABLES; t++)
		stopped |= denied(d->mode[t], d->fallback[t], t);
	for (i = 0; i < d->n && stopped; i++) {
		if (d->entry[i].rule)
			stopped &= ~softens(d->entry[i].rule);
		if (!(i % 4096))
			cond_resched();
	}
	if (!stopped)
		return false;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		const struct nsguard_table_policy *table = &d->base->table[t];

		stopped_before |= denied(table->mode, table->fallback, t);
		for (i = 0; i < table->n && stopped_before; i++)
			stopped_before &= ~softens(table->rule[i]);
		cond_resched();
	}
	return stopped & ~stopped_before;
}

/* Gathers the draft's rules of one table and compiles them into @next. */
static int compile(const struct nsguard_draft *d, struct nsguard_policy *next,
		   enum nsguard_table t)
{
	struct nsguard_rule **rule;
	unsigned int n = 0, i;
	int err;

	next->table[t].mode = d->mode[t];
	memcpy(next->table[t].fallback, d->fallback[t], sizeof(d->fallback[t]));
	for (i = 0; i < d->n; i++)
		n += d->entry[i].rule && d->entry[i].rule->table == t;
	cond_resched();
	rule = kvmalloc_array(n + 1, sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return -ENOMEM;
	for (i = 0, n = 0; i < d->n; i++) {
		if (d->entry[i].rule && d->entry[i].rule->table == t) {
			nsguard_rule_get(d->entry[i].rule);
			rule[n++] = d->entry[i].rule;
		}
		if (!(i % 4096))
			cond_resched();
	}
	err = nsguard_policy_fill(next, t, rule, n);
	if (err) {
		while (n)
			nsguard_rule_put(rule[--n]);
		kvfree(rule);
	}
	return err;
}

static int copy_sandboxes(const struct nsguard_draft *d, struct nsguard_policy *next)
{
	unsigned int i;

	if (!d->sandboxes)
		return 0;
	next->sandbox = kvmalloc_array(d->sandboxes, sizeof(*next->sandbox), GFP_KERNEL);
	if (!next->sandbox)
		return -ENOMEM;
	for (i = 0; i < d->sandboxes; i++) {
		nsguard_sandbox_get(d->sandbox[i]);
		next->sandbox[next->sandboxes++] = d->sandbox[i];
	}
	return 0;
}

/*
 * Tables whose mode goes to or from off are attached or detached; all of them, or none.
 * What is not attached decides nothing, so this may well come before the swap.
 */
static int attach(const struct nsguard_draft *d, char *why)
{
	char ignored[NSGUARD_WHY];
	int err = 0, t;
	bool on, was_on;

	for (t = 0; t < NSGUARD_TABLES; t++) {
		on = d->mode[t] != NSGUARD_MODE_OFF;
		was_on = d->base->table[t].mode != NSGUARD_MODE_OFF;
		if (on == was_on)
			continue;
		err = nsguard_glue_table(t, on, why);
		if (err)
			break;
	}
	if (!err)
		return 0;
	while (--t >= 0) {
		on = d->mode[t] != NSGUARD_MODE_OFF;
		was_on = d->base->table[t].mode != NSGUARD_MODE_OFF;
		if (on == was_on)
			continue;
		if (nsguard_glue_table(t, was_on, ignored))
			pr_err("nsguard: table %d cannot be put back %s: %s\n", t,
			       on ? "off" : "on", ignored);
	}
	return err;
}

static int commit(struct nsguard_draft *d, u64 *generation, char *why)
{
	struct nsguard_policy *now, *next;
	bool moved;
	int err, t;

	now = nsguard_policy_get();
	moved = now != d->base;
	*generation = now->generation;
	nsguard_policy_put(now);
	if (moved) {
		strscpy(why, "the policy has changed since the transaction began", NSGUARD_WHY);
		return -EAGAIN;
	}
	if (!d->dirty)
		return 0;
	err = nsguard_sandbox_check(d, why);
	if (err)
		return err;
	if (!d->force && stops_everything(d)) {
		strscpy(why,
			"default deny with no allow rule would stop everything, PID 1 included; use --force",
			NSGUARD_WHY);
		return -EDEADLK;
	}
	next = nsguard_policy_alloc();
	if (!next)
		goto no_memory;
	next->generation = d->base->generation + 1;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		if (compile(d, next, t)) {
			nsguard_policy_put(next);
			goto no_memory;
		}
	}
	if (copy_sandboxes(d, next)) {
		nsguard_policy_put(next);
		goto no_memory;
	}
	err = nsguard_sandbox_enter(d, why);
	if (!err) {
		err = attach(d, why);
		if (err)
			nsguard_sandbox_retreat(d);
	}
	if (err) {
		nsguard_policy_put(next);
		return err;
	}
	/* Nothing fails from here on. */
	*generation = next->generation;
	nsguard_sandbox_settle(d);
	nsguard_policy_swap(next);
	nsguard_sandbox_leave(d);
	return 0;

no_memory:
	strscpy(why, "out of memory", NSGUARD_WHY);
	return -ENOMEM;
}

int nsguard_draft_commit(struct nsguard_draft *d, u64 *generation, char *why)
{
	int err = commit(d, generation, why);

	nsguard_draft_drop(d);
	return err;
}

int nsguard_transaction_init(void)
{
	if (rules && rules <= NSGUARD_MAX_RULES)
		return 0;
	pr_err("nsguard: rules=%u: it is from 1 to %u\n", rules, NSGUARD_MAX_RULES);
	return -EINVAL;
}

void nsguard_transaction_exit(void)
{
	struct nsguard_draft *d, *next;

	cancel_delayed_work_sync(&expiry);
	list_for_each_entry_safe(d, next, &drafts, node)
		nsguard_draft_drop(d);
}
