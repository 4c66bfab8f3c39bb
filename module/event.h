/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way out for news. The decision path writes a record into a bounded
 * lock-free ring and never waits; a worker completes it (paths, executables), keeps
 * the newest, hands it to netlink and to the kernel's audit.
 */
#ifndef NSGUARD_EVENT_H
#define NSGUARD_EVENT_H

#include "request.h"
#include "rule.h"

/**
 * struct nsguard_event - a finished event, as the worker hands it on
 * @seq: number, from 1
 * @lost: if not 0, so many events found no room right before this one
 * @time: nanoseconds since the epoch
 * @mode: the table's mode
 * @enforced: the operation was refused
 * @handle: rule, 0 for the default
 * @function: attach point
 * @exe: executable's path or NULL
 * @cgroup: subject's cgroup or NULL
 * @sandbox: name of the sandbox the subject is locked in, or that is stale; or ""
 * @stale: a namespace of @sandbox is gone; nobody was judged, and there is no subject
 * @rollback: if not 0, nobody was judged: a change was taken back, which the subject had made,
 *	and the policy is of this generation since
 * @from: path, or NULL; @from_id its cgroup id
 * @mask: nr_cpu_ids bits; valid when @has_mask; @effective when @has_effective
 *
 * Owned by event.c; valid for the call, or under its mutex in the history.
 */
struct nsguard_event {
	u64 seq;
	u64 lost;
	u64 time;
	enum nsguard_table table;
	enum nsguard_op op;
	enum nsguard_mode mode;
	bool enforced;
	int error;
	u64 handle;
	const char *function;

	u32 pid, tid, uid, auid;
	char comm[TASK_COMM_LEN];
	char *exe;
	char *cgroup;

	char sandbox[NSGUARD_SANDBOX_NAME_MAX + 1];
	bool stale;
	u64 rollback;

	enum nsguard_nstype ns_type;
	u32 ns_inum;

	u64 from_id, to_id;
	char *from, *to;
	u32 target_pid;
	bool threadgroup;

	bool has_mask, has_effective, reset;
	struct cpumask *mask, *effective;
};

/*
 * From the decision path: @rule is NULL when the default decided. Never waits; an
 * event that finds no room is counted.
 */
void nsguard_event_post(struct nsguard_request *req, const struct nsguard_rule *rule,
			enum nsguard_mode mode, bool enforced, int error);
/* From the death of a namespace that @sandbox was made of; any context, preemption off. */
void nsguard_event_post_stale(const struct nsguard_sandbox *sandbox, enum nsguard_nstype type,
			      u32 inum);
/* A change that @pid made was taken back. Any context. */
void nsguard_event_post_rollback(u64 generation, u32 pid, u32 uid, u32 auid, const char *comm);
u64 nsguard_event_lost(void);
/*
 * Calls @fn for events with a seq above *@after, of the newest @last (0: all kept), oldest
 * first, until it returns non-zero; *@after is then the last one taken. May sleep.
 */
int nsguard_event_walk(u64 *after, u32 last, int (*fn)(const struct nsguard_event *, void *),
		       void *arg);
/* @send is called by the worker for each event (netlink's multicast); set once, at init. */
int nsguard_event_init(void (*send)(const struct nsguard_event *));
void nsguard_event_exit(void);

#endif
