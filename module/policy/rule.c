// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a rule, and what can be said of it without a request: whether it is the same as
 * another, stale, or at odds with itself. What it matches is in match.c.
 */
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "match.h"
#include "policy.h"
#include "set.h"

size_t nsguard_values_size(u8 key, unsigned int n)
{
	switch (nsguard_key_kind(key)) {
	case NSGUARD_KIND_RANGE:
		return n * sizeof(struct nsguard_range);
	case NSGUARD_KIND_PATTERN:
		return n * sizeof(struct nsguard_pattern);
	case NSGUARD_KIND_EXE:
		return n * sizeof(struct nsguard_exe *);
	case NSGUARD_KIND_NS:
		return n * sizeof(struct nsguard_ns_value);
	default:
		return 0;
	}
}

struct nsguard_rule *nsguard_rule_alloc(unsigned int matches, size_t values)
{
	struct nsguard_rule *rule;

	rule = kzalloc(struct_size(rule, match, matches) + values, GFP_KERNEL_ACCOUNT);
	if (rule) {
		kref_init(&rule->ref);
		rule->n = matches;
	}
	return rule;
}

int nsguard_rule_extend(struct nsguard_rule *rule)
{
	if (!rule->extra)
		rule->extra = kzalloc(sizeof(*rule->extra), GFP_KERNEL_ACCOUNT);
	return rule->extra ? 0 : -ENOMEM;
}

static void match_free(struct nsguard_match *m)
{
	unsigned int i;

	if (m->from == NSGUARD_FROM_SET)
		nsguard_set_put(m->set);
	if (m->from != NSGUARD_FROM_RULE)
		return;
	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_PATTERN:
		for (i = 0; i < m->n; i++)
			nsguard_pattern_free(&m->pattern[i]);
		break;
	case NSGUARD_KIND_EXE:
		for (i = 0; i < m->n; i++)
			nsguard_exe_put(m->exe[i]);
		break;
	case NSGUARD_KIND_NS:
		for (i = 0; i < m->n; i++)
			nsguard_nsid_put(m->ns[i].id);
		break;
	case NSGUARD_KIND_MASK:
		kfree(m->mask);
		break;
	case NSGUARD_KIND_RANGE:
	case NSGUARD_KIND_BITS:
	case NSGUARD_KIND_NONE:
		break;
	}
}

void nsguard_rule_get(struct nsguard_rule *rule)
{
	kref_get(&rule->ref);
}

static void release(struct kref *ref)
{
	struct nsguard_rule *rule = container_of(ref, struct nsguard_rule, ref);
	unsigned int i;

	for (i = 0; i < rule->n; i++)
		match_free(&rule->match[i]);
	if (rule->extra) {
		nsguard_sandbox_put(rule->extra->sandbox);
		kfree(rule->extra->comment);
		kfree(rule->extra);
	}
	kfree(rule);
}

void nsguard_rule_put(struct nsguard_rule *rule)
{
	if (!IS_ERR_OR_NULL(rule))
		kref_put(&rule->ref, release);
}

const char *nsguard_match_set(const struct nsguard_match *m)
{
	switch (m->from) {
	case NSGUARD_FROM_NAME:
		return m->set_name;
	case NSGUARD_FROM_SET:
		return m->set->name;
	default:
		return NULL;
	}
}

/* Are values @i of @a and @j of @b the same? Identities and executables are shared, see there. */
static bool value_same(const struct nsguard_match *a, unsigned int i,
		       const struct nsguard_match *b, unsigned int j)
{
	switch (nsguard_key_kind(a->key)) {
	case NSGUARD_KIND_RANGE:
		return a->range[i].min == b->range[j].min && a->range[i].max == b->range[j].max;
	case NSGUARD_KIND_PATTERN:
		return !strcmp(a->pattern[i].text, b->pattern[j].text);
	case NSGUARD_KIND_EXE:
		return a->exe[i] == b->exe[j];
	case NSGUARD_KIND_NS:
		return a->ns[i].named == b->ns[j].named && a->ns[i].id == b->ns[j].id;
	case NSGUARD_KIND_BITS:
		return a->bits == b->bits;
	case NSGUARD_KIND_MASK:
		return a->mask == b->mask ||
		       (a->mask && b->mask && cpumask_equal(a->mask, b->mask));
	case NSGUARD_KIND_NONE:
		break;
	}
	return false;
}

