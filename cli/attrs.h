/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading netlink attributes without trusting their length, and their names for
 * error messages. They are built with libnl's functions.
 */
#ifndef NSGUARDCTL_ATTRS_H
#define NSGUARDCTL_ATTRS_H

#include <netlink/attr.h>
#include "util.h"

/* A number as an attribute, for those that always stand side by side: they are put at once. */
struct number_attr {
	struct nlattr head;
	__u32 number;
};

#define NUMBER_ATTR(type, n)	{ { sizeof(struct number_attr), (type) }, (n) }

/* 0 when @nla is NULL or too short. */
__u32 attr_u32(const struct nlattr *nla);
__u64 attr_u64(const struct nlattr *nla);
/* Terminated, in @a when the attribute is not; "" when @nla is NULL. */
const char *attr_str(const struct nlattr *nla, struct arena *a);
/* Like nla_parse_nested() without a policy; @nla may be NULL. The last of a kind wins. */
void attr_nest(struct nlattr *tb[], int max, const struct nlattr *nla);

/*
 * The name, such as "rule.uid.range.min", of the attribute @offset bytes into the message @msg (a
 * netlink header and @len bytes in all). @missing: type of an attribute that is missing
 * in the nest at @offset (at the top when @offset is 0), or 0. *@key: NSGUARD_A_RULE_* if it lies
 * in a rule. *@nth: which element of a set it lies in, from 1, or 0. Return: false when there is
 * no such attribute.
 */
bool attr_name(const void *msg, size_t len, size_t offset, unsigned int missing, struct buf *name,
	       unsigned int *key, unsigned int *nth);

#endif
