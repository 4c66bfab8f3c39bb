/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a rule on the wire: one row says what parsing and dumping must know of a key
 * beyond what policy/match.h says (tables, kind of values). A new key is a row there and
 * one here; a new kind of values is a function in rule-value.c and one in rule-dump.c.
 */
#ifndef NSGUARD_NETLINK_RULE_H
#define NSGUARD_NETLINK_RULE_H

#include "../policy/match.h"
#include "netlink.h"

#define NSGUARD_KINDS	(NSGUARD_KIND_MASK + 1)

/**
 * struct nsguard_nl_key - one key of a rule
 * @name: the word people say; NULL: this attribute of a rule is no key
 * @relations: bit set of relations, 0 when it has none
 * @relation: the relation that is meant when none is said, -1 when one must be
 * @v2: compared with a path of the version 2 hierarchy, in which somebody is
 */
struct nsguard_nl_key {
	const char *name;
	u32 relations;
	int relation;
	bool v2;
};

/* rule-key.c: by NSGUARD_A_RULE_*, by enum nsguard_kind, and the words to say them with. */
extern const struct nsguard_nl_key nsguard_nl_keys[NSGUARD_A_RULE_MAX + 1];
/* The NSGUARD_A_MATCH_* that has a value of a kind; repeated for a list but for bits and masks. */
extern const u8 nsguard_nl_carrier[NSGUARD_KINDS];
extern const char *const nsguard_nl_table_name[NSGUARD_TABLES];
extern const char *const nsguard_nl_match_name[NSGUARD_A_MATCH_MAX + 1];

/**
 * nsguard_nl_value_parse - append one value to a match
 * @match: the match; key and relation are set, the values so far counted by its n, and there is
 *	room for one more
 * @value: an attribute of the type that carries such values
 * @extack: takes sentence and offending attribute
 *
 * Return: 0 or an errno; what was appended before stays in @match.
 */
int nsguard_nl_value_parse(struct nsguard_match *match, const struct nlattr *value,
			   struct netlink_ext_ack *extack);
/* A range out of @value into *@range. Return: 0, or -EINVAL with its sentence. */
int nsguard_nl_range_parse(struct nsguard_range *range, const struct nlattr *value,
			   struct netlink_ext_ack *extack);
/*
 * A mask of CPUs out of @value into *@mask, which is the caller's to kfree(), also on error.
 * Return: 0 or an errno with its sentence.
 */
int nsguard_nl_mask_parse(struct cpumask **mask, const struct nlattr *value,
			  struct netlink_ext_ack *extack);

/*
 * rule-parse.c: can this kernel see all of @ops, a bit set that @attr names? Nothing would ever
 * come to a rule about one that it cannot. Return: 0, or -EOPNOTSUPP with its sentence.
 */
int nsguard_nl_ops_seen(u32 ops, const struct nlattr *attr, struct netlink_ext_ack *extack);

#endif
