/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ftrace engine: puts a handler on a kernel function, which sends the caller away with an
 * errno or lets it go on. It knows addresses and errnos, no hook and no rule.
 */
#ifndef NSGUARD_ATTACH_H
#define NSGUARD_ATTACH_H

#include <linux/ftrace.h>
#include "btf.h"
#include "compat/ftrace.h"
#include "glue.h"

/**
 * struct nsguard_call - a call of an attached function, on its way in
 * @fregs: registers as the caller left them; see nsguard_arg()
 * @caller: address the function would return to
 */
struct nsguard_call {
	struct ftrace_regs *fregs;
	unsigned long caller;
};

struct nsguard_group;

/**
 * struct nsguard_point - a function that can be attached to
 * @function: its name
 * @args: what its arguments must be (see struct nsguard_btf_function)
 * @known: without BTF, these arguments are what this kernel's headers or source say (H6); where
 *	the compiler could see nothing of it, the layout of the stock release
 * @enter: called with preemption off inside an RCU read side section when the function is called.
 *	Return: 0 to go on, a negative errno to send the caller away with
 * @data: for @enter
 * @every_task: kernel threads and interrupts too; @enter cannot refuse
 * @observes: @enter never refuses, so that no caller is ever sent elsewhere
 * @empty: the function does nothing; returning 0 in its place is as good as calling it
 * @lacks: why it cannot be used on this kernel whatever its arguments are, or NULL
 * @address: where the function is; 0 when it cannot be used
 * @site: where ftrace calls from in it
 * @thunk: where an allowed caller is sent, 0 when it simply goes on (H2)
 * @group: the group it is attached with, or NULL
 * @held: somebody else held it when it was last tried
 * @why: why it cannot be used or is held
 *
 * Everything below @lacks is the engine's, under the policy's mutex.
 */
struct nsguard_point {
	const char *function;
	const char *args[NSGUARD_ARGS];
	bool known;
	int (*enter)(const struct nsguard_point *point, const struct nsguard_call *call);
	unsigned int data;
	bool every_task;
	bool observes;
	bool empty;
	const char *lacks;

	unsigned long address;
	unsigned long site;
	unsigned long thunk;
	struct nsguard_group *group;
	bool held;
	char why[NSGUARD_WHY];
};

#define NSGUARD_GROUP_POINTS	48	/* points in one group */
#define NSGUARD_GROUP_BITS	6

/**
 * struct nsguard_group - points that are attached and detached together
 * @ops: ftrace's
 * @attached: the handler is on
 * @redirects: one of its points may refuse
 * @n: number of @point
 * @point: the points
 * @slot: the points by call site, for the handler; unchanged while the handler is on
 *
 * Why not one ftrace_ops for each point: taking one off waits for RCU-tasks, more than a tenth of
 * a second each and one after the other; unloading took three seconds.
 */
struct nsguard_group {
	struct ftrace_ops ops;
	bool attached;
	bool redirects;
	unsigned int n;
	struct nsguard_point *point[NSGUARD_GROUP_POINTS];
	struct nsguard_point *slot[1 << NSGUARD_GROUP_BITS];
};

/* Argument @n, counted from 0. H8: only as many bits are valid as its type has, cast it. */
static __always_inline unsigned long nsguard_arg(const struct nsguard_call *call, unsigned int n)
{
	return nsguard_ftrace_arg(call->fregs, n);
}

/*
 * Finds @point's address. @layout says what the kernel's BTF says of its arguments. May sleep.
 * Return: 0, or an errno with @point->why set.
 */
int nsguard_point_find(struct nsguard_point *point, enum nsguard_btf_answer layout);
/*
 * Puts the handler on all of @group's points at once, which must be attached nowhere. May sleep.
 * Return: 0, or an errno and nothing is attached; nsguard_point_try() tells which point it was.
 */
int nsguard_group_attach(struct nsguard_group *group);
/*
 * Takes the handler off all of them and waits until it runs nowhere. May sleep. Return: 0, or an
 * errno: ftrace is dead, the handler stays on, and the module's text must never be released.
 */
int nsguard_group_detach(struct nsguard_group *group);
/*
 * Takes @n of its points off @group, which must keep another. A handler may be running still. May
 * sleep. Return: as above.
 */
int nsguard_points_detach(struct nsguard_group *group, struct nsguard_point * const *points,
			  unsigned int n);
/*
 * Attaches @point for a moment. May sleep. Return: 0, or an errno with @point->held and
 * @point->why set.
 */
int nsguard_point_try(struct nsguard_point *point);

/*
 * holder.c: writes to @why (@size bytes) who holds the function at @address, and what to do. May
 * sleep.
 */
void nsguard_holder_explain(unsigned long address, char *why, size_t size);
/*
 * From here on a livepatch that is refused is told in the kernel log that it may be for our sake.
 * May sleep. Return: 0 or a negative errno.
 */
int nsguard_holder_init(void);
/* The mirror. May sleep. */
void nsguard_holder_exit(void);

#endif
