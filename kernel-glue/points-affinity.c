// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters for CPU affinity: sched_setaffinity, the ways round it through io_uring, and moves to
 * another cpuset. H14: that an empty mask is no request is the hooks' business.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <uapi/linux/io_uring.h>
#include "points.h"
#include "symbols.h"
#ifdef NSGUARD_HAVE_IO_URING_TASK
#include <linux/io_uring_types.h>
#endif

/* kernel/sched/sched.h, the same since there is a SCA_USER (5.15). */
#define SCA_USER	0x08
/* Not the kernel's: marks a context that was judged already. */
#define SCA_JUDGED	BIT(31)

/*
 * int __set_cpus_allowed_ptr(struct task_struct *p, struct affinity_context *ctx), 6.2 and later:
 * both masks at once. H14: only a user's request has SCA_USER.
 *
 * sched_setaffinity comes a second time with the same context when the cpuset changed meanwhile,
 * to make up for that, and does not look at the result: refusing there would leave the task
 * outside its cpuset. So the context, which lives on that caller's stack, is marked in a bit the
 * kernel does not use.
 */
int nsguard_on_set_cpus(const struct nsguard_point *point, const struct nsguard_call *call)
{
	struct task_struct *task = (void *)nsguard_arg(call, 0);
	struct nsguard_affinity_context *ctx = (void *)nsguard_arg(call, 1);

	if ((ctx->flags & (SCA_USER | SCA_JUDGED)) != SCA_USER)
		return 0;
	ctx->flags |= SCA_JUDGED;
	nsguard_path_hit(PATH_SETAFFINITY);
	nsguard_path_hit(PATH_SETAFFINITY_EFFECTIVE);
	return nsguard_hook_setaffinity(point->function, task, ctx->user_mask ?: ctx->new_mask,
					ctx->new_mask);
}

/*
 * Before 6.2 two functions see one mask each. The first notes what was asked for, the second
 * decides with both. A note belongs to the task that makes the call; the mask lives as long as
 * that call.
 */
#define NOTES		1024	/* calls under way at once, at most */
#define NOTES_BITS	10
#define NOTES_PROBED	16	/* places a task's note can be in */

static_assert(NOTES == 1 << NOTES_BITS);

/**
 * struct note - what a call of sched_setaffinity under way asked for
 * @task: whose call it is, NULL when the note is free
 * @cpus: mask asked for, NULL when it is no request of a user
 *
 * Claimed by cmpxchg; then only @task itself reads and writes it.
 */
struct note {
	struct task_struct *task;
	const struct cpumask *cpus;
};

static struct note notes[NOTES];
static struct nsguard_text relax;
static struct nsguard_text cpuset_attach, cpuset_fork;
static bool two_points;
static bool mask_decides;

void nsguard_points_affinity_init(struct nsguard_point *setscheduler)
{
	nsguard_text_find("relax_compatible_cpus_allowed_ptr", &relax);
	nsguard_text_find("cpuset_can_attach", &cpuset_attach);
	nsguard_text_find("cpuset_can_fork", &cpuset_fork);
	/* H15: a move would be taken for a request for CPUs, and PID 1 refused. */
	if (IS_ENABLED(CONFIG_CPUSETS) && setscheduler->address && !cpuset_attach.start) {
		setscheduler->address = 0;
		scnprintf(setscheduler->why, sizeof(setscheduler->why),
			  "its caller cpuset_can_attach was not found; a newer nsguard is needed");
	}
}

void nsguard_points_affinity_mask(bool decides)
{
	WRITE_ONCE(mask_decides, decides);
}

/*
 * int security_task_setscheduler(struct task_struct *p, const struct cpumask *in_mask) of a kernel
 * with the affinity series, NULL where CPUs are not the question (S15). Told apart by the caller:
 * a move to another cpuset brings the mask that is in force there (H15), everything else is a
 * request. That is left to a function that sees what the cpuset makes of it, where there is one:
 * one decision per request.
 */
int nsguard_on_setscheduler(const struct nsguard_point *point, const struct nsguard_call *call)
{
	struct task_struct *task = (void *)nsguard_arg(call, 0);
	const struct cpumask *mask = (const void *)nsguard_arg(call, 1);

	if (!mask)
		return 0;
	if (nsguard_text_has(&cpuset_attach, call->caller) ||
	    nsguard_text_has(&cpuset_fork, call->caller)) {
		nsguard_path_hit(PATH_CPUSET);
		return nsguard_hook_cpuset(point->function, task, mask);
	}
	if (!READ_ONCE(mask_decides))
		return 0;
	nsguard_path_hit(PATH_SETAFFINITY);
	return nsguard_hook_setaffinity(point->function, task, mask, NULL);
}

