// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only funnel: request and policy in force -> errno. Counts on the way and lets the event
 * out at the side. Knows neither how a rule matches nor who asks.
 */
#include <linux/err.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "decide.h"
#include "event.h"
#include "lock.h"
#include "member.h"
#include "policy/index.h"
#include "policy/policy.h"

/* Of each table, on each CPU: written in the decision path, summed up when asked for. */
struct counts {
	struct nsguard_counters table[NSGUARD_TABLES];
};

static DEFINE_PER_CPU(struct counts, counts);

/* make MUTATE=allow: a guard without teeth, which the tests must tell from this one. */
#ifdef NSGUARD_MUTATE_ALLOW
static const bool toothless = true;
#else
static const bool toothless;
#endif

/* H24: whoever shares memory with it would stay outside. */
static noinline bool has_threads(const struct nsguard_rule *rule, const struct nsguard_request *req)
{
	if (rule->threads)
		return false;
	return req->said ? req->said->threads : !nsguard_lock_alone();
}

/* Does @rule, which matched, refuse? */
static bool refuses(const struct nsguard_rule *rule, const struct nsguard_request *req)
{
	switch (rule->verdict) {
	case NSGUARD_VERDICT_ALLOW:
		return false;
	case NSGUARD_VERDICT_LOCK:
		/* Who is inside already leaves nobody outside. */
		return req->sandbox != rule->extra->sandbox->id && has_threads(rule, req);
	default:
		return true;
	}
}

/*
 * The next rule of @table that is dry-run, in order, after those @at has stepped over by layer;
 * NULL when it comes after @end.
 */
static struct nsguard_rule *next_dry_run(const struct nsguard_table_policy *table,
					 u64 generation, u32 *at, const struct nsguard_rule *end)
{
	struct nsguard_rule *first = NULL, *rule;
	const struct nsguard_layer *layer;
	unsigned int i, which = 0;

	for (i = 0; i < table->layers; i++) {
		layer = table->layer[i];
		while (at[i] < layer->dry_runs &&
		       !nsguard_layer_has(layer, layer->dry_run[at[i]], generation))
			at[i]++;
		if (at[i] == layer->dry_runs)
			continue;
		rule = layer->rule[layer->dry_run[at[i]]];
		if (first && nsguard_rule_order(first, rule) < 0)
			continue;
		first = rule;
		which = i;
	}
	if (!first || (end && nsguard_rule_order(first, end) > 0))
		return NULL;
	at[which]++;
	return first;
}

/* Of the rules before @end that do not decide, those that match are counted, and refusals told. */
static noinline void dry_run(const struct nsguard_table_policy *table,
			     struct nsguard_request *req, const struct nsguard_rule *end)
{
	u32 at[NSGUARD_LAYERS] = {};
	struct nsguard_rule *rule;

	while ((rule = next_dry_run(table, req->generation, at, end))) {
		if (!(rule->ops & BIT(req->op)) || !nsguard_rule_matches(rule, req))
			continue;
		atomic64_inc(&rule->hits);
		if (refuses(rule, req)) {
			this_cpu_inc(counts.table[req->table].would_deny);
			nsguard_event_post(req, rule, table->mode, false, EPERM);
		}
	}
}

/* Does the policy refuse, by @rule or, when that is NULL, by default? */
static bool is_refused(const struct nsguard_table_policy *table, const struct nsguard_rule *rule,
		       const struct nsguard_request *req)
{
	return rule ? refuses(rule, req) : table->fallback[req->op] != NSGUARD_VERDICT_ALLOW;
}

/*
 * Of several types that current, who is locked in nothing, enters in one call, those before this
 * one may have been a sandbox's: then it enters no other sandbox's (H10). What belongs to none it
 * may, as it might have before.
 */
static bool bridges(struct nsguard_request *req)
{
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];
	u32 entered, of = nsguard_member_of(req->ns_inum);

	if (!of || !req->set)
		return false;
	entered = nsguard_lock_of(ref, nsguard_glue_set_refs(req->set, ref));
	if (!entered || entered == of)
		return false;
	req->sandbox = entered;
	return true;
}

/*
 * S4: whoever is locked in enters nothing but namespaces of his sandbox, whatever the rules say.
 * And no namespace is made for which there would be no room in it (H23), nor one that would lead
 * out of one sandbox into another. Return: the errno he is refused with, or 0.
 */
