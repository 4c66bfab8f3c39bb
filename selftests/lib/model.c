// SPDX-License-Identifier: GPL-2.0-only
/*
 * The naive model, see model.h. Slow on purpose: what cannot be seen to be right at a glance does
 * not belong here.
 */
#include <stdlib.h>
#include <string.h>
#include "model.h"

static bool in_ranges(const struct nsg_match *m, uint32_t id)
{
	for (int i = 0; i < m->ranges; i++)
		if (m->range[i][0] <= id && id <= m->range[i][1])
			return true;
	return false;
}

/* One name against one component with stars. */
static bool name_matches(const char *pattern, size_t n, const char *name, size_t len)
{
	if (!n)
		return !len;
	if (*pattern == '*')
		return name_matches(pattern + 1, n - 1, name, len) ||
		       (len && name_matches(pattern, n, name + 1, len - 1));
	return len && *pattern == *name && name_matches(pattern + 1, n - 1, name + 1, len - 1);
}

/*
 * Bytes of @path that @pattern matches: all of it for "is", and for "under" as many components as
 * the pattern has. -1 when it does not match.
 */
static int matched(const char *pattern, const char *path, bool under)
{
	const char *p = pattern, *s = path;

	/* "/" has no component at all. */
	if (!p[1])
		p++;
	if (!s[1])
		s++;
	while (*p && *s) {
		size_t n = strcspn(p + 1, "/"), len = strcspn(s + 1, "/");

		if (!name_matches(p + 1, n, s + 1, len))
			return -1;
		p += n + 1;
		s += len + 1;
	}
	if (*p || (*s && !under))
		return -1;
	return (int)(s - path);
}

static bool is_under(const struct nsg_match *m)
{
	return m->relation == NSGUARD_RELATION_UNDER + 1;
}

static int at(const struct nsg_match *m, const char *path)
{
	if (!path)
		return -1;
	for (int i = 0; i < NSG_VALUES && m->path[i]; i++)
		if (matched(m->path[i], path, is_under(m)) >= 0)
			return 1;
	return 0;
}

/* Out of the node, or the subtree, that the path matched. */
static int leaving(const struct nsg_match *m, const char *from, const char *to)
{
	if (!from || !to)
		return -1;
	for (int i = 0; i < NSG_VALUES && m->path[i]; i++) {
		int n = matched(m->path[i], from, is_under(m));

		if (n < 0)
			continue;
		if (!is_under(m) && strcmp(from, to))
			return 1;
		if (is_under(m) && (strncmp(from, to, n) || (n > 1 && to[n] && to[n] != '/')))
			return 1;
	}
	return 0;
}

/* Is a delegated cgroup, or one below it, above both or the very one? */
static int same_delegation(const struct model_request *req)
{
	for (const char *const *d = req->delegated; *d; d++) {
		size_t n = strlen(*d);

		if (!strncmp(*d, req->from, n) && (!req->from[n] || req->from[n] == '/') &&
		    !strncmp(*d, req->to, n) && (!req->to[n] || req->to[n] == '/'))
			return 1;
	}
	return 0;
}

static int runs(const struct nsg_match *m, const char *exe)
{
	for (int i = 0; i < NSG_VALUES && m->path[i]; i++)
		if (!strcmp(m->path[i], exe))
			return 1;
	return 0;
}

static int cpus(const struct nsg_match *m, uint64_t mask, const struct model_request *req)
{
	switch (m->relation - 1) {
	case NSGUARD_RELATION_INTERSECTS:
		return !!(mask & m->mask);
	case NSGUARD_RELATION_SUBSET:
		return !(mask & ~m->mask);
	case NSGUARD_RELATION_SUPERSET:
		return !(m->mask & ~mask);
	case NSGUARD_RELATION_EQUALS:
		return mask == m->mask;
	default:
		return !(req->possible & ~mask);
	}
}

static int gids(const struct nsg_match *m, const struct model_request *req)
{
	for (unsigned int i = 0; i < req->gids; i++)
		if (in_ranges(m, req->gid[i]))
			return 1;
	return 0;
}

static int caps(const struct nsg_match *m, const struct model_request *req)
{
	for (int c = 0; c < 64; c++)
		if ((req->cap >> c & 1) && in_ranges(m, c))
			return 1;
	return 0;
}

/* The namespaces a rule names are uts ones, so that is the type in question. */
static int in_ns(const struct model_rule *r, unsigned int i, const struct model_request *req)
{
	const struct nsg_match *m = &r->rule.m[i];
	bool host = true;

	for (int type = 0; type < 8; type++)
		host = host && !req->in_ns[type];
	if (m->kind == NSG_HOST)
		return host;
	for (int v = 0; v < m->fds; v++)
		if (r->ns[i][v] == req->in_ns[NSGUARD_NSTYPE_UTS])
			return 1;
	return 0;
}

static int target(const struct model_rule *r, unsigned int i, const struct model_request *req)
{
	const struct nsg_match *m = &r->rule.m[i];

	if (req->op != NSGUARD_OP_ENTER)
		return -1;
	if (m->kind == NSG_HOST)
		return !req->target;
	if ((m->named & NSG_BIT(NSGUARD_A_NS_SAME)) && req->target == req->in_ns[req->type])
		return 1;
	if ((m->named & NSG_BIT(NSGUARD_A_NS_OTHER)) && req->target != req->in_ns[req->type])
		return 1;
	for (int v = 0; v < m->fds; v++)
		if (r->ns[i][v] == req->target && req->type == NSGUARD_NSTYPE_UTS)
			return 1;
	return 0;
}

