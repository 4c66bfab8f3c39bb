// SPDX-License-Identifier: GPL-2.0-only
/*
 * What nsguard's answers mean: attributes into the structures of nsg.h.
 */
#include <errno.h>
#include <string.h>
#include <linux/genetlink.h>
#include "nsg.h"

static const struct nlattr *find(const struct nlmsghdr *nlh, int type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static void text(char *to, size_t size, const struct nlattr *attr)
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len >= size)
		len = size - 1;
	memcpy(to, mnl_attr_get_payload(attr), len);
	to[len] = '\0';
}

#define TEXT(to, attr)	text(to, sizeof(to), attr)

static uint64_t mask64(const struct nlattr *attr)
{
	const unsigned char *byte = mnl_attr_get_payload(attr);
	uint64_t mask = 0;

	for (unsigned int i = 0; i < mnl_attr_get_payload_len(attr) && i < 8; i++)
		mask |= (uint64_t)byte[i] << (8 * i);
	return mask;
}

int nsg_parse_info(const struct nlmsghdr *nlh, struct nsg_info *info)
{
	const struct nlattr *rule = find(nlh, NSGUARD_A_RULE);
	const struct nlattr *attr;

	memset(info, 0, sizeof(*info));
	if (!rule)
		return -ENODATA;
	mnl_attr_for_each_nested(attr, rule) {
		info->keys |= 1ULL << mnl_attr_get_type(attr);
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_RULE_HANDLE:
			info->handle = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_RULE_HITS:
			info->hits = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_RULE_TABLE:
			info->table = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_RULE_VERDICT:
			info->verdict = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_RULE_PRIORITY:
			info->priority = (int32_t)mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_RULE_DRY_RUN:
			info->dry_run = true;
			break;
		case NSGUARD_A_RULE_STALE:
			info->stale = true;
			break;
		case NSGUARD_A_RULE_COMMENT:
			TEXT(info->comment, attr);
			break;
		}
	}
	return 0;
}

static void parse_default(const struct nlattr *nest, struct nsg_table *t)
{
	uint32_t op = 0, verdict = 0;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == NSGUARD_A_DEFAULT_OP)
			op = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == NSGUARD_A_DEFAULT_VERDICT)
			verdict = mnl_attr_get_u32(attr);
	}
	if (op < 8)
		t->fallback[op] = verdict;
}

static void parse_table(const struct nlattr *nest, struct nsg_status *s)
{
	const struct nlattr *attr;
	struct nsg_table t = { 0 };
	uint32_t table = 0;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_TABLE_TABLE:
			table = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_TABLE_MODE:
			t.mode = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_TABLE_DEFAULT:
			parse_default(attr, &t);
			break;
		case NSGUARD_A_TABLE_RULES:
			t.rules = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_TABLE_DECISIONS:
			t.decisions = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_TABLE_DENIED:
			t.denied = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_TABLE_WOULD_DENY:
			t.would_deny = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_TABLE_COVERAGE:
			t.coverage = mnl_attr_get_u32(attr);
			break;
		}
	}
	if (table < 3)
		s->table[table] = t;
}

static void parse_path(const struct nlattr *nest, struct nsg_status *s)
{
	struct nsg_path *p = &s->path[s->paths];
	const struct nlattr *attr;

	if (s->paths == sizeof(s->path) / sizeof(s->path[0]))
		return;
	s->paths++;
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_PATH_NAME:
			TEXT(p->name, attr);
			break;
		case NSGUARD_A_PATH_FUNCTION:
			TEXT(p->function, attr);
			break;
		case NSGUARD_A_PATH_COVERED:
			p->covered = true;
			break;
		case NSGUARD_A_PATH_DETACHED:
			p->detached = true;
			break;
		case NSGUARD_A_PATH_TABLE:
			p->table = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_PATH_HITS:
			p->hits = mnl_attr_get_u64(attr);
			break;
		}
	}
}

static void parse_limit(const struct nlattr *nest, struct nsg_status *s)
{
	struct nsg_limit *l = &s->limit[s->limits];
	const struct nlattr *attr;

	if (s->limits == sizeof(s->limit) / sizeof(s->limit[0]))
		return;
	s->limits++;
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == NSGUARD_A_LIMIT_NAME)
			TEXT(l->name, attr);
		if (mnl_attr_get_type(attr) == NSGUARD_A_LIMIT_VALUE)
			l->value = mnl_attr_get_u32(attr);
	}
}

