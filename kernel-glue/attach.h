/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ftrace engine: puts a handler on a kernel function, which sends the caller away with an errno
 * or lets it go on. It knows addresses and errnos, no hook and no rule.
 */
#ifndef NSGUARD_ATTACH_H
#define NSGUARD_ATTACH_H

#include <linux/ftrace.h>
#include "btf.h"
#include "compat/ftrace.h"
#include "glue.h"

/**
 * struct nsguard_call - a call of an attached function, on its way in
 * @fregs: registers as the caller left them; see nsguard_call_arg()
 * @caller: address the function would return to
 */
struct nsguard_call {
	struct ftrace_regs *fregs;
	unsigned long caller;
};

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
 * @address: where the function is; 0 until found
 * @attached: the handler is on
 * @stuck: ftrace died and the handler cannot be taken off (H7)
 * @ops: ftrace's; one for each point
 * @why: why the point is not usable, or empty
 *
 * Everything below @every_task is the engine's, under the policy's mutex.
 */
struct nsguard_point {
	const char *function;
	const char *args[NSGUARD_ARGS];
	bool known;
	int (*enter)(const struct nsguard_point *point, const struct nsguard_call *call);
	unsigned int data;
	bool every_task;

	unsigned long address;
	bool attached;
	bool stuck;
	struct ftrace_ops ops;
	char why[NSGUARD_WHY];
};

/* Argument @n, counted from 0. H8: only as many bits are valid as its type has, cast it. */
static __always_inline unsigned long nsguard_call_arg(const struct nsguard_call *call, unsigned int n)
{
	return nsguard_ftrace_arg(call->fregs, n);
}

/*
 * Finds @point's address. @layout says what the kernel's BTF says of its arguments. May sleep. Return: 0,
 * or an errno with @point->why set.
 */
int nsguard_point_find(struct nsguard_point *point, enum nsguard_btf_answer layout);
/* Puts the handler on. May sleep. Return: 0, or an errno with @point->why set. */
int nsguard_point_attach(struct nsguard_point *point);
/*
 * Takes the handler off and waits until it runs nowhere. May sleep. Return: 0, or an errno: ftrace is
 * dead, the handler stays on, and the module's text must never be released.
 */
int nsguard_point_detach(struct nsguard_point *point);

/* holder.c: writes to @why (@size bytes) who holds the function at @address, and what to do. May sleep. */
void nsguard_holder_explain(unsigned long address, char *why, size_t size);

#endif
