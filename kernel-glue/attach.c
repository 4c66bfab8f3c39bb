// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ftrace engine: a handler on a function's entry, which sends the caller to a stub where the
 * operation is refused. It knows addresses and errnos, no hook and no rule.
 *
 * Why a stub and not a return value and a bare "ret": with a BPF program on the same function,
 * BPF's trampoline calls the address we leave as "the original function" and loses the register.
 */
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "attach.h"
#include "stub.h"
#include "symbols.h"

#define ATTACH_TRIES	20	/* H7: -EAGAIN beside BPF */
#define ATTACH_PAUSE	5	/* milliseconds between two of them */

static unsigned int slot_of(unsigned long site)
{
	return hash_long(site, NSGUARD_GROUP_BITS);
}

/* Every call site ftrace has for a group is in its slots; NULL cannot be. */
static const struct nsguard_point *point_at(const struct nsguard_group *group, unsigned long site)
{
	const struct nsguard_point *point;
	unsigned int i;

	for (i = slot_of(site); (point = group->slot[i]); i = (i + 1) % ARRAY_SIZE(group->slot))
		if (point->site == site)
			break;
	return point;
}

/* Not on to the function: to a stub that refuses, or to a thunk. */
static noinline void notrace leave(const struct nsguard_group *group,
				   const struct nsguard_point *point, struct ftrace_regs *fregs,
				   int err)
{
	if (!group->redirects)
		return;
	if (err < 0 && !point->every_task)
		nsguard_ftrace_redirect(fregs, nsguard_stub(err));
	else if (point->thunk)
		nsguard_ftrace_redirect(fregs, point->thunk); /* H2 */
}

/*
 * H3: ftrace calls this preemptible or not, depending on who else is on the function, so it makes
 * its own context. It must not be marked FTRACE_OPS_FL_RECURSION: ftrace would then leave it out
 * on recursion, and the guard would fail open.
 */
static void notrace handler(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			    struct ftrace_regs *fregs)
{
	const struct nsguard_group *group = container_of(ops, struct nsguard_group, ops);
	const struct nsguard_call call = { .fregs = fregs, .caller = parent };
	const struct nsguard_point *point = point_at(group, ip);
	int err = 0;

	if (unlikely(!point))
		return;
	if (!(current->flags & PF_KTHREAD) || point->every_task) {
		preempt_disable_notrace();
		rcu_read_lock();
		err = point->enter(point, &call);
		rcu_read_unlock();
		preempt_enable_notrace();
	}
	if (unlikely(err < 0 || point->thunk))
		leave(group, point, fregs, err);
}

/* H6: a name alone never selects the layout of the arguments. */
static int check_layout(struct nsguard_point *point, enum nsguard_btf_answer layout)
{
	if (layout == NSGUARD_BTF_SAME || (layout == NSGUARD_BTF_UNKNOWN && point->known))
		return 0;
	scnprintf(point->why, sizeof(point->why), "%s",
		  layout == NSGUARD_BTF_DIFFERENT ?
		  "its arguments are others than this nsguard knows; a newer nsguard is needed" :
		  "its arguments are not known; it takes a kernel with BTF, or building against its whole source");
	return -EOPNOTSUPP;
}

