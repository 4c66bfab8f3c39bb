// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a rule match a request? One row for each key: the kind of its values, the tables it
 * may stand in, and the question it asks. Everything here runs in the decision path:
 * preemption off, RCU read side, no lock, no allocation.
 */
#include <linux/audit.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>
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

/* --- who: current, by its own credentials, not by those it borrowed (io_uring, opener) --- */

static enum nsguard_answer uid(const struct nsguard_match *m,
			       const struct nsguard_request *req)
{
	return answer(in_ranges(m, __kuid_val(current_real_cred()->uid)));
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
	const struct cred *cred = current_real_cred();
	unsigned int i;

	if (in_ranges(m, __kgid_val(cred->gid)))
		return NSGUARD_YES;
	for (i = 0; i < m->n; i++) {
		if (group_in(cred->group_info, &m->range[i]))
			return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

static enum nsguard_answer auid(const struct nsguard_match *m,
				const struct nsguard_request *req)
{
	return answer(in_ranges(m, __kuid_val(audit_get_loginuid(current))));
}

static enum nsguard_answer pid(const struct nsguard_match *m,
			       const struct nsguard_request *req)
{
	return answer(in_ranges(m, task_tgid_nr(current)));
}

/* H18: a task without a file, and a rule's path without a file, match nothing. */
static enum nsguard_answer runs(const struct nsguard_match *m, struct task_struct *task)
{
	const struct nsguard_exe_id *id;
	unsigned int i;
	dev_t dev;
	u64 ino;
	u32 gen;

	if (!nsguard_glue_exe(task, &dev, &ino, &gen))
		return NSGUARD_NO;
	for (i = 0; i < m->n; i++) {
		id = rcu_dereference(m->exe[i]->id);
		if (id && id->ino == ino && id->dev == dev && id->gen == gen)
			return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

static enum nsguard_answer exe(const struct nsguard_match *m,
			       const struct nsguard_request *req)
{
	return runs(m, current);
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

static enum nsguard_answer cgroup(const struct nsguard_match *m,
				  const struct nsguard_request *req)
{
	return at(m, task_dfl_cgroup(current));
}

/*
 * host is the host itself: a task with all of its namespaces the initial ones. One namespace
 * of its own, and it is in a container of some sort.
 */
static bool in_host(struct task_struct *task)
{
	enum nsguard_nstype type;

	for (type = NSGUARD_NSTYPE_MNT; type <= NSGUARD_NSTYPE_TIME; type++) {
		if (nsguard_glue_task_inum(task, type) != nsguard_glue_host_inum(type))
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
			if (in_host(current))
				return NSGUARD_YES;
		} else if (!READ_ONCE(id->dead) &&
			   nsguard_glue_task_inum(current, id->type) == id->inum) {
			return NSGUARD_YES;
		}
	}
	return NSGUARD_NO;
}

/* --- what: the operation --- */

static enum nsguard_answer op(const struct nsguard_match *m,
			      const struct nsguard_request *req)
{
	return answer(m->bits & BIT(req->op));
}

static enum nsguard_answer type(const struct nsguard_match *m,
				const struct nsguard_request *req)
{
	return answer(m->bits & BIT(req->ns_type));
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

static enum nsguard_answer from(const struct nsguard_match *m,
				const struct nsguard_request *req)
{
	return at(m, req->from);
}

static enum nsguard_answer to(const struct nsguard_match *m,
			      const struct nsguard_request *req)
{
	return at(m, req->to);
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

static enum nsguard_answer who(const struct nsguard_match *m,
			       const struct nsguard_request *req)
{
	enum nsguard_who who;

	if (!req->target)
		return NSGUARD_UNKNOWN;
	/* A child is its maker's own business: so it is where the kernel does not show it. */
	who = same_thread_group(req->target, current) || nsguard_glue_newborn(req->target) ?
	      NSGUARD_WHO_SELF : NSGUARD_WHO_OTHER;
	return answer(m->bits & BIT(who));
}

static enum nsguard_answer target_uid(const struct nsguard_match *m,
				      const struct nsguard_request *req)
{
	if (!req->target)
		return NSGUARD_UNKNOWN;
	return answer(in_ranges(m, __kuid_val(__task_cred(req->target)->uid)));
}

static enum nsguard_answer target_exe(const struct nsguard_match *m,
				      const struct nsguard_request *req)
{
	return req->target ? runs(m, req->target) : NSGUARD_UNKNOWN;
}

static enum nsguard_answer target_cgroup(const struct nsguard_match *m,
					 const struct nsguard_request *req)
{
	struct task_struct *task = req->target;

	if (!task)
		return NSGUARD_UNKNOWN;
	/* It is in no cgroup yet, and would come into its maker's. */
	return at(m, task_dfl_cgroup(nsguard_glue_newborn(task) ? current : task));
}

/**
 * struct row - a key
 * @kind: its values
 * @tables: bit set of tables it may stand in
 * @ask: do any of the values match? @m->not is not its business
 */
static const struct row {
	enum nsguard_kind kind;
	u8 tables;
	enum nsguard_answer (*ask)(const struct nsguard_match *m,
				   const struct nsguard_request *req);
} rows[] = {
	[NSGUARD_A_RULE_OP]		= { NSGUARD_KIND_BITS, ALL, op },
	[NSGUARD_A_RULE_TYPE]		= { NSGUARD_KIND_BITS, NS, type },
	[NSGUARD_A_RULE_TARGET]		= { NSGUARD_KIND_NS, NS, target },
	[NSGUARD_A_RULE_FROM]		= { NSGUARD_KIND_PATTERN, CGROUP, from },
	[NSGUARD_A_RULE_TO]		= { NSGUARD_KIND_PATTERN, CGROUP, to },
	[NSGUARD_A_RULE_LEAVING]	= { NSGUARD_KIND_PATTERN, CGROUP, leaving },
	[NSGUARD_A_RULE_CPUS]		= { NSGUARD_KIND_MASK, AFFINITY, cpus },
	[NSGUARD_A_RULE_EFFECTIVE_CPUS]	= { NSGUARD_KIND_MASK, AFFINITY, effective_cpus },
	[NSGUARD_A_RULE_WHO]		= { NSGUARD_KIND_BITS, CGROUP | AFFINITY, who },
	[NSGUARD_A_RULE_TARGET_UID]	= { NSGUARD_KIND_RANGE, CGROUP | AFFINITY, target_uid },
	[NSGUARD_A_RULE_TARGET_EXE]	= { NSGUARD_KIND_EXE, CGROUP | AFFINITY, target_exe },
	[NSGUARD_A_RULE_TARGET_CGROUP]	= { NSGUARD_KIND_PATTERN, AFFINITY, target_cgroup },
	[NSGUARD_A_RULE_UID]		= { NSGUARD_KIND_RANGE, ALL, uid },
	[NSGUARD_A_RULE_GID]		= { NSGUARD_KIND_RANGE, ALL, gid },
	[NSGUARD_A_RULE_AUID]		= { NSGUARD_KIND_RANGE, ALL, auid },
	[NSGUARD_A_RULE_PID]		= { NSGUARD_KIND_RANGE, ALL, pid },
	[NSGUARD_A_RULE_EXE]		= { NSGUARD_KIND_EXE, ALL, exe },
	[NSGUARD_A_RULE_CGROUP]		= { NSGUARD_KIND_PATTERN, ALL, cgroup },
	[NSGUARD_A_RULE_IN_NS]		= { NSGUARD_KIND_NS, ALL, in_ns },
};

enum nsguard_kind nsguard_key_kind(u8 key)
{
	return key < ARRAY_SIZE(rows) ? rows[key].kind : NSGUARD_KIND_NONE;
}

bool nsguard_key_in_table(u8 key, enum nsguard_table table)
{
	return key < ARRAY_SIZE(rows) && (rows[key].tables & BIT(table));
}

bool nsguard_rule_matches(const struct nsguard_rule *rule, const struct nsguard_request *req)
{
	const struct nsguard_match *m;
	enum nsguard_answer a;
	unsigned int i;

	/* lock: into the namespaces of its sandbox. */
	if (rule->sandbox && nsguard_member_of(req->ns_inum) != rule->sandbox->id)
		return false;
	for (i = 0; i < rule->n; i++) {
		m = &rule->match[i];
		a = rows[m->key].ask(m, req);
		if (a != (m->not ? NSGUARD_NO : NSGUARD_YES))
			return false;
	}
	return true;
}
