// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes: safe reading, and their names by the yaml for what a person may send. Not
 * for building messages.
 */
#include <string.h>
#include <netlink/msg.h>
#include <linux/genetlink.h>
#include <linux/nsguard.h>
#include "attrs.h"

struct attr_set {
	unsigned int n;
	const struct attr_line {
		const char *name;
		const struct attr_set *nested;
	} *line;
};

/* Not for expressions: only the name of an array. */
#define SET(lines)	{ sizeof(lines) / sizeof(struct attr_line), lines }

static const struct attr_line range_lines[] = {
	[NSGUARD_A_RANGE_MIN] = { "min", NULL },
	[NSGUARD_A_RANGE_MAX] = { "max", NULL },
};

static const struct attr_line ns_lines[] = {
	[NSGUARD_A_NS_FD] = { "fd", NULL },
	[NSGUARD_A_NS_HOST] = { "host", NULL },
	[NSGUARD_A_NS_TYPE] = { "type", NULL },
	[NSGUARD_A_NS_INUM] = { "inum", NULL },
	[NSGUARD_A_NS_DEAD] = { "dead", NULL },
	[NSGUARD_A_NS_BORN] = { "born", NULL },
	[NSGUARD_A_NS_SAME] = { "same", NULL },
	[NSGUARD_A_NS_OTHER] = { "other", NULL },
};

static const struct attr_set set_range = SET(range_lines);
static const struct attr_set set_ns = SET(ns_lines);

static const struct attr_line match_lines[] = {
	[NSGUARD_A_MATCH_NOT] = { "not", NULL },
	[NSGUARD_A_MATCH_RELATION] = { "relation", NULL },
	[NSGUARD_A_MATCH_BITS] = { "bits", NULL },
	[NSGUARD_A_MATCH_RANGE] = { "range", &set_range },
	[NSGUARD_A_MATCH_PATH] = { "path", NULL },
	[NSGUARD_A_MATCH_NS] = { "ns", &set_ns },
	[NSGUARD_A_MATCH_MASK] = { "mask", NULL },
	[NSGUARD_A_MATCH_SET] = { "set", NULL },
};

static const struct attr_set set_match = SET(match_lines);

static const struct attr_line rule_lines[] = {
	[NSGUARD_A_RULE_HANDLE] = { "handle", NULL },
	[NSGUARD_A_RULE_TABLE] = { "table", NULL },
	[NSGUARD_A_RULE_VERDICT] = { "verdict", NULL },
	[NSGUARD_A_RULE_PRIORITY] = { "priority", NULL },
	[NSGUARD_A_RULE_COMMENT] = { "comment", NULL },
	[NSGUARD_A_RULE_DRY_RUN] = { "dry-run", NULL },
	[NSGUARD_A_RULE_HITS] = { "hits", NULL },
	[NSGUARD_A_RULE_STALE] = { "stale", NULL },
	[NSGUARD_A_RULE_OP] = { "op", &set_match },
	[NSGUARD_A_RULE_TYPE] = { "type", &set_match },
	[NSGUARD_A_RULE_TARGET] = { "target", &set_match },
	[NSGUARD_A_RULE_FROM] = { "from", &set_match },
	[NSGUARD_A_RULE_TO] = { "to", &set_match },
	[NSGUARD_A_RULE_LEAVING] = { "leaving", &set_match },
	[NSGUARD_A_RULE_CPUS] = { "cpus", &set_match },
	[NSGUARD_A_RULE_EFFECTIVE_CPUS] = { "effective-cpus", &set_match },
	[NSGUARD_A_RULE_WHO] = { "who", &set_match },
	[NSGUARD_A_RULE_TARGET_UID] = { "target-uid", &set_match },
	[NSGUARD_A_RULE_TARGET_EXE] = { "target-exe", &set_match },
	[NSGUARD_A_RULE_TARGET_CGROUP] = { "target-cgroup", &set_match },
	[NSGUARD_A_RULE_UID] = { "uid", &set_match },
	[NSGUARD_A_RULE_GID] = { "gid", &set_match },
	[NSGUARD_A_RULE_AUID] = { "auid", &set_match },
	[NSGUARD_A_RULE_PID] = { "pid", &set_match },
	[NSGUARD_A_RULE_EXE] = { "exe", &set_match },
	[NSGUARD_A_RULE_CGROUP] = { "cgroup", &set_match },
	[NSGUARD_A_RULE_IN_NS] = { "in-ns", &set_match },
	[NSGUARD_A_RULE_SANDBOX] = { "sandbox", NULL },
	[NSGUARD_A_RULE_THREADS] = { "threads", NULL },
	[NSGUARD_A_RULE_EUID] = { "euid", &set_match },
	[NSGUARD_A_RULE_USERNS] = { "userns", &set_match },
	[NSGUARD_A_RULE_CAP] = { "cap", &set_match },
	[NSGUARD_A_RULE_TARGET_OWNER] = { "target-owner", &set_match },
	[NSGUARD_A_RULE_OPENER_UID] = { "opener-uid", &set_match },
	[NSGUARD_A_RULE_MOVES] = { "moves", &set_match },
	[NSGUARD_A_RULE_SAME_DELEGATION] = { "same-delegation", &set_match },
};

