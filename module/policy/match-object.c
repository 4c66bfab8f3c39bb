// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of what is done, and to whom: what a request says of its object. Called through the table
 * in match.c only, in the decision path.
 */
#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include "match-row.h"

/* --- the operation --- */

bool nsguard_object_op(struct nsguard_request *req, u32 *value)
{
	*value = req->op;
	return true;
}

NSGUARD_ASK_BITS(nsguard_object_op)

bool nsguard_object_type(struct nsguard_request *req, u32 *value)
{
	*value = req->ns_type;
	return true;
}

NSGUARD_ASK_BITS(nsguard_object_type)

/* Of pid and time: the one it is in itself, whichever its children will be in. */
bool nsguard_object_is_same(struct nsguard_request *req)
{
	return req->ns_inum == nsguard_subject_inum(req, req->ns_type);
}

static bool is_named(u8 named, struct nsguard_request *req)
{
	switch (named) {
	case NSGUARD_A_NS_HOST:
		return req->ns_inum == nsguard_glue_host_inum(req->ns_type);
	case NSGUARD_A_NS_SAME:
		return nsguard_object_is_same(req);
	default:
		return !nsguard_object_is_same(req);
	}
}

/* The namespace that is entered. One that is being made has no identity a rule could know. */
enum nsguard_answer nsguard_object_target(const struct nsguard_match *m,
					  struct nsguard_request *req)
{
	const struct nsguard_nsid *id;
	unsigned int i;

	if (req->op != NSGUARD_OP_ENTER || !req->ns_inum)
		return NSGUARD_UNKNOWN;
	for (i = 0; i < m->n; i++) {
		id = m->ns[i].id;
		if (m->ns[i].named) {
			if (is_named(m->ns[i].named, req))
				return NSGUARD_YES;
		} else if (id->inum == req->ns_inum && id->type == req->ns_type &&
			   !READ_ONCE(id->dead)) {
			return NSGUARD_YES;
		}
	}
	return NSGUARD_NO;
}

/* H11: while a namespace is being made nobody owns it yet. */
bool nsguard_object_target_owner(struct nsguard_request *req, u32 *value)
{
	if (req->op != NSGUARD_OP_ENTER)
		return false;
	*value = req->said ? req->said->target_owner : nsguard_glue_ns_owner(req->ns);
	return true;
}

NSGUARD_ASK_RANGES(nsguard_object_target_owner)

struct cgroup *nsguard_object_from(struct nsguard_request *req)
{
	return req->from;
}

NSGUARD_ASK_PATH(nsguard_object_from)

struct cgroup *nsguard_object_to(struct nsguard_request *req)
{
	return req->to;
}

NSGUARD_ASK_PATH(nsguard_object_to)

/*
 * Out of the very node, or the very subtree, that matched: from one docker-*.scope to another
 * leaves the first, from docker-1.scope/a to docker-1.scope/b leaves nothing.
 */
enum nsguard_answer nsguard_object_leaving(const struct nsguard_match *m,
					   struct nsguard_request *req)
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

/*
 * H12: who opened the file is not who writes to it. The kernel asks whether the opener may, and so
 * can a rule; a v1 hierarchy does not show him.
 */
bool nsguard_object_opener_uid(struct nsguard_request *req, u32 *value)
{
	*value = req->opener_uid;
	return req->opener_known;
}

NSGUARD_ASK_RANGES(nsguard_object_opener_uid)

bool nsguard_object_moves(struct nsguard_request *req, u32 *value)
{
	*value = req->threadgroup ? NSGUARD_MOVES_PROCESS : NSGUARD_MOVES_THREAD;
	return true;
}

NSGUARD_ASK_BITS(nsguard_object_moves)

/* Where the cgroup namespace of who acts begins. */
static struct cgroup *namespace_root(struct nsguard_request *req)
{
	if (req->said)
		return req->said->cgroup_root;
	return current->nsproxy->cgroup_ns->root_cset->dfl_cgrp;
}

/*
 * Is @cgrp delegated, or below one that is? The kernel knows two sorts of boundaries: directories
 * that belong to another user, who can write there and not above; and, if the hierarchy says so,
 * the roots of cgroup namespaces.
 */
