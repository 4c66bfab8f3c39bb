// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a rule match a request? One row for each key: the kind of its values, the tables it
 * may stand in, and the question it asks. Everything here runs in the decision path:
 * preemption off, RCU read side, no lock, no allocation.
 */
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>
#include "../../kernel-glue/glue.h"
#include "match.h"
#include "../member.h"
#include "policy.h"

#define NS		BIT(NSGUARD_TABLE_NS)
#define CGROUP		BIT(NSGUARD_TABLE_CGROUP)
#define AFFINITY	BIT(NSGUARD_TABLE_AFFINITY)
#define ALL		(NS | CGROUP | AFFINITY)

static enum nsguard_answer answer(bool yes)
{
	return yes ? NSGUARD_YES : NSGUARD_NO;
}

static bool in_ranges(const struct nsguard_match *m, u32 id)
{
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		if (id >= m->range[i].min && id <= m->range[i].max)
			return true;
	}
	return false;
}

/* --- who: by their own credentials, not by those they borrowed (io_uring, opener) --- */

static const struct cred *cred_of(const struct nsguard_request *req)
{
	return req->said ? req->said->cred : current_real_cred();
}

static bool uid(const struct nsguard_request *req, u32 *value)
{
	*value = __kuid_val(cred_of(req)->uid);
	return true;
}

/* The kernel keeps the groups sorted; the first that is not below the range decides. */
static bool group_in(const struct group_info *groups, const struct nsguard_range *range)
{
	int low = 0, high = groups->ngroups;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (__kgid_val(groups->gid[mid]) < range->min)
			low = mid + 1;
		else
			high = mid;
	}
	return low < groups->ngroups && __kgid_val(groups->gid[low]) <= range->max;
}

