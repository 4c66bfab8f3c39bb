/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules found by what they say: so that a rule is not there twice. Who they belong to is not
 * known here.
 */
#ifndef NSGUARD_ALIKE_H
#define NSGUARD_ALIKE_H

#include "rule.h"

/**
 * struct nsguard_alike - rules by nsguard_rule.hash
 * @bucket: chains by nsguard_rule.alike, BIT(@bits) of them; NULL: @one is the only one
 * @bits: binary logarithm of the number of chains
 * @n: rules
 * @one: see @bucket
 *
 * Holds no reference. All zero is an empty one. A rule is in one of these at a time. Under the
 * policy's mutex.
 */
struct nsguard_alike {
	struct nsguard_rule **bucket;
	unsigned int bits;
	unsigned int n;
	struct nsguard_rule *one;
};

/* The rule that says the same as @rule (@rule itself, if it is in), or NULL. */
struct nsguard_rule *nsguard_alike_find(const struct nsguard_alike *a,
					const struct nsguard_rule *rule);
/*
 * O(1) on an average over many; without memory chains only grow longer. May sleep. One that says
 * the same may be in already, if it leaves before anybody looks.
 */
void nsguard_alike_add(struct nsguard_alike *a, struct nsguard_rule *rule);
/* @rule must be in. */
void nsguard_alike_del(struct nsguard_alike *a, struct nsguard_rule *rule);
/* The memory it takes besides the rules. */
size_t nsguard_alike_bytes(const struct nsguard_alike *a);
/* Empties it; the rules may go into another. May sleep. */
void nsguard_alike_free(struct nsguard_alike *a);

#endif
