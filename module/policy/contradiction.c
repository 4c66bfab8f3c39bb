// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that can never match, however often they are asked: refused with a sentence when they
 * are made. Whether the words of a rule are well-formed is asked before, by who parses them.
 */
#include <linux/capability.h>
#include <linux/log2.h>
#include "match.h"
#include "policy.h"

static const struct nsguard_match *find(const struct nsguard_rule *rule, u8 key)
{
	unsigned int i;

	for (i = 0; i < rule->n; i++) {
		if (rule->match[i].key == key)
			return &rule->match[i];
	}
	return NULL;
}

/* The values there are for a key of bits. */
static u32 all_bits(const struct nsguard_rule *rule, u8 key)
{
	switch (key) {
	case NSGUARD_A_RULE_OP:
		return nsguard_table_ops[rule->table];
	case NSGUARD_A_RULE_TYPE:
		return BIT(NSGUARD_NSTYPE_TIME + 1) - 1;
	case NSGUARD_A_RULE_USERNS:
		return BIT(NSGUARD_USERNS_OTHER + 1) - 1;
	case NSGUARD_A_RULE_MOVES:
		return BIT(NSGUARD_MOVES_PROCESS + 1) - 1;
	case NSGUARD_A_RULE_SAME_DELEGATION:
		return BIT(NSGUARD_SAME_DELEGATION_YES + 1) - 1;
	default:
		return BIT(NSGUARD_WHO_OTHER + 1) - 1;
	}
}

static u32 bits_left(const struct nsguard_rule *rule, const struct nsguard_match *m)
{
	u32 all = all_bits(rule, m->key);

	return (m->not ? ~m->bits : m->bits) & all;
}

static const char *bits_why(const struct nsguard_rule *rule, const struct nsguard_match *m)
{
	if (m->bits & ~all_bits(rule, m->key)) {
		if (m->key == NSGUARD_A_RULE_OP)
			return "that operation does not belong to this table";
		return "there is no such value";
	}
	if (!m->bits)
		return "an empty set can never match";
	if (!bits_left(rule, m))
		return "not all of them: nothing is left that could match";
	return NULL;
}

static const char *range_why(const struct nsguard_rule *rule, const struct nsguard_match *m)
{
	unsigned int i;

	/* H11: what is being made is not owned yet. */
	if (m->key == NSGUARD_A_RULE_TARGET_OWNER && !(rule->ops & BIT(NSGUARD_OP_ENTER)))
		return "target-owner is of a namespace that is entered, op says create";
	for (i = 0; i < m->n; i++) {
		if (m->range[i].min > m->range[i].max)
			return "range is upside down";
		if (m->key == NSGUARD_A_RULE_CAP && m->range[i].max > CAP_LAST_CAP)
			return "there is no such capability";
		if (m->not && !m->range[i].min && m->range[i].max == U32_MAX)
			return "not any id at all: nothing is left that could match";
	}
	return NULL;
}

static const char *pattern_why(const struct nsguard_match *m)
{
	unsigned int i;

	if (m->relation != NSGUARD_RELATION_UNDER)
		return NULL;
	for (i = 0; i < m->n; i++) {
		if (m->pattern[i].n)
			continue;
		if (m->key != NSGUARD_A_RULE_LEAVING && m->not)
			return "not under /: there is no such cgroup";
		/* One of several values that can never match is no contradiction yet. */
		if (m->key == NSGUARD_A_RULE_LEAVING && !m->not && m->n == 1)
			return "nothing can leave the subtree of /";
	}
	return NULL;
}

static const char *mask_why(const struct nsguard_match *m)
{
	if (m->relation == NSGUARD_RELATION_RESET)
		return NULL;
	if (!m->mask || cpumask_empty(m->mask))
		return "the mask is empty";
	if (m->relation == NSGUARD_RELATION_SUBSET && m->not &&
	    cpumask_subset(cpu_possible_mask, m->mask))
		return "not a subset of all CPUs: there is no such mask";
	return NULL;
}

#define SAYS(target, type) "target is a " target " namespace, type says " type

