/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the table of keys in match.c is made of, for those files that have a part of it
 * (match-subject.c, match-object.c) or look rules up by it (index.c, index-build.c), and nobody
 * else.
 *
 * A new key takes four places that look alike: its attribute in uapi/nsguard.yaml (then make
 * regen), its row in match.c with what it asks here, its words and relations in
 * module/netlink/rule-key.c and cli/lang.c, and test variants (selftests/match*.c, lib/model.c).
 */
#ifndef NSGUARD_MATCH_ROW_H
#define NSGUARD_MATCH_ROW_H

#include "../member.h"
#include "match.h"
#include "set.h"

/*
 * All of these are asked in the decision path, inside an RCU read side section, of current or of
 * who is described by req->said. Those that give a value return false, and those that give a
 * cgroup NULL, where the point that asks cannot tell.
 */

static inline enum nsguard_answer nsguard_yes_no(bool yes)
{
	return yes ? NSGUARD_YES : NSGUARD_NO;
}

/* Is @id one of @m's ranges, or in its set? */
static inline bool nsguard_in_ranges(const struct nsguard_match *m,
				     struct nsguard_request *req, u32 id)
{
	unsigned int i;

	if (m->from == NSGUARD_FROM_SET)
		return nsguard_set_has(m->set, req->generation, id);
	for (i = 0; i < m->n; i++) {
		if (id >= m->range[i].min && id <= m->range[i].max)
			return true;
	}
	return false;
}

/*
 * The question of a key that has one value, @value: stands behind it, where the compiler sees both.
 * Its name is that of @value and _in.
 */
#define NSGUARD_ASK_RANGES(value)							\
	enum nsguard_answer value##_in(const struct nsguard_match *m,			\
				       struct nsguard_request *req)		\
	{										\
		u32 id;									\
											\
		if (!(value)(req, &id))							\
			return NSGUARD_UNKNOWN;						\
		return nsguard_yes_no(nsguard_in_ranges(m, req, id));			\
	}
#define NSGUARD_ASK_BITS(value)								\
	enum nsguard_answer value##_in(const struct nsguard_match *m,			\
				       struct nsguard_request *req)		\
	{										\
		u32 bit;								\
											\
		if (!(value)(req, &bit))						\
			return NSGUARD_UNKNOWN;						\
		return nsguard_yes_no(m->bits & BIT(bit));				\
	}
/* And of one that has a path. */
#define NSGUARD_ASK_PATH(at)								\
	enum nsguard_answer at##_in(const struct nsguard_match *m,			\
				    struct nsguard_request *req)			\
	{										\
		return nsguard_is_at(m, (at)(req));					\
	}

/* Is @cgrp (NULL: nobody can tell) at one of @m's paths? */
enum nsguard_answer nsguard_is_at(const struct nsguard_match *m, struct cgroup *cgrp);
/* What @task executes, which may be nothing; and is that one of @m's? */
struct nsguard_exe_seen nsguard_exe_of(struct task_struct *task);
enum nsguard_answer nsguard_runs(const struct nsguard_match *m, const struct nsguard_exe_seen *exe);

