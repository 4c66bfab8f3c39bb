// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building the index of a layer: each rule is put under one of its matches, the one that the
 * fewest other rules share.
 *
 * A rule without a positive match that can be looked up (executables, supplementary groups, CPU
 * masks, negations, named sets, paths that begin with a star) is asked by every request.
 */
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "index.h"
#include "match-row.h"
#include "policy.h"
#include "slot.h"

#define FEW		4	/* rules that are not worth a look-up of their own */
#define REST		U8_MAX	/* the choice for a rule that every request asks */

/**
 * struct visitor - what is done with each number of a match
 * @visit: does it; the match's key, how it is compared, the number
 * @index: the index that is built
 * @count: how many rules have a number, or more, by its hash
 * @count_bits: binary logarithm of the size of @count
 * @worst: highest count of the numbers visited
 * @numbers: how many were visited
 * @position: of the rule
 */
struct visitor {
	void (*visit)(struct visitor *v, u8 key, unsigned int length, u64 number);
	struct nsguard_index *index;
	u32 *count;
	unsigned int count_bits;
	u32 worst;
	u64 numbers;
	u32 position;
};

static void visit(struct visitor *v, u8 key, unsigned int length, u64 value)
{
	v->visit(v, key, length, nsguard_number(key, length, value));
}

/* A range is a few blocks of ids that have a prefix in common. */
static void visit_range(struct visitor *v, u8 key, const struct nsguard_range *range)
{
	u64 min = range->min, end = (u64)range->max + 1;
	unsigned int size;

	if (range->min == range->max) {
		visit(v, key, NSGUARD_EXACT, min);
		return;
	}
	while (min < end) {
		size = min ? __ffs64(min) : NSGUARD_EXACT;
		while (min + BIT_ULL(size) > end)
			size--;
		visit(v, key, NSGUARD_EXACT - size, min >> size);
		min += BIT_ULL(size);
	}
}

/* Up to the first name with a star; false when that is the first of all. */
static bool visit_pattern(struct visitor *v, u8 key, const struct nsguard_pattern *p,
			  enum nsguard_relation relation)
{
	u64 hash = nsguard_path_root();
	unsigned int depth;

	for (depth = 0; depth < min_t(unsigned int, p->n, NSGUARD_MAX_DEPTH); depth++) {
		if (strchr(p->component[depth], '*'))
			break;
		hash = nsguard_path_step(hash, p->component[depth]);
	}
	if (!v)
		return depth || !p->n;
	if (depth == p->n && relation == NSGUARD_RELATION_IS)
		visit(v, key, depth, hash);
	else
		visit(v, key, 32 + depth, hash);
	return true;
}

static void visit_ns(struct visitor *v, u8 key, const struct nsguard_ns_value *ns)
{
	if (ns->named)
		visit(v, key, NSGUARD_NAMED(ns->named), 0);
	else
		visit(v, key, ns->id->type, ns->id->inum);
}

/* Can a rule be put under @m? */
static bool can_visit(const struct nsguard_match *m)
{
	unsigned int i;

	if (m->not || m->from != NSGUARD_FROM_RULE)
		return false;
	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_BITS:
	case NSGUARD_KIND_NS:
		return true;
	case NSGUARD_KIND_RANGE:
		return nsguard_rows[m->key].value;
	case NSGUARD_KIND_PATTERN:
		for (i = 0; i < m->n; i++)
			if (!visit_pattern(NULL, m->key, &m->pattern[i], m->relation))
				return false;
		return true;
	default:
		return false;
	}
}

static void visit_match(struct visitor *v, const struct nsguard_match *m)
{
	unsigned long bits = m->bits;
	unsigned int i;

	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_BITS:
		for_each_set_bit(i, &bits, 32)
			visit(v, m->key, NSGUARD_EXACT, i);
		break;
	case NSGUARD_KIND_RANGE:
		for (i = 0; i < m->n; i++)
			visit_range(v, m->key, &m->range[i]);
		break;
	case NSGUARD_KIND_PATTERN:
		for (i = 0; i < m->n; i++)
			visit_pattern(v, m->key, &m->pattern[i], m->relation);
		break;
	case NSGUARD_KIND_NS:
		for (i = 0; i < m->n; i++)
			visit_ns(v, m->key, &m->ns[i]);
		break;
	default:
		break;
	}
}

/* The match a rule locks by is no key of it: its sandbox comes after its matches. */
static bool can_choose(const struct nsguard_rule *rule, unsigned int i)
{
	return i < rule->n ? can_visit(&rule->match[i]) : !!nsguard_rule_sandbox(rule);
}

static void visit_choice(struct visitor *v, const struct nsguard_rule *rule, unsigned int i)
{
	if (i < rule->n)
		visit_match(v, &rule->match[i]);
	else
		visit(v, NSGUARD_A_RULE_SANDBOX, 0, rule->extra->sandbox->id);
}

