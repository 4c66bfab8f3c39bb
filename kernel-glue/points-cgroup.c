// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters for cgroups: a task is moved by a write to cgroup.procs, cgroup.threads or tasks, or
 * born into a cgroup by clone3. cgroup_mutex is held in all of them, so that no task changes its
 * cgroup meanwhile.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include "points.h"
#include "symbols.h"

/* H12: a write passes cgroup_attach_permissions() first, and cgroup_attach_task() decides. */
static struct nsguard_text v2_write;
/* H13: the kernel moves a thread of its own along with a process. */
static struct nsguard_text attach_all;

/* v2 moves are judged before they come to cgroup_attach_task(). */
static bool native;

/**
 * struct opened - who opened the file that a write to it goes through
 * @writer: the task that writes, only to be compared; NULL: used up
 * @to: cgroup the file is of
 * @uid: real uid of the opener
 *
 * H12: noted where the kernel has put on the opener's credentials, and used where it has them off
 * again and the task is seen. cgroup_mutex is held from the one to the other.
 */
static struct opened {
	const struct task_struct *writer;
	const struct cgroup *to;
	u32 uid;
} opened;

void nsguard_points_cgroup_native(bool is)
{
	WRITE_ONCE(native, is);
	opened.writer = NULL;
}

/* The credentials the kernel judges by: the opener's, or those of who calls clone3. */
static u32 judged_uid(void)
{
	return __kuid_val(current_cred()->uid);
}

static void opener_note(unsigned long to)
{
	opened.writer = current;
	opened.to = (const struct cgroup *)to;
	opened.uid = judged_uid();
}

/* What was noted of a write the kernel then refused is not taken for another one's. */
static void opener_use(struct nsguard_move *move)
{
	move->opener_known = opened.writer == current && opened.to == move->to;
	move->opener_uid = opened.uid;
	opened.writer = NULL;
}

/* @point cannot be used after all. */
static void forgo(struct nsguard_point *point, const char *why)
{
	if (!point->address)
		return;
	point->address = 0;
	scnprintf(point->why, sizeof(point->why), "%s", why);
}

void nsguard_points_cgroup_init(struct nsguard_point *permissions,
				struct nsguard_point *write_permission)
{
	struct nsguard_text between;

	nsguard_text_find("__cgroup_procs_write", &v2_write);
	nsguard_text_find("cgroup_attach_task_all", &attach_all);
	nsguard_text_find("cgroup_attach_permissions", &between);
	/* H12: every write would be judged twice, the first time with the wrong task. */
	if (!v2_write.start) {
		forgo(permissions,
		      "its caller __cgroup_procs_write was not found and cannot be told from clone3; a newer nsguard is needed");
		forgo(write_permission,
		      "__cgroup_procs_write was not found and cannot be told from clone3; a newer nsguard is needed");
	}
	if (between.start)
		forgo(write_permission,
		      "cgroup_attach_permissions calls it for writes and for clone3 alike; a newer nsguard is needed");
}

/* A named hierarchy has no controller to ask: look among all cgroups @cset stands for. */
static struct cgroup *cgroup_of_cset(const struct css_set *cset, const struct cgroup_root *root)
{
	const struct nsguard_cset_link *link;

	list_for_each_entry(link, &cset->cgrp_links, cgrp_link)
		if (link->cgrp->root == root)
			return link->cgrp;
	return NULL;
}

/* @task's cgroup in the hierarchy of @root, or NULL. */
static struct cgroup *cgroup_of(struct task_struct *task, const struct cgroup_root *root)
{
	const struct css_set *cset = rcu_dereference(task->cgroups);
	int id;

	if (root == &cgrp_dfl_root)
		return cset->dfl_cgrp;
	for (id = 0; id < CGROUP_SUBSYS_COUNT; id++)
		if (root->subsys_mask & BIT(id))
			return cset->subsys[id]->cgroup;
	return cgroup_of_cset(cset, root);
}

/*
 * @task, or a child it makes, is to begin in @to. Nobody opened a file to write to: the kernel goes
 * by the caller's own credentials.
 */
static int born_into(const struct nsguard_point *point, struct task_struct *task,
		     unsigned long from, unsigned long to, bool threadgroup)
{
	const struct nsguard_move move = {
		.target = task,
		.from = (struct cgroup *)from,
		.to = (struct cgroup *)to,
		.threadgroup = threadgroup,
		.opener_known = true,
		.opener_uid = judged_uid(),
	};

	nsguard_path_hit(PATH_CLONE3);
	return nsguard_hook_cgroup_move(point->function, &move);
}

/*
 * static int cgroup_attach_permissions(struct cgroup *src, struct cgroup *dst, struct super_block
 * *sb, bool threadgroup, struct cgroup_namespace *ns)
 *
 * Two callers: a write, known by the address it returns to and left to cgroup_attach_task(),
 * which sees the task; and clone3, inlined into this or that function. So whatever is not known
 * is judged: a livepatched caller is judged once too often, but never let through. The child is
 * not there yet: the task that makes it stands for it.
 */