static const struct attr_set set_rule = SET(rule_lines);

static const struct attr_line sandbox_lines[] = {
	[NSGUARD_A_SANDBOX_NAME] = { "name", NULL },
	[NSGUARD_A_SANDBOX_NS] = { "ns", &set_ns },
	[NSGUARD_A_SANDBOX_PID] = { "pid", NULL },
	[NSGUARD_A_SANDBOX_STALE] = { "stale", NULL },
};

static const struct attr_set set_sandbox = SET(sandbox_lines);

static const struct attr_line set_lines[] = {
	[NSGUARD_A_SET_NAME] = { "name", NULL },
	[NSGUARD_A_SET_TYPE] = { "type", NULL },
	[NSGUARD_A_SET_RANGE] = { "range", &set_range },
	[NSGUARD_A_SET_ELEMENTS] = { "elements", NULL },
	[NSGUARD_A_SET_BYTES] = { "bytes", NULL },
	[NSGUARD_A_SET_TERSE] = { "terse", NULL },
};

static const struct attr_set set_set = SET(set_lines);

static const struct attr_line request_lines[] = {
	[NSGUARD_A_REQUEST_TABLE] = { "table", NULL },
	[NSGUARD_A_REQUEST_OP] = { "op", NULL },
	[NSGUARD_A_REQUEST_PID] = { "pid", NULL },
	[NSGUARD_A_REQUEST_TARGET_PID] = { "target-pid", NULL },
	[NSGUARD_A_REQUEST_UID] = { "uid", NULL },
	[NSGUARD_A_REQUEST_EUID] = { "euid", NULL },
	[NSGUARD_A_REQUEST_AUID] = { "auid", NULL },
	[NSGUARD_A_REQUEST_GID] = { "gid", NULL },
	[NSGUARD_A_REQUEST_USERNS] = { "userns", NULL },
	[NSGUARD_A_REQUEST_CAP] = { "cap", NULL },
	[NSGUARD_A_REQUEST_CGROUP] = { "cgroup", NULL },
	[NSGUARD_A_REQUEST_EXE] = { "exe", NULL },
	[NSGUARD_A_REQUEST_NS] = { "ns", &set_ns },
	[NSGUARD_A_REQUEST_TYPE] = { "type", NULL },
	[NSGUARD_A_REQUEST_TARGET] = { "target", &set_ns },
	[NSGUARD_A_REQUEST_FROM] = { "from", NULL },
	[NSGUARD_A_REQUEST_TO] = { "to", NULL },
	[NSGUARD_A_REQUEST_THREAD] = { "thread", NULL },
	[NSGUARD_A_REQUEST_MASK] = { "mask", NULL },
	[NSGUARD_A_REQUEST_EFFECTIVE_MASK] = { "effective-mask", NULL },
	[NSGUARD_A_REQUEST_WHO] = { "who", NULL },
	[NSGUARD_A_REQUEST_TARGET_UID] = { "target-uid", NULL },
	[NSGUARD_A_REQUEST_TARGET_CGROUP] = { "target-cgroup", NULL },
	[NSGUARD_A_REQUEST_TARGET_EXE] = { "target-exe", NULL },
	[NSGUARD_A_REQUEST_TARGET_OWNER] = { "target-owner", NULL },
	[NSGUARD_A_REQUEST_OPENER_UID] = { "opener-uid", NULL },
};

static const struct attr_set set_request = SET(request_lines);

