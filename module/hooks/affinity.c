// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for CPUs: sched_setaffinity and the ways round it through io_uring; and moves to a
 * cpuset of other CPUs. Denying one moves nobody who is on those CPUs already.
 */
#include <linux/cpumask.h>
#include "../decide.h"
#include "../hooks.h"
#include "../policy/policy.h"

static bool is_empty(const struct cpumask *mask)
{
	return mask && cpumask_empty(mask);
}

static int ask(struct nsguard_request *req)
{
	/*
	 * H14: an empty mask is within everything and intersects nothing. It is no request
	 * for CPUs but a mistake, or a probe as crun's, and the kernel answers it.
	 */
	if (is_empty(req->cpus) || is_empty(req->effective))
		return 0;
	return nsguard_decide(req);
}

int nsguard_hook_setaffinity(const char *function, struct task_struct *target,
			     const struct cpumask *cpus, const struct cpumask *effective)
{
	struct nsguard_request req __uninitialized;

	nsguard_request_init(&req, NSGUARD_TABLE_AFFINITY, NSGUARD_OP_SETAFFINITY, function);
	req.target = target;
	req.cpus = cpus;
	req.effective = effective;
	req.reset = cpus && cpumask_subset(cpu_possible_mask, cpus);
	return ask(&req);
}

/*
 * H15: an operation of its own, decided by rules that name it alone. Nobody chose these CPUs one by
 * one and nobody asked for all of them; what was asked for and what comes out are the same.
 */
int nsguard_hook_cpuset(const char *function, struct task_struct *target,
			const struct cpumask *cpus)
{
	struct nsguard_request req __uninitialized;

	nsguard_request_init(&req, NSGUARD_TABLE_AFFINITY, NSGUARD_OP_CPUSET, function);
	req.target = target;
	req.cpus = cpus;
	req.effective = cpus;
	return ask(&req);
}

/* Whose they are takes a while to find out: only where a rule may ask. */
static struct task_struct *target_of(const void *workers)
{
	const struct nsguard_policy *policy = nsguard_policy_rcu();

	if (!workers || !policy || !policy->table[NSGUARD_TABLE_AFFINITY].asks_target)
		return current;
	return nsguard_glue_workers_of(workers);
}

/* What the cpuset leaves of a reset cannot be read here (H14): it is judged as @cpus too. */
int nsguard_hook_io_uring(const char *function, const void *workers, const struct cpumask *cpus,
			  bool reset)
{
	struct nsguard_request req __uninitialized;

	nsguard_request_init(&req, NSGUARD_TABLE_AFFINITY, NSGUARD_OP_IO_URING, function);
	req.target = target_of(workers);
	req.cpus = cpus;
	req.effective = cpus;
	req.reset = reset || cpumask_subset(cpu_possible_mask, cpus);
	return ask(&req);
}