static void parse_trial(const struct nlattr *nest, struct nsg_status *s)
{
	const struct nlattr *attr;

	s->trial = true;
	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == NSGUARD_A_TRIAL_LEFT)
			s->left = mnl_attr_get_u32(attr);
}

int nsg_parse_status(const struct nlmsghdr *nlh, struct nsg_status *s)
{
	const struct nlattr *status = find(nlh, NSGUARD_A_STATUS);
	const struct nlattr *attr;

	if (!status)
		return -ENODATA;
	mnl_attr_for_each_nested(attr, status) {
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_STATUS_VERSION:
			TEXT(s->version, attr);
			break;
		case NSGUARD_A_STATUS_GENERATION:
			s->generation = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_STATUS_RULES:
			s->rules = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_STATUS_STALE:
			s->stale = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_STATUS_LOST:
			s->lost = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_STATUS_CEILING:
			s->ceiling = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_STATUS_TRANSACTIONS:
			s->transactions = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_STATUS_TRIAL:
			parse_trial(attr, s);
			break;
		case NSGUARD_A_STATUS_SETS:
			s->sets = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_STATUS_ELEMENTS:
			s->elements = mnl_attr_get_u32(attr);
			break;
		case NSGUARD_A_STATUS_SET_BYTES:
			s->set_bytes = mnl_attr_get_u64(attr);
			break;
		case NSGUARD_A_STATUS_TABLE:
			parse_table(attr, s);
			break;
		case NSGUARD_A_STATUS_PATH:
			parse_path(attr, s);
			break;
		case NSGUARD_A_STATUS_LIMIT:
			parse_limit(attr, s);
			break;
		}
	}
	return 0;
}

static void parse_event_number(const struct nlattr *attr, struct nsg_event *e)
{
	static const size_t at[NSGUARD_A_EVENT_MAX + 1] = {
#define U64(name, field)	\
		[NSGUARD_A_EVENT_##name] = offsetof(struct nsg_event, field)
		U64(SEQ, seq), U64(LOST, lost), U64(TIME, time), U64(HANDLE, handle),
		U64(FROM_ID, from_id), U64(TO_ID, to_id), U64(ROLLBACK, rollback),
		U64(TABLE, table), U64(OP, op), U64(VERDICT, verdict), U64(MODE, mode),
		U64(ERROR, error), U64(PID, pid), U64(TID, tid), U64(UID, uid), U64(AUID, auid),
		U64(NS_TYPE, ns_type), U64(NS_INUM, ns_inum), U64(TARGET_PID, target_pid),
#undef U64
	};
	size_t where = at[mnl_attr_get_type(attr)];

	/* The sizes in the structure are those of the attributes. */
	if (where)
		memcpy((char *)e + where, mnl_attr_get_payload(attr),
		       mnl_attr_get_payload_len(attr) == 8 ? 8 : 4);
}

int nsg_parse_event(const struct nlmsghdr *nlh, struct nsg_event *e)
{
	const struct nlattr *event = find(nlh, NSGUARD_A_EVENT);
	const struct nlattr *attr;

	memset(e, 0, sizeof(*e));
	if (!event)
		return -ENODATA;
	mnl_attr_for_each_nested(attr, event) {
		if (mnl_attr_get_type(attr) > NSGUARD_A_EVENT_MAX)
			continue;
		e->has |= 1ULL << mnl_attr_get_type(attr);
		switch (mnl_attr_get_type(attr)) {
		case NSGUARD_A_EVENT_FUNCTION:
			TEXT(e->function, attr);
			break;
		case NSGUARD_A_EVENT_COMM:
			TEXT(e->comm, attr);
			break;
		case NSGUARD_A_EVENT_EXE:
			TEXT(e->exe, attr);
			break;
		case NSGUARD_A_EVENT_CGROUP:
			TEXT(e->cgroup, attr);
			break;
		case NSGUARD_A_EVENT_FROM:
			TEXT(e->from, attr);
			break;
		case NSGUARD_A_EVENT_TO:
			TEXT(e->to, attr);
			break;
		case NSGUARD_A_EVENT_SANDBOX:
			TEXT(e->sandbox, attr);
			break;
		case NSGUARD_A_EVENT_MASK:
			e->mask = mask64(attr);
			break;
		case NSGUARD_A_EVENT_EFFECTIVE_MASK:
			e->effective = mask64(attr);
			break;
		default:
			parse_event_number(attr, e);
			break;
		}
	}
	return 0;
}
