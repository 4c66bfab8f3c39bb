// SPDX-License-Identifier: GPL-2.0-only
/*
 * status-get: what the module is, does and is attached to. Reads only, and needs no
 * privilege.
 */
#include <linux/module.h>
#include "../confirm.h"
#include "../decide.h"
#include "../inforce.h"
#include "../policy/policy.h"
#include "../policy/set.h"
#include "../transaction.h"
#include "gen.h"
#include "netlink.h"

#define SIZE_MIN	16384
#define SIZE_LIMIT	65536

static const struct {
	const char *name;
	u32 value;
} limits[] = {
	{ "values", NSGUARD_MAX_VALUES },
	{ "rule-bytes", NSGUARD_MAX_RULE_BYTES },
	{ "rule-add", NSGUARD_RULE_ADD_MAX },
	{ "components", NSGUARD_MAX_COMPONENTS },
	{ "transactions", NSGUARD_MAX_TX },
	{ "transaction-timeout", NSGUARD_TX_TIMEOUT },
	{ "confirm-seconds", NSGUARD_CONFIRM_MAX },
	{ "sets", NSGUARD_MAX_SETS },
	{ "set-elements", NSGUARD_MAX_ELEMENTS },
	{ "set-name", NSGUARD_SET_NAME_MAX },
	{ "sandboxes", NSGUARD_MAX_SANDBOXES },
	{ "sandbox-namespaces", NSGUARD_MAX_SANDBOX_NS },
	{ "sandbox-members", NSGUARD_MAX_MEMBERS },
	{ "sandbox-births", NSGUARD_MAX_BIRTHS },
	{ "event-ring", NSGUARD_EVENT_RING },
	{ "event-history", NSGUARD_EVENT_HISTORY },
	{ "comment", NSGUARD_COMMENT_MAX },
	{ "path", NSGUARD_PATH_MAX },
};

static int one_limit_put(struct sk_buff *skb, const char *name, u32 value)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_STATUS_LIMIT);

	if (!nest || nla_put_string(skb, NSGUARD_A_LIMIT_NAME, name) ||
	    nla_put_u32(skb, NSGUARD_A_LIMIT_VALUE, value))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int limits_put(struct sk_buff *skb)
{
	unsigned int i;
	int err;

	err = one_limit_put(skb, "rules", nsguard_max_rules());
	for (i = 0; i < ARRAY_SIZE(limits) && !err; i++)
		err = one_limit_put(skb, limits[i].name, limits[i].value);
	return err;
}

