// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that change the policy. Each is an edit of a draft: of the sender's open
 * transaction, or of one that is begun and committed for it alone. What is answered to a
 * refusal is said here; nothing is decided about rules.
 */
#include <linux/slab.h>
#include "../decide.h"
#include "../lock.h"
#include "../policy/policy.h"
#include "../set-draft.h"
#include "../transaction.h"
#include "change.h"
#include "gen.h"
#include "rule.h"
#include "tx.h"

/* Does a sandbox hold current at present? */
static bool is_locked(void)
{
	const struct nsguard_policy *policy;
	bool locked;

	rcu_read_lock();
	policy = nsguard_policy_rcu();
	locked = policy && policy->table[NSGUARD_TABLE_NS].mode == NSGUARD_MODE_ENFORCE &&
		 nsguard_lock_current();
	rcu_read_unlock();
	return locked;
}

int nsguard_nl_not_locked(struct netlink_ext_ack *extack)
{
	/* S4: root or not, whoever could change the rules would let himself out. */
	if (!is_locked())
		return 0;
	nsguard_nl_refuse(extack, NULL, "whoever is locked in a sandbox cannot change the policy");
	return -EPERM;
}

int nsguard_nl_may_write(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	return nsguard_nl_may(skb, extack) ?: nsguard_nl_not_locked(extack);
}

int nsguard_nl_may_change(struct sk_buff *skb, struct genl_info *info)
{
	int err = nsguard_nl_may_write(skb, info->extack);

	return err ?: nsguard_nl_once(info->nlhdr, info->extack);
}

/* A change that is a transaction of its own. */
static int apply(struct nsguard_nl_change *c, u64 *generation)
{
	int err;

	c->draft = nsguard_nl_tx_begin(c->info, 0);
	if (IS_ERR(c->draft))
		return PTR_ERR(c->draft);
	err = c->edit(c);
	if (err) {
		nsguard_draft_drop(c->draft);
		return err;
	}
	return nsguard_nl_tx_commit(c->info, c->draft, generation);
}

static int edit(void *arg)
{
	struct nsguard_nl_change *c = arg;

	return c->edit(c);
}

/* In a transaction of many changes an answer to each costs more than the change. */
static bool wants_answer(const struct nsguard_nl_change *c)
{
	return !c->draft || c->info->nlhdr->nlmsg_flags & (NLM_F_ACK | NLM_F_ECHO);
}

int nsguard_nl_change(struct sk_buff *skb, struct nsguard_nl_change *c)
{
	struct sk_buff *answer = NULL;
	u64 generation = 0;
	void *head;
	int err;

	nsguard_lock();
	/* Who waited here may have been locked in meanwhile, by whoever had the mutex. */
	err = nsguard_nl_not_locked(c->info->extack);
	c->draft = err ? NULL : nsguard_nl_tx_find(c->info);
	err = err ?: PTR_ERR_OR_ZERO(c->draft);
	/* The answer first: no change may stand whose answer cannot be made. */
	if (!err && wants_answer(c)) {
		answer = nsguard_nl_tx_answer(c->info, c->rules, &head);
		err = answer ? 0 : -ENOMEM;
	}
	if (!err)
		err = c->draft ? nsguard_draft_edit(c->draft, edit, c) : apply(c, &generation);
	nsguard_unlock();
	if (err)
		nlmsg_free(answer);
	else if (answer)
		nsguard_nl_tx_reply(answer, c->info, head, c->handle, c->rules, generation);
	return err;
}

/* The attributes of a rule-add are rules: its policy has refused others. */
#define for_each_rule(attr, info, left) \
	nlmsg_for_each_attr(attr, (info)->nlhdr, GENL_HDRLEN, left)

/* The attribute of rule @n. */
static const struct nlattr *rule_attr(const struct nsguard_nl_change *c, unsigned int n)
{
	const struct nlattr *attr;
	int left;

	for_each_rule(attr, c->info, left)
		if (!n--)
			break;
	return attr;
}

