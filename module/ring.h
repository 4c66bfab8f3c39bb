/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way from the decision path to the worker: a bounded ring of records. Private to
 * post.c, which writes, and event.c, which reads.
 */
#ifndef NSGUARD_RING_H
#define NSGUARD_RING_H

#include "event.h"

#define NSGUARD_RECORD_TEXT	1024	/* bytes for all paths of a record */

/**
 * struct nsguard_record - the raw facts of an event
 * @seq: whose turn it is, see ring.c
 * @lost: so many records found no room right before this one
 * @time: nanoseconds since the epoch
 * @exe: the subject's executable, referenced (H21: its path is the worker's business)
 * @cgroup: the subject's cgroup: where in @text its path starts, -1 for none
 * @from: the same for the cgroup left
 * @to: the same for the cgroup entered
 * @mask: room of its own, cpumask_size() bytes
 * @effective: the same
 * @text: paths, each with its NUL
 *
 * Written by one claimer, read by the worker, without a lock. The fields without words
 * are those of struct nsguard_event.
 */
struct nsguard_record {
	u32 seq;
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
	struct file *exe;
	int cgroup, from, to;

	char sandbox[NSGUARD_SANDBOX_NAME_MAX + 1];
	bool stale;
	u64 rollback;
	enum nsguard_nstype ns_type;
	u32 ns_inum;
	u64 from_id, to_id;
	u32 target_pid;
	bool threadgroup;
	bool has_mask, has_effective, reset;
	struct cpumask *mask, *effective;

	char text[NSGUARD_RECORD_TEXT];
};

/*
 * A record to fill, or NULL when there is no room; that is counted. Preemption off. What is
 * claimed must be published, soon and on the same CPU: later ones wait behind it.
 */
struct nsguard_record *nsguard_ring_claim(void);
void nsguard_ring_publish(struct nsguard_record *r);
/* The oldest record, or NULL; it stays the worker's until released. One reader only. */
struct nsguard_record *nsguard_ring_take(void);
void nsguard_ring_release(struct nsguard_record *r);
u64 nsguard_ring_lost(void);
int nsguard_ring_init(void);
/* Nobody claims any more, and everything was taken. */
void nsguard_ring_exit(void);

/* event.c: something was published. Any context. */
void nsguard_event_kick(void);

#endif