static noinline int locked_out(struct nsguard_request *req)
{
	req->sandbox = req->said ? nsguard_lock_of(req->said->ns, req->said->n_ns) :
				   nsguard_lock_current();
	if (!req->sandbox)
		return bridges(req) ? EPERM : 0;
	if (req->op == NSGUARD_OP_ENTER)
		return nsguard_member_of(req->ns_inum) != req->sandbox ? EPERM : 0;
	/* Whether there will be room nobody can say before. */
	if (req->said)
		return req->sandbox == NSGUARD_LOCK_SEVERAL ? EPERM : 0;
	return -nsguard_birth_expect(req->sandbox);
}

/* The same, for the many that no lock concerns. */
static int lock_error(struct nsguard_request *req)
{
	return req->table == NSGUARD_TABLE_NS && nsguard_member_any() ? locked_out(req) : 0;
}

/* Refused, by @rule or, when that is NULL, by default or a lock: what the table makes of it. */
static noinline int refuse(const struct nsguard_table_policy *table,
			   const struct nsguard_rule *rule, struct nsguard_request *req,
			   int error)
{
	if (table->mode == NSGUARD_MODE_AUDIT) {
		this_cpu_inc(counts.table[req->table].would_deny);
		nsguard_event_post(req, rule, table->mode, false, error);
		return 0;
	}
	this_cpu_inc(counts.table[req->table].denied);
	nsguard_event_post(req, rule, table->mode, true, error);
	return -error;
}

/* What few operations come to: some rule may have matched, or none and the table says no. */
static noinline int conclude(const struct nsguard_table_policy *table, struct nsguard_rule *rule,
			     struct nsguard_request *req)
{
	if (table->dry_runs)
		dry_run(table, req, rule);
	if (rule)
		atomic64_inc(&rule->hits);
	return is_refused(table, rule, req) ? refuse(table, rule, req, EPERM) : 0;
}

/*
 * Every guarded operation of the host comes by here, and most are nobody's concern: what those need
 * not is out of line.
 */
int nsguard_decide(struct nsguard_request *req)
{
	const struct nsguard_policy *policy = nsguard_policy_rcu();
	const struct nsguard_table_policy *table;
	struct nsguard_rule *rule;
	int error;

	if (unlikely(!policy))
		return 0;
	table = &policy->table[req->table];
	OPTIMIZER_HIDE_VAR(table);	/* or it is computed anew for each member */
	if (table->mode == NSGUARD_MODE_OFF)
		return 0;
	this_cpu_inc(counts.table[req->table].decisions);
	if (toothless)
		return 0;
	req->generation = policy->generation;
	error = lock_error(req);
	if (unlikely(error))
		return refuse(table, NULL, req, error);
	rule = nsguard_policy_find(table, req);
	if (likely(!rule && !table->dry_runs &&
		   table->fallback[req->op] == NSGUARD_VERDICT_ALLOW))
		return 0;
	return conclude(table, rule, req);
}

void nsguard_decide_test(struct nsguard_request *req, struct nsguard_judgement *j)
{
	const struct nsguard_table_policy *table;
	const struct nsguard_rule *rule = NULL;
	const struct nsguard_policy *policy;

	*j = (struct nsguard_judgement){ .verdict = NSGUARD_VERDICT_DENY };
	rcu_read_lock();
	policy = nsguard_policy_rcu();
	table = &policy->table[req->table];
	req->generation = policy->generation;
	j->mode = table->mode;
	j->error = lock_error(req);
	j->sandbox = j->error;
	if (!j->sandbox) {
		j->error = EPERM;
		rule = nsguard_policy_find(table, req);
		if (rule)
			j->handle = rule->handle;
		if (!is_refused(table, rule, req))
			j->verdict = NSGUARD_VERDICT_ALLOW;
	}
	rcu_read_unlock();
}

void nsguard_counters_read(enum nsguard_table table, struct nsguard_counters *c)
{
	const struct nsguard_counters *one;
	int cpu;

	memset(c, 0, sizeof(*c));
	for_each_possible_cpu(cpu) {
		one = &per_cpu(counts, cpu).table[table];
		c->decisions += READ_ONCE(one->decisions);
		c->denied += READ_ONCE(one->denied);
		c->would_deny += READ_ONCE(one->would_deny);
	}
}