/* Finds the sandbox and the sets that rule @i names. */
static int rule_bind(struct nsguard_nl_change *c, unsigned int i)
{
	struct netlink_ext_ack *extack = c->info->extack;
	struct nsguard_rule *rule = c->rule[i];
	const struct nsguard_match *m;
	const struct nlattr *attr;
	struct nsguard_set *set;
	int err;

	if (*nsguard_rule_sandbox_name(rule) && nsguard_draft_sandbox_find(c->draft, rule)) {
		nsguard_nl_refuse(extack,
				  nla_find_nested(rule_attr(c, i), NSGUARD_A_RULE_SANDBOX),
				  "there is no such sandbox");
		return -ENOENT;
	}
	err = nsguard_draft_sets_find(c->draft, rule, &m, &set);
	if (!err)
		return 0;
	attr = nla_find_nested(nla_find_nested(rule_attr(c, i), m->key), NSGUARD_A_MATCH_SET);
	if (err == -ENOENT)
		nsguard_nl_refuse(extack, attr, "there is no such set");
	else
		nsguard_nl_refuse(extack, attr, "a set of type %s cannot stand after %s",
				  nsguard_set_type_name(set->type), nsguard_nl_keys[m->key].name);
	return err;
}

static int rules_add(struct nsguard_nl_change *c)
{
	struct netlink_ext_ack *extack = c->info->extack;
	unsigned int i;
	u64 other;
	int err;

	for (i = 0; i < c->rules; i++) {
		err = rule_bind(c, i);
		if (err)
			return err;
	}
	err = nsguard_draft_add(c->draft, c->rule, c->rules, &i, &other);
	switch (err) {
	case 0:
		/* From now on they are the draft's. */
		c->handle = c->rule[0]->handle;
		memset(c->rule, 0, c->rules * sizeof(*c->rule));
		break;
	case -EEXIST:
		/* The handles of those before it are nobody's any more. */
		if (i && other >= c->rule[0]->handle)
			nsguard_nl_refuse(extack, rule_attr(c, i),
					  "identical to a rule before it");
		else
			nsguard_nl_refuse(extack, rule_attr(c, i), "identical to rule %llu", other);
		break;
	case -ENOSPC:
		nsguard_nl_refuse(extack, rule_attr(c, i), "at most %u rules may be live",
				  nsguard_max_rules());
		break;
	}
	return err;
}

/* Into @c, which has room for them. */
static int rules_parse(struct nsguard_nl_change *c)
{
	struct nsguard_rule *rule;
	const struct nlattr *attr;
	int left;

	for_each_rule(attr, c->info, left) {
		rule = nsguard_nl_rule_parse(attr, c->info->extack);
		if (IS_ERR(rule))
			return PTR_ERR(rule);
		c->rule[c->rules++] = rule;
	}
	return 0;
}

int nsguard_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = rules_add };
	int err = nsguard_nl_may_write(skb, info->extack), left;
	const struct nlattr *attr;
	unsigned int n = 0;

	if (err)
		return err;
	for_each_rule(attr, info, left) {
		if (++n <= NSGUARD_RULE_ADD_MAX)
			continue;
		nsguard_nl_refuse(info->extack, attr, "at most %u rules fit into a message",
				  NSGUARD_RULE_ADD_MAX);
		return -E2BIG;
	}
	if (!n)
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_RULE, "rule");
	c.rule = kmalloc_array(n, sizeof(*c.rule), GFP_KERNEL);
	if (!c.rule)
		return -ENOMEM;
	/* They are looked at and made outside of the mutex; what has to do with others, within. */
	err = rules_parse(&c) ?: nsguard_nl_change(skb, &c);
	while (c.rules)
		nsguard_rule_put(c.rule[--c.rules]);
	kfree(c.rule);
	return err;
}

void nsguard_nl_force(struct nsguard_nl_change *c, unsigned int what)
{
	if (c->info->attrs[NSGUARD_A_FORCE])
		nsguard_draft_force(c->draft, what);
}

/* What force can be meant for where rules or the mode of @table (-1: all) are changed. */
static unsigned int meant(int table)
{
	return table < 0 || table == NSGUARD_TABLE_NS ? NSGUARD_FORCE_ALL : NSGUARD_FORCE_STOPS;
}

static int rule_del(struct nsguard_nl_change *c)
{
	const struct nlattr *attr = c->info->attrs[NSGUARD_A_HANDLE];
	int err = nsguard_draft_del(c->draft, nla_get_u64(attr));

	if (err == -ENOENT)
		nsguard_nl_refuse(c->info->extack, attr, "no rule has this handle");
	if (!err)
		nsguard_nl_force(c, NSGUARD_FORCE_ALL);
	return err;
}

