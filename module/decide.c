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

static struct counts __percpu *counts;

/* make MUTATE=allow: a guard without teeth, which the tests must tell from this one. */
#ifdef NSGUARD_MUTATE_ALLOW
static const bool toothless = true;
#else
static const bool toothless;
#endif

/* H24: whoever shares memory with it would stay outside. */
static bool has_threads(const struct nsguard_rule *rule, const struct nsguard_request *req)
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
		return has_threads(rule, req);
	default:
		return true;
	}
}

/*
 * The next rule of @table that is dry-run, in order, after those @at has stepped over by layer;
 * NULL when it comes after @end.
 */
static struct nsguard_rule *next_dry_run(const struct nsguard_policy *policy,
					 const struct nsguard_table_policy *table, u32 *at,
					 const struct nsguard_rule *end)
{
	struct nsguard_rule *first = NULL, *rule;
	const struct nsguard_layer *layer;
	unsigned int i, which = 0;

	for (i = 0; i < table->layers; i++) {
		layer = table->layer[i];
		while (at[i] < layer->dry_runs &&
		       !nsguard_layer_has(layer, layer->dry_run[at[i]], policy->generation))
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
static void dry_run(const struct nsguard_policy *policy, const struct nsguard_table_policy *table,
		    const struct nsguard_request *req, const struct nsguard_rule *end)
{
	u32 at[NSGUARD_LAYERS] = {};
	struct nsguard_rule *rule;

	while ((rule = next_dry_run(policy, table, at, end))) {
		if (!(rule->ops & BIT(req->op)) || !nsguard_rule_matches(rule, req))
			continue;
		atomic64_inc(&rule->hits);
		if (refuses(rule, req)) {
			this_cpu_inc(counts->table[req->table].would_deny);
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

/* The rule that decides, NULL for the default; every rule that matched on the way is counted. */
static const struct nsguard_rule *walk(const struct nsguard_policy *policy,
				       const struct nsguard_request *req)
{
	struct nsguard_rule *rule = nsguard_policy_find(policy, req);

	dry_run(policy, &policy->table[req->table], req, rule);
	if (rule)
		atomic64_inc(&rule->hits);
	return rule;
}

/*
 * S4: whoever is locked in enters nothing but namespaces of his sandbox, whatever the rules say.
 * And no namespace is made for which there would be no room in it (H23), nor one that would lead
 * out of one sandbox into another. *@error says which.
 */
static bool is_locked_out(struct nsguard_request *req, int *error)
{
	if (req->table != NSGUARD_TABLE_NS)
		return false;
	req->sandbox = req->said ? nsguard_lock_of(req->said->ns, req->said->n_ns) :
				   nsguard_lock_current();
	if (!req->sandbox)
		return false;
	if (req->op == NSGUARD_OP_ENTER)
		return nsguard_member_of(req->ns_inum) != req->sandbox;
	/* Whether there will be room nobody can say before. */
	if (req->said)
		*error = req->sandbox == NSGUARD_LOCK_SEVERAL ? EPERM : 0;
	else
		*error = -nsguard_birth_expect(req->sandbox);
	return *error;
}

static int decide(struct nsguard_request *req, const struct nsguard_policy *policy)
{
	const struct nsguard_table_policy *table = &policy->table[req->table];
	const struct nsguard_rule *rule;
	int error = EPERM;

	if (table->mode == NSGUARD_MODE_OFF)
		return 0;
	this_cpu_inc(counts->table[req->table].decisions);
	if (toothless)
		return 0;
	req->generation = policy->generation;
	if (is_locked_out(req, &error)) {
		rule = NULL;
	} else {
		error = EPERM;
		rule = walk(policy, req);
		if (!is_refused(table, rule, req))
			return 0;
	}
	if (table->mode == NSGUARD_MODE_AUDIT) {
		this_cpu_inc(counts->table[req->table].would_deny);
		nsguard_event_post(req, rule, table->mode, false, error);
		return 0;
	}
	this_cpu_inc(counts->table[req->table].denied);
	nsguard_event_post(req, rule, table->mode, true, error);
	return -error;
}

int nsguard_decide(struct nsguard_request *req)
{
	const struct nsguard_policy *policy;
	int err = 0;

	rcu_read_lock();
	policy = nsguard_policy_rcu();
	if (policy)
		err = decide(req, policy);
	rcu_read_unlock();
	return err;
}

void nsguard_decide_test(struct nsguard_request *req, struct nsguard_judgement *j)
{
	const struct nsguard_table_policy *table;
	const struct nsguard_rule *rule = NULL;
	const struct nsguard_policy *policy;

	*j = (struct nsguard_judgement){ .verdict = NSGUARD_VERDICT_DENY, .error = EPERM };
	rcu_read_lock();
	policy = nsguard_policy_rcu();
	table = &policy->table[req->table];
	req->generation = policy->generation;
	j->mode = table->mode;
	j->sandbox = is_locked_out(req, &j->error);
	if (!j->sandbox) {
		j->error = EPERM;
		rule = nsguard_policy_find(policy, req);
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
		one = &per_cpu_ptr(counts, cpu)->table[table];
		c->decisions += READ_ONCE(one->decisions);
		c->denied += READ_ONCE(one->denied);
		c->would_deny += READ_ONCE(one->would_deny);
	}
}

int nsguard_decide_init(void)
{
	counts = alloc_percpu(struct counts);
	return counts ? 0 : -ENOMEM;
}

void nsguard_decide_exit(void)
{
	free_percpu(counts);
}