static const struct attr_line main_lines[] = {
	[NSGUARD_A_TABLE] = { "table", NULL },
	[NSGUARD_A_OP] = { "op", NULL },
	[NSGUARD_A_MODE] = { "mode", NULL },
	[NSGUARD_A_VERDICT] = { "verdict", NULL },
	[NSGUARD_A_FORCE] = { "force", NULL },
	[NSGUARD_A_GENERATION] = { "generation", NULL },
	[NSGUARD_A_HANDLE] = { "handle", NULL },
	[NSGUARD_A_RULE] = { "rule", &set_rule },
	[NSGUARD_A_EVENT] = { "event", NULL },
	[NSGUARD_A_STATUS] = { "status", NULL },
	[NSGUARD_A_LAST] = { "last", NULL },
	[NSGUARD_A_SANDBOX] = { "sandbox", &set_sandbox },
	[NSGUARD_A_REQUEST] = { "request", &set_request },
	[NSGUARD_A_SET] = { "set", &set_set },
};

static const struct attr_set set_main = SET(main_lines);

void attr_put(struct buf *b, unsigned int type, const void *data, size_t n)
{
	struct nlattr *nla = buf_take(b, NLA_ALIGN(NLA_HDRLEN + n));

	/* What it is rounded up by is zero. */
	if (n)
		memset((char *)nla + NLA_ALIGN(NLA_HDRLEN + n) - NLA_ALIGNTO, 0, NLA_ALIGNTO);
	nla->nla_len = (__u16)(NLA_HDRLEN + n);
	nla->nla_type = (__u16)type;
	if (n)
		memcpy((char *)nla + NLA_HDRLEN, data, n);
}

void attr_put_flag(struct buf *b, unsigned int type)
{
	attr_put(b, type, NULL, 0);
}

void attr_put_str(struct buf *b, unsigned int type, const char *s)
{
	attr_put(b, type, s, strlen(s) + 1);
}

__u32 attr_u32(const struct nlattr *nla)
{
	return nla && nla_len(nla) >= (int)sizeof(__u32) ? nla_get_u32(nla) : 0;
}

__u64 attr_u64(const struct nlattr *nla)
{
	return nla && nla_len(nla) >= (int)sizeof(__u64) ? nla_get_u64((struct nlattr *)nla) : 0;
}

const char *attr_str(const struct nlattr *nla, struct arena *a)
{
	size_t n;

	if (!nla || nla_len(nla) <= 0)
		return "";
	n = (size_t)nla_len(nla);
	if (memchr(nla_data(nla), '\0', n))
		return nla_data(nla);
	return arena_strndup(a, nla_data(nla), n);
}

void attr_nest(struct nlattr *tb[], int max, const struct nlattr *nla)
{
	memset(tb, 0, ((size_t)max + 1) * sizeof(*tb));
	if (nla)
		nla_parse(tb, max, nla_data(nla), nla_len(nla), NULL);
}

void *named_last(void *v, unsigned int *n, size_t size, const char *name, size_t max)
{
	char *last;

	if (*n && !strcmp((char *)v + (*n - 1) * size, name))
		return v;
	v = xrealloc(v, (*n + 1) * size);
	last = (char *)v + (*n)++ * size;
	memset(last, 0, size);
	memcpy(last, name, strnlen(name, max));
	return v;
}

static void name_add(struct buf *name, const struct attr_set *set, unsigned int type)
{
	if (name->n)
		buf_chr(name, '.');
	if (set && type < set->n && set->line[type].name)
		buf_str(name, set->line[type].name);
	else
		buf_fmt(name, "#%u", type);
}

bool attr_name(const void *msg, size_t len, size_t offset, unsigned int missing, struct buf *name,
	       unsigned int *key, unsigned int *nth)
{
	const struct attr_set *set = &set_main;
	const char *base = msg;
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	size_t end = len;

	while (offset && at + NLA_HDRLEN <= end) {
		const struct nlattr *nla = (const struct nlattr *)(base + at);
		size_t size = nla->nla_len;
		unsigned int type = (unsigned int)nla_type(nla);

		if (size < NLA_HDRLEN || size > end - at)
			break;
		*nth += (set == &set_set && type == NSGUARD_A_SET_RANGE) ||
			(set == &set_main && type == NSGUARD_A_RULE);
		if (offset >= at + NLA_ALIGN(size)) {
			at += NLA_ALIGN(size);
			continue;
		}
		name_add(name, set, type);
		if (set == &set_rule)
			*key = type;
		set = set && type < set->n ? set->line[type].nested : NULL;
		if (offset <= at || !set)
			break;
		at += NLA_HDRLEN;
		end = at - NLA_HDRLEN + size;
	}
	if (missing)
		name_add(name, set, missing);
	return name->n;
}
