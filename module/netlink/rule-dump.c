// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules to attributes, and the dump of them. A dump reads one snapshot from its first
 * message to its last, however many changes there are meanwhile (H27); the generation
 * that is then in force tells the client that it reads history.
 */
#include "../policy/policy.h"
#include "../transaction.h"
#include "gen.h"
#include "rule.h"

int nsguard_nl_mask_put(struct sk_buff *skb, int type, const struct cpumask *mask)
{
	/* Small masks have bits beyond nr_cpu_ids, and a request may set them. */
	unsigned int cpu, last = find_last_bit(cpumask_bits(mask), nr_cpu_ids);
	struct nlattr *attr;
	u8 *byte;

	if (last >= nr_cpu_ids)
		return nla_put(skb, type, 0, NULL);
	attr = nla_reserve(skb, type, last / 8 + 1);
	if (!attr)
		return -EMSGSIZE;
	byte = nla_data(attr);
	memset(byte, 0, last / 8 + 1);
	for_each_set_bit(cpu, cpumask_bits(mask), nr_cpu_ids)
		byte[cpu / 8] |= BIT(cpu % 8);
	return 0;
}

static int range_put(struct sk_buff *skb, const struct nsguard_range *range)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_MATCH_RANGE);

	if (!nest || nla_put_u32(skb, NSGUARD_A_RANGE_MIN, range->min) ||
	    nla_put_u32(skb, NSGUARD_A_RANGE_MAX, range->max))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int ns_put(struct sk_buff *skb, const struct nsguard_ns_value *ns)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_MATCH_NS);

	if (!nest)
		return -EMSGSIZE;
	if (ns->named) {
		if (nla_put_flag(skb, ns->named))
			return -EMSGSIZE;
	} else if (nla_put_u32(skb, NSGUARD_A_NS_TYPE, ns->id->type) ||
		   nla_put_u32(skb, NSGUARD_A_NS_INUM, ns->id->inum) ||
		   (READ_ONCE(ns->id->dead) && nla_put_flag(skb, NSGUARD_A_NS_DEAD))) {
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int value_put(struct sk_buff *skb, const struct nsguard_match *m, unsigned int i)
{
	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_BITS:
		return nla_put_u32(skb, NSGUARD_A_MATCH_BITS, m->bits);
	case NSGUARD_KIND_RANGE:
		return range_put(skb, &m->range[i]);
	case NSGUARD_KIND_PATTERN:
		return nla_put_string(skb, NSGUARD_A_MATCH_PATH, m->pattern[i].text);
	case NSGUARD_KIND_EXE:
		return nla_put_string(skb, NSGUARD_A_MATCH_PATH, m->exe[i]->path);
	case NSGUARD_KIND_NS:
		return ns_put(skb, &m->ns[i]);
	case NSGUARD_KIND_MASK:
		return nsguard_nl_mask_put(skb, NSGUARD_A_MATCH_MASK, m->mask);
	case NSGUARD_KIND_NONE:
		break;
	}
	return 0;
}

