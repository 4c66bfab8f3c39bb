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
#include "match-row.h"
#include "policy.h"
#include "slot.h"

/**
 * struct search - a request looking for the first rule of a layer that matches
 * @layer: where
 * @req: the request
 * @best: position of the first rule found so far
 */
struct search {
	const struct nsguard_layer *layer;
	struct nsguard_request *req;
	unsigned int best;
};

/* Does @at, one of @layer's rules, decide about @req? */
static __always_inline bool answers(const struct nsguard_layer *layer,
				    struct nsguard_rule * const *at,
				    struct nsguard_request *req)
{
	return ((*at)->decides & BIT(req->op)) && nsguard_matches(*at, req) &&
	       nsguard_layer_has(layer, at - layer->rule, req->generation);
}

static noinline void ask(struct search *s, const u32 *position, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && position[i] < s->best; i++)
		if (answers(s->layer, s->layer->rule + position[i], s->req))
			s->best = position[i];
}

static __always_inline void look_up(struct search *s, const struct nsguard_index *index, u64 number)
{
	const struct nsguard_slot *slot = nsguard_slot(index, number);

	if (slot)
		ask(s, index->list + slot->first, slot->n);
}

static void look(struct search *s, u8 key, unsigned int length, u64 value)
{
	look_up(s, s->layer->index, nsguard_number(key, length, value));
}

static u64 lengths_of(const struct search *s, u8 key)
{
	return s->layer->index->lengths[key];
}

static void look_named(struct search *s, u8 key, unsigned int attr)
{
	if (lengths_of(s, key) & BIT(NSGUARD_NAMED(attr)))
		look(s, key, NSGUARD_NAMED(attr), 0);
}

static void look_target(struct search *s)
{
	struct nsguard_request *req = s->req;
	u64 types = lengths_of(s, NSGUARD_A_RULE_TARGET);

	if (req->op != NSGUARD_OP_ENTER || !req->ns_inum)
		return;
	if (types & BIT(req->ns_type))
		look(s, NSGUARD_A_RULE_TARGET, req->ns_type, req->ns_inum);
	if (!(types >> NSGUARD_NAMED(0)))
		return;
	look_named(s, NSGUARD_A_RULE_TARGET, NSGUARD_A_NS_HOST);
	if (types & (BIT(NSGUARD_NAMED(NSGUARD_A_NS_SAME)) |
		     BIT(NSGUARD_NAMED(NSGUARD_A_NS_OTHER))))
		look_named(s, NSGUARD_A_RULE_TARGET, nsguard_object_is_same(req) ?
			   NSGUARD_A_NS_SAME : NSGUARD_A_NS_OTHER);
}

static void look_in_ns(struct search *s)
{
	unsigned long types = lengths_of(s, NSGUARD_A_RULE_IN_NS);
	unsigned int type;

	for_each_set_bit(type, &types, NSGUARD_NSTYPE_TIME + 1)
		look(s, NSGUARD_A_RULE_IN_NS, type, nsguard_subject_inum(s->req, type));
	look_named(s, NSGUARD_A_RULE_IN_NS, NSGUARD_A_NS_HOST);
}

static noinline void look_key(struct search *s, u8 key)
{
	switch (key) {
	case NSGUARD_A_RULE_TARGET:
		look_target(s);
		break;
	case NSGUARD_A_RULE_IN_NS:
		look_in_ns(s);
		break;
	default: /* NSGUARD_A_RULE_SANDBOX */
		look(s, key, 0, nsguard_member_of(s->req->ns_inum));
	}
}

static noinline struct nsguard_rule *find_indexed(const struct nsguard_layer *layer,
						  struct nsguard_request *req)
{
	struct search s = { .layer = layer, .req = req, .best = layer->n };
	const struct nsguard_index *index = layer->index;
	const struct nsguard_lookup *l = index->lookup;
	struct cgroup *cgrp;
	bool told = false;
	unsigned int n;
	u32 value;

	if (index->n_rest)
		ask(&s, index->rest, index->n_rest);
	/* What cannot be told matches no rule. */
	for (n = index->n_lookups; n; n--, l++) {
		switch (l->sought) {
		case NSGUARD_SOUGHT_VALUE:
			told = l->value(req, &value);
			fallthrough;
		case NSGUARD_SOUGHT_SAME:
			if (told)
				look_up(&s, index, l->number ^ (u64)value >> l->shift);
			break;
		case NSGUARD_SOUGHT_IS:
			cgrp = l->at(req);
			if (cgrp && cgrp->level == l->depth)
				look_up(&s, index, l->number ^ nsguard_path_hash(cgrp));
			break;
		case NSGUARD_SOUGHT_UNDER:
			cgrp = l->at(req);
			if (cgrp && cgrp->level >= l->depth)
				look_up(&s, index, l->number ^
					nsguard_path_hash(cgrp->ancestors[l->depth]));
			break;
		default:
			look_key(&s, l->key);
		}
	}
	return s.best < layer->n ? layer->rule[s.best] : NULL;
}

/* So few that all are asked. */
static noinline struct nsguard_rule *find_among(const struct nsguard_layer *layer,
						struct nsguard_request *req)
{
	struct nsguard_rule * const *at = layer->rule;
	struct nsguard_rule * const *end = at + layer->n;

	for (; at < end; at++)
		if (answers(layer, at, req))
			return *at;
	return NULL;
}

static struct nsguard_rule *find_in(const struct nsguard_layer *layer,
				    struct nsguard_request *req)
{
	return layer->index ? find_indexed(layer, req) : find_among(layer, req);
}

static noinline struct nsguard_rule *find_in_all(const struct nsguard_table_policy *table,
						 struct nsguard_request *req)
{
	struct nsguard_rule *first = NULL, *rule;
	unsigned int i;

	for (i = 0; i < table->layers; i++) {
		rule = find_in(table->layer[i], req);
		if (rule && (!first || nsguard_rule_order(rule, first) < 0))
			first = rule;
	}
	return first;
}

struct nsguard_rule *nsguard_policy_find(const struct nsguard_table_policy *table,
					 struct nsguard_request *req)
{
	/* One, as soon as merge.c has been there. */
	if (likely(table->layers == 1))
		return find_in(table->layer[0], req);
	return find_in_all(table, req);
}
