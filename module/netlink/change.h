/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What requests that change the policy have in common: each is an edit of a draft. Which
 * edits there are, change.c and sandbox.c know.
 */
#ifndef NSGUARD_NETLINK_CHANGE_H
#define NSGUARD_NETLINK_CHANGE_H

#include <net/genetlink.h>
#include "../transaction.h"

/**
 * struct nsguard_nl_change - one request on its way into a draft
 * @info: the request
 * @edit: makes the change in @draft, all of it or nothing. Return: 0 or an errno, with its sentence
 * @draft: the draft
 * @rule: rules to add
 * @rules: how many
 * @sandbox: sandbox to add; the same
 * @set: set to add
 * @handle: handle of the first of @rule that was added, the others follow; else 0
 */
struct nsguard_nl_change {
	struct genl_info *info;
	int (*edit)(struct nsguard_nl_change *c);
	struct nsguard_draft *draft;
	struct nsguard_rule **rule;
	unsigned int rules;
	struct nsguard_sandbox *sandbox;
	struct nsguard_set *set;
	u64 handle;
};

/* May the sender, who is current, change the policy? Return: 0 or -EPERM, with its sentence. */
int nsguard_nl_may_write(struct sk_buff *skb, struct netlink_ext_ack *extack);
/*
 * The part of it that may change while he waits for the policy's mutex: does no sandbox hold him?
 * To be asked again under the mutex, which whoever adds a sandbox has, too. Return: as above.
 */
int nsguard_nl_not_locked(struct netlink_ext_ack *extack);
/* nsguard_nl_may_write(); and is every attribute said once? Return: 0 or an errno. */
int nsguard_nl_may_change(struct sk_buff *skb, struct genl_info *info);
/*
 * Edits the sender's transaction, or one of its own that is committed at once, and answers: in the
 * sender's transaction only with NLM_F_ACK or NLM_F_ECHO.
 * Return: 0 or an errno, with its sentence.
 */
int nsguard_nl_change(struct sk_buff *skb, struct nsguard_nl_change *c);
/* For an edit that is done: notes the request's force to @what, NSGUARD_FORCE_*, in its draft. */
void nsguard_nl_force(struct nsguard_nl_change *c, unsigned int what);

#endif
