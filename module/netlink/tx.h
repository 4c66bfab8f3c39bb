/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What requests that change something need of their socket's transaction. All of it but
 * the answers is called under the policy's mutex, and says its sentence where it refuses.
 */
#ifndef NSGUARD_NETLINK_TX_H
#define NSGUARD_NETLINK_TX_H

#include <net/genetlink.h>
#include "../transaction.h"

/* For a change: the sender's transaction, NULL without one, or an ERR_PTR when that is over. */
struct nsguard_draft *nsguard_nl_tx_find(struct genl_info *info);
/* A new draft, @owner 0 for a single change; or an ERR_PTR. */
struct nsguard_draft *nsguard_nl_tx_begin(struct genl_info *info, u32 owner);
/* Commits @draft, which is gone then. Return: 0 and *@generation, or an errno. */
int nsguard_nl_tx_commit(struct genl_info *info, struct nsguard_draft *draft, u64 *generation);
/* The answer to a change, to be made before the change, with @handles; NULL without memory. */
struct sk_buff *nsguard_nl_tx_answer(struct genl_info *info, unsigned int handles, void **head);
/*
 * Sends that answer, with @handles from @handle on; @generation is left out when 0. What was done
 * stands, whether or not the client takes the answer.
 */
void nsguard_nl_tx_reply(struct sk_buff *skb, struct genl_info *info, void *head, u64 handle,
			 unsigned int handles, u64 generation);

#endif