int nsguard_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = rule_del };
	int err = nsguard_nl_may_change(skb, info);

	if (err)
		return err;
	if (!info->attrs[NSGUARD_A_HANDLE])
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_HANDLE, "handle");
	return nsguard_nl_change(skb, &c);
}

static int rule_flush(struct nsguard_nl_change *c)
{
	const struct nlattr *attr = c->info->attrs[NSGUARD_A_TABLE];
	int table = attr ? (int)nla_get_u32(attr) : -1;

	nsguard_draft_flush(c->draft, table);
	nsguard_nl_force(c, meant(table));
	return 0;
}

int nsguard_nl_rule_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = rule_flush };

	return nsguard_nl_may_change(skb, info) ?: nsguard_nl_change(skb, &c);
}

static int mode_set(struct nsguard_nl_change *c)
{
	static const char *const word[] = {
		[NSGUARD_MODE_OFF] = "off",
		[NSGUARD_MODE_AUDIT] = "audit",
		[NSGUARD_MODE_ENFORCE] = "enforce",
	};
	const struct nlattr *attr = c->info->attrs[NSGUARD_A_MODE];
	u32 table = nla_get_u32(c->info->attrs[NSGUARD_A_TABLE]), mode = nla_get_u32(attr);
	int err = nsguard_draft_mode(c->draft, table, mode);

	if (err)
		nsguard_nl_refuse(c->info->extack, attr,
				  "nsguard.mode=%s on the kernel command line allows no more",
				  word[nsguard_ceiling()]);
	else
		nsguard_nl_force(c, mode == NSGUARD_MODE_ENFORCE ? NSGUARD_FORCE_STOPS :
						   meant(table));
	return err;
}

int nsguard_nl_mode_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = mode_set };
	int err = nsguard_nl_may_change(skb, info);

	if (err)
		return err;
	if (!info->attrs[NSGUARD_A_TABLE])
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_TABLE, "table");
	if (!info->attrs[NSGUARD_A_MODE])
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_MODE, "mode");
	return nsguard_nl_change(skb, &c);
}

static int default_set(struct nsguard_nl_change *c)
{
	const struct nlattr *op = c->info->attrs[NSGUARD_A_OP];

	nsguard_draft_default(c->draft, nla_get_u32(c->info->attrs[NSGUARD_A_TABLE]),
			      op ? (int)nla_get_u32(op) : -1,
			      nla_get_u32(c->info->attrs[NSGUARD_A_VERDICT]));
	nsguard_nl_force(c, NSGUARD_FORCE_STOPS);
	return 0;
}

int nsguard_nl_default_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = default_set };
	struct nlattr **attrs = info->attrs;
	int err = nsguard_nl_may_change(skb, info);
	u32 table;

	if (err)
		return err;
	if (!attrs[NSGUARD_A_TABLE])
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_TABLE, "table");
	if (!attrs[NSGUARD_A_VERDICT])
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_VERDICT, "verdict");
	if (nla_get_u32(attrs[NSGUARD_A_VERDICT]) == NSGUARD_VERDICT_LOCK) {
		nsguard_nl_refuse(info->extack, attrs[NSGUARD_A_VERDICT],
				  "a default is allow or deny");
		return -EINVAL;
	}
	table = nla_get_u32(attrs[NSGUARD_A_TABLE]);
	if (attrs[NSGUARD_A_OP] &&
	    !(nsguard_table_ops[table] & BIT(nla_get_u32(attrs[NSGUARD_A_OP])))) {
		nsguard_nl_refuse(info->extack, attrs[NSGUARD_A_OP],
				  "that operation does not belong to table %s",
				  nsguard_nl_table_name[table]);
		return -EINVAL;
	}
	if (attrs[NSGUARD_A_OP] && nla_get_u32(attrs[NSGUARD_A_VERDICT]) == NSGUARD_VERDICT_DENY)
		err = nsguard_nl_ops_seen(BIT(nla_get_u32(attrs[NSGUARD_A_OP])),
					  attrs[NSGUARD_A_OP], info->extack);
	return err ?: nsguard_nl_change(skb, &c);
}
