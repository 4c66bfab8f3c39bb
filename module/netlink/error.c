// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one funnel for an error to the user: a sentence and the attribute at fault.
 * Which errno, the caller says.
 *
 * The sentence is sent after the handler has returned, and so must outlive it. Not every
 * kernel has room for a formatted one in its extack: each distinct sentence is kept until
 * the module goes (genl_unregister_family() waits for the last answer). They are few: a
 * number is in a sentence only where the user does not know it already; and beyond
 * SENTENCES what follows the first number is left out.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "netlink.h"

#define SENTENCES	1024

struct sentence {
	struct hlist_node node;
	char text[];
};

static DEFINE_MUTEX(sentences_mutex);
static HLIST_HEAD(sentences);
static unsigned int kept;

/* @text, in storage that stays; NULL when there is no room. Under the mutex. */
static const char *keep(const char *text, bool at_any_rate)
{
	size_t size = strlen(text) + 1;
	struct sentence *s;

	hlist_for_each_entry(s, &sentences, node)
		if (!strcmp(s->text, text))
			return s->text;
	if (kept >= SENTENCES && !at_any_rate)
		return NULL;
	s = kmalloc(struct_size(s, text, size), GFP_KERNEL);
	if (!s)
		return NULL;
	memcpy(s->text, text, size);
	hlist_add_head(&s->node, &sentences);
	kept++;
	return s->text;
}

void nsguard_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		       const char *fmt, ...)
{
	char text[NSGUARD_WHY];
	const char *kept_text;
	va_list args;

	if (!extack)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	mutex_lock(&sentences_mutex);
	kept_text = keep(text, false);
	if (!kept_text) {
		/* One for each format there is. */
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(fmt, "%"), fmt);
		kept_text = keep(*text ? strim(text) : "refused", true);
	}
	mutex_unlock(&sentences_mutex);

	extack->_msg = kept_text ?: "out of memory";
	if (attr)
		NL_SET_BAD_ATTR(extack, attr);
}

void nsguard_nl_tell_generation(struct netlink_ext_ack *extack, u64 generation)
{
	if (extack)
		nl_set_extack_cookie_u64(extack, generation);
}

int nsguard_nl_missing(struct netlink_ext_ack *extack, const struct nlattr *nest, int type,
		       const char *name)
{
	nsguard_nl_refuse(extack, nest, "%s is missing", name);
	NL_SET_ERR_ATTR_MISS(extack, nest, type);
	return -EINVAL;
}

int nsguard_nl_may(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_MAC_ADMIN))
		return 0;
	nsguard_nl_refuse(extack, NULL,
			  "CAP_MAC_ADMIN in the initial user namespace is needed");
	return -EPERM;
}

void nsguard_nl_error_exit(void)
{
	struct hlist_node *next;
	struct sentence *s;

	hlist_for_each_entry_safe(s, next, &sentences, node)
		kfree(s);
	INIT_HLIST_HEAD(&sentences);
}
