// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who acts on whom, said instead of looked at: for the question what would be decided. Begins as
 * what is true of two tasks; what is to be different is changed by who asks.
 */
#include <linux/audit.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include "request.h"

/* With a reference; one that is just going away is none. */
static struct cgroup *cgroup_of(struct task_struct *task)
{
	struct cgroup *cgrp;

	rcu_read_lock();
	do {
		cgrp = task_dfl_cgroup(task);
	} while (!cgroup_tryget(cgrp));
	rcu_read_unlock();
	return cgrp;
}

static void exe_of(struct task_struct *task, struct nsguard_exe_seen *exe)
{
	rcu_read_lock();
	exe->known = nsguard_glue_exe(task, &exe->dev, &exe->ino, &exe->gen);
	rcu_read_unlock();
}

int nsguard_said_init(struct nsguard_said *said, struct task_struct *task,
		      struct task_struct *target)
{
	memset(said, 0, sizeof(*said));
	said->cred = prepare_kernel_cred(task);
	if (!said->cred)
		return -ENOMEM;
	said->userns = said->cred->user_ns == &init_user_ns ? NSGUARD_USERNS_INIT :
							       NSGUARD_USERNS_OTHER;
	said->auid = __kuid_val(audit_get_loginuid(task));
	said->pid = task_tgid_nr(task);
	said->threads = !thread_group_empty(task);
	/* Against its exit, which takes its namespaces away. */
	task_lock(task);
	if (task->nsproxy) {
		said->n_ns = nsguard_glue_task_refs(task, said->ns);
		said->cgroup_root = task->nsproxy->cgroup_ns->root_cset->dfl_cgrp;
		cgroup_get(said->cgroup_root);
	}
	task_unlock(task);
	if (!said->n_ns) {
		put_cred(said->cred);
		return -ESRCH;
	}
	said->cgroup = cgroup_of(task);
	exe_of(task, &said->exe);
	said->who = same_thread_group(task, target) ? NSGUARD_WHO_SELF : NSGUARD_WHO_OTHER;
	rcu_read_lock();
	said->target_uid = __kuid_val(__task_cred(target)->uid);
	rcu_read_unlock();
	said->target_cgroup = cgroup_of(target);
	exe_of(target, &said->target_exe);
	return 0;
}

void nsguard_said_exit(struct nsguard_said *said)
{
	put_cred(said->cred);
	cgroup_put(said->cgroup);
	cgroup_put(said->cgroup_root);
	cgroup_put(said->target_cgroup);
}