/* Is every value of @a one of @b's? The order of a list says nothing. */
static bool values_in(const struct nsguard_match *a, const struct nsguard_match *b)
{
	unsigned int i, j;

	for (i = 0; i < a->n; i++) {
		for (j = 0; j < b->n && !value_same(a, i, b, j); j++)
			;
		if (j == b->n)
			return false;
	}
	return true;
}

static bool match_same(const struct nsguard_match *a, const struct nsguard_match *b)
{
	const char *set = nsguard_match_set(a), *other = nsguard_match_set(b);

	if (!set != !other || (set && strcmp(set, other)))
		return false;
	return a->key == b->key && a->not == b->not && a->relation == b->relation &&
	       values_in(a, b) && values_in(b, a);
}

bool nsguard_rule_same(const struct nsguard_rule *a, const struct nsguard_rule *b)
{
	unsigned int i;

	if (a->table != b->table || a->verdict != b->verdict || a->priority != b->priority ||
	    a->dry_run != b->dry_run || a->n != b->n || a->threads != b->threads ||
	    strcmp(nsguard_rule_sandbox_name(a), nsguard_rule_sandbox_name(b)))
		return false;
	for (i = 0; i < a->n; i++) {
		if (!match_same(&a->match[i], &b->match[i]))
			return false;
	}
	return true;
}

static u32 value_hash(const struct nsguard_match *m, unsigned int i)
{
	switch (nsguard_key_kind(m->key)) {
	case NSGUARD_KIND_RANGE:
		return jhash_2words(m->range[i].min, m->range[i].max, 1);
	case NSGUARD_KIND_PATTERN:
		return jhash(m->pattern[i].text, strlen(m->pattern[i].text), 2);
	case NSGUARD_KIND_EXE:
		return jhash(m->exe[i]->path, strlen(m->exe[i]->path), 3);
	case NSGUARD_KIND_NS:
		if (!m->ns[i].id)
			return jhash_1word(m->ns[i].named, 4);
		return jhash_2words(m->ns[i].id->type, m->ns[i].id->inum, 5);
	case NSGUARD_KIND_BITS:
		return m->bits;
	case NSGUARD_KIND_MASK:
		return m->mask ? jhash(m->mask, BITS_TO_LONGS(nr_cpu_ids) * sizeof(long), 6) : 7;
	case NSGUARD_KIND_NONE:
		break;
	}
	return 0;
}

/* Over the set of values: as long as nsguard_rule_same() holds, the hashes are equal. */
static u32 values_hash(const struct nsguard_match *m)
{
	unsigned int i, j;
	const char *set = nsguard_match_set(m);
	u32 sum = 0;

	if (set)
		return jhash(set, strlen(set), 8);
	for (i = 0; i < m->n; i++) {
		for (j = 0; j < i && !value_same(m, i, m, j); j++)
			;
		if (j == i)
			sum += value_hash(m, i);
	}
	return sum;
}

u32 nsguard_rule_hash(const struct nsguard_rule *rule)
{
	u32 low = jhash_3words(rule->table, rule->verdict, rule->priority, rule->dry_run);
	u32 high = rule->n;
	const char *sandbox = nsguard_rule_sandbox_name(rule);
	const struct nsguard_match *m;
	unsigned int i;
	u32 h;

	if (*sandbox)
		low = jhash(sandbox, strlen(sandbox), low + rule->threads);
	for (i = 0; i < rule->n; i++) {
		m = &rule->match[i];
		h = values_hash(m);
		low = jhash_3words(m->key << 1 | m->not, m->relation, h, low);
		high = jhash_2words(h, low, high);
	}
	return high ^ low;
}

bool nsguard_rule_stale(const struct nsguard_rule *rule)
{
	const struct nsguard_match *m;
	unsigned int i, j;

	if (nsguard_rule_sandbox(rule) && !nsguard_sandbox_lives(rule->extra->sandbox))
		return true;
	for (i = 0; i < rule->n; i++) {
		m = &rule->match[i];
		if (m->not || nsguard_key_kind(m->key) != NSGUARD_KIND_NS)
			continue;
		for (j = 0; j < m->n; j++) {
			if (!m->ns[j].id || !READ_ONCE(m->ns[j].id->dead))
				break;
		}
		if (j == m->n)
			return true;
	}
	return false;
}