int model_match(const struct model_rule *r, unsigned int i, const struct model_request *req)
{
	const struct nsg_match *m = &r->rule.m[i];

	switch (m->key) {
	case NSGUARD_A_RULE_OP:
		return m->bits >> req->op & 1;
	case NSGUARD_A_RULE_TYPE:
		return m->bits >> req->type & 1;
	case NSGUARD_A_RULE_WHO:
		return m->bits >> req->who & 1;
	case NSGUARD_A_RULE_USERNS:
		return m->bits >> req->userns & 1;
	case NSGUARD_A_RULE_UID:
		return in_ranges(m, req->uid);
	case NSGUARD_A_RULE_EUID:
		return in_ranges(m, req->euid);
	case NSGUARD_A_RULE_AUID:
		return in_ranges(m, req->auid);
	case NSGUARD_A_RULE_PID:
		return in_ranges(m, req->pid);
	case NSGUARD_A_RULE_TARGET_UID:
		return in_ranges(m, req->target_uid);
	case NSGUARD_A_RULE_GID:
		return gids(m, req);
	case NSGUARD_A_RULE_CAP:
		return caps(m, req);
	case NSGUARD_A_RULE_EXE:
		return runs(m, req->exe);
	case NSGUARD_A_RULE_TARGET_EXE:
		return runs(m, req->target_exe);
	case NSGUARD_A_RULE_CGROUP:
		return at(m, req->cgroup);
	case NSGUARD_A_RULE_TARGET_CGROUP:
		return at(m, req->target_cgroup);
	case NSGUARD_A_RULE_FROM:
		return at(m, req->from);
	case NSGUARD_A_RULE_TO:
		return at(m, req->to);
	case NSGUARD_A_RULE_LEAVING:
		return leaving(m, req->from, req->to);
	case NSGUARD_A_RULE_CPUS:
		return cpus(m, req->mask, req);
	case NSGUARD_A_RULE_EFFECTIVE_CPUS:
		return cpus(m, req->effective, req);
	case NSGUARD_A_RULE_IN_NS:
		return in_ns(r, i, req);
	case NSGUARD_A_RULE_TARGET:
		return target(r, i, req);
	case NSGUARD_A_RULE_OPENER_UID:
		return in_ranges(m, req->opener_uid);
	case NSGUARD_A_RULE_MOVES:
		return m->bits >> req->moves & 1;
	case NSGUARD_A_RULE_SAME_DELEGATION:
		return m->bits >> same_delegation(req) & 1;
	case NSGUARD_A_RULE_TARGET_OWNER:
		return req->op == NSGUARD_OP_ENTER ? in_ranges(m, req->target_owner) : -1;
	}
	abort();
}

static bool is_about(const struct model_rule *r, const struct model_request *req)
{
	/* cpuset moves are judged only by rules that name them (H15). */
	if (req->op != NSGUARD_OP_CPUSET)
		return true;
	for (unsigned int i = 0; i < NSG_MATCHES && r->rule.m[i].kind != NSG_NONE; i++)
		if (r->rule.m[i].key == NSGUARD_A_RULE_OP)
			return !r->rule.m[i].negated;	/* "not that one" names no other */
	return false;
}

static bool into_box(const struct model_request *req)
{
	return req->op == NSGUARD_OP_ENTER && req->type == NSGUARD_NSTYPE_UTS && req->box &&
	       req->target == req->box;
}

bool model_locked(const struct model_request *req)
{
	return req->op == NSGUARD_OP_ENTER && req->box &&
	       req->in_ns[NSGUARD_NSTYPE_UTS] == req->box && !into_box(req);
}

bool model_matches(const struct model_rule *r, const struct model_request *req)
{
	if (r->rule.table != req->table || !is_about(r, req))
		return false;
	/* lock is about the way into its sandbox only. */
	if (r->rule.verdict == NSGUARD_VERDICT_LOCK && !into_box(req))
		return false;
	for (unsigned int i = 0; i < NSG_MATCHES && r->rule.m[i].kind != NSG_NONE; i++)
		if (model_match(r, i, req) != !r->rule.m[i].negated)
			return false;
	return true;
}

/* Does @a decide before @b? */
static bool before(const struct model_rule *a, const struct model_rule *b)
{
	if (a->rule.priority != b->rule.priority)
		return a->rule.priority < b->rule.priority;
	if (a->rule.verdict != b->rule.verdict)
		return a->rule.verdict == NSGUARD_VERDICT_DENY ||
		       (a->rule.verdict == NSGUARD_VERDICT_LOCK &&
			b->rule.verdict == NSGUARD_VERDICT_ALLOW);
	return a->handle < b->handle;
}

const struct model_rule *model_decide(const struct model_rule *rule, unsigned int n,
				      const struct model_request *req)
{
	const struct model_rule *best = NULL;

	for (unsigned int i = 0; i < n; i++)
		if (!rule[i].rule.dry_run && model_matches(&rule[i], req) &&
		    (!best || before(&rule[i], best)))
			best = &rule[i];
	return best;
}
