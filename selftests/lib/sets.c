// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named sets over libmnl, see sets.h.
 */
#include <errno.h>
#include <string.h>
#include <linux/genetlink.h>
#include "sets.h"

static struct nsg_msg msg;

static void put_range(struct nlmsghdr *nlh, uint32_t min, uint32_t max)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NSGUARD_A_SET_RANGE);

	mnl_attr_put_u32(nlh, NSGUARD_A_RANGE_MIN, min);
	mnl_attr_put_u32(nlh, NSGUARD_A_RANGE_MAX, max);
	mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *begin(struct nsg *g, uint8_t cmd, const char *name, struct nlattr **nest)
{
	struct nlmsghdr *nlh = nsg_msg(g, &msg, cmd, 0);

	*nest = mnl_attr_nest_start(nlh, NSGUARD_A_SET);
	mnl_attr_put_strz(nlh, NSGUARD_A_SET_NAME, name);
	return nlh;
}

static int talk(struct nsg *g, struct nlmsghdr *nlh, struct nlattr *nest)
{
	mnl_attr_nest_end(nlh, nest);
	return nsg_talk(g, nlh, NULL, NULL);
}

int set_add(struct nsg *g, const char *name, uint32_t type)
{
	struct nlattr *nest;
	struct nlmsghdr *nlh = begin(g, NSGUARD_CMD_SET_ADD, name, &nest);

	mnl_attr_put_u32(nlh, NSGUARD_A_SET_TYPE, type);
	return talk(g, nlh, nest);
}

int set_del(struct nsg *g, const char *name)
{
	struct nlattr *nest;
	struct nlmsghdr *nlh;

	if (!name)
		return nsg_talk(g, nsg_msg(g, &msg, NSGUARD_CMD_SET_DEL, 0), NULL, NULL);
	nlh = begin(g, NSGUARD_CMD_SET_DEL, name, &nest);
	return talk(g, nlh, nest);
}

int set_flush(struct nsg *g, const char *name)
{
	struct nlattr *nest;
	struct nlmsghdr *nlh = begin(g, NSGUARD_CMD_SET_FLUSH, name, &nest);

	return talk(g, nlh, nest);
}

static int element(struct nsg *g, uint8_t cmd, const char *name, uint32_t min, uint32_t max)
{
	struct nlattr *nest;
	struct nlmsghdr *nlh = begin(g, cmd, name, &nest);

	put_range(nlh, min, max);
	return talk(g, nlh, nest);
}

int element_add(struct nsg *g, const char *name, uint32_t min, uint32_t max)
{
	return element(g, NSGUARD_CMD_ELEMENT_ADD, name, min, max);
}

int element_del(struct nsg *g, const char *name, uint32_t min, uint32_t max)
{
	return element(g, NSGUARD_CMD_ELEMENT_DEL, name, min, max);
}

int elements_change(struct nsg *g, uint8_t cmd, const char *name, uint32_t first, uint32_t step,
		    unsigned int n)
{
	struct nlattr *nest;
	struct nlmsghdr *nlh = begin(g, cmd, name, &nest);

	for (unsigned int i = 0; i < n; i++)
		put_range(nlh, first + i * step, first + i * step);
	return talk(g, nlh, nest);
}

struct get {
	const char *name;
	struct set_info *info;
	bool found;
};

static void take_range(struct set_info *info, const struct nlattr *range)
{
	uint32_t min = 0, max = 0;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, range) {
		if (mnl_attr_get_type(attr) == NSGUARD_A_RANGE_MIN)
			min = mnl_attr_get_u32(attr);
		else
			max = mnl_attr_get_u32(attr);
	}
	if (info->n < SET_RANGES) {
		info->range[info->n][0] = min;
		info->range[info->n][1] = max;
	}
	info->n++;
}

static void take_set(struct get *get, const struct nlattr *set)
{
	struct set_info *info = get->info;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, set)
		if (mnl_attr_get_type(attr) == NSGUARD_A_SET_NAME &&
		    strcmp(mnl_attr_get_str(attr), get->name))
			return;
	get->found = true;
	mnl_attr_for_each_nested(attr, set) {
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_SET_TYPE:
			info->type = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_SET_ELEMENTS:
			info->elements = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_SET_BYTES:
			info->bytes = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_SET_RANGE:
			take_range(info, attr);
			break;
		}
	}
}

static int take(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	struct get *get = arg;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == NSGUARD_A_SET)
			take_set(get, attr);
		else if (mnl_attr_get_type(attr) == NSGUARD_A_GENERATION)
			get->info->generation = mnl_attr_get_u64(attr);
	}
	return MNL_CB_OK;
}

int set_get(struct nsg *g, const char *name, struct set_info *info)
{
	struct get get = { .name = name, .info = info };
	int err;

	memset(info, 0, sizeof(*info));
	err = nsg_talk(g, nsg_msg(g, &msg, NSGUARD_CMD_SET_GET, NLM_F_DUMP), take, &get);
	if (!err && !get.found)
		err = -ENOENT;
	return err;
}
