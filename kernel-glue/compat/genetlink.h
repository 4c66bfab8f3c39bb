/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A multicast group that only some may listen to: where the kernel can keep the others out. Who
 * these are is the caller's business.
 */
#ifndef NSGUARD_COMPAT_GENETLINK_H
#define NSGUARD_COMPAT_GENETLINK_H

#include <net/genetlink.h>
#include "probed.h"

/*
 * H25: the capability is asked for when a socket joins a group of a registered family. Whoever
 * joined its number before it was registered is in the group unasked, so it takes a filter too.
 */
#if defined(NSGUARD_HAVE_GENL_MULTICAST_FILTERED) && defined(GENL_MCAST_CAP_SYS_ADMIN)
#define NSGUARD_GROUP_FLAGS	GENL_MCAST_CAP_SYS_ADMIN

/* To those members in the initial network namespace whom @skip does not leave out. Eats @skb. */
static inline int nsguard_genl_multicast(const struct genl_family *family, struct sk_buff *skb,
					 unsigned int group,
					 int (*skip)(struct sock *to, struct sk_buff *skb, void *))
{
	return genlmsg_multicast_netns_filtered(family, &init_net, skb, 0, group, GFP_KERNEL, skip,
						NULL);
}
#else
static inline int nsguard_genl_multicast(const struct genl_family *family, struct sk_buff *skb,
					 unsigned int group,
					 int (*skip)(struct sock *to, struct sk_buff *skb, void *))
{
	nlmsg_free(skb);
	return -EOPNOTSUPP;
}
#endif

#endif
