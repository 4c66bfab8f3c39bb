// SPDX-License-Identifier: GPL-2.0-only
/*
 * The values of a rule's keys: from one attribute to one value, a function for each
 * kind. Whether the key may have such a value at all, rule-parse.c has checked.
 */
#include <linux/slab.h>
#include "rule.h"

/*
 * The string in @attr, which the policy has found to end in a NUL within its bound; NULL
 * when another NUL would cut it short.
 */
static const char *whole_string(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const char *text = nla_data(attr);

	if (strlen(text) + 1 != nla_len(attr)) {
		nsguard_nl_refuse(extack, attr, "the path contains a NUL");
		return NULL;
	}
	return text;
}

/* Whether these bits mean something in this table, nsguard_rule_contradiction() says. */
static int bits_parse(struct nsguard_match *m, const struct nlattr *value,
		      struct netlink_ext_ack *extack)
{
	m->bits = nla_get_u32(value);
	return 0;
}

/* Keeps @attr in *@seen, where nothing else may be yet; @what for the sentence. */
static int once(const struct nlattr **seen, const struct nlattr *attr, const char *what,
		struct netlink_ext_ack *extack)
{
	if (*seen) {
		nsguard_nl_refuse(extack, attr, "%s given twice", what);
		return -EINVAL;
	}
	*seen = attr;
	return 0;
}

int nsguard_nl_range_parse(struct nsguard_range *range, const struct nlattr *value,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr, *min = NULL, *max = NULL;
	int left, err = 0;

	/* The policies have refused other types. */
	nla_for_each_nested(attr, value, left) {
		if (nla_type(attr) == NSGUARD_A_RANGE_MIN)
			err = once(&min, attr, "min of a range", extack);
		else
			err = once(&max, attr, "max of a range", extack);
		if (err)
			return err;
	}
	if (!min)
		return nsguard_nl_missing(extack, value, NSGUARD_A_RANGE_MIN, "min of a range");
	if (!max)
		return nsguard_nl_missing(extack, value, NSGUARD_A_RANGE_MAX, "max of a range");
	range->min = nla_get_u32(min);
	range->max = nla_get_u32(max);
	if (range->min > range->max) {
		nsguard_nl_refuse(extack, value, "range is upside down");
		return -EINVAL;
	}
	return 0;
}

static int range_parse(struct nsguard_match *m, const struct nlattr *value,
		       struct netlink_ext_ack *extack)
{
	return nsguard_nl_range_parse(&m->range[m->n], value, extack);
}

static int pattern_parse(struct nsguard_match *m, const struct nlattr *value,
			 struct netlink_ext_ack *extack)
{
	const char *text = whole_string(value, extack), *why = "out of memory";
	int err;

	if (!text)
		return -EINVAL;
	err = nsguard_pattern_init(&m->pattern[m->n], text, &why);
	if (err)
		nsguard_nl_refuse(extack, value, "%s", why);
	return err;
}

static int exe_parse(struct nsguard_match *m, const struct nlattr *value,
		     struct netlink_ext_ack *extack)
{
	const char *text = whole_string(value, extack), *why = "out of memory";
	struct nsguard_exe *exe;

	if (!text)
		return -EINVAL;
	exe = nsguard_exe_get(text, &why);
	if (IS_ERR(exe)) {
		nsguard_nl_refuse(extack, value, "%s", why);
		return PTR_ERR(exe);
	}
	m->exe[m->n] = exe;
	return 0;
}

static int ns_parse(struct nsguard_match *m, const struct nlattr *value,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr, *fd = NULL, *named = NULL;
	const char *why = "out of memory";
	struct nsguard_nsid *id;
	int left, err;

	nla_for_each_nested(attr, value, left) {
		switch (nla_type(attr)) {
		case NSGUARD_A_NS_FD:
			err = once(&fd, attr, "fd of a namespace", extack);
			break;
		case NSGUARD_A_NS_SAME:
		case NSGUARD_A_NS_OTHER:
			if (m->key != NSGUARD_A_RULE_TARGET) {
				nsguard_nl_refuse(extack, attr, "same and other belong to target");
				return -EINVAL;
			}
			fallthrough;
		case NSGUARD_A_NS_HOST:
			err = once(&named, attr, nla_type(attr) == NSGUARD_A_NS_HOST ?
				   "host of a namespace" : "the word for a namespace", extack);
			break;
		default:
			nsguard_nl_refuse(extack, attr,
					  "a namespace is said with fd or with a word");
			return -EINVAL;
		}
		if (err)
			return err;
	}
	if (!fd && !named)
		return nsguard_nl_missing(extack, value, NSGUARD_A_NS_FD,
					  "fd of a namespace, or a word for it,");
	if (fd && named) {
		nsguard_nl_refuse(extack, named, "a namespace is said with fd or with a word");
		return -EINVAL;
	}
	if (named) {
		m->ns[m->n].named = nla_type(named);
		return 0;
	}
	id = nsguard_nsid_get(nla_get_u32(fd), &why);
	if (IS_ERR(id)) {
		nsguard_nl_refuse(extack, fd, "%s", why);
		return PTR_ERR(id);
	}
	m->ns[m->n].id = id;
	return 0;
}

int nsguard_nl_mask_parse(struct cpumask **mask, const struct nlattr *value,
			  struct netlink_ext_ack *extack)
{
	const u8 *byte = nla_data(value);
	int len = nla_len(value), i, bit;

	*mask = kzalloc(cpumask_size(), GFP_KERNEL_ACCOUNT);
	if (!*mask)
		return -ENOMEM;
	for (i = 0; i < len; i++) {
		for (bit = 0; bit < 8; bit++) {
			unsigned int cpu = 8 * i + bit;

			if (!(byte[i] & BIT(bit)))
				continue;
			if (cpu >= nr_cpu_ids) {
				nsguard_nl_refuse(extack, value, "no such CPU: %u", cpu);
				return -ERANGE;
			}
			cpumask_set_cpu(cpu, *mask);
		}
	}
	if (cpumask_empty(*mask)) {
		nsguard_nl_refuse(extack, value, "mask is empty");
		return -EINVAL;
	}
	return 0;
}

static int mask_parse(struct nsguard_match *m, const struct nlattr *value,
		      struct netlink_ext_ack *extack)
{
	return nsguard_nl_mask_parse(&m->mask, value, extack);
}

int nsguard_nl_value_parse(struct nsguard_match *match, const struct nlattr *value,
			   struct netlink_ext_ack *extack)
{
	static int (*const parse[])(struct nsguard_match *m, const struct nlattr *value,
				    struct netlink_ext_ack *extack) = {
		[NSGUARD_KIND_BITS] = bits_parse,
		[NSGUARD_KIND_RANGE] = range_parse,
		[NSGUARD_KIND_PATTERN] = pattern_parse,
		[NSGUARD_KIND_EXE] = exe_parse,
		[NSGUARD_KIND_NS] = ns_parse,
		[NSGUARD_KIND_MASK] = mask_parse,
	};
	int err = parse[nsguard_key_kind(match->key)](match, value, extack);

	if (!err)
		match->n++;
	return err;
}
