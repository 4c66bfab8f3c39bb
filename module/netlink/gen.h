/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/nsguard.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_NSGUARD_GEN_H
#define _LINUX_NSGUARD_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "../../uapi/linux/nsguard.h"

/* Common nested types */
extern const struct nla_policy nsguard_match_nl_policy[NSGUARD_A_MATCH_SET + 1];
extern const struct nla_policy nsguard_ns_nl_policy[NSGUARD_A_NS_OTHER + 1];
extern const struct nla_policy nsguard_range_nl_policy[NSGUARD_A_RANGE_MAX + 1];
extern const struct nla_policy nsguard_request_nl_policy[NSGUARD_A_REQUEST_OPENER_UID + 1];
extern const struct nla_policy nsguard_rule_nl_policy[NSGUARD_A_RULE_SAME_DELEGATION + 1];
extern const struct nla_policy nsguard_sandbox_nl_policy[NSGUARD_A_SANDBOX_STALE + 1];
extern const struct nla_policy nsguard_set_nl_policy[NSGUARD_A_SET_PAD + 1];

/* Ops table for nsguard */
extern const struct genl_ops nsguard_nl_ops[23];

int nsguard_nl_rule_get_start(struct netlink_callback *cb);
int nsguard_nl_event_get_start(struct netlink_callback *cb);
int nsguard_nl_sandbox_get_start(struct netlink_callback *cb);
int nsguard_nl_set_get_start(struct netlink_callback *cb);
int nsguard_nl_rule_get_done(struct netlink_callback *cb);
int nsguard_nl_sandbox_get_done(struct netlink_callback *cb);
int nsguard_nl_set_get_done(struct netlink_callback *cb);

int nsguard_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_rule_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int nsguard_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_rule_flush_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_mode_set_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_default_set_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_tx_begin_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_tx_commit_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_tx_abort_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_event_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int nsguard_nl_sandbox_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int nsguard_nl_sandbox_add_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_sandbox_del_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_rule_test_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_confirm_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_set_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nsguard_nl_set_add_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_set_del_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_set_flush_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_element_add_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_element_del_doit(struct sk_buff *skb, struct genl_info *info);
int nsguard_nl_rollback_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	NSGUARD_NLGRP_EVENTS,
};

#endif /* _LINUX_NSGUARD_GEN_H */
