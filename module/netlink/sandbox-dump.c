// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of sandboxes: who and what is in them when it begins. A sandbox goes on in the next
 * message where one is full.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "../lock.h"
#include "../member.h"
#include "../policy/policy.h"
#include "gen.h"
#include "netlink.h"

#define ITEM	64	/* more than a namespace or a process takes of a message */

/**
 * struct walk - a dump of sandboxes
 * @policy: the snapshot it reads, with a reference
 * @member: members when it began
 * @members: how many
 * @inmate: processes that were locked in
 * @inmates: how many
 * @at: sandbox it is at
 * @part: 0 its own namespaces, 1 those born in it, 2 processes
 * @i: next of them
 */
struct walk {
	struct nsguard_policy *policy;
	struct nsguard_member *member;
	unsigned int members;
	struct nsguard_inmate *inmate;
	unsigned int inmates;
	unsigned int at;
	unsigned int part;
	unsigned int i;
};

static struct walk **walk_of(struct netlink_callback *cb)
{
	return (struct walk **)cb->ctx;
}

static void walk_free(struct walk *walk)
{
	nsguard_policy_put(walk->policy);
	kvfree(walk->member);
	kvfree(walk->inmate);
	kfree(walk);
}

int nsguard_nl_sandbox_get_start(struct netlink_callback *cb)
{
	unsigned int pos = 0;
	struct walk *walk;
	int err;

	err = nsguard_nl_may(cb->skb, cb->extack);
	if (err)
		return err;
	walk = kzalloc(sizeof(*walk), GFP_KERNEL);
	if (!walk)
		return -ENOMEM;
	walk->policy = nsguard_policy_get();
	walk->member = kvmalloc_array(NSGUARD_MEMBER_SLOTS, sizeof(*walk->member), GFP_KERNEL);
	walk->inmate = nsguard_inmates(&walk->inmates);
	if (!walk->member || IS_ERR(walk->inmate)) {
		if (IS_ERR(walk->inmate))
			walk->inmate = NULL;
		walk_free(walk);
		return -ENOMEM;
	}
	walk->members = nsguard_member_read(&pos, walk->member, NSGUARD_MEMBER_SLOTS);
	*walk_of(cb) = walk;
	return 0;
}

static bool is_named(const struct nsguard_sandbox *sandbox, u32 inum)
{
	unsigned int i;

	for (i = 0; i < sandbox->n; i++)
		if (sandbox->ns[i]->inum == inum && !READ_ONCE(sandbox->ns[i]->dead))
			return true;
	return false;
}

static int ns_put(struct sk_buff *skb, enum nsguard_nstype type, u32 inum, bool dead, bool born)
{
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_SANDBOX_NS);

	if (!nest || nla_put_u32(skb, NSGUARD_A_NS_TYPE, type) ||
	    nla_put_u32(skb, NSGUARD_A_NS_INUM, inum) ||
	    (dead && nla_put_flag(skb, NSGUARD_A_NS_DEAD)) ||
	    (born && nla_put_flag(skb, NSGUARD_A_NS_BORN)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static unsigned int items(const struct walk *walk, const struct nsguard_sandbox *sandbox)
{
	return walk->part == 0 ? sandbox->n : walk->part == 1 ? walk->members : walk->inmates;
}

/* Item @walk->i of its part, if it is this sandbox's. */
static int item_put(struct sk_buff *skb, const struct walk *walk,
		    const struct nsguard_sandbox *sandbox)
{
	const struct nsguard_member *member = &walk->member[walk->i];
	const struct nsguard_inmate *inmate = &walk->inmate[walk->i];

	switch (walk->part) {
	case 0:
		return ns_put(skb, sandbox->ns[walk->i]->type, sandbox->ns[walk->i]->inum,
			      READ_ONCE(sandbox->ns[walk->i]->dead), false);
	case 1:
		if (member->sandbox != sandbox->id || is_named(sandbox, member->inum))
			return 0;
		return ns_put(skb, member->type, member->inum, false, true);
	default:
		if (inmate->sandbox != sandbox->id && inmate->sandbox != NSGUARD_LOCK_SEVERAL)
			return 0;
		return nla_put_u32(skb, NSGUARD_A_SANDBOX_PID, inmate->pid);
	}
}

/* As much of the sandbox as fits; the walk moves on behind its end. */
static int some_put(struct sk_buff *skb, struct walk *walk)
{
	const struct nsguard_sandbox *sandbox = walk->policy->sandbox[walk->at];
	struct nlattr *nest = nla_nest_start(skb, NSGUARD_A_SANDBOX);

	if (!nest || nla_put_string(skb, NSGUARD_A_SANDBOX_NAME, sandbox->name) ||
	    (nsguard_sandbox_stale(sandbox) && nla_put_flag(skb, NSGUARD_A_SANDBOX_STALE)) ||
	    skb_tailroom(skb) < ITEM)
		return -EMSGSIZE;
	for (; walk->part <= 2; walk->part++, walk->i = 0) {
		for (; walk->i < items(walk, sandbox); walk->i++) {
			if (skb_tailroom(skb) < ITEM)
				goto full;
			item_put(skb, walk, sandbox);
			if (!(walk->i % 1024))
				cond_resched();
		}
	}
	walk->part = 0;
	walk->at++;
full:
	nla_nest_end(skb, nest);
	return 0;
}

static int one_put(struct sk_buff *skb, struct netlink_callback *cb, struct walk *walk)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &nsguard_nl_family, NLM_F_MULTI, NSGUARD_CMD_SANDBOX_GET);

	if (!head)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, NSGUARD_A_GENERATION, walk->policy->generation,
			      NSGUARD_A_PAD) || some_put(skb, walk)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

int nsguard_nl_sandbox_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct walk *walk = *walk_of(cb);

	while (walk->at < walk->policy->sandboxes)
		if (one_put(skb, cb, walk))
			return skb->len ?: -EMSGSIZE;
	return skb->len;
}

int nsguard_nl_sandbox_get_done(struct netlink_callback *cb)
{
	walk_free(*walk_of(cb));
	return 0;
}