static bool is_delegated(struct cgroup *cgrp, struct nsguard_request *req)
{
	struct cgroup *root = namespace_root(req);
	int level;

	if ((cgrp_dfl_root.flags & CGRP_ROOT_NS_DELEGATE) && root->level &&
	    cgroup_is_descendant(cgrp, root))
		return true;
	for (level = 1; level <= cgrp->level; level++) {
		if (nsguard_glue_cgroup_owner(nsguard_cgroup_at(cgrp, level)))
			return true;
	}
	return false;
}

/*
 * What the kernel asks of a move is whether it may be made at the nearest cgroup above both ends,
 * so that is where the question is put here.
 */
bool nsguard_object_same_delegation(struct nsguard_request *req, u32 *value)
{
	struct cgroup *above = req->from;

	if (!req->from || !req->to || req->v1)
		return false;
	if (nsguard_request_reads(req, NSGUARD_READ_DELEGATION)) {
		while (!cgroup_is_descendant(req->to, above))
			above = cgroup_parent(above);
		req->delegated = is_delegated(above, req);
	}
	*value = req->delegated ? NSGUARD_SAME_DELEGATION_YES : NSGUARD_SAME_DELEGATION_NO;
	return true;
}

NSGUARD_ASK_BITS(nsguard_object_same_delegation)

static enum nsguard_answer compare(const struct nsguard_match *m, const struct cpumask *asked,
				   bool reset)
{
	switch (m->relation) {
	case NSGUARD_RELATION_INTERSECTS:
		return nsguard_yes_no(cpumask_intersects(asked, m->mask));
	case NSGUARD_RELATION_SUBSET:
		return nsguard_yes_no(cpumask_subset(asked, m->mask));
	case NSGUARD_RELATION_SUPERSET:
		return nsguard_yes_no(cpumask_subset(m->mask, asked));
	case NSGUARD_RELATION_EQUALS:
		return nsguard_yes_no(cpumask_equal(asked, m->mask));
	case NSGUARD_RELATION_RESET:
		return nsguard_yes_no(reset || cpumask_subset(cpu_possible_mask, asked));
	default:
		return NSGUARD_UNKNOWN;
	}
}

enum nsguard_answer nsguard_object_cpus(const struct nsguard_match *m,
					struct nsguard_request *req)
{
	return req->cpus ? compare(m, req->cpus, req->reset) : NSGUARD_UNKNOWN;
}

enum nsguard_answer nsguard_object_effective_cpus(const struct nsguard_match *m,
						  struct nsguard_request *req)
{
	return req->effective ? compare(m, req->effective, false) : NSGUARD_UNKNOWN;
}

/* --- the task that is moved or pinned --- */

bool nsguard_object_who(struct nsguard_request *req, u32 *value)
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

NSGUARD_ASK_BITS(nsguard_object_who)

bool nsguard_object_target_uid(struct nsguard_request *req, u32 *value)
{
	if (req->said) {
		*value = req->said->target_uid;
		return true;
	}
	if (!req->target)
		return false;
	if (nsguard_request_reads(req, NSGUARD_READ_TARGET_UID))
		req->target_uid = __kuid_val(__task_cred(req->target)->uid);
	*value = req->target_uid;
	return true;
}

NSGUARD_ASK_RANGES(nsguard_object_target_uid)

enum nsguard_answer nsguard_object_target_exe(const struct nsguard_match *m,
					      struct nsguard_request *req)
{
	if (req->said)
		return nsguard_runs(m, &req->said->target_exe);
	if (!req->target)
		return NSGUARD_UNKNOWN;
	if (same_thread_group(req->target, current))
		return nsguard_subject_exe(m, req);
	if (nsguard_request_reads(req, NSGUARD_READ_TARGET_EXE))
		req->target_exe = nsguard_exe_of(req->target);
	return nsguard_runs(m, &req->target_exe);
}

struct cgroup *nsguard_object_target_cgroup(struct nsguard_request *req)
{
	struct task_struct *task = req->target;

	if (req->said)
		return req->said->target_cgroup;
	if (!task)
		return NULL;
	/* A child is in no cgroup yet, and would come into its maker's. */
	if (task == current || nsguard_glue_newborn(task))
		return nsguard_request_cgroup(req);
	if (nsguard_request_reads(req, NSGUARD_READ_TARGET_CGROUP))
		req->target_cgroup = task_dfl_cgroup(task);
	return req->target_cgroup;
}

NSGUARD_ASK_PATH(nsguard_object_target_cgroup)