static int one_path_put(struct sk_buff *skb, const struct nsguard_path *path)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_STATUS_PATH);

	if (!nest || nla_put_string(skb, NSGUARD_A_PATH_NAME, path->name) ||
	    nla_put_u32(skb, NSGUARD_A_PATH_TABLE, path->table) ||
	    (path->op >= 0 && nla_put_u32(skb, NSGUARD_A_PATH_OP, path->op)) ||
	    (path->function && nla_put_string(skb, NSGUARD_A_PATH_FUNCTION, path->function)) ||
	    (path->sees && nla_put_string(skb, NSGUARD_A_PATH_SEES, path->sees)) ||
	    (path->covered && nla_put_flag(skb, NSGUARD_A_PATH_COVERED)) ||
	    (path->detached && nla_put_flag(skb, NSGUARD_A_PATH_DETACHED)) ||
	    (path->reason && nla_put_string(skb, NSGUARD_A_PATH_REASON, path->reason)) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_PATH_HITS, path->hits, NSGUARD_A_PATH_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int paths_put(struct sk_buff *skb)
{
	struct nsguard_path path;
	unsigned int i;

	for (i = 0; nsguard_glue_path(i, &path); i++)
		if (one_path_put(skb, &path))
			return -EMSGSIZE;
	return 0;
}

static enum nsguard_coverage coverage(enum nsguard_table table, enum nsguard_mode mode)
{
	struct nsguard_path path;
	unsigned int i;

	if (mode == NSGUARD_MODE_OFF)
		return NSGUARD_COVERAGE_OFF;
	for (i = 0; nsguard_glue_path(i, &path); i++)
		if (path.table == table && !path.covered)
			return NSGUARD_COVERAGE_PARTIAL;
	return NSGUARD_COVERAGE_FULL;
}

static int defaults_put(struct sk_buff *skb, const struct nsguard_policy *policy,
			enum nsguard_table table)
{
	struct nlattr *nest;
	unsigned int op;

	for (op = 0; op < NSGUARD_OPS; op++) {
		if (!(nsguard_table_ops[table] & BIT(op)))
			continue;
		nest = nla_nest_start(skb, NSGUARD_A_TABLE_DEFAULT);
		if (!nest || nla_put_u32(skb, NSGUARD_A_DEFAULT_OP, op) ||
		    nla_put_u32(skb, NSGUARD_A_DEFAULT_VERDICT,
				policy->table[table].fallback[op]))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int table_put(struct sk_buff *skb, const struct nsguard_policy *policy,
		     enum nsguard_table table)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_STATUS_TABLE);
	enum nsguard_mode mode = policy->table[table].mode;
	struct nsguard_counters c;

	nsguard_counters_read(table, &c);
	if (!nest || nla_put_u32(skb, NSGUARD_A_TABLE_TABLE, table) ||
	    nla_put_u32(skb, NSGUARD_A_TABLE_MODE, mode) ||
	    defaults_put(skb, policy, table) ||
	    nla_put_u32(skb, NSGUARD_A_TABLE_RULES, policy->table[table].n) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_TABLE_DECISIONS, c.decisions,
			      NSGUARD_A_TABLE_PAD) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_TABLE_DENIED, c.denied, NSGUARD_A_TABLE_PAD) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_TABLE_WOULD_DENY, c.would_deny,
			      NSGUARD_A_TABLE_PAD) ||
	    nla_put_u32(skb, NSGUARD_A_TABLE_COVERAGE, coverage(table, mode)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* How many rules there are, and how many of them are stale. */
static void count(const struct nsguard_policy *policy, unsigned int *rules, unsigned int *stale)
{
	struct nsguard_rule *rule;
	unsigned int t;

	*rules = 0;
	*stale = 0;
	for (t = 0; t < NSGUARD_TABLES; t++) {
		struct nsguard_cursor c = {};

		*rules += policy->table[t].n;
		while ((rule = nsguard_cursor_peek(&c, &policy->table[t], policy->generation))) {
			nsguard_cursor_next(&c, &policy->table[t], rule);
			*stale += nsguard_rule_stale(rule);
			cond_resched();
		}
	}
}

/* Under the policy's mutex. */
static int trial_put(struct sk_buff *skb)
{
	struct nsguard_trial trial;
	struct nlattr *nest;

	if (!nsguard_confirm_pending(&trial))
		return 0;
	nest = nla_nest_start(skb, NSGUARD_A_STATUS_TRIAL);
	if (!nest || nla_put_u32(skb, NSGUARD_A_TRIAL_LEFT, trial.left) ||
	    nla_put_u32(skb, NSGUARD_A_TRIAL_PID, trial.pid) ||
	    nla_put_u32(skb, NSGUARD_A_TRIAL_UID, trial.uid) ||
	    nla_put_u32(skb, NSGUARD_A_TRIAL_AUID, trial.auid))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int sets_put(struct sk_buff *skb, const struct nsguard_policy *policy)
{
	unsigned int i, n = policy->sets ? policy->sets->n : 0;
	u64 bytes = 0;

	for (i = 0; i < n; i++)
		bytes += nsguard_set_bytes(policy->sets->set[i]);
	if (nla_put_u32(skb, NSGUARD_A_STATUS_SETS, n) ||
	    nla_put_u32(skb, NSGUARD_A_STATUS_ELEMENTS, policy->elements) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_STATUS_SET_BYTES, bytes, NSGUARD_A_STATUS_PAD))
		return -EMSGSIZE;
	return 0;
}

static int status_put(struct sk_buff *skb, const struct nsguard_policy *policy,
		      unsigned int rules, unsigned int stale, u64 bytes)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_STATUS);
	unsigned int t;

	if (!nest ||
	    nla_put_string(skb, NSGUARD_A_STATUS_VERSION, THIS_MODULE->version ?: "unknown") ||
	    nla_put_u64_64bit(skb, NSGUARD_A_STATUS_GENERATION, policy->generation,
			      NSGUARD_A_STATUS_PAD) ||
	    nla_put_u32(skb, NSGUARD_A_STATUS_RULES, rules) ||
	    nla_put_u32(skb, NSGUARD_A_STATUS_STALE, stale) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_STATUS_MEMORY, bytes + nsguard_inforce_bytes(),
			      NSGUARD_A_STATUS_PAD) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_STATUS_LOST, nsguard_event_lost(),
			      NSGUARD_A_STATUS_PAD) ||
	    nla_put_u32(skb, NSGUARD_A_STATUS_CEILING, nsguard_ceiling()) ||
	    nla_put_u32(skb, NSGUARD_A_STATUS_TRANSACTIONS, nsguard_draft_count()) ||
	    (nsguard_nl_has_group() && nla_put_flag(skb, NSGUARD_A_STATUS_GROUP)) ||
	    trial_put(skb))
		return -EMSGSIZE;
	for (t = 0; t < NSGUARD_TABLES; t++)
		if (table_put(skb, policy, t))
			return -EMSGSIZE;
	if (sets_put(skb, policy) || paths_put(skb) || limits_put(skb))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nsguard_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_policy *policy = nsguard_policy_get();
	unsigned int rules, stale;
	struct sk_buff *answer;
	int err = -EMSGSIZE;
	size_t size;
	void *head;
	u64 bytes;

	/* A million rules take their time: nobody else's change waits for it. */
	count(policy, &rules, &stale);
	bytes = nsguard_policy_bytes(policy);
	for (size = SIZE_MIN; size <= SIZE_LIMIT; size *= 2) {
		answer = nsguard_nl_reply_new(info, size, &head);
		if (!answer) {
			err = -ENOMEM;
			break;
		}
		/* For the paths. */
		nsguard_lock();
		err = status_put(answer, policy, rules, stale, bytes);
		nsguard_unlock();
		if (!err) {
			genlmsg_end(answer, head);
			err = genlmsg_reply(answer, info);
			break;
		}
		nlmsg_free(answer);
	}
	nsguard_policy_put(policy);
	return err;
}
