// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule from its attributes. The generated policies have checked types and lengths;
 * here is checked what they cannot say: what is given twice, what is missing, and what
 * belongs together. Nothing is changed here.
 */
#include <linux/slab.h>
#include "../policy/policy.h"
#include "../policy/set.h"
#include "../transaction.h"
#include "rule.h"

/* Attributes of a rule that are not keys, and that a client may say. */
static const char *const plain_name[NSGUARD_A_RULE_MAX + 1] = {
	[NSGUARD_A_RULE_TABLE] = "table",
	[NSGUARD_A_RULE_VERDICT] = "verdict",
	[NSGUARD_A_RULE_PRIORITY] = "priority",
	[NSGUARD_A_RULE_COMMENT] = "comment",
	[NSGUARD_A_RULE_DRY_RUN] = "dry-run",
	[NSGUARD_A_RULE_SANDBOX] = "sandbox",
	[NSGUARD_A_RULE_THREADS] = "threads",
};

/* The room that the values of @key take, nothing of which is checked yet. */
static size_t values_room(const struct nlattr *nest, u8 key)
{
	u8 carrier = nsguard_nl_carrier[nsguard_key_kind(key)];
	const struct nlattr *attr;
	unsigned int n = 0;
	int left;

	nla_for_each_nested(attr, nest, left)
		n += nla_type(attr) == carrier;
	/* More are refused when they are parsed. */
	return nsguard_values_size(key, min_t(unsigned int, n, NSGUARD_MAX_VALUES));
}

/*
 * Sorts the attributes of @nest into @tb by type. nla_parse() would keep the last one of
 * those given twice and say nothing. @keys: bit set of those that are keys; @room: what their
 * values take.
 */
static int sort_attributes(const struct nlattr *nest, const struct nlattr **tb, u64 *keys,
			   size_t *room, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int left;

	nla_for_each_nested(attr, nest, left) {
		int type = nla_type(attr);
		const char *name = plain_name[type] ?: nsguard_nl_keys[type].name;

		if (!name) {
			nsguard_nl_refuse(extack, attr, "%s of a rule is given by the kernel",
					  type == NSGUARD_A_RULE_HANDLE ? "handle" :
					  type == NSGUARD_A_RULE_HITS ? "hits" :
					  type == NSGUARD_A_RULE_STALE ? "stale" : "padding");
			return -EINVAL;
		}
		if (tb[type]) {
			nsguard_nl_refuse(extack, attr, "%s given twice", name);
			return -EINVAL;
		}
		tb[type] = attr;
		if (!nsguard_nl_keys[type].name)
			continue;
		*keys |= BIT_ULL(type);
		*room += values_room(attr, type);
	}
	return 0;
}

/* The values are in a set. Whether there is one of that name is asked when the draft is edited. */
static int set_head(const struct nlattr *name, const struct nlattr *value,
		    struct nsguard_match *m, struct netlink_ext_ack *extack)
{
	if (value) {
		nsguard_nl_refuse(extack, value, "%s has a set and values; only one of them fits",
				  nsguard_nl_keys[m->key].name);
		return -EINVAL;
	}
	m->set_name = nsguard_nl_name(name, "a set", extack);
	if (!m->set_name)
		return -EINVAL;
	m->from = NSGUARD_FROM_NAME;
	return 0;
}

/* Checks which attributes a match has; fills in @m's key, not and relation. */
static int match_head(const struct nlattr *nest, struct nsguard_match *m, unsigned int *values,
		      struct netlink_ext_ack *extack)
{
	const struct nsguard_nl_key *key = &nsguard_nl_keys[m->key];
	const struct nlattr *attr, *seen[NSGUARD_A_MATCH_MAX + 1] = {};
	enum nsguard_kind kind = nsguard_key_kind(m->key);
	int left, type, relation = key->relation;
	u8 carrier = nsguard_nl_carrier[kind];

	nla_for_each_nested(attr, nest, left) {
		type = nla_type(attr);
		if (type != NSGUARD_A_MATCH_NOT && type != carrier &&
		    !(type == NSGUARD_A_MATCH_SET && nsguard_set_fits_any(m->key)) &&
		    !(type == NSGUARD_A_MATCH_RELATION && key->relations)) {
			nsguard_nl_refuse(extack, attr, "%s takes no %s", key->name,
					  nsguard_nl_match_name[type]);
			return -EINVAL;
		}
		if (type == carrier)
			++*values;
		if (seen[type] && (type != carrier || kind == NSGUARD_KIND_BITS ||
				   kind == NSGUARD_KIND_MASK)) {
			nsguard_nl_refuse(extack, attr, "%s of %s given twice",
					  nsguard_nl_match_name[type], key->name);
			return -EINVAL;
		}
		if (*values > NSGUARD_MAX_VALUES) {
			nsguard_nl_refuse(extack, attr, "%s has more than %u values", key->name,
					  NSGUARD_MAX_VALUES);
			return -E2BIG;
		}
		seen[type] = attr;
	}
	m->not = seen[NSGUARD_A_MATCH_NOT];
	attr = seen[NSGUARD_A_MATCH_RELATION];
	if (attr) {
		relation = nla_get_u32(attr);
		if (!(key->relations & BIT(relation))) {
			nsguard_nl_refuse(extack, attr, "%s has no such relation", key->name);
			return -EINVAL;
		}
	} else if (relation < 0) {
		nsguard_nl_refuse(extack, nest, "relation of %s is missing", key->name);
		NL_SET_ERR_ATTR_MISS(extack, nest, NSGUARD_A_MATCH_RELATION);
		return -EINVAL;
	}
	m->relation = relation;

