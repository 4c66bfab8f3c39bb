// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sandboxes from attributes: add and delete. What they are and when they may go is decided in
 * module/sandbox*.c; they are listed in sandbox-dump.c.
 */
#include <linux/ctype.h>
#include "../policy/policy.h"
#include "change.h"
#include "gen.h"
#include "netlink.h"

const char *nsguard_nl_name(const struct nlattr *attr, const char *what,
			    struct netlink_ext_ack *extack)
{
	const char *name = nla_data(attr), *c;

	for (c = name; isalnum(*c) || (*c && strchr("._-", *c)); c++)
		;
	if (c == name || c != name + nla_len(attr) - 1) {
		nsguard_nl_refuse(extack, attr,
				  "%s is named by letters, digits, dot, dash and underline", what);
		return NULL;
	}
	return name;
}

static int ns_parse(struct nsguard_sandbox *sandbox, const struct nlattr *value,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *fd = nla_find_nested(value, NSGUARD_A_NS_FD);
	const char *why = "out of memory";
	struct nsguard_nsid *id;
	unsigned int i;

	if (nla_find_nested(value, NSGUARD_A_NS_HOST)) {
		nsguard_nl_refuse(extack, value,
				  "the host's namespaces cannot belong to a sandbox");
		return -EINVAL;
	}
	if (!fd)
		return nsguard_nl_missing(extack, value, NSGUARD_A_NS_FD, "fd of a namespace");
	id = nsguard_nsid_get(nla_get_u32(fd), &why);
	if (IS_ERR(id)) {
		nsguard_nl_refuse(extack, fd, "%s", why);
		return PTR_ERR(id);
	}
	if (id->inum == nsguard_glue_host_inum(id->type)) {
		nsguard_nsid_put(id);
		nsguard_nl_refuse(extack, fd, "the host's namespaces cannot belong to a sandbox");
		return -EINVAL;
	}
	/* Said twice, by another name: it is the same namespace. */
	for (i = 0; i < sandbox->n; i++) {
		if (sandbox->ns[i] == id) {
			nsguard_nsid_put(id);
			return 0;
		}
	}
	sandbox->ns[sandbox->n++] = id;
	return 0;
}

/* The name in @nest, or NULL; and how many namespaces there are. Refuses what the kernel gives. */
static const struct nlattr *look(const struct nlattr *nest, unsigned int *n,
				 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr, *name = NULL;
	int left;

	*n = 0;
	nla_for_each_nested(attr, nest, left) {
		switch (nla_type(attr)) {
		case NSGUARD_A_SANDBOX_NAME:
			if (name) {
				nsguard_nl_refuse(extack, attr, "name given twice");
				return ERR_PTR(-EINVAL);
			}
			name = attr;
			break;
		case NSGUARD_A_SANDBOX_NS:
			++*n;
			break;
		default:
			nsguard_nl_refuse(extack, attr, "pid and stale are given by the kernel");
			return ERR_PTR(-EINVAL);
		}
	}
	if (!name) {
		nsguard_nl_missing(extack, nest, NSGUARD_A_SANDBOX_NAME, "name of the sandbox");
		return ERR_PTR(-EINVAL);
	}
	return nsguard_nl_name(name, "a sandbox", extack) ? name : ERR_PTR(-EINVAL);
}

static struct nsguard_sandbox *sandbox_parse(const struct nlattr *nest,
					     struct netlink_ext_ack *extack)
{
	struct nsguard_sandbox *sandbox;
	const struct nlattr *attr, *name;
	int err, left;
	unsigned int n;

	name = look(nest, &n, extack);
	if (IS_ERR(name))
		return ERR_CAST(name);
	if (!n) {
		nsguard_nl_missing(extack, nest, NSGUARD_A_SANDBOX_NS, "ns of the sandbox");
		return ERR_PTR(-EINVAL);
	}
	if (n > NSGUARD_MAX_SANDBOX_NS) {
		nsguard_nl_refuse(extack, nest, "a sandbox is made of at most %u namespaces",
				  NSGUARD_MAX_SANDBOX_NS);
		return ERR_PTR(-E2BIG);
	}
	sandbox = nsguard_sandbox_alloc(nla_data(name), n);
	if (!sandbox)
		return ERR_PTR(-ENOMEM);
	nla_for_each_nested(attr, nest, left) {
		if (nla_type(attr) != NSGUARD_A_SANDBOX_NS)
			continue;
		err = ns_parse(sandbox, attr, extack);
		if (err) {
			nsguard_sandbox_put(sandbox);
			return ERR_PTR(err);
		}
	}
	return sandbox;
}

static int sandbox_add(struct nsguard_nl_change *c)
{
	const struct nlattr *attr = c->info->attrs[NSGUARD_A_SANDBOX];
	int err = nsguard_draft_sandbox_add(c->draft, c->sandbox);

	switch (err) {
	case 0:
		c->sandbox = NULL;
		break;
	case -EEXIST:
		nsguard_nl_refuse(c->info->extack, attr, "there is a sandbox of this name");
		break;
	case -ENOSPC:
		nsguard_nl_refuse(c->info->extack, attr, "at most %u sandboxes there may be",
				  NSGUARD_MAX_SANDBOXES);
		break;
	}
	return err;
}

int nsguard_nl_sandbox_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = sandbox_add };
	int err = nsguard_nl_may_change(skb, info);

	if (err)
		return err;
	if (!info->attrs[NSGUARD_A_SANDBOX])
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_SANDBOX, "sandbox");
	c.sandbox = sandbox_parse(info->attrs[NSGUARD_A_SANDBOX], info->extack);
	if (IS_ERR(c.sandbox))
		return PTR_ERR(c.sandbox);
	err = nsguard_nl_change(skb, &c);
	nsguard_sandbox_put(c.sandbox);
	return err;
}

static int sandbox_del(struct nsguard_nl_change *c)
{
	const struct nlattr *nest = c->info->attrs[NSGUARD_A_SANDBOX], *name = NULL;
	unsigned int n;
	u64 handle;
	int err;

	if (nest) {
		name = look(nest, &n, c->info->extack);
		if (IS_ERR(name))
			return PTR_ERR(name);
		if (n) {
			nsguard_nl_refuse(c->info->extack, nest,
					  "a sandbox is deleted by its name");
			return -EINVAL;
		}
	}
	err = nsguard_draft_sandbox_del(c->draft, name ? nla_data(name) : NULL, &handle);
	if (err == -ENOENT)
		nsguard_nl_refuse(c->info->extack, name, "there is no such sandbox");
	else if (err)
		nsguard_nl_refuse(c->info->extack, name, "rule %llu names it; delete that first",
				  handle);
	else
		nsguard_nl_force(c, NSGUARD_FORCE_LETS_GO);
	return err;
}

int nsguard_nl_sandbox_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = sandbox_del };

	return nsguard_nl_may_change(skb, info) ?: nsguard_nl_change(skb, &c);
}
