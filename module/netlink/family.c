// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: registered here, with the operations generated into gen.c,
 * and what all of its handlers share. It exists in the initial network namespace only.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include "../../kernel-glue/compat/genetlink.h"
#include "../transaction.h"
#include "gen.h"
#include "netlink.h"

/*
 * H25: the group is for those who may see everybody's doings. Where the kernel cannot keep
 * others from it, there is none, and status says so; events can still be asked for with
 * event-get.
 */
static const struct genl_multicast_group groups[] = {
#ifdef NSGUARD_GROUP_FLAGS
	[NSGUARD_NLGRP_EVENTS] = { .name = "events", .flags = NSGUARD_GROUP_FLAGS },
#endif
};

struct genl_family nsguard_nl_family __ro_after_init = {
	.name		= NSGUARD_GENL_NAME,
	.version	= NSGUARD_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= false,
	.parallel_ops	= true,	/* the policy's mutex is enough, and keeps nobody else waiting */
	.ops		= nsguard_nl_ops,
	.n_ops		= ARRAY_SIZE(nsguard_nl_ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

bool nsguard_nl_has_group(void)
{
	return ARRAY_SIZE(groups) > 0;
}

int nsguard_nl_once(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	DECLARE_BITMAP(seen, NSGUARD_A_MAX + 1) = {};
	const struct nlattr *attr;
	int left;

	/* The policies have refused types beyond NSGUARD_A_MAX. */
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, left) {
		if (__test_and_set_bit(nla_type(attr), seen)) {
			nsguard_nl_refuse(extack, attr, "attribute given twice");
			return -EINVAL;
		}
	}
	return 0;
}

struct sk_buff *nsguard_nl_reply_new(struct genl_info *info, size_t size, void **head)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*head = genlmsg_put_reply(skb, info, &nsguard_nl_family, 0, info->genlhdr->cmd);
	if (*head)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/*
 * A closed socket takes its transaction with it. All closed sockets of generic netlink come here,
 * also of those who know nothing of us: they do not wait for a change that takes its time. Whoever
 * sends on a socket holds it open, so nothing is begun on this one any more.
 */
static int socket_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net) && nsguard_draft_any(notify->portid)) {
		nsguard_lock();
		nsguard_draft_forget(notify->portid);
		nsguard_unlock();
	}
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

int nsguard_nl_init(void)
{
	int err;

	err = netlink_register_notifier(&socket_notifier);
	if (err)
		return err;
	err = genl_register_family(&nsguard_nl_family);
	if (err) {
		netlink_unregister_notifier(&socket_notifier);
		return err;
	}
	nsguard_nl_event_enable(true);
	return 0;
}

void nsguard_nl_exit(void)
{
	nsguard_nl_event_enable(false);
	genl_unregister_family(&nsguard_nl_family);
	netlink_unregister_notifier(&socket_notifier);
	nsguard_nl_error_exit();
}
