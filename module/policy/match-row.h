/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the table of keys in match.c is made of, for those files that have a part of it
 * (match-subject.c, match-object.c), and nobody else.
 *
 * A new key takes four places that look alike: its attribute in uapi/nsguard.yaml (then make
 * regen), its row in match.c with what it asks here, its words and relations in
 * module/netlink/rule-key.c and cli/lang.c, and test variants (selftests/match*.c, lib/model.c).
 */
#ifndef NSGUARD_MATCH_ROW_H
#define NSGUARD_MATCH_ROW_H

#include "match.h"

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
bool nsguard_in_ranges(const struct nsguard_match *m, const struct nsguard_request *req, u32 id);
/* What @task executes, which may be nothing; and is that one of @m's? */
struct nsguard_exe_seen nsguard_exe_of(struct task_struct *task);
enum nsguard_answer nsguard_runs(const struct nsguard_match *m, const struct nsguard_exe_seen *exe);

/* match-subject.c */
bool nsguard_subject_uid(const struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_gid(const struct nsguard_match *m,
					const struct nsguard_request *req);
bool nsguard_subject_euid(const struct nsguard_request *req, u32 *value);
bool nsguard_subject_userns(const struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_cap(const struct nsguard_match *m,
					const struct nsguard_request *req);
bool nsguard_subject_auid(const struct nsguard_request *req, u32 *value);
bool nsguard_subject_pid(const struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_subject_exe(const struct nsguard_match *m,
					const struct nsguard_request *req);
struct cgroup *nsguard_subject_cgroup(const struct nsguard_request *req);
enum nsguard_answer nsguard_subject_in_ns(const struct nsguard_match *m,
					  const struct nsguard_request *req);

/* match-object.c */
bool nsguard_object_op(const struct nsguard_request *req, u32 *value);
bool nsguard_object_type(const struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_target(const struct nsguard_match *m,
					  const struct nsguard_request *req);
bool nsguard_object_target_owner(const struct nsguard_request *req, u32 *value);
struct cgroup *nsguard_object_from(const struct nsguard_request *req);
struct cgroup *nsguard_object_to(const struct nsguard_request *req);
enum nsguard_answer nsguard_object_leaving(const struct nsguard_match *m,
					   const struct nsguard_request *req);
bool nsguard_object_opener_uid(const struct nsguard_request *req, u32 *value);
bool nsguard_object_moves(const struct nsguard_request *req, u32 *value);
bool nsguard_object_same_delegation(const struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_cpus(const struct nsguard_match *m,
					const struct nsguard_request *req);
enum nsguard_answer nsguard_object_effective_cpus(const struct nsguard_match *m,
						  const struct nsguard_request *req);
bool nsguard_object_who(const struct nsguard_request *req, u32 *value);
bool nsguard_object_target_uid(const struct nsguard_request *req, u32 *value);
enum nsguard_answer nsguard_object_target_exe(const struct nsguard_match *m,
					      const struct nsguard_request *req);
struct cgroup *nsguard_object_target_cgroup(const struct nsguard_request *req);

#endif
