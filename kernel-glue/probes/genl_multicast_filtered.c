// SPDX-License-Identifier: GPL-2.0-only
/* 6.7, "genetlink: introduce helpers to do filtered multicast"; no earlier kernel can filter. */
#include <net/genetlink.h>

static __maybe_unused int nsguard_probe(const struct genl_family *family, struct net *net,
					struct sk_buff *skb,
					int (*filter)(struct sock *to, struct sk_buff *skb, void *),
					void *data)
{
	return genlmsg_multicast_netns_filtered(family, net, skb, 0, 0, GFP_KERNEL, filter, data);
}
