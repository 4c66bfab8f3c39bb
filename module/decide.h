/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only funnel: request and policy in force -> errno. Counts, and lets the
 * event out at the side.
 */
#ifndef NSGUARD_DECIDE_H
#define NSGUARD_DECIDE_H

#include "request.h"

/**
 * struct nsguard_counters - what a table did since the module was loaded
 */
struct nsguard_counters {
	u64 decisions;
	u64 denied;
	u64 would_deny;
};

/**
 * struct nsguard_judgement - what would become of a request
 * @verdict: allow or deny
 * @handle: the rule that says so, or 0
 * @mode: the table's mode
 * @sandbox: the task is locked in a sandbox, and that is why; no rule was asked
 * @error: errno it would be refused with
 */
struct nsguard_judgement {
	enum nsguard_verdict verdict;
	u64 handle;
	enum nsguard_mode mode;
	bool sandbox;
	int error;
};

/*
 * What nsguard_decide() would say to @req, by the same way but counting and telling nobody. May be
 * called from anywhere.
 */
void nsguard_decide_test(struct nsguard_request *req, struct nsguard_judgement *judgement);
/*
 * Any context, preemption off, RCU read side, no sleeping, no allocation. Return: 0, -EPERM, or
 * -ENOSPC: a locked task would make namespaces for which there is no room.
 */
int nsguard_decide(struct nsguard_request *req);
void nsguard_counters_read(enum nsguard_table table, struct nsguard_counters *c);
/* Highest mode of any table until the next boot (nsguard.mode= on the kernel command line). */
enum nsguard_mode nsguard_ceiling(void);

#endif