void nsguard_points_affinity_two(bool two)
{
	/* Notes of calls that were under way when the points went off are nobody's. */
	memset(notes, 0, sizeof(notes));
	WRITE_ONCE(two_points, two);
}

static struct note *note_at(unsigned int i)
{
	return &notes[(hash_ptr(current, NOTES_BITS) + i) % NOTES];
}

static struct note *note_find(void)
{
	unsigned int i;

	for (i = 0; i < NOTES_PROBED; i++)
		if (READ_ONCE(note_at(i)->task) == current)
			return note_at(i);
	return NULL;
}

/*
 * A call that ran out of memory left its note behind: its task uses it again. With no place left
 * nothing is noted, and the second point decides with the mask it sees.
 */
static void note_write(const struct cpumask *cpus)
{
	struct note *note = note_find();
	unsigned int i;

	for (i = 0; !note && i < NOTES_PROBED; i++)
		if (!cmpxchg(&note_at(i)->task, NULL, current))
			note = note_at(i);
	if (note)
		note->cpus = cpus;
}

/* static int __sched_setaffinity(struct task_struct *p, const struct cpumask *mask) */
int nsguard_on_setaffinity(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct cpumask *cpus = (const void *)nsguard_arg(call, 1);

	/* H14: the kernel restores an old mask, and warns of any error. */
	if (nsguard_text_has(&relax, call->caller))
		cpus = NULL;
	else
		nsguard_path_hit(PATH_SETAFFINITY);
	if (READ_ONCE(two_points)) {
		note_write(cpus);
		return 0;
	}
	if (!cpus)
		return 0;
	return nsguard_hook_setaffinity(point->function, (void *)nsguard_arg(call, 0), cpus, NULL);
}

/* int dl_task_check_affinity(struct task_struct *p, const struct cpumask *mask) */
int nsguard_on_dl_check(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct cpumask *effective = (const void *)nsguard_arg(call, 1);
	const struct cpumask *cpus = effective;
	struct note *note = note_find();

	if (note) {
		cpus = note->cpus;
		/* What was noted is read before somebody else may claim the place. */
		smp_store_release(&note->task, NULL);
		if (!cpus)
			return 0;
	}
	nsguard_path_hit(PATH_SETAFFINITY_EFFECTIVE);
	return nsguard_hook_setaffinity(point->function, (void *)nsguard_arg(call, 0), cpus,
					effective);
}

/*
 * int io_sq_offload_create(struct io_ring_ctx *ctx, struct io_uring_params *p). H16: without
 * SQ_AFF the thread goes to all CPUs online, whatever its maker may run on: a reset, although there
 * may be possible CPUs that are not online. With ATTACH_WQ there
 * may be no thread made, but there is one when the other ring belongs to another process, and
 * which ring the descriptor means can change after we look: it is judged as a request.
 */
int nsguard_on_sq_offload(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct io_uring_params *p = (const void *)nsguard_arg(call, 1);
	const struct cpumask *cpus = cpu_online_mask;
	bool reset = !(p->flags & IORING_SETUP_SQ_AFF);

	if (!(p->flags & IORING_SETUP_SQPOLL))
		return 0;
	nsguard_path_hit(PATH_SQ_AFF);
	if (!reset) {
		/* The kernel refuses it itself. */
		if (p->sq_thread_cpu >= nr_cpu_ids)
			return 0;
		cpus = cpumask_of(p->sq_thread_cpu);
	}
	return nsguard_hook_io_uring(point->function, NULL, cpus, reset);
}

/*
 * The workers are current's, or those of the poller of a ring, which is another process's if the
 * ring was passed on: then everybody is looked at, unless the kernel has it written down. Early 6.1
 * has an io_wq here, always current's: nobody has that, and current it is.
 */
struct task_struct *nsguard_glue_workers_of(const void *workers)
{
#ifdef CONFIG_IO_URING
	struct task_struct *thread;
	struct task_struct *other __maybe_unused;

	for_each_thread(current, thread)
		if (READ_ONCE(thread->io_uring) == workers)
			return current;
#ifdef NSGUARD_HAVE_IO_URING_TASK
	thread = ((const struct io_uring_task *)workers)->task;
	if (thread)
		return thread;
#else
	for_each_process_thread(other, thread)
		if (READ_ONCE(thread->io_uring) == workers)
			return thread;
#endif
#endif
	return current;
}

/*
 * int io_wq_cpu_affinity(struct io_uring_task *tctx, cpumask_var_t mask). H16: no mask is a
 * reset.
 */
int nsguard_on_iowq(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct cpumask *cpus = (const void *)nsguard_arg(call, 1);

	nsguard_path_hit(PATH_IOWQ_AFF);
	return nsguard_hook_io_uring(point->function, (void *)nsguard_arg(call, 0),
				     cpus ?: cpu_possible_mask, !cpus);
}
