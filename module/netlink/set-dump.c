// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of sets: those of one snapshot, which it holds, and so its elements, to the end. A set
 * goes on in the next message where one is full.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "../policy/policy.h"
#include "../policy/set.h"
#include "gen.h"
#include "netlink.h"

#define ELEMENT	32	/* more than an element takes of a message */

/**
 * struct walk - a dump of sets
 * @policy: the snapshot it reads, with a reference
 * @terse: no elements
 * @at: set it is at
 * @end: set it ends before
 * @range: elements of that set, NULL when they are not read yet
 * @n: how many
 * @i: next of them
 */
struct walk {
	struct nsguard_policy *policy;
	bool terse;
	unsigned int at;
	unsigned int end;
	struct nsguard_range *range;
	unsigned int n;
	unsigned int i;
};

static struct walk **walk_of(struct netlink_callback *cb)
{
	return (struct walk **)cb->ctx;
}

/* All sets, or the one that is named; none when there is no such set. */
static void choose(struct walk *walk, const struct nlattr *set)
{
	const struct nlattr *name = set ? nla_find_nested(set, NSGUARD_A_SET_NAME) : NULL;
	int i;

	walk->terse = set && nla_find_nested(set, NSGUARD_A_SET_TERSE);
	walk->end = walk->policy->sets ? walk->policy->sets->n : 0;
	if (!name)
		return;
	i = nsguard_set_list_find(walk->policy->sets, nla_data(name));
	walk->at = i < 0 ? walk->end : i;
	walk->end = i < 0 ? walk->end : i + 1;
}

int nsguard_nl_set_get_start(struct netlink_callback *cb)
{
	struct walk *walk;
	int err;

	err = nsguard_nl_may(cb->skb, cb->extack) ?: nsguard_nl_once(cb->nlh, cb->extack);
	if (err)
		return err;
	walk = kzalloc(sizeof(*walk), GFP_KERNEL);
	if (!walk)
		return -ENOMEM;
	walk->policy = nsguard_policy_get();
	choose(walk, nlmsg_find_attr(cb->nlh, GENL_HDRLEN, NSGUARD_A_SET));
	*walk_of(cb) = walk;
	return 0;
}

static int range_put(struct sk_buff *skb, const struct nsguard_range *range)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_SET_RANGE);

	if (!nest || nla_put_u32(skb, NSGUARD_A_RANGE_MIN, range->min) ||
	    nla_put_u32(skb, NSGUARD_A_RANGE_MAX, range->max))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* As much of the set as fits; the walk moves on behind its end. */
static int some_put(struct sk_buff *skb, struct walk *walk, struct nsguard_set *set)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_SET);

	if (!nest || nla_put_string(skb, NSGUARD_A_SET_NAME, set->name) ||
	    nla_put_u32(skb, NSGUARD_A_SET_TYPE, set->type) ||
	    nla_put_u32(skb, NSGUARD_A_SET_ELEMENTS, walk->n) ||
	    nla_put_u64_64bit(skb, NSGUARD_A_SET_BYTES, nsguard_set_bytes(set),
			      NSGUARD_A_SET_PAD) ||
	    skb_tailroom(skb) < ELEMENT)
		return -EMSGSIZE;
	for (; !walk->terse && walk->i < walk->n; walk->i++) {
		if (skb_tailroom(skb) < ELEMENT)
			goto full;
		range_put(skb, &walk->range[walk->i]);
	}
	walk->at++;
	walk->i = 0;
	kvfree(walk->range);
	walk->range = NULL;
full:
	nla_nest_end(skb, nest);
	return 0;
}

static int one_put(struct sk_buff *skb, struct netlink_callback *cb, struct walk *walk)
{
	struct nsguard_set *set = walk->policy->sets->set[walk->at];
	u64 generation = walk->policy->generation;
	void *head;

	if (walk->terse)
		walk->n = nsguard_set_size(set, generation);
	else if (!walk->range)
		walk->range = nsguard_set_read(set, generation, &walk->n);
	if (!walk->terse && !walk->range)
		return -ENOMEM;
	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &nsguard_nl_family, NLM_F_MULTI, NSGUARD_CMD_SET_GET);
	if (!head)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, NSGUARD_A_GENERATION, generation, NSGUARD_A_PAD) ||
	    some_put(skb, walk, set)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

int nsguard_nl_set_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct walk *walk = *walk_of(cb);
	int err = 0;

	while (walk->at < walk->end && !err)
		err = one_put(skb, cb, walk);
	return err ? skb->len ?: err : skb->len;
}

int nsguard_nl_set_get_done(struct netlink_callback *cb)
{
	struct walk *walk = *walk_of(cb);

	nsguard_policy_put(walk->policy);
	kvfree(walk->range);
	kfree(walk);
	return 0;
}