/* match-subject.c */
bool nsguard_subject_uid(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_uid_in(const struct nsguard_match *m,
					   struct nsguard_request *req);
enum nsguard_answer nsguard_subject_gid(const struct nsguard_match *m,
					struct nsguard_request *req);
bool nsguard_subject_euid(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_euid_in(const struct nsguard_match *m,
					    struct nsguard_request *req);
bool nsguard_subject_userns(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_userns_in(const struct nsguard_match *m,
					      struct nsguard_request *req);
enum nsguard_answer nsguard_subject_cap(const struct nsguard_match *m,
					struct nsguard_request *req);
bool nsguard_subject_auid(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_auid_in(const struct nsguard_match *m,
					    struct nsguard_request *req);
bool nsguard_subject_pid(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_pid_in(const struct nsguard_match *m,
					   struct nsguard_request *req);
enum nsguard_answer nsguard_subject_exe(const struct nsguard_match *m,
					struct nsguard_request *req);
struct cgroup *nsguard_subject_cgroup(struct nsguard_request *req);
enum nsguard_answer nsguard_subject_cgroup_in(const struct nsguard_match *m,
					      struct nsguard_request *req);
enum nsguard_answer nsguard_subject_in_ns(const struct nsguard_match *m,
					  struct nsguard_request *req);

/* match-object.c */
bool nsguard_object_op(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_op_in(const struct nsguard_match *m,
					 struct nsguard_request *req);
bool nsguard_object_type(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_type_in(const struct nsguard_match *m,
					   struct nsguard_request *req);
enum nsguard_answer nsguard_object_target(const struct nsguard_match *m,
					  struct nsguard_request *req);
bool nsguard_object_target_owner(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_target_owner_in(const struct nsguard_match *m,
						   struct nsguard_request *req);
struct cgroup *nsguard_object_from(struct nsguard_request *req);
enum nsguard_answer nsguard_object_from_in(const struct nsguard_match *m,
					   struct nsguard_request *req);
struct cgroup *nsguard_object_to(struct nsguard_request *req);
enum nsguard_answer nsguard_object_to_in(const struct nsguard_match *m,
					 struct nsguard_request *req);
enum nsguard_answer nsguard_object_leaving(const struct nsguard_match *m,
					   struct nsguard_request *req);
bool nsguard_object_opener_uid(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_opener_uid_in(const struct nsguard_match *m,
						 struct nsguard_request *req);
bool nsguard_object_moves(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_moves_in(const struct nsguard_match *m,
					    struct nsguard_request *req);
bool nsguard_object_same_delegation(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_same_delegation_in(const struct nsguard_match *m,
						      struct nsguard_request *req);
enum nsguard_answer nsguard_object_cpus(const struct nsguard_match *m,
					struct nsguard_request *req);
enum nsguard_answer nsguard_object_effective_cpus(const struct nsguard_match *m,
						  struct nsguard_request *req);
bool nsguard_object_who(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_who_in(const struct nsguard_match *m,
					  struct nsguard_request *req);
bool nsguard_object_target_uid(struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_target_uid_in(const struct nsguard_match *m,
						 struct nsguard_request *req);
enum nsguard_answer nsguard_object_target_exe(const struct nsguard_match *m,
					      struct nsguard_request *req);
struct cgroup *nsguard_object_target_cgroup(struct nsguard_request *req);
enum nsguard_answer nsguard_object_target_cgroup_in(const struct nsguard_match *m,
						    struct nsguard_request *req);

/**
 * struct nsguard_row - a key
 * @kind: its values
 * @tables: bit set of tables it may stand in
 * @value: what a request has to compare with ids or bits; false when the point that asks
 *	cannot tell. Such keys are looked up by it
 * @at: the same for cgroup paths; NULL when it cannot tell
 * @ask: do any of the values match? @m->not is not its business
 */
struct nsguard_row {
	enum nsguard_kind kind;
	u8 tables;
	bool (*value)(struct nsguard_request *req, u32 *value);
	struct cgroup *(*at)(struct nsguard_request *req);
	enum nsguard_answer (*ask)(const struct nsguard_match *m,
				   struct nsguard_request *req);
};

extern const struct nsguard_row nsguard_rows[];	/* match.c's, by key */

/* nsguard_rule_matches(), for where every instruction counts. */
static __always_inline bool nsguard_matches(const struct nsguard_rule *rule,
					    struct nsguard_request *req)
{
	const struct nsguard_match *m = rule->match;
	unsigned int n;

	/* lock: into the namespaces of its sandbox. */
	if (unlikely(nsguard_rule_sandbox(rule)) &&
	    nsguard_member_of(req->ns_inum) != rule->extra->sandbox->id)
		return false;
	for (n = rule->n; n; n--, m++) {
		/* Said by the rule's operations, which whoever calls has looked at. */
		if (m->key == NSGUARD_A_RULE_OP)
			continue;
		if (nsguard_rows[m->key].ask(m, req) != (m->not ? NSGUARD_NO : NSGUARD_YES))
			return false;
	}
	return true;
}

#endif
