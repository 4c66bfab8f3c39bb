// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ftrace engine: a handler on a function's entry, which sends the caller to a stub where the
 * operation is refused. It knows addresses and errnos, no hook and no rule.
 *
 * Why a stub and not a return value and a bare "ret": with a BPF program on the same function, BPF's
 * trampoline calls the address we leave as "the original function" and loses the register.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "attach.h"
#include "stub.h"
#include "symbols.h"

#define ATTACH_TRIES	20	/* H7: -EAGAIN beside BPF */
#define ATTACH_PAUSE	5	/* milliseconds between two of them */

/*
 * H3: ftrace calls this preemptible or not, depending on who else is on the function, so it makes its
 * own context. It must not be marked FTRACE_OPS_FL_RECURSION: ftrace would then leave it out
 * on recursion, and the guard would fail open.
 */
static void notrace handler(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			    struct ftrace_regs *fregs)
{
	const struct nsguard_point *point = container_of(ops, struct nsguard_point, ops);
	const struct nsguard_call call = { .fregs = fregs, .caller = parent };
	int err;

	if ((current->flags & PF_KTHREAD) && !point->every_task)
		return;
	preempt_disable_notrace();
	rcu_read_lock();
	err = point->enter(point, &call);
	if (unlikely(err < 0) && !point->every_task)
		nsguard_ftrace_redirect(fregs, nsguard_stub(err));
	rcu_read_unlock();
	preempt_enable_notrace();
}

/* H6: a name alone never selects the layout of the arguments. */
static int check_layout(struct nsguard_point *point, enum nsguard_btf_answer layout)
{
	if (layout == NSGUARD_BTF_SAME || (layout == NSGUARD_BTF_UNKNOWN && point->known))
		return 0;
	scnprintf(point->why, sizeof(point->why), "%s",
		  layout == NSGUARD_BTF_DIFFERENT ?
		  "its arguments are others than this nsguard knows; a newer nsguard is needed" :
		  "its arguments are not known; a kernel with BTF, or its whole source to build against, is needed");
	return -EOPNOTSUPP;
}

int nsguard_point_find(struct nsguard_point *point, enum nsguard_btf_answer layout)
{
	int err = nsguard_symbol_find(point->function, &point->address);

	/* A handler on the wrong one of two functions would refuse something else entirely. */
	if (err) {
		scnprintf(point->why, sizeof(point->why), "%s",
			  err == -ENOTUNIQ ?
			  "the kernel has several functions of this name; a newer nsguard is needed" :
			  "the kernel has no function of this name; a newer nsguard is needed");
		return err;
	}
	err = check_layout(point, layout);
	if (err)
		point->address = 0;
	return err;
}

/* Without PERMANENT, kernel.ftrace_enabled=0 would switch the guard off. */
static void prepare(struct nsguard_point *point)
{
	point->ops.func = handler;
	point->ops.flags |= FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | NSGUARD_FTRACE_REGS;
}

static int try_register(struct nsguard_point *point)
{
	int err, i;

	for (i = 0; i < ATTACH_TRIES; i++) {
		err = register_ftrace_function(&point->ops);
		if (err != -EAGAIN)
			break;
		msleep(ATTACH_PAUSE);
	}
	return err;
}

static void explain(struct nsguard_point *point, int err)
{
	switch (err) {
	case -EBUSY:
		nsguard_holder_explain(point->address, point->why, sizeof(point->why));
		break;
	case -EAGAIN:
		scnprintf(point->why, sizeof(point->why),
			  "a BPF program on it kept it locked; try again");
		break;
	case -ENODEV:
		scnprintf(point->why, sizeof(point->why),
			  "ftrace switched itself off after an error (see the kernel log); reboot");
		break;
	default:
		scnprintf(point->why, sizeof(point->why), "ftrace refused it (error %d)", err);
	}
}

int nsguard_point_attach(struct nsguard_point *point)
{
	int err;

	if (point->attached)
		return 0;
	point->why[0] = '\0';
	prepare(point);
	/* By address: a module may bring another function of the same name. */
	err = ftrace_set_filter_ip(&point->ops, point->address, 0, 0);
	if (err) {
		if (err == -EINVAL)
			scnprintf(point->why, sizeof(point->why),
				  "this kernel was built so that it cannot be traced; a kernel with CONFIG_DYNAMIC_FTRACE is needed");
		else
			explain(point, err);
		return err;
	}
	err = try_register(point);
	if (err) {
		ftrace_set_filter_ip(&point->ops, point->address, 1, 0);
		explain(point, err);
		return err;
	}
	point->attached = true;
	return 0;
}

int nsguard_point_detach(struct nsguard_point *point)
{
	int err;

	if (!point->attached)
		return 0;
	/* Waits for every handler, and by RCU-tasks for every task preempted in the trampoline. */
	err = unregister_ftrace_function(&point->ops);
	if (err) {
		/* H7: the call site stays live. */
		point->stuck = true;
		pr_err("nsguard: cannot detach from %s (error %d): ftrace is dead; reboot\n",
		       point->function, err);
		return err;
	}
	point->attached = false;
	/* The filter too, or the next registration starts with what is left of it. */
	ftrace_set_filter_ip(&point->ops, point->address, 1, 0);
	return 0;
}