/* H21: our own search; in_group_p() asks fsgid. */
static enum nsguard_answer gid(const struct nsguard_match *m,
			       const struct nsguard_request *req)
{
	const struct cred *cred = cred_of(req);
	unsigned int i;

	if (in_ranges(m, __kgid_val(cred->gid)))
		return NSGUARD_YES;
	for (i = 0; i < m->n; i++) {
		if (group_in(cred->group_info, &m->range[i]))
			return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

static bool euid(const struct nsguard_request *req, u32 *value)
{
	*value = __kuid_val(cred_of(req)->euid);
	return true;
}

static bool userns(const struct nsguard_request *req, u32 *value)
{
	if (req->said)
		*value = req->said->userns;
	else if (current_real_cred()->user_ns == &init_user_ns)
		*value = NSGUARD_USERNS_INIT;
	else
		*value = NSGUARD_USERNS_OTHER;
	return true;
}

/* H21: cap_raised(); capable() would leave a trace of its use. */
static enum nsguard_answer cap(const struct nsguard_match *m,
			       const struct nsguard_request *req)
{
	const struct cred *cred = cred_of(req);
	unsigned int i, c;

	for (i = 0; i < m->n; i++) {
		for (c = m->range[i].min; c <= min_t(u32, m->range[i].max, CAP_LAST_CAP); c++)
			if (cap_raised(cred->cap_effective, c))
				return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

static bool auid(const struct nsguard_request *req, u32 *value)
{
	*value = req->said ? req->said->auid : __kuid_val(audit_get_loginuid(current));
	return true;
}

static bool pid(const struct nsguard_request *req, u32 *value)
{
	*value = req->said ? req->said->pid : task_tgid_nr(current);
	return true;
}

/* H18: a task without a file, and a rule's path without a file, match nothing. */
static enum nsguard_answer runs(const struct nsguard_match *m, const struct nsguard_exe_seen *exe)
{
	const struct nsguard_exe_id *id;
	unsigned int i;

	for (i = 0; i < m->n && exe->known; i++) {
		id = rcu_dereference(m->exe[i]->id);
		if (id && id->ino == exe->ino && id->dev == exe->dev && id->gen == exe->gen)
			return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

static struct nsguard_exe_seen exe_of(struct task_struct *task)
{
	struct nsguard_exe_seen exe;

	exe.known = nsguard_glue_exe(task, &exe.dev, &exe.ino, &exe.gen);
	return exe;
}

static enum nsguard_answer exe(const struct nsguard_match *m,
			       const struct nsguard_request *req)
{
	const struct nsguard_exe_seen exe = req->said ? req->said->exe : exe_of(current);

	return runs(m, &exe);
}

static enum nsguard_answer at(const struct nsguard_match *m, struct cgroup *cgrp)
{
	unsigned int i;

	if (!cgrp)
		return NSGUARD_UNKNOWN;
	for (i = 0; i < m->n; i++) {
		if (nsguard_pattern_matches(&m->pattern[i], m->relation, cgrp))
			return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

static struct cgroup *cgroup(const struct nsguard_request *req)
{
	return req->said ? req->said->cgroup : task_dfl_cgroup(current);
}

u32 nsguard_subject_inum(const struct nsguard_request *req, enum nsguard_nstype type)
{
	unsigned int i;

	if (!req->said)
		return nsguard_glue_task_inum(current, type);
	/* Those its children get come behind its own. */
	for (i = 0; i < req->said->n_ns; i++)
		if (req->said->ns[i].type == type)
			return req->said->ns[i].inum;
	return 0;
}

/*
 * host is the host itself: a task with all of its namespaces the initial ones. One namespace
 * of its own, and it is in a container of some sort.
 */
static bool in_host(const struct nsguard_request *req)
{
	enum nsguard_nstype type;

	for (type = NSGUARD_NSTYPE_MNT; type <= NSGUARD_NSTYPE_TIME; type++) {
		if (nsguard_subject_inum(req, type) != nsguard_glue_host_inum(type))
			return false;
	}
	return true;
}

static enum nsguard_answer in_ns(const struct nsguard_match *m,
				 const struct nsguard_request *req)
{
	const struct nsguard_nsid *id;
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		id = m->ns[i].id;
		if (m->ns[i].host) {
			if (in_host(req))
				return NSGUARD_YES;
		} else if (!READ_ONCE(id->dead) &&
			   nsguard_subject_inum(req, id->type) == id->inum) {
			return NSGUARD_YES;
		}
	}
	return NSGUARD_NO;
}

/* --- what: the operation --- */

static bool op(const struct nsguard_request *req, u32 *value)
{
	*value = req->op;
	return true;
}

static bool type(const struct nsguard_request *req, u32 *value)
{
	*value = req->ns_type;
	return true;
}

/* The namespace that is entered. One that is being made has no identity a rule could know. */
static enum nsguard_answer target(const struct nsguard_match *m,
				  const struct nsguard_request *req)
{
	const struct nsguard_nsid *id;
	unsigned int i;

	if (req->op != NSGUARD_OP_ENTER || !req->ns_inum)
		return NSGUARD_UNKNOWN;
	for (i = 0; i < m->n; i++) {
		id = m->ns[i].id;
		if (m->ns[i].host) {
			if (req->ns_inum == nsguard_glue_host_inum(req->ns_type))
				return NSGUARD_YES;
		} else if (id->inum == req->ns_inum && id->type == req->ns_type &&
			   !READ_ONCE(id->dead)) {
			return NSGUARD_YES;
		}
	}
	return NSGUARD_NO;
}

static struct cgroup *from(const struct nsguard_request *req)
{
	return req->from;
}

static struct cgroup *to(const struct nsguard_request *req)
{
	return req->to;
}

/*
 * Out of the very node, or the very subtree, that matched: from one docker-*.scope to another
 * leaves the first, from docker-1.scope/a to docker-1.scope/b leaves nothing.
 */
static enum nsguard_answer leaving(const struct nsguard_match *m,
				   const struct nsguard_request *req)
{
	const struct nsguard_pattern *p;
	struct cgroup *scope;
	unsigned int i;

	if (!req->from || !req->to)
		return NSGUARD_UNKNOWN;
	for (i = 0; i < m->n; i++) {
		p = &m->pattern[i];
		if (!nsguard_pattern_matches(p, m->relation, req->from))
			continue;
		scope = req->to;
		if (m->relation == NSGUARD_RELATION_UNDER)
			scope = nsguard_cgroup_at(scope, p->n);
		if (scope != nsguard_cgroup_at(req->from, p->n))
			return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

static enum nsguard_answer compare(const struct nsguard_match *m, const struct cpumask *asked,
				   bool reset)
{
	switch (m->relation) {
	case NSGUARD_RELATION_INTERSECTS:
		return answer(cpumask_intersects(asked, m->mask));
	case NSGUARD_RELATION_SUBSET:
		return answer(cpumask_subset(asked, m->mask));
	case NSGUARD_RELATION_SUPERSET:
		return answer(cpumask_subset(m->mask, asked));
	case NSGUARD_RELATION_EQUALS:
		return answer(cpumask_equal(asked, m->mask));
	case NSGUARD_RELATION_RESET:
		return answer(reset || cpumask_subset(cpu_possible_mask, asked));
	default:
		return NSGUARD_UNKNOWN;
	}
}

static enum nsguard_answer cpus(const struct nsguard_match *m,
				const struct nsguard_request *req)
{
	return req->cpus ? compare(m, req->cpus, req->reset) : NSGUARD_UNKNOWN;
}

static enum nsguard_answer effective_cpus(const struct nsguard_match *m,
					  const struct nsguard_request *req)
{
	return req->effective ? compare(m, req->effective, false) : NSGUARD_UNKNOWN;
}

/* --- whom: the task that is moved or pinned --- */

static bool who(const struct nsguard_request *req, u32 *value)
{
	if (req->said)
		*value = req->said->who;
	else if (!req->target)
		return false;
	/* A child is its maker's own business: so it is where the kernel does not show it. */
	else if (same_thread_group(req->target, current) || nsguard_glue_newborn(req->target))
		*value = NSGUARD_WHO_SELF;
	else
		*value = NSGUARD_WHO_OTHER;
	return true;
}

static bool target_uid(const struct nsguard_request *req, u32 *value)
{
	if (req->said)
		*value = req->said->target_uid;
	else if (req->target)
		*value = __kuid_val(__task_cred(req->target)->uid);
	else
		return false;
	return true;
}

static enum nsguard_answer target_exe(const struct nsguard_match *m,
				      const struct nsguard_request *req)
{
	struct nsguard_exe_seen exe;

	if (!req->said && !req->target)
		return NSGUARD_UNKNOWN;
	exe = req->said ? req->said->target_exe : exe_of(req->target);
	return runs(m, &exe);
}

static struct cgroup *target_cgroup(const struct nsguard_request *req)
{
	struct task_struct *task = req->target;

	if (req->said)
		return req->said->target_cgroup;
	if (!task)
		return NULL;
	/* It is in no cgroup yet, and would come into its maker's. */
	return task_dfl_cgroup(nsguard_glue_newborn(task) ? current : task);
}

/**
 * struct row - a key
 * @kind: its values
 * @tables: bit set of tables it may stand in
 * @value: what a request has to compare with ids or bits; false when the point that asks
 *	cannot tell. Such keys are looked up by it
 * @at: the same for cgroup paths; NULL when it cannot tell
 * @ask: for all others, and where there is more to it: do any of the values match? @m->not is
 *	not its business
 */
static const struct row {
	enum nsguard_kind kind;
	u8 tables;
	bool (*value)(const struct nsguard_request *req, u32 *value);
	struct cgroup *(*at)(const struct nsguard_request *req);
	enum nsguard_answer (*ask)(const struct nsguard_match *m,
				   const struct nsguard_request *req);
} rows[] = {
#define BITS(tables, value)	{ NSGUARD_KIND_BITS, tables, value, NULL, NULL }
#define RANGE(tables, value)	{ NSGUARD_KIND_RANGE, tables, value, NULL, NULL }
#define PATTERN(tables, at)	{ NSGUARD_KIND_PATTERN, tables, NULL, at, NULL }
#define ASK(kind, tables, ask)	{ NSGUARD_KIND_##kind, tables, NULL, NULL, ask }
	[NSGUARD_A_RULE_OP]		= BITS(ALL, op),
	[NSGUARD_A_RULE_TYPE]		= BITS(NS, type),
	[NSGUARD_A_RULE_TARGET]		= ASK(NS, NS, target),
	[NSGUARD_A_RULE_FROM]		= PATTERN(CGROUP, from),
	[NSGUARD_A_RULE_TO]		= PATTERN(CGROUP, to),
	[NSGUARD_A_RULE_LEAVING]	= { NSGUARD_KIND_PATTERN, CGROUP, NULL, from, leaving },
	[NSGUARD_A_RULE_CPUS]		= ASK(MASK, AFFINITY, cpus),
	[NSGUARD_A_RULE_EFFECTIVE_CPUS]	= ASK(MASK, AFFINITY, effective_cpus),
	[NSGUARD_A_RULE_WHO]		= BITS(CGROUP | AFFINITY, who),
	[NSGUARD_A_RULE_TARGET_UID]	= RANGE(CGROUP | AFFINITY, target_uid),
	[NSGUARD_A_RULE_TARGET_EXE]	= ASK(EXE, CGROUP | AFFINITY, target_exe),
	[NSGUARD_A_RULE_TARGET_CGROUP]	= PATTERN(AFFINITY, target_cgroup),
	[NSGUARD_A_RULE_UID]		= RANGE(ALL, uid),
	[NSGUARD_A_RULE_GID]		= ASK(RANGE, ALL, gid),
	[NSGUARD_A_RULE_AUID]		= RANGE(ALL, auid),
	[NSGUARD_A_RULE_PID]		= RANGE(ALL, pid),
	[NSGUARD_A_RULE_EXE]		= ASK(EXE, ALL, exe),
	[NSGUARD_A_RULE_CGROUP]		= PATTERN(ALL, cgroup),
	[NSGUARD_A_RULE_IN_NS]		= ASK(NS, ALL, in_ns),
	[NSGUARD_A_RULE_EUID]		= RANGE(ALL, euid),
	[NSGUARD_A_RULE_USERNS]		= BITS(ALL, userns),
	[NSGUARD_A_RULE_CAP]		= ASK(RANGE, ALL, cap),
};

static_assert(ARRAY_SIZE(rows) <= NSGUARD_KEYS);

enum nsguard_kind nsguard_key_kind(u8 key)
{
	return key < ARRAY_SIZE(rows) ? rows[key].kind : NSGUARD_KIND_NONE;
}

bool nsguard_key_in_table(u8 key, enum nsguard_table table)
{
	return key < ARRAY_SIZE(rows) && (rows[key].tables & BIT(table));
}

bool nsguard_key_has_value(u8 key)
{
	return rows[key].value;
}

bool nsguard_key_value(u8 key, const struct nsguard_request *req, u32 *value)
{
	return rows[key].value(req, value);
}

struct cgroup *nsguard_key_cgroup(u8 key, const struct nsguard_request *req)
{
	return rows[key].at(req);
}

static enum nsguard_answer ask(const struct nsguard_match *m, const struct nsguard_request *req)
{
	const struct row *row = &rows[m->key];
	u32 value;

	if (row->ask)
		return row->ask(m, req);
	if (row->at)
		return at(m, row->at(req));
	if (!row->value(req, &value))
		return NSGUARD_UNKNOWN;
	return answer(row->kind == NSGUARD_KIND_BITS ? m->bits & BIT(value) : in_ranges(m, value));
}

bool nsguard_rule_matches(const struct nsguard_rule *rule, const struct nsguard_request *req)
{
	const struct nsguard_match *m;
	unsigned int i;

	/* lock: into the namespaces of its sandbox. */
	if (rule->sandbox && nsguard_member_of(req->ns_inum) != rule->sandbox->id)
		return false;
	for (i = 0; i < rule->n; i++) {
		m = &rule->match[i];
		if (ask(m, req) != (m->not ? NSGUARD_NO : NSGUARD_YES))
			return false;
	}
	return true;
}
