// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets and their elements from attributes: add, delete, flush. What a set is and when it may go is
 * decided in module/set-draft.c and module/policy/set.c; they are listed in set-dump.c.
 */
#include "../policy/set.h"
#include "../set-draft.h"
#include "change.h"
#include "gen.h"
#include "netlink.h"
#include "rule.h"

/**
 * struct said - what a request says of a set
 * @nest: the set
 * @name: its name
 * @type: its type, or NULL
 * @ranges: number of elements
 */
struct said {
	const struct nlattr *nest;
	const struct nlattr *name;
	const struct nlattr *type;
	unsigned int ranges;
};

static int keep(const struct nlattr **seen, const struct nlattr *attr, const char *what,
		struct netlink_ext_ack *extack)
{
	if (*seen) {
		nsguard_nl_refuse(extack, attr, "%s given twice", what);
		return -EINVAL;
	}
	*seen = attr;
	return 0;
}

static int look(struct said *s, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	const struct nlattr *attr;
	int left, err = 0;

	*s = (struct said){ .nest = info->attrs[NSGUARD_A_SET] };
	if (!s->nest)
		return nsguard_nl_missing(extack, NULL, NSGUARD_A_SET, "set");
	nla_for_each_nested(attr, s->nest, left) {
		switch (nla_type(attr)) {
		case NSGUARD_A_SET_NAME:
			err = keep(&s->name, attr, "name", extack);
			break;
		case NSGUARD_A_SET_TYPE:
			err = keep(&s->type, attr, "type", extack);
			break;
		case NSGUARD_A_SET_RANGE:
			s->ranges++;
			break;
		case NSGUARD_A_SET_TERSE:
			nsguard_nl_refuse(extack, attr, "terse is for listing sets");
			return -EINVAL;
		default:
			nsguard_nl_refuse(extack, attr,
					  "elements and bytes are given by the kernel");
			return -EINVAL;
		}
		if (err)
			return err;
	}
	if (!s->name)
		return nsguard_nl_missing(extack, s->nest, NSGUARD_A_SET_NAME, "name of the set");
	return nsguard_nl_name(s->name, "a set", extack) ? 0 : -EINVAL;
}

/* Of @s only the name may be said. */
static int only_name(const struct said *s, const char *what, struct netlink_ext_ack *extack)
{
	if (!s->type && !s->ranges)
		return 0;
	nsguard_nl_refuse(extack, s->type ?: s->nest, "a set is %s by its name", what);
	return -EINVAL;
}

static struct nsguard_set *find(struct nsguard_nl_change *c, const struct said *s)
{
	struct nsguard_set *set = nsguard_draft_set(c->draft, nla_data(s->name));

	if (!set)
		nsguard_nl_refuse(c->info->extack, s->name, "there is no such set");
	return set;
}

static int element_refuse(int err, const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	switch (err) {
	case -EEXIST:
		nsguard_nl_refuse(extack, attr, "the set has this element already");
		break;
	case -ENOENT:
		nsguard_nl_refuse(extack, attr, "the set has no such element");
		break;
	case -ENOSPC:
		nsguard_nl_refuse(extack, attr, "at most %u elements may all sets have together",
				  NSGUARD_MAX_ELEMENTS);
		break;
	}
	return err;
}

typedef int (*element_fn)(struct nsguard_draft *d, struct nsguard_set *set, u32 min, u32 max);

/* Does @act with each element of @s; all of them, or @undo leaves none. */
static int each_element(struct nsguard_nl_change *c, const struct said *s, struct nsguard_set *set,
			element_fn act, element_fn undo)
{
	struct netlink_ext_ack *extack = c->info->extack;
	const struct nlattr *attr, *fault = NULL;
	struct nsguard_range range;
	int left, err = 0;

	nla_for_each_nested(attr, s->nest, left) {
		if (nla_type(attr) != NSGUARD_A_SET_RANGE)
			continue;
		err = nsguard_nl_range_parse(&range, attr, extack);
		if (!err)
			err = element_refuse(act(c->draft, set, range.min, range.max), attr,
					     extack);
		if (err) {
			fault = attr;
			break;
		}
	}
	if (!fault)
		return 0;
	/* Neither can fail: what was said up to here is well-formed, and what was done is there. */
	nla_for_each_nested(attr, s->nest, left) {
		if (attr == fault)
			break;
		if (nla_type(attr) == NSGUARD_A_SET_RANGE &&
		    !nsguard_nl_range_parse(&range, attr, NULL))
			undo(c->draft, set, range.min, range.max);
	}
	return err;
}