int nsguard_point_find(struct nsguard_point *point, enum nsguard_btf_answer layout)
{
	unsigned long (*location)(unsigned long ip) = nsguard_symbol("ftrace_location");
	unsigned long address;
	int err;

	err = nsguard_symbol_find(point->function, &address);
	/* A handler on the wrong one of two functions would refuse something else entirely. */
	if (err) {
		scnprintf(point->why, sizeof(point->why), "%s",
			  err == -ENOTUNIQ ?
			  "the kernel has several functions of this name; a newer nsguard is needed"
			  : "the kernel has no function of this name; a newer nsguard is needed");
		return err;
	}
	if (point->lacks) {
		scnprintf(point->why, sizeof(point->why), "%s", point->lacks);
		return -EOPNOTSUPP;
	}
	err = check_layout(point, layout);
	if (err)
		return err;
	point->site = location ? location(address) : 0;
	if (!point->site) {
		scnprintf(point->why, sizeof(point->why),
			  "it cannot be traced; a kernel with CONFIG_DYNAMIC_FTRACE is needed");
		return -EINVAL;
	}
	if (point->empty)
		point->thunk = nsguard_stub_empty();
	else
		err = nsguard_thunk(point->site + MCOUNT_INSN_SIZE, &point->thunk);
	if (err) {
		scnprintf(point->why, sizeof(point->why), "no thunk is left for it; reboot");
		return err;
	}
	point->address = address;
	return 0;
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

static void fill_slots(struct nsguard_group *group)
{
	unsigned int n, i;

	memset(group->slot, 0, sizeof(group->slot));
	for (n = 0; n < group->n; n++) {
		i = slot_of(group->point[n]->site);
		while (group->slot[i])
			i = (i + 1) % ARRAY_SIZE(group->slot);
		group->slot[i] = group->point[n];
	}
}

static_assert(NSGUARD_GROUP_POINTS < 1 << NSGUARD_GROUP_BITS);

/* By address: a module may bring another function of the same name. */
static int filter(struct nsguard_group *group, struct nsguard_point * const *points,
		  unsigned int n, bool remove)
{
	unsigned long addresses[NSGUARD_GROUP_POINTS];
	unsigned int i;

	for (i = 0; i < n; i++)
		addresses[i] = points[i]->address;
	return ftrace_set_filter_ips(&group->ops, addresses, n, remove, 0);
}

static int try_register(struct ftrace_ops *ops)
{
	int err, i;

	for (i = 0; i < ATTACH_TRIES; i++) {
		err = register_ftrace_function(ops);
		if (err != -EAGAIN)
			break;
		msleep(ATTACH_PAUSE);
	}
	return err;
}

int nsguard_group_attach(struct nsguard_group *group)
{
	unsigned int n;
	int err;

	/* An empty filter would mean every function of the kernel. */
	if (!group->n)
		return 0;
	fill_slots(group);
	group->redirects = false;
	for (n = 0; n < group->n; n++)
		group->redirects |= !group->point[n]->observes;
	group->ops.func = handler;
	/* Without PERMANENT, kernel.ftrace_enabled=0 would switch the guard off. */
	group->ops.flags |= FTRACE_OPS_FL_PERMANENT | NSGUARD_FTRACE_REGS;
	/* H7: who only looks on stands in nobody's way. */
	group->ops.flags &= ~FTRACE_OPS_FL_IPMODIFY;
	if (group->redirects)
		group->ops.flags |= FTRACE_OPS_FL_IPMODIFY;
	err = filter(group, group->point, group->n, false);
	if (err)
		return err;
	err = try_register(&group->ops);
	if (err) {
		filter(group, group->point, group->n, true);
		return err;
	}
	group->attached = true;
	for (n = 0; n < group->n; n++)
		group->point[n]->group = group;
	return 0;
}

int nsguard_group_detach(struct nsguard_group *group)
{
	unsigned int n;
	int err;

	if (!group->attached)
		return 0;
	/*
	 * Waits for every handler, and by RCU-tasks for every task preempted in the trampoline.
	 */
	err = unregister_ftrace_function(&group->ops);
	if (err) {
		/* H7: the call sites stay live. */
		pr_err("nsguard: cannot detach (error %d): ftrace is dead; reboot\n", err);
		return err;
	}
	group->attached = false;
	/* The filter too, or the next registration starts with what is left of it. */
	filter(group, group->point, group->n, true);
	for (n = 0; n < group->n; n++)
		group->point[n]->group = NULL;
	return 0;
}

int nsguard_points_detach(struct nsguard_group *group, struct nsguard_point * const *points,
			  unsigned int n)
{
	unsigned int i, kept = 0;
	int err;

	if (!n)
		return 0;
	err = filter(group, points, n, true);
	if (err) {
		pr_err("nsguard: cannot detach (error %d): ftrace is dead; reboot\n", err);
		return err;
	}
	for (i = 0; i < n; i++)
		points[i]->group = NULL;
	for (i = 0; i < group->n; i++)
		if (group->point[i]->group)
			group->point[kept++] = group->point[i];
	group->n = kept;
	return 0;
}

int nsguard_point_try(struct nsguard_point *point)
{
	static struct nsguard_group group;
	int err;

	group.n = 1;
	group.point[0] = point;
	err = nsguard_group_attach(&group);
	if (!err)
		err = nsguard_group_detach(&group);
	point->held = err;
	if (err)
		explain(point, err);
	return err;
}
