// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a rule match a request? One row for each key: the kind of its values, the tables it
 * may stand in, and the question it asks. Everything here runs in the decision path:
 * preemption off, RCU read side, no lock, no allocation.
 */
#include <linux/cgroup.h>
#include "../../kernel-glue/glue.h"
#include "match-row.h"
#include "policy.h"

#define NS		BIT(NSGUARD_TABLE_NS)
#define CGROUP		BIT(NSGUARD_TABLE_CGROUP)
#define AFFINITY	BIT(NSGUARD_TABLE_AFFINITY)
#define ALL		(NS | CGROUP | AFFINITY)

/* H18: a task without a file, and a rule's path without a file, match nothing. */
enum nsguard_answer nsguard_runs(const struct nsguard_match *m, const struct nsguard_exe_seen *exe)
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

struct nsguard_exe_seen nsguard_exe_of(struct task_struct *task)
{
	struct nsguard_exe_seen exe;

	exe.known = nsguard_glue_exe(task, &exe.dev, &exe.ino, &exe.gen);
	return exe;
}

enum nsguard_answer nsguard_is_at(const struct nsguard_match *m, struct cgroup *cgrp)
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

const struct nsguard_row nsguard_rows[] = {
#define BITS(tables, value)	{ NSGUARD_KIND_BITS, tables, value, NULL, value##_in }
#define RANGE(tables, value)	{ NSGUARD_KIND_RANGE, tables, value, NULL, value##_in }
#define PATTERN(tables, at)	{ NSGUARD_KIND_PATTERN, tables, NULL, at, at##_in }
#define ASK(kind, tables, ask)	{ NSGUARD_KIND_##kind, tables, NULL, NULL, ask }
	[NSGUARD_A_RULE_OP]		= BITS(ALL, nsguard_object_op),
	[NSGUARD_A_RULE_TYPE]		= BITS(NS, nsguard_object_type),
	[NSGUARD_A_RULE_TARGET]		= ASK(NS, NS, nsguard_object_target),
	[NSGUARD_A_RULE_FROM]		= PATTERN(CGROUP, nsguard_object_from),
	[NSGUARD_A_RULE_TO]		= PATTERN(CGROUP, nsguard_object_to),
	[NSGUARD_A_RULE_LEAVING]	= { NSGUARD_KIND_PATTERN, CGROUP, NULL, nsguard_object_from,
					    nsguard_object_leaving },
	[NSGUARD_A_RULE_CPUS]		= ASK(MASK, AFFINITY, nsguard_object_cpus),
	[NSGUARD_A_RULE_EFFECTIVE_CPUS]	= ASK(MASK, AFFINITY, nsguard_object_effective_cpus),
	[NSGUARD_A_RULE_WHO]		= BITS(CGROUP | AFFINITY, nsguard_object_who),
	[NSGUARD_A_RULE_TARGET_UID]	= RANGE(CGROUP | AFFINITY, nsguard_object_target_uid),
	[NSGUARD_A_RULE_TARGET_EXE]	= ASK(EXE, CGROUP | AFFINITY, nsguard_object_target_exe),
	[NSGUARD_A_RULE_TARGET_CGROUP]	= PATTERN(AFFINITY, nsguard_object_target_cgroup),
	[NSGUARD_A_RULE_UID]		= RANGE(ALL, nsguard_subject_uid),
	[NSGUARD_A_RULE_GID]		= ASK(RANGE, ALL, nsguard_subject_gid),
	[NSGUARD_A_RULE_AUID]		= RANGE(ALL, nsguard_subject_auid),
	[NSGUARD_A_RULE_PID]		= RANGE(ALL, nsguard_subject_pid),
	[NSGUARD_A_RULE_EXE]		= ASK(EXE, ALL, nsguard_subject_exe),
	[NSGUARD_A_RULE_CGROUP]		= PATTERN(ALL, nsguard_subject_cgroup),
	[NSGUARD_A_RULE_IN_NS]		= ASK(NS, ALL, nsguard_subject_in_ns),
	[NSGUARD_A_RULE_EUID]		= RANGE(ALL, nsguard_subject_euid),
	[NSGUARD_A_RULE_USERNS]		= BITS(ALL, nsguard_subject_userns),
	[NSGUARD_A_RULE_CAP]		= ASK(RANGE, ALL, nsguard_subject_cap),
	[NSGUARD_A_RULE_TARGET_OWNER]	= RANGE(NS, nsguard_object_target_owner),
	[NSGUARD_A_RULE_OPENER_UID]	= RANGE(CGROUP, nsguard_object_opener_uid),
	[NSGUARD_A_RULE_MOVES]		= BITS(CGROUP, nsguard_object_moves),
	[NSGUARD_A_RULE_SAME_DELEGATION] = BITS(CGROUP, nsguard_object_same_delegation),
};

static_assert(ARRAY_SIZE(nsguard_rows) <= NSGUARD_KEYS);

enum nsguard_kind nsguard_key_kind(u8 key)
{
	return key < ARRAY_SIZE(nsguard_rows) ? nsguard_rows[key].kind : NSGUARD_KIND_NONE;
}

bool nsguard_key_in_table(u8 key, enum nsguard_table table)
{
	return key < ARRAY_SIZE(nsguard_rows) && (nsguard_rows[key].tables & BIT(table));
}

bool nsguard_rule_matches(const struct nsguard_rule *rule, struct nsguard_request *req)
{
	return nsguard_matches(rule, req);
}
