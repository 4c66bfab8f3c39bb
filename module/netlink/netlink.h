/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the netlink floor share. gen.h, beside it, is generated and has
 * the handlers and the table of operations.
 */
#ifndef NSGUARD_NETLINK_H
#define NSGUARD_NETLINK_H

#include <net/genetlink.h>
#include "../../kernel-glue/glue.h"
#include "../event.h"
#include "../rule.h"

/* family.c: for main.c. */
int nsguard_nl_init(void);
void nsguard_nl_exit(void);

/* event.c: for nsguard_event_init(). May sleep; before init and after exit it does nothing. */
void nsguard_nl_event_send(const struct nsguard_event *event);
void nsguard_nl_event_enable(bool on);

extern struct genl_family nsguard_nl_family;
/* Is there a group for events? Only where the kernel can guard it (H25). */
bool nsguard_nl_has_group(void);
/*
 * A message that answers @info, with room for @size bytes of attributes; *@head is for
 * genlmsg_end(). NULL without memory.
 */
struct sk_buff *nsguard_nl_reply_new(struct genl_info *info, size_t size, void **head);

/* error.c: the one funnel for an error to the user. */

/**
 * nsguard_nl_refuse - say why a request is refused
 * @extack: where to, may be NULL
 * @attr: the attribute at fault, or NULL
 * @fmt: a sentence without full stop
 *
 * Return: nothing; the errno is the caller's.
 */
__printf(3, 4)
void nsguard_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		       const char *fmt, ...);
/* The generation in force, for a client that meant another: a cookie, which no sentence limits. */
void nsguard_nl_tell_generation(struct netlink_ext_ack *extack, u64 generation);
/* Sets the missing attribute @type of @nest (NULL: of the message) and says "NAME is missing". */
int nsguard_nl_missing(struct netlink_ext_ack *extack, const struct nlattr *nest, int type,
		       const char *name);
/* Is an attribute of the message said twice? Return: 0 or -EINVAL, with its sentence. */
int nsguard_nl_once(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack);
/*
 * Is the sender of @skb privileged? Return: 0 or -EPERM, with its sentence. 6.1 gives the
 * start of a dump no extack; then the errno has to do. (Refusing in dumpit would put the
 * sentence into NLMSG_DONE, where libnl sees neither it nor the errno.)
 */
int nsguard_nl_may(struct sk_buff *skb, struct netlink_ext_ack *extack);
void nsguard_nl_error_exit(void);

/* rule-parse.c, rule-dump.c */

/**
 * nsguard_nl_rule_parse - a rule from its attributes
 * @nest: NSGUARD_A_RULE, validated by its policy
 * @extack: takes sentence and offending attribute
 *
 * May sleep; the caller is the sender, in whose table of files fds are looked up.
 * Return: a rule without handle, owned by the caller, or an ERR_PTR.
 */
struct nsguard_rule *nsguard_nl_rule_parse(const struct nlattr *nest,
					   struct netlink_ext_ack *extack);
/* Puts @rule's attributes into @skb. Return: 0 or -EMSGSIZE. */
int nsguard_nl_rule_put(struct sk_buff *skb, const struct nsguard_rule *rule);
/* Puts @mask as attribute @type, without empty bytes at its end. Return: 0 or -EMSGSIZE. */
int nsguard_nl_mask_put(struct sk_buff *skb, int type, const struct cpumask *mask);

/*
 * sandbox.c: the name in @attr of @what, "a sandbox" or its like, which must be one: letters,
 * digits, dot, dash and underline. NULL with its sentence when it is none.
 */
const char *nsguard_nl_name(const struct nlattr *attr, const char *what,
			    struct netlink_ext_ack *extack);

#endif