static u32 *count_of(const struct visitor *v, u64 number)
{
	return &v->count[hash_64(number, v->count_bits)];
}

static void count(struct visitor *v, u8 key, unsigned int length, u64 number)
{
	(*count_of(v, number))++;
}

static void weigh(struct visitor *v, u8 key, unsigned int length, u64 number)
{
	v->worst = max(v->worst, *count_of(v, number));
	v->numbers++;
}

/* struct nsguard_slot: a list can have one number for each of its values. */
static_assert(NSGUARD_MAX_RULES * NSGUARD_MAX_VALUES < 1 << 27);

static unsigned int next_slot(const struct nsguard_index *index, unsigned int i)
{
	return (i + 1) & (BIT(index->bits) - 1);
}

/* How far slot @i lies from where what is in it belongs. */
static unsigned int off_of(const struct nsguard_index *index, unsigned int i)
{
	return (i - hash_64(index->slot[i].number, index->bits)) & (BIT(index->bits) - 1);
}

/* @one, which is @off from home in @slot, takes it from whoever is there. */
static void move_in(struct nsguard_slot *slot, struct nsguard_slot *one, unsigned int off)
{
	const bool more = slot->more;

	one->off = min_t(unsigned int, off, NSGUARD_SLOT_FAR);
	swap(*slot, *one);
	slot->more = more;
}

/*
 * The slot of @number, perhaps a new one: it takes that of the first who lies nearer to home, who
 * goes on in its place.
 */
static struct nsguard_slot *slot_for(const struct nsguard_index *index, u64 number)
{
	unsigned int i, their, off = 0;
	struct nsguard_slot one = { .number = number }, *slot, *claimed = NULL;

	for (i = hash_64(number, index->bits);; i = next_slot(index, i), off++) {
		slot = &index->slot[i];
		if (!slot->n)
			break;
		if (!claimed && slot->number == number)
			return slot;
		slot->more = true;
		their = off_of(index, i);
		if (their < off) {
			move_in(slot, &one, off);
			claimed = claimed ?: slot;
			off = their;
		}
	}
	move_in(slot, &one, off);
	return claimed ?: slot;
}

static void claim(struct visitor *v, u8 key, unsigned int length, u64 number)
{
	struct nsguard_slot *slot = slot_for(v->index, number);

	slot->n++;
	v->index->keys |= BIT_ULL(key);
	v->index->lengths[key] |= BIT_ULL(length);
}

/* From the last rule to the first, each slot's part of the list from its end. */
static void put(struct visitor *v, u8 key, unsigned int length, u64 number)
{
	v->index->list[--slot_for(v->index, number)->first] = v->position;
}

static u8 key_of(const struct nsguard_rule *rule, unsigned int choice)
{
	return choice < rule->n ? rule->match[choice].key : NSGUARD_A_RULE_SANDBOX;
}

/*
 * What is best for @rule: what has the fewest rules, then the fewest numbers. Only of keys that
 * @chosen says are worth a look-up; NULL: of all.
 */
static u8 best_choice(struct visitor *v, const struct nsguard_rule *rule,
		      const unsigned int *chosen)
{
	u32 best = U32_MAX;
	u8 choice = REST;
	u64 least = 0;
	unsigned int m;

	for (m = 0; m <= rule->n && !rule->dry_run; m++) {
		if (!can_choose(rule, m) || (chosen && chosen[key_of(rule, m)] < FEW))
			continue;
		v->worst = 0;
		v->numbers = 0;
		visit_choice(v, rule, m);
		if (v->worst < best || (v->worst == best && v->numbers < least)) {
			best = v->worst;
			least = v->numbers;
			choice = m;
		}
	}
	v->numbers = least;
	return choice;
}

/*
 * Chooses for each rule what it is put under, and tells how many numbers that makes at most. Counts
 * are those of a small hash, so a rule can be drawn to a key that hardly any other is under: it
 * chooses again then.
 */
static u64 choose(struct visitor *v, struct nsguard_rule * const *rule, unsigned int n, u8 *choice)
{
	unsigned int chosen[NSGUARD_KEYS] = {};
	u64 numbers = 0;
	unsigned int i;

	v->visit = weigh;
	for (i = 0; i < n; i++) {
		choice[i] = best_choice(v, rule[i], NULL);
		if (choice[i] != REST)
			chosen[key_of(rule[i], choice[i])]++;
		numbers += v->numbers;
		if (!(i % 1024))
			cond_resched();
	}
	for (i = 0; i < n; i++) {
		if (!(i % 1024))
			cond_resched();
		if (choice[i] == REST || chosen[key_of(rule[i], choice[i])] >= FEW)
			continue;
		choice[i] = best_choice(v, rule[i], chosen);
		numbers += v->numbers;
	}
	return numbers;
}

