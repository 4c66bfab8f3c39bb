// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking up which rules may match. A request looks only for what some rule was put under, so that
 * nothing else of the subject is computed. How an index is built is in index-build.c.
 */
#include <linux/bitops.h>
#include "../../kernel-glue/glue.h"
#include "../member.h"
#include "index.h"
#include "layer.h"
#include "policy.h"
#include "slot.h"

/**
 * struct search - a request looking for the first rule of a layer that matches
 * @layer: where
 * @index: its index
 * @generation: that of the snapshot: rules that were gone by then do not count
 * @req: the request
 * @best: position of the first rule found so far
 */
struct search {
	const struct nsguard_layer *layer;
	const struct nsguard_index *index;
	u64 generation;
	const struct nsguard_request *req;
	unsigned int best;
};

static bool answers(const struct search *s, unsigned int position)
{
	const struct nsguard_rule *rule = s->layer->rule[position];

	return (rule->ops & BIT(s->req->op)) && nsguard_rule_matches(rule, s->req) &&
	       nsguard_layer_has(s->layer, position, s->generation);
}

static void ask(struct search *s, const u32 *position, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && position[i] < s->best; i++)
		if (answers(s, position[i]))
			s->best = position[i];
}

static void ask_all(struct search *s)
{
	unsigned int i;

	for (i = 0; i < s->best; i++)
		if (!s->layer->rule[i]->dry_run && answers(s, i))
			s->best = i;
}

static void look(struct search *s, u8 key, unsigned int length, u64 value)
{
	u64 number = nsguard_number(key, length, value);
	const struct nsguard_slot *slot = nsguard_slot(s->index, number);

	ask(s, s->index->list + slot->first, slot->n);
}

static void look_value(struct search *s, u8 key)
{
	unsigned long lengths = s->index->lengths[key];
	unsigned int length;
	u32 value;

	/* What cannot be told matches no rule. */
	if (!nsguard_key_value(key, s->req, &value))
		return;
	for_each_set_bit(length, &lengths, NSGUARD_EXACT + 1)
		look(s, key, length, (u64)value >> (NSGUARD_EXACT - length));
}

static void look_path(struct search *s, u8 key)
{
	struct cgroup *cgrp = nsguard_key_cgroup(key, s->req);
	u64 lengths = s->index->lengths[key];
	unsigned long under = lengths >> 32;
	int depth;

	if (!cgrp)
		return;
	if (cgrp->level <= NSGUARD_MAX_DEPTH && (lengths & NSGUARD_IS(cgrp->level)))
		look(s, key, cgrp->level, nsguard_path_hash(cgrp));
	for_each_set_bit(depth, &under, NSGUARD_MAX_DEPTH + 1) {
		if (depth > cgrp->level)
			break;
		look(s, key, 32 + depth, nsguard_path_hash(cgrp->ancestors[depth]));
	}
}

static void look_named(struct search *s, u8 key, unsigned int attr)
{
	if (s->index->lengths[key] & BIT(NSGUARD_NAMED(attr)))
		look(s, key, NSGUARD_NAMED(attr), 0);
}

static void look_target(struct search *s)
{
	const struct nsguard_request *req = s->req;
	u64 types = s->index->lengths[NSGUARD_A_RULE_TARGET];

	if (req->op != NSGUARD_OP_ENTER || !req->ns_inum)
		return;
	if (types & BIT(req->ns_type))
		look(s, NSGUARD_A_RULE_TARGET, req->ns_type, req->ns_inum);
	look_named(s, NSGUARD_A_RULE_TARGET, NSGUARD_A_NS_HOST);
	if (types & (BIT(NSGUARD_NAMED(NSGUARD_A_NS_SAME)) |
		     BIT(NSGUARD_NAMED(NSGUARD_A_NS_OTHER))))
		look_named(s, NSGUARD_A_RULE_TARGET, nsguard_object_is_same(req) ?
			   NSGUARD_A_NS_SAME : NSGUARD_A_NS_OTHER);
}

static void look_in_ns(struct search *s)
{
	unsigned long types = s->index->lengths[NSGUARD_A_RULE_IN_NS];
	unsigned int type;

	for_each_set_bit(type, &types, NSGUARD_NSTYPE_TIME + 1)
		look(s, NSGUARD_A_RULE_IN_NS, type, nsguard_subject_inum(s->req, type));
	look_named(s, NSGUARD_A_RULE_IN_NS, NSGUARD_A_NS_HOST);
}

static void look_key(struct search *s, u8 key)
{
	switch (key) {
	case NSGUARD_A_RULE_TARGET:
		look_target(s);
		break;
	case NSGUARD_A_RULE_IN_NS:
		look_in_ns(s);
		break;
	case NSGUARD_A_RULE_SANDBOX:
		look(s, key, 0, nsguard_member_of(s->req->ns_inum));
		break;
	default:
		if (nsguard_key_kind(key) == NSGUARD_KIND_PATTERN)
			look_path(s, key);
		else
			look_value(s, key);
	}
}

static struct nsguard_rule *find(const struct nsguard_layer *layer, u64 generation,
				 const struct nsguard_request *req)
{
	struct search s = { .layer = layer, .index = layer->index, .generation = generation,
			    .req = req, .best = layer->n };
	u64 keys;

	if (!s.index) {
		ask_all(&s);
	} else {
		ask(&s, s.index->rest, s.index->n_rest);
		for (keys = s.index->keys; keys; keys &= keys - 1)
			look_key(&s, __ffs64(keys));
	}
	return s.best < layer->n ? layer->rule[s.best] : NULL;
}

struct nsguard_rule *nsguard_policy_find(const struct nsguard_policy *policy,
					 const struct nsguard_request *req)
{
	const struct nsguard_table_policy *table = &policy->table[req->table];
	struct nsguard_rule *first = NULL, *rule;
	unsigned int i;

	for (i = 0; i < table->layers; i++) {
		rule = find(table->layer[i], policy->generation, req);
		if (rule && (!first || nsguard_rule_order(rule, first) < 0))
			first = rule;
	}
	return first;
}