/* By enum nsguard_nstype: what the target is, what type says; last column several. */
static const char *const clash[][9] = {
	{ SAYS("mnt", "mnt"), SAYS("mnt", "uts"), SAYS("mnt", "ipc"),
	  SAYS("mnt", "pid"), SAYS("mnt", "net"), SAYS("mnt", "user"),
	  SAYS("mnt", "cgroup"), SAYS("mnt", "time"), SAYS("mnt", "others") },
	{ SAYS("uts", "mnt"), SAYS("uts", "uts"), SAYS("uts", "ipc"),
	  SAYS("uts", "pid"), SAYS("uts", "net"), SAYS("uts", "user"),
	  SAYS("uts", "cgroup"), SAYS("uts", "time"), SAYS("uts", "others") },
	{ SAYS("ipc", "mnt"), SAYS("ipc", "uts"), SAYS("ipc", "ipc"),
	  SAYS("ipc", "pid"), SAYS("ipc", "net"), SAYS("ipc", "user"),
	  SAYS("ipc", "cgroup"), SAYS("ipc", "time"), SAYS("ipc", "others") },
	{ SAYS("pid", "mnt"), SAYS("pid", "uts"), SAYS("pid", "ipc"),
	  SAYS("pid", "pid"), SAYS("pid", "net"), SAYS("pid", "user"),
	  SAYS("pid", "cgroup"), SAYS("pid", "time"), SAYS("pid", "others") },
	{ SAYS("net", "mnt"), SAYS("net", "uts"), SAYS("net", "ipc"),
	  SAYS("net", "pid"), SAYS("net", "net"), SAYS("net", "user"),
	  SAYS("net", "cgroup"), SAYS("net", "time"), SAYS("net", "others") },
	{ SAYS("user", "mnt"), SAYS("user", "uts"), SAYS("user", "ipc"),
	  SAYS("user", "pid"), SAYS("user", "net"), SAYS("user", "user"),
	  SAYS("user", "cgroup"), SAYS("user", "time"), SAYS("user", "others") },
	{ SAYS("cgroup", "mnt"), SAYS("cgroup", "uts"), SAYS("cgroup", "ipc"),
	  SAYS("cgroup", "pid"), SAYS("cgroup", "net"), SAYS("cgroup", "user"),
	  SAYS("cgroup", "cgroup"), SAYS("cgroup", "time"), SAYS("cgroup", "others") },
	{ SAYS("time", "mnt"), SAYS("time", "uts"), SAYS("time", "ipc"),
	  SAYS("time", "pid"), SAYS("time", "net"), SAYS("time", "user"),
	  SAYS("time", "cgroup"), SAYS("time", "time"), SAYS("time", "others") },
};

static_assert(NSGUARD_NSTYPE_MNT == 0 && NSGUARD_NSTYPE_UTS == 1 && NSGUARD_NSTYPE_IPC == 2 &&
	      NSGUARD_NSTYPE_PID == 3 && NSGUARD_NSTYPE_NET == 4 && NSGUARD_NSTYPE_USER == 5 &&
	      NSGUARD_NSTYPE_CGROUP == 6 && NSGUARD_NSTYPE_TIME == 7);

static bool is_named(const struct nsguard_match *m, u8 named)
{
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		if (m->ns[i].named == named)
			return true;
	}
	return false;
}

/* type and target must have a namespace in common. */
static const char *target_why(const struct nsguard_rule *rule, const struct nsguard_match *m)
{
	const struct nsguard_match *type = find(rule, NSGUARD_A_RULE_TYPE);
	unsigned int i;
	u32 left;

	if (!(rule->ops & BIT(NSGUARD_OP_ENTER)))
		return "target is a namespace that is entered, op says create";
	if (m->not && is_named(m, NSGUARD_A_NS_SAME) && is_named(m, NSGUARD_A_NS_OTHER))
		return "not the same and no other: nothing is left that could match";
	if (!type || m->not)
		return NULL;
	left = bits_left(rule, type);
	for (i = 0; i < m->n; i++) {
		if (m->ns[i].named || (left & BIT(m->ns[i].id->type)))
			return NULL;
	}
	if (m->n == 1)
		return clash[m->ns[0].id->type][is_power_of_2(left) ? ilog2(left) : 8];
	return "none of the targets is of a type that type says";
}

static const char *match_why(const struct nsguard_rule *rule, const struct nsguard_match *m)
{
	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_BITS:
		return bits_why(rule, m);
	case NSGUARD_KIND_RANGE:
		return range_why(rule, m);
	case NSGUARD_KIND_PATTERN:
		return pattern_why(m);
	case NSGUARD_KIND_MASK:
		return mask_why(m);
	case NSGUARD_KIND_NS:
		return m->key == NSGUARD_A_RULE_TARGET ? target_why(rule, m) : NULL;
	default:
		return NULL;
	}
}

const char *nsguard_rule_contradiction(const struct nsguard_rule *rule, u8 *key)
{
	const char *why;
	unsigned int i;

	/* Sets first, since the others are compared with them: keys are in that order. */
	for (i = 0; i < rule->n; i++) {
		*key = rule->match[i].key;
		why = match_why(rule, &rule->match[i]);
		if (why)
			return why;
	}
	*key = NSGUARD_A_RULE_OP;
	if (!rule->ops)
		return "no operation is left that could match";
	return NULL;
}
