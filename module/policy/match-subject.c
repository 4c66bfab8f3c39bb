// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of who acts: what a request says of its subject. Called through the table in match.c only,
 * in the decision path.
 */
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>
#include "match-row.h"
#include "set.h"

/* By their own credentials, not by those they borrowed (io_uring, opener). */
static const struct cred *cred_of(struct nsguard_request *req)
{
	return req->said ? req->said->cred : current_real_cred();
}

bool nsguard_subject_uid(struct nsguard_request *req, u32 *value)
{
	*value = __kuid_val(cred_of(req)->uid);
	return true;
}

NSGUARD_ASK_RANGES(nsguard_subject_uid)

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

static bool has_group(const void *groups, const struct nsguard_range *range)
{
	return group_in(groups, range);
}

/*
 * As many look-ups as there are groups, of which a task may have 65,536, or as there are places in
 * the set's table, if those are fewer.
 */
static bool group_in_set(const struct group_info *groups, const struct nsguard_set *set,
			 u64 generation)
{
	int i, any;

	any = nsguard_set_any(set, generation, groups->ngroups, has_group, groups);
	if (any >= 0)
		return any;
	for (i = 0; i < groups->ngroups; i++)
		if (nsguard_set_has(set, generation, __kgid_val(groups->gid[i])))
			return true;
	return false;
}

/* H21: our own search; in_group_p() asks fsgid. */
enum nsguard_answer nsguard_subject_gid(const struct nsguard_match *m,
					struct nsguard_request *req)
{
	const struct cred *cred = cred_of(req);
	unsigned int i;

	if (nsguard_in_ranges(m, req, __kgid_val(cred->gid)))
		return NSGUARD_YES;
	if (m->from == NSGUARD_FROM_SET)
		return nsguard_yes_no(group_in_set(cred->group_info, m->set, req->generation));
	for (i = 0; i < m->n; i++) {
		if (group_in(cred->group_info, &m->range[i]))
			return NSGUARD_YES;
	}
	return NSGUARD_NO;
}

bool nsguard_subject_euid(struct nsguard_request *req, u32 *value)
{
	*value = __kuid_val(cred_of(req)->euid);
	return true;
}

NSGUARD_ASK_RANGES(nsguard_subject_euid)

bool nsguard_subject_userns(struct nsguard_request *req, u32 *value)
{
	if (req->said)
		*value = req->said->userns;
	else if (current_real_cred()->user_ns == &init_user_ns)
		*value = NSGUARD_USERNS_INIT;
	else
		*value = NSGUARD_USERNS_OTHER;
	return true;
}

NSGUARD_ASK_BITS(nsguard_subject_userns)

/* H21: cap_raised(); capable() would leave a trace of its use. */
enum nsguard_answer nsguard_subject_cap(const struct nsguard_match *m,
					struct nsguard_request *req)
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

bool nsguard_subject_auid(struct nsguard_request *req, u32 *value)
{
	*value = req->said ? req->said->auid : __kuid_val(audit_get_loginuid(current));
	return true;
}

NSGUARD_ASK_RANGES(nsguard_subject_auid)

bool nsguard_subject_pid(struct nsguard_request *req, u32 *value)
{
	*value = req->said ? req->said->pid : task_tgid_nr(current);
	return true;
}

NSGUARD_ASK_RANGES(nsguard_subject_pid)

enum nsguard_answer nsguard_subject_exe(const struct nsguard_match *m,
					struct nsguard_request *req)
{
	if (req->said)
		return nsguard_runs(m, &req->said->exe);
	if (nsguard_request_reads(req, NSGUARD_READ_EXE))
		req->exe = nsguard_exe_of(current);
	return nsguard_runs(m, &req->exe);
}

struct cgroup *nsguard_subject_cgroup(struct nsguard_request *req)
{
	return req->said ? req->said->cgroup : nsguard_request_cgroup(req);
}

NSGUARD_ASK_PATH(nsguard_subject_cgroup)

u32 nsguard_subject_inum(struct nsguard_request *req, enum nsguard_nstype type)
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
static bool in_host(struct nsguard_request *req)
{
	enum nsguard_nstype type;

	for (type = NSGUARD_NSTYPE_MNT; type <= NSGUARD_NSTYPE_TIME; type++) {
		if (nsguard_subject_inum(req, type) != nsguard_glue_host_inum(type))
			return false;
	}
	return true;
}

enum nsguard_answer nsguard_subject_in_ns(const struct nsguard_match *m,
					  struct nsguard_request *req)
{
	const struct nsguard_nsid *id;
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		id = m->ns[i].id;
		if (m->ns[i].named) {
			if (in_host(req))
				return NSGUARD_YES;
		} else if (!READ_ONCE(id->dead) &&
			   nsguard_subject_inum(req, id->type) == id->inum) {
			return NSGUARD_YES;
		}
	}
	return NSGUARD_NO;
}