static int match_put(struct sk_buff *skb, const struct nsguard_match *m)
{
	struct nlattr *nest = nla_nest_start(skb, m->key);
	const char *set = nsguard_match_set(m);
	unsigned int i;

	if (!nest || (m->not && nla_put_flag(skb, NSGUARD_A_MATCH_NOT)) ||
	    (nsguard_nl_keys[m->key].relations &&
	     nla_put_u32(skb, NSGUARD_A_MATCH_RELATION, m->relation)) ||
	    (set && nla_put_string(skb, NSGUARD_A_MATCH_SET, set)))
		return -EMSGSIZE;
	for (i = 0; i < m->n; i++)
		if (value_put(skb, m, i))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int nsguard_nl_rule_put(struct sk_buff *skb, const struct nsguard_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_RULE);
	const char *sandbox = nsguard_rule_sandbox_name(rule);
	const char *comment = nsguard_rule_comment(rule);
	unsigned int i;

	if (!nest ||
	    nla_put_u64_64bit(skb, NSGUARD_A_RULE_HANDLE, rule->handle, NSGUARD_A_RULE_PAD) ||
	    nla_put_u32(skb, NSGUARD_A_RULE_TABLE, rule->table) ||
	    nla_put_u32(skb, NSGUARD_A_RULE_VERDICT, rule->verdict) ||
	    nla_put_s32(skb, NSGUARD_A_RULE_PRIORITY, rule->priority) ||
	    (comment && nla_put_string(skb, NSGUARD_A_RULE_COMMENT, comment)) ||
	    (rule->dry_run && nla_put_flag(skb, NSGUARD_A_RULE_DRY_RUN)) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_RULE_HITS, atomic64_read(&rule->hits),
			      NSGUARD_A_RULE_PAD) ||
	    (*sandbox && nla_put_string(skb, NSGUARD_A_RULE_SANDBOX, sandbox)) ||
	    (rule->threads && nla_put_flag(skb, NSGUARD_A_RULE_THREADS)) ||
	    (nsguard_rule_stale(rule) && nla_put_flag(skb, NSGUARD_A_RULE_STALE)))
		return -EMSGSIZE;
	for (i = 0; i < rule->n; i++)
		if (match_put(skb, &rule->match[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* At most so many bytes does a match take in a message. */
static size_t match_size(const struct nsguard_match *m)
{
	size_t size = nla_total_size(0) + nla_total_size(0) + nla_total_size(sizeof(u32));
	unsigned int i;

	if (m->from != NSGUARD_FROM_RULE)
		size += nla_total_size(NSGUARD_SET_NAME_MAX + 1);
	for (i = 0; i < m->n; i++) {
		switch (nsguard_key_kind(m->key)) {
		case NSGUARD_KIND_PATTERN:
			size += nla_total_size(strlen(m->pattern[i].text) + 1);
			break;
		case NSGUARD_KIND_EXE:
			size += nla_total_size(strlen(m->exe[i]->path) + 1);
			break;
		case NSGUARD_KIND_MASK:
			size += nla_total_size(nr_cpu_ids / 8 + 1);
			break;
		default:
			/* A nest with two numbers and a flag; the others are smaller. */
			size += 2 * nla_total_size(0) + 2 * nla_total_size(sizeof(u32));
			break;
		}
	}
	return size;
}

static size_t message_size(const struct nsguard_rule *rule)
{
	size_t size = nlmsg_total_size(GENL_HDRLEN) + nla_total_size(0);
	unsigned int i;

	/* Handle, hits and generation; table, verdict and priority; dry-run and stale. */
	size += 3 * nla_total_size_64bit(sizeof(u64)) + 3 * nla_total_size(sizeof(u32)) +
		2 * nla_total_size(0);
	if (*nsguard_rule_sandbox_name(rule))
		size += nla_total_size(NSGUARD_SANDBOX_NAME_MAX + 1) + nla_total_size(0);
	if (nsguard_rule_comment(rule))
		size += nla_total_size(strlen(nsguard_rule_comment(rule)) + 1);
	for (i = 0; i < rule->n; i++)
		size += match_size(&rule->match[i]);
	return size;
}

/**
 * struct walk - a dump of rules, in struct netlink_callback
 * @policy: the snapshot it reads, with a reference
 * @table: where it is
 * @end: table it ends before
 * @at: where it is in @table
 */
struct walk {
	struct nsguard_policy *policy;
	unsigned int table;
	unsigned int end;
	struct nsguard_cursor at;
};

/* The rule a dump is at, NULL at its end. */
static const struct nsguard_rule *peek(struct walk *walk)
{
	const struct nsguard_rule *rule = NULL;

	while (walk->table < walk->end) {
		rule = nsguard_cursor_peek(&walk->at, &walk->policy->table[walk->table],
					   walk->policy->generation);
		if (rule)
			break;
		walk->table++;
		walk->at = (struct nsguard_cursor){};
	}
	return rule;
}

static void next(struct walk *walk, const struct nsguard_rule *rule)
{
	nsguard_cursor_next(&walk->at, &walk->policy->table[walk->table], rule);
}

/*
 * A rule must fit into a message. Most do into any; where one does not, messages are as
 * large as it is, and no larger, since the client's buffer must hold them.
 */
static size_t largest(struct walk walk)
{
	const struct nsguard_rule *rule;
	size_t size = 0;

	while ((rule = peek(&walk))) {
		size = max(size, message_size(rule));
		next(&walk, rule);
		cond_resched();
	}
	return size;
}

static struct walk *walk_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct walk) > sizeof(cb->ctx));
	return (struct walk *)cb->ctx;
}

/* The generation in force, never 0: netlink compares it with that of the message before. */
static unsigned int seq_now(void)
{
	return (unsigned int)nsguard_policy_generation() ?: 1;
}

int nsguard_nl_rule_get_start(struct netlink_callback *cb)
{
	struct walk *walk = walk_of(cb);
	const struct nlattr *table;
	int err;

	err = nsguard_nl_may(cb->skb, cb->extack);
	if (err)
		return err;
	err = nsguard_nl_once(cb->nlh, cb->extack);
	if (err)
		return err;
	walk->table = 0;
	walk->end = NSGUARD_TABLES;
	table = nlmsg_find_attr(cb->nlh, GENL_HDRLEN, NSGUARD_A_TABLE);
	if (table) {
		walk->table = nla_get_u32(table);
		walk->end = walk->table + 1;
	}
	walk->at = (struct nsguard_cursor){};
	walk->policy = nsguard_policy_get();
	cb->prev_seq = (unsigned int)walk->policy->generation ?: 1;
	cb->min_dump_alloc = largest(*walk);
	return 0;
}

static int one_put(struct sk_buff *skb, struct netlink_callback *cb, const struct walk *walk,
		   const struct nsguard_rule *rule)
{
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &nsguard_nl_family, NLM_F_MULTI, NSGUARD_CMD_RULE_GET);
	if (!head)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, head);
	if (nsguard_nl_rule_put(skb, rule) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_GENERATION, walk->policy->generation,
			      NSGUARD_A_PAD)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

int nsguard_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct walk *walk = walk_of(cb);
	const struct nsguard_rule *rule;

	cb->seq = seq_now();
	while ((rule = peek(walk))) {
		if (one_put(skb, cb, walk, rule))
			/* The next message goes on here; nothing fits into none at all. */
			return skb->len ?: -EMSGSIZE;
		next(walk, rule);
	}
	return skb->len;
}

int nsguard_nl_rule_get_done(struct netlink_callback *cb)
{
	nsguard_policy_put(walk_of(cb)->policy);
	return 0;
}