static int fill(struct visitor *v, struct nsguard_rule * const *rule, unsigned int n,
		const u8 *choice)
{
	struct nsguard_index *index = v->index;
	unsigned int i, end = 0;

	v->visit = claim;
	for (i = 0; i < n; i++) {
		if (choice[i] == REST)
			index->n_rest += !rule[i]->dry_run;
		else
			visit_choice(v, rule[i], choice[i]);
		if (!(i % 1024))
			cond_resched();
	}
	for (i = 0; i < BIT(index->bits); i++) {
		end += index->slot[i].n;
		index->slot[i].first = end;
	}
	index->list = kvmalloc_array(end + 1, sizeof(*index->list), GFP_KERNEL_ACCOUNT);
	index->rest = kvmalloc_array(index->n_rest + 1, sizeof(*index->rest), GFP_KERNEL_ACCOUNT);
	if (!index->list || !index->rest)
		return -ENOMEM;
	v->visit = put;
	end = index->n_rest;
	for (i = n; i--; ) {
		v->position = i;
		if (choice[i] != REST)
			visit_choice(v, rule[i], choice[i]);
		else if (!rule[i]->dry_run)
			index->rest[--end] = i;
		if (!(i % 1024))
			cond_resched();
	}
	return 0;
}

/* How @key's rules are found, of those that were put under @length, or all of them. */
static struct nsguard_lookup lookup_of(unsigned int key, unsigned int length, bool first)
{
	struct nsguard_lookup l = { .number = nsguard_number(key, length, 0), .key = key };

	if (nsguard_rows[key].value) {
		l.sought = first ? NSGUARD_SOUGHT_VALUE : NSGUARD_SOUGHT_SAME;
		l.value = nsguard_rows[key].value;
		l.shift = NSGUARD_EXACT - length;
	} else if (nsguard_rows[key].at) {
		l.sought = length < 32 ? NSGUARD_SOUGHT_IS : NSGUARD_SOUGHT_UNDER;
		l.at = nsguard_rows[key].at;
		l.depth = length % 32;
	} else {
		l.sought = NSGUARD_SOUGHT_OTHER;
	}
	return l;
}

/* A key whose value is compared in several ways is looked up once for each. */
static int plan(struct nsguard_index *index)
{
	unsigned int key, n = 0;
	u64 keys, lengths, all;

	for (keys = index->keys; keys; keys &= keys - 1)
		n += hweight64(index->lengths[__ffs64(keys)]);
	index->lookup = kcalloc(n, sizeof(*index->lookup), GFP_KERNEL_ACCOUNT);
	if (!index->lookup)
		return -ENOMEM;
	for (keys = index->keys; keys; keys &= keys - 1) {
		key = __ffs64(keys);
		all = index->lengths[key];
		for (lengths = all; lengths; lengths &= lengths - 1) {
			index->lookup[index->n_lookups++] = lookup_of(key, __ffs64(lengths),
								      lengths == all);
			if (index->lookup[index->n_lookups - 1].sought == NSGUARD_SOUGHT_OTHER)
				break;
		}
	}
	return 0;
}

static int build(struct nsguard_index *index, struct nsguard_rule * const *rule, unsigned int n)
{
	struct visitor v = { .index = index, .visit = count };
	unsigned int i, m;
	u64 numbers;
	u8 *choice;
	int err = -ENOMEM;

	v.count_bits = order_base_2(n) + 2;
	v.count = kvcalloc(BIT(v.count_bits), sizeof(*v.count), GFP_KERNEL);
	choice = kvmalloc(n, GFP_KERNEL);
	if (!v.count || !choice)
		goto out;
	for (i = 0; i < n; i++) {
		for (m = 0; m <= rule[i]->n && !rule[i]->dry_run; m++)
			if (can_choose(rule[i], m))
				visit_choice(&v, rule[i], m);
		if (!(i % 1024))
			cond_resched();
	}
	numbers = choose(&v, rule, n, choice);
	/* Two thirds full at most: a look-up that finds nothing is to end soon. */
	index->bits = order_base_2(numbers + numbers / 2 + 2);
	/* Beyond INT_MAX bytes the kernel warns; -ENOMEM says it as well. */
	index->slot = kvcalloc(BIT(index->bits), sizeof(*index->slot),
			       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (index->slot)
		err = fill(&v, rule, n, choice);
	if (!err)
		err = plan(index);
out:
	kvfree(v.count);
	kvfree(choice);
	return err;
}

struct nsguard_index *nsguard_index_build(struct nsguard_rule * const *rule, unsigned int n)
{
	struct nsguard_index *index;

	index = kzalloc(sizeof(*index), GFP_KERNEL_ACCOUNT);
	if (!index)
		return NULL;
	if (build(index, rule, n)) {
		nsguard_index_free(index);
		return NULL;
	}
	return index;
}

void nsguard_index_free(struct nsguard_index *index)
{
	if (!index)
		return;
	kfree(index->lookup);
	kvfree(index->slot);
	kvfree(index->list);
	kvfree(index->rest);
	kfree(index);
}
