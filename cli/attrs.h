/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading netlink attributes without trusting their length, and their names for
 * error messages. Most are built with libnl's functions.
 */
#ifndef NSGUARDCTL_ATTRS_H
#define NSGUARDCTL_ATTRS_H

#include <netlink/attr.h>
#include "util.h"

/*
 * For rules and elements, of which there may be a million: libnl's functions call some ten others
 * for each attribute. @b has nothing but attributes, or messages, whose sizes are multiples of 4.
 */
static inline void attr_put_u32(struct buf *b, unsigned int type, __u32 v)
{
	struct {
		struct nlattr head;
		__u32 v;
	} *p = buf_take(b, sizeof(*p));

	p->head.nla_len = sizeof(*p);
	p->head.nla_type = (__u16)type;
	p->v = v;
}

/* Where it begins, for attr_end(). */
static inline size_t attr_begin(struct buf *b, unsigned int type)
{
	struct nlattr *nla = buf_take(b, sizeof(*nla));

	nla->nla_type = (__u16)(type | NLA_F_NESTED);
	return b->n - sizeof(*nla);
}

/* The attribute at @begin goes as far as here: no further than its 16 bits of length. */
static inline void attr_end(struct buf *b, size_t begin)
{
	((struct nlattr *)(b->p + begin))->nla_len = (__u16)(b->n - begin);
}

/* @n is less than 65536 - NLA_HDRLEN. */
void attr_put(struct buf *b, unsigned int type, const void *data, size_t n);
void attr_put_flag(struct buf *b, unsigned int type);
void attr_put_str(struct buf *b, unsigned int type, const char *s);

/* 0 when @nla is NULL or too short. */
__u32 attr_u32(const struct nlattr *nla);
__u64 attr_u64(const struct nlattr *nla);
/* Terminated, in @a when the attribute is not; "" when @nla is NULL. */
const char *attr_str(const struct nlattr *nla, struct arena *a);
/* Like nla_parse_nested() without a policy; @nla may be NULL. The last of a kind wins. */
void attr_nest(struct nlattr *tb[], int max, const struct nlattr *nla);

/*
 * For dumps of things of @size bytes that begin with their name, at most @max of them long: sees to
 * it that the last of the *@n at @v is called @name. One that did not fit into a message goes on in
 * the next; else it is a new one, zeroed. Return: where they are now.
 */
void *named_last(void *v, unsigned int *n, size_t size, const char *name, size_t max);

/*
 * The name, such as "rule.uid.range.min", of the attribute @offset bytes into the message @msg (a
 * netlink header and @len bytes in all). @missing: type of an attribute that is missing
 * in the nest at @offset (at the top when @offset is 0), or 0. *@key: NSGUARD_A_RULE_* if it lies
 * in a rule. *@nth: which rule of the message, or which element of a set, it lies in, from 1, or 0.
 * Return: false when there is no such attribute.
 */
bool attr_name(const void *msg, size_t len, size_t offset, unsigned int missing, struct buf *name,
	       unsigned int *key, unsigned int *nth);

#endif