	if (kind == NSGUARD_KIND_MASK && relation == NSGUARD_RELATION_RESET) {
		if (!*values)
			return 0;
		nsguard_nl_refuse(extack, seen[carrier], "reset takes no mask");
		return -EINVAL;
	}
	attr = seen[NSGUARD_A_MATCH_SET];
	if (attr)
		return set_head(attr, seen[carrier], m, extack);
	if (!*values) {
		nsguard_nl_refuse(extack, nest, "%s of %s is missing",
				  nsguard_nl_match_name[carrier], key->name);
		NL_SET_ERR_ATTR_MISS(extack, nest, carrier);
		return -EINVAL;
	}
	return 0;
}

/* @values: room for those of the matches that are still to come. */
static int match_parse(const struct nlattr *nest, enum nsguard_table table,
		       struct nsguard_match *m, void **values, struct netlink_ext_ack *extack)
{
	u8 carrier = nsguard_nl_carrier[nsguard_key_kind(m->key)];
	const struct nlattr *attr;
	unsigned int n = 0;
	int err, left;

	if (!nsguard_key_in_table(m->key, table)) {
		nsguard_nl_refuse(extack, nest, "%s does not belong to table %s",
				  nsguard_nl_keys[m->key].name, nsguard_nl_table_name[table]);
		return -EINVAL;
	}
	err = match_head(nest, m, &n, extack);
	if (err || m->from != NSGUARD_FROM_RULE)
		return err;
	/* Everybody would seem to be in its root, whatever cgroup of version 1 he is in. */
	if (nsguard_nl_keys[m->key].v2 && !nsguard_glue_cgroup2_used()) {
		nsguard_nl_refuse(extack, nest,
				  "%s is told by cgroup version 2, which is not in use here",
				  nsguard_nl_keys[m->key].name);
		return -EOPNOTSUPP;
	}
	/* Those that are one behind the other are all pointers, in the same place. */
	if (nsguard_values_size(m->key, n)) {
		m->range = *values;
		*values += nsguard_values_size(m->key, n);
	}
	nla_for_each_nested(attr, nest, left) {
		if (nla_type(attr) != carrier)
			continue;
		err = nsguard_nl_value_parse(m, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

/* Which operations a rule is about: those it names, or those meant when none is named. */
static u32 rule_ops(const struct nsguard_rule *rule)
{
	u32 unnamed = nsguard_table_unnamed_ops(rule->table);
	unsigned int i;

	for (i = 0; i < rule->n; i++) {
		const struct nsguard_match *m = &rule->match[i];

		if (m->key == NSGUARD_A_RULE_OP)
			return m->not ? unnamed & ~m->bits :
					nsguard_table_ops[rule->table] & m->bits;
	}
	return unnamed;
}

int nsguard_nl_ops_seen(u32 ops, const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!(ops & BIT(NSGUARD_OP_CPUSET)) ||
	    nsguard_glue_sees_op(NSGUARD_TABLE_AFFINITY, NSGUARD_OP_CPUSET))
		return 0;
	nsguard_nl_refuse(extack, attr,
			  "op cpuset takes a kernel with the affinity patch, this one is without");
	return -EOPNOTSUPP;
}

static int comment_parse(struct nsguard_rule *rule, const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	const char *text = nla_data(attr);

	if (strlen(text) + 1 != nla_len(attr)) {
		nsguard_nl_refuse(extack, attr, "the comment contains a NUL");
		return -EINVAL;
	}
	if (!*text) {
		nsguard_nl_refuse(extack, attr, "the comment is empty");
		return -EINVAL;
	}
	if (nsguard_rule_extend(rule))
		return -ENOMEM;
	rule->extra->comment = kstrdup(text, GFP_KERNEL_ACCOUNT);
	return rule->extra->comment ? 0 : -ENOMEM;
}

/* What only a lock rule has, and must have. */
static int lock_parse(struct nsguard_rule *rule, const struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *sandbox = tb[NSGUARD_A_RULE_SANDBOX];

	if (rule->verdict != NSGUARD_VERDICT_LOCK) {
		if (!sandbox && !tb[NSGUARD_A_RULE_THREADS])
			return 0;
		nsguard_nl_refuse(extack, sandbox ?: tb[NSGUARD_A_RULE_THREADS],
				  "%s belongs to verdict lock", sandbox ? "sandbox" : "threads");
		return -EINVAL;
	}
	if (rule->table != NSGUARD_TABLE_NS) {
		nsguard_nl_refuse(extack, tb[NSGUARD_A_RULE_VERDICT],
				  "verdict lock belongs to table ns");
		return -EINVAL;
	}
	if (!sandbox) {
		nsguard_nl_refuse(extack, tb[NSGUARD_A_RULE_VERDICT],
				  "verdict lock needs a sandbox");
		return -EINVAL;
	}
	if (!nsguard_nl_name(sandbox, "a sandbox", extack))
		return -EINVAL;
	if (nsguard_rule_extend(rule))
		return -ENOMEM;
	strscpy(rule->extra->sandbox_name, nla_data(sandbox), sizeof(rule->extra->sandbox_name));
	rule->threads = tb[NSGUARD_A_RULE_THREADS];
	return 0;
}

static int rule_fill(struct nsguard_rule *rule, const struct nlattr **tb, u64 keys,
		     struct netlink_ext_ack *extack)
{
	void *values = rule->match + rule->n;
	unsigned int n = 0;
	const char *why;
	int err;
	u8 key;

	rule->table = nla_get_u32(tb[NSGUARD_A_RULE_TABLE]);
	rule->verdict = nla_get_u32(tb[NSGUARD_A_RULE_VERDICT]);
	err = lock_parse(rule, tb, extack);
	if (err)
		return err;
	if (tb[NSGUARD_A_RULE_PRIORITY])
		rule->priority = nla_get_s32(tb[NSGUARD_A_RULE_PRIORITY]);
	rule->dry_run = tb[NSGUARD_A_RULE_DRY_RUN];
	if (tb[NSGUARD_A_RULE_COMMENT]) {
		err = comment_parse(rule, tb[NSGUARD_A_RULE_COMMENT], extack);
		if (err)
			return err;
	}
	/* All keys before the first value: an error leaves no match without its key. */
	for (; keys; keys &= keys - 1)
		rule->match[n++].key = __ffs64(keys);
	for (n = 0; n < rule->n; n++) {
		err = match_parse(tb[rule->match[n].key], rule->table, &rule->match[n], &values,
				  extack);
		if (err)
			return err;
	}
	rule->ops = rule_ops(rule);
	err = nsguard_nl_ops_seen(rule->ops, tb[NSGUARD_A_RULE_OP], extack);
	if (err)
		return err;
	/* Into a sandbox one goes; what is made there is in it. */
	if (rule->verdict == NSGUARD_VERDICT_LOCK)
		rule->ops &= BIT(NSGUARD_OP_ENTER);
	rule->decides = rule->dry_run ? 0 : rule->ops;
	why = nsguard_rule_contradiction(rule, &key);
	if (why) {
		nsguard_nl_refuse(extack, tb[key], "%s", why);
		return -EINVAL;
	}
	rule->hash = nsguard_rule_hash(rule);
	return 0;
}

struct nsguard_rule *nsguard_nl_rule_parse(const struct nlattr *nest,
					   struct netlink_ext_ack *extack)
{
	const struct nlattr *tb[NSGUARD_A_RULE_MAX + 1] = {};
	struct nsguard_rule *rule;
	size_t room = 0;
	u64 keys = 0;
	int err;

	if (nla_len(nest) > NSGUARD_MAX_RULE_BYTES) {
		nsguard_nl_refuse(extack, nest, "a rule has at most %u bytes of attributes",
				  NSGUARD_MAX_RULE_BYTES);
		return ERR_PTR(-E2BIG);
	}
	err = sort_attributes(nest, tb, &keys, &room, extack);
	if (err)
		return ERR_PTR(err);
	if (!tb[NSGUARD_A_RULE_TABLE]) {
		nsguard_nl_missing(extack, nest, NSGUARD_A_RULE_TABLE, "table of the rule");
		return ERR_PTR(-EINVAL);
	}
	if (!tb[NSGUARD_A_RULE_VERDICT]) {
		nsguard_nl_missing(extack, nest, NSGUARD_A_RULE_VERDICT, "verdict of the rule");
		return ERR_PTR(-EINVAL);
	}
	rule = nsguard_rule_alloc(hweight64(keys), room);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	err = rule_fill(rule, tb, keys, extack);
	if (!err)
		return rule;
	nsguard_rule_put(rule);
	return ERR_PTR(err);
}