static int set_add(struct nsguard_nl_change *c)
{
	struct netlink_ext_ack *extack = c->info->extack;
	struct said s;
	u64 handle;
	int err = look(&s, c->info);

	if (err)
		return err;
	err = nsguard_draft_set_add(c->draft, c->set);
	switch (err) {
	case 0:
		break;
	case -EEXIST:
		nsguard_nl_refuse(extack, s.name, "there is a set of this name");
		return err;
	case -ENOSPC:
		nsguard_nl_refuse(extack, s.name, "at most %u sets there may be",
				  NSGUARD_MAX_SETS);
		return err;
	default:
		return err;
	}
	err = each_element(c, &s, c->set, nsguard_draft_element_add, nsguard_draft_element_del);
	if (err)
		nsguard_draft_set_del(c->draft, c->set, &handle);
	return err;
}

int nsguard_nl_set_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = set_add };
	struct said s;
	int err = nsguard_nl_may_change(skb, info) ?: look(&s, info);

	if (err)
		return err;
	if (!s.type)
		return nsguard_nl_missing(info->extack, s.nest, NSGUARD_A_SET_TYPE,
					  "type of the set");
	c.set = nsguard_set_alloc(nla_data(s.name), nla_get_u32(s.type));
	if (!c.set)
		return -ENOMEM;
	err = nsguard_nl_change(skb, &c);
	nsguard_set_put(c.set);
	return err;
}

static int set_del(struct nsguard_nl_change *c)
{
	struct nsguard_set *set = NULL;
	struct said s = {};
	u64 handle;
	int err = 0;

	if (c->info->attrs[NSGUARD_A_SET]) {
		err = look(&s, c->info) ?: only_name(&s, "deleted", c->info->extack);
		if (err)
			return err;
		set = find(c, &s);
		if (!set)
			return -ENOENT;
	}
	err = nsguard_draft_set_del(c->draft, set, &handle);
	if (err == -EBUSY)
		nsguard_nl_refuse(c->info->extack, s.name, "rule %llu names it; delete that first",
				  handle);
	return err;
}

int nsguard_nl_set_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = set_del };

	return nsguard_nl_may_change(skb, info) ?: nsguard_nl_change(skb, &c);
}

static int set_flush(struct nsguard_nl_change *c)
{
	struct nsguard_set *set;
	struct said s;
	int err = look(&s, c->info) ?: only_name(&s, "flushed", c->info->extack);

	if (err)
		return err;
	set = find(c, &s);
	if (!set)
		return -ENOENT;
	err = nsguard_draft_set_flush(c->draft, set);
	if (!err)
		nsguard_nl_force(c, NSGUARD_FORCE_STOPS);
	return err;
}

int nsguard_nl_set_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = set_flush };

	return nsguard_nl_may_change(skb, info) ?: nsguard_nl_change(skb, &c);
}

static int elements(struct nsguard_nl_change *c, element_fn act, element_fn undo)
{
	struct netlink_ext_ack *extack = c->info->extack;
	struct nsguard_set *set;
	struct said s;
	int err = look(&s, c->info);

	if (err)
		return err;
	if (s.type) {
		nsguard_nl_refuse(extack, s.type, "a set has its type from the beginning");
		return -EINVAL;
	}
	if (!s.ranges)
		return nsguard_nl_missing(extack, s.nest, NSGUARD_A_SET_RANGE,
					  "range of an element");
	set = find(c, &s);
	return set ? each_element(c, &s, set, act, undo) : -ENOENT;
}

static int element_add(struct nsguard_nl_change *c)
{
	return elements(c, nsguard_draft_element_add, nsguard_draft_element_del);
}

int nsguard_nl_element_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = element_add };

	return nsguard_nl_may_change(skb, info) ?: nsguard_nl_change(skb, &c);
}

static int element_del(struct nsguard_nl_change *c)
{
	int err = elements(c, nsguard_draft_element_del, nsguard_draft_element_add);

	if (!err)
		nsguard_nl_force(c, NSGUARD_FORCE_STOPS);
	return err;
}

int nsguard_nl_element_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_nl_change c = { .info = info, .edit = element_del };

	return nsguard_nl_may_change(skb, info) ?: nsguard_nl_change(skb, &c);
}
