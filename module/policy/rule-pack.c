// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory a rule takes, and a way to make it less: many small pieces made one. What a rule
 * says is not looked at.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "match.h"
#include "policy.h"

/* What the values of @m take that are one behind the other; multiples of a pointer's size. */
static size_t values_size(const struct nsguard_match *m)
{
	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_RANGE:
		return m->n * sizeof(*m->range);
	case NSGUARD_KIND_PATTERN:
		return m->n * sizeof(*m->pattern);
	case NSGUARD_KIND_EXE:
		return m->n * sizeof(*m->exe);
	case NSGUARD_KIND_NS:
		return m->n * sizeof(*m->ns);
	default:
		return 0;
	}
}

struct nsguard_rule *nsguard_rule_pack(struct nsguard_rule *rule)
{
	size_t head = struct_size(rule, match, rule->n), size = head, one;
	struct nsguard_rule *packed;
	unsigned int i;
	void *at;

	for (i = 0; i < rule->n; i++)
		size += values_size(&rule->match[i]);
	packed = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!packed)
		return NULL;
	memcpy(packed, rule, head);
	packed->packed = true;
	at = (void *)packed + head;
	for (i = 0; i < rule->n; i++) {
		one = values_size(&rule->match[i]);
		if (!one)
			continue;
		/* Whatever its kind: they are all pointers, in the same place. */
		memcpy(at, rule->match[i].range, one);
		packed->match[i].range = at;
		kfree(rule->match[i].range);
		at += one;
	}
	kfree(rule);
	return packed;
}

static size_t match_bytes(const struct nsguard_match *m)
{
	size_t size = 0;
	unsigned int i;

	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_PATTERN:
		for (i = 0; i < m->n; i++)
			size += ksize(m->pattern[i].text) + ksize(m->pattern[i].buf) +
				ksize(m->pattern[i].component);
		return size;
	case NSGUARD_KIND_MASK:
		return ksize(m->mask);
	default:
		return 0;
	}
}

size_t nsguard_rule_bytes(const struct nsguard_rule *rule)
{
	size_t size = ksize(rule);
	unsigned int i;

	if (rule->extra)
		size += ksize(rule->extra) + ksize(rule->extra->comment);
	for (i = 0; i < rule->n; i++)
		size += match_bytes(&rule->match[i]);
	return size;
}