int nsguard_on_permissions(const struct nsguard_point *point, const struct nsguard_call *call)
{
	if (nsguard_text_has(&v2_write, call->caller)) {
		opener_note(nsguard_arg(call, 1));
		return 0;
	}
	return born_into(point, current, nsguard_arg(call, 0), nsguard_arg(call, 1),
			 (u8)nsguard_arg(call, 3));
}

/*
 * static int cgroup_attach_permissions(struct task_struct *task, src, dst, sb, threadgroup, ns) of
 * a kernel with the posted cgroup series: clone3's child is seen here, and can be told from the
 * task of a write, which cgroup_attach_task() decides.
 */
int nsguard_on_permissions_task(const struct nsguard_point *point,
				const struct nsguard_call *call)
{
	struct task_struct *task = (void *)nsguard_arg(call, 0);

	if (!nsguard_glue_newborn(task)) {
		opener_note(nsguard_arg(call, 2));
		return 0;
	}
	return born_into(point, task, nsguard_arg(call, 1), nsguard_arg(call, 2),
			 (u8)nsguard_arg(call, 4));
}

/*
 * static int cgroup_procs_write_permission(struct cgroup *src, struct cgroup *dst, struct
 * super_block *sb, struct cgroup_namespace *ns), where cgroup_attach_permissions() is inlined into
 * its two callers and has left nothing else: with the posted cgroup series and without
 * CONFIG_BPF_LSM. Neither child nor CLONE_THREAD is seen here.
 */
int nsguard_on_write_permission(const struct nsguard_point *point,
				const struct nsguard_call *call)
{
	if (nsguard_text_has(&v2_write, call->caller)) {
		opener_note(nsguard_arg(call, 1));
		return 0;
	}
	return born_into(point, current, nsguard_arg(call, 0), nsguard_arg(call, 1), true);
}

#define JUDGED	8	/* cgroups that are remembered; one more is only judged again */

static bool among(struct cgroup * const *judged, const struct cgroup *cgrp)
{
	unsigned int i;

	for (i = 0; i < JUDGED; i++)
		if (judged[i] == cgrp)
			return true;
	return false;
}

/*
 * A process takes its threads along, and in a threaded subtree they sit in cgroups of their
 * own: out of each of these something is moved too. Once for each: threads of several cgroups
 * come mixed.
 */
static int judge_threads(const struct nsguard_point *point, const struct nsguard_move *process)
{
	struct cgroup *judged[JUDGED] = {};
	struct nsguard_move move = *process;
	struct task_struct *thread;
	unsigned int n = 0;
	int err;

	for_each_thread(process->target, thread) {
		move.target = thread;
		move.from = cgroup_of(thread, move.to->root);
		if (!move.from || move.from == process->from || among(judged, move.from))
			continue;
		judged[n++ % JUDGED] = move.from;
		err = nsguard_hook_cgroup_move(point->function, &move);
		if (err)
			return err;
	}
	return 0;
}

static int judge(const struct nsguard_point *point, const struct nsguard_move *move)
{
	int err = nsguard_hook_cgroup_move(point->function, move);

	if (err || !move->threadgroup || thread_group_empty(move->target))
		return err;
	return judge_threads(point, move);
}

/*
 * int bpf_lsm_cgroup_attach(struct task_struct *task, struct cgroup *src, struct cgroup *dst,
 * struct super_block *sb, bool threadgroup, struct cgroup_namespace *ns): all that is to know of
 * a v2 move, at one point.
 */
int nsguard_on_lsm_cgroup(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct nsguard_move move = {
		.target = (void *)nsguard_arg(call, 0),
		.from = (void *)nsguard_arg(call, 1),
		.to = (void *)nsguard_arg(call, 2),
		.threadgroup = (u8)nsguard_arg(call, 4),
		.opener_known = true,
		.opener_uid = judged_uid(),
	};

	if (nsguard_glue_newborn(move.target))
		return born_into(point, move.target, nsguard_arg(call, 1), nsguard_arg(call, 2),
				 move.threadgroup);
	nsguard_path_hit(move.threadgroup ? PATH_CGROUP_PROCS : PATH_CGROUP_THREADS);
	return judge(point, &move);
}

/* int cgroup_attach_task(struct cgroup *dst, struct task_struct *leader, bool threadgroup) */
int nsguard_on_attach_task(const struct nsguard_point *point, const struct nsguard_call *call)
{
	struct cgroup *to = (void *)nsguard_arg(call, 0);
	bool v1 = to->root != &cgrp_dfl_root;
	struct nsguard_move move;

	/* Most calls of a patched kernel end here. */
	if (!v1 && READ_ONCE(native))
		return 0;
	if (nsguard_text_has(&attach_all, call->caller))
		return 0;
	move = (struct nsguard_move) {
		.to = to,
		.target = (void *)nsguard_arg(call, 1),
		.threadgroup = (u8)nsguard_arg(call, 2),
		.v1 = v1,
	};
	move.from = cgroup_of(move.target, move.to->root);
	if (move.v1) {
		nsguard_path_hit(PATH_CGROUP_V1);
	} else {
		nsguard_path_hit(move.threadgroup ? PATH_CGROUP_PROCS : PATH_CGROUP_THREADS);
		opener_use(&move);
	}
	return judge(point, &move);
}
