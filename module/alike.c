// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hash of rules by what they say, with chains through the rules themselves: it takes two words
 * at most for each, and a single one needs no memory at all.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "alike.h"

static struct nsguard_rule **chain(struct nsguard_rule **bucket, unsigned int bits, u32 hash)
{
	return &bucket[bits ? hash_32(hash, bits) : 0];
}

static struct nsguard_rule **chain_of(struct nsguard_alike *a, const struct nsguard_rule *rule)
{
	return chain(a->bucket ?: &a->one, a->bits, rule->hash);
}

struct nsguard_rule *nsguard_alike_find(const struct nsguard_alike *a,
					const struct nsguard_rule *rule)
{
	struct nsguard_rule *other = *chain_of((struct nsguard_alike *)a, rule);

	while (other && (other->hash != rule->hash || !nsguard_rule_same(other, rule)))
		other = other->alike;
	return other;
}

static void grow(struct nsguard_alike *a)
{
	struct nsguard_rule **bucket, **old = a->bucket ?: &a->one, **to, *rule;
	unsigned int bits = a->bits ? a->bits + 1 : 4, i;

	bucket = kvcalloc(BIT(bits), sizeof(*bucket), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!bucket)
		return;
	for (i = 0; i < BIT(a->bits); i++) {
		while ((rule = old[i])) {
			old[i] = rule->alike;
			to = chain(bucket, bits, rule->hash);
			rule->alike = *to;
			*to = rule;
		}
		if (!(i % 1024))
			cond_resched();
	}
	kvfree(a->bucket);
	a->bucket = bucket;
	a->bits = bits;
}

void nsguard_alike_add(struct nsguard_alike *a, struct nsguard_rule *rule)
{
	struct nsguard_rule **to;

	if (++a->n > 2 * BIT(a->bits))
		grow(a);
	to = chain_of(a, rule);
	rule->alike = *to;
	*to = rule;
}

void nsguard_alike_del(struct nsguard_alike *a, struct nsguard_rule *rule)
{
	struct nsguard_rule **at = chain_of(a, rule);

	while (*at && *at != rule)
		at = &(*at)->alike;
	if (WARN_ON_ONCE(!*at))
		return;
	*at = rule->alike;
	rule->alike = NULL;
	if (!--a->n)
		nsguard_alike_free(a);
}

size_t nsguard_alike_bytes(const struct nsguard_alike *a)
{
	return a->bucket ? BIT(a->bits) * sizeof(*a->bucket) : 0;
}

void nsguard_alike_free(struct nsguard_alike *a)
{
	kvfree(a->bucket);
	memset(a, 0, sizeof(*a));
}
