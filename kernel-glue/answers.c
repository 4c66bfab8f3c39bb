// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions whose answer differs from kernel to kernel, for module/: namespaces and their
 * numbers, the executable of a task. Lock-free; nothing here is decided.
 */
#include <linux/bitops.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init_task.h>
#include <linux/ipc_namespace.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/magic.h>
#include <linux/mm_types.h>
#include <linux/nsproxy.h>
#include <linux/ns_common.h>
#include <linux/pid_namespace.h>
#include <linux/proc_ns.h>
#include <linux/sched/signal.h>
#include <linux/time_namespace.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <net/net_namespace.h>
#include "points.h"

/* --- namespaces --- */

static u32 host_inums[NSGUARD_NSTYPE_TIME + 1];

/* By bit of the CLONE_NEW* flag, one more than the type: 0 is none. */
static const u8 type_of_bit[32] = {
	[ilog2(CLONE_NEWNS)] = 1 + NSGUARD_NSTYPE_MNT,
	[ilog2(CLONE_NEWUTS)] = 1 + NSGUARD_NSTYPE_UTS,
	[ilog2(CLONE_NEWIPC)] = 1 + NSGUARD_NSTYPE_IPC,
	[ilog2(CLONE_NEWPID)] = 1 + NSGUARD_NSTYPE_PID,
	[ilog2(CLONE_NEWNET)] = 1 + NSGUARD_NSTYPE_NET,
	[ilog2(CLONE_NEWUSER)] = 1 + NSGUARD_NSTYPE_USER,
	[ilog2(CLONE_NEWCGROUP)] = 1 + NSGUARD_NSTYPE_CGROUP,
	[ilog2(CLONE_NEWTIME)] = 1 + NSGUARD_NSTYPE_TIME,
};

/* @flag is one bit, or none. */
static int type_of_flag(u32 flag)
{
	return flag ? type_of_bit[__ffs(flag)] - 1 : -1;
}

int nsguard_glue_ns_type(const struct ns_common *ns)
{
#ifdef NSGUARD_HAVE_NS_TYPE
	return type_of_flag(ns->ns_type);
#else
	return ns->ops ? type_of_flag(ns->ops->type) : -1;
#endif
}

u32 nsguard_glue_ns_owner(const struct ns_common *ns)
{
	const struct user_namespace *user_ns;

	if (nsguard_glue_ns_type(ns) == NSGUARD_NSTYPE_USER)
		user_ns = container_of(ns, struct user_namespace, ns);
	else
		/* Reads one member; for mount namespaces nobody else could. */
		user_ns = ns->ops->owner((struct ns_common *)ns);
	return __kuid_val(user_ns->owner);
}

struct ns_common *nsguard_glue_ns_of_file(struct file *file)
{
	struct inode *inode = file_inode(file);

	if (inode->i_sb->s_magic != NSFS_MAGIC || !S_ISREG(inode->i_mode))
		return NULL;
	return get_proc_ns(inode);
}

/*
 * struct mnt_namespace is private; its first member was always this one. See mnt_ns_is_first().
 */
static const struct ns_common *mnt_common(const struct mnt_namespace *ns)
{
	return (const struct ns_common *)ns;
}

u32 nsguard_glue_task_inum(struct task_struct *task, enum nsguard_nstype type)
{
	const struct nsproxy *proxy = READ_ONCE(task->nsproxy);

	if (type == NSGUARD_NSTYPE_PID) {
		const struct pid_namespace *pid_ns = task_active_pid_ns(task);

		return pid_ns ? pid_ns->ns.inum : 0;
	}
	if (type == NSGUARD_NSTYPE_USER) {
		u32 inum;

		rcu_read_lock();
		inum = __task_cred(task)->user_ns->ns.inum;
		rcu_read_unlock();
		return inum;
	}
	/* A task that is exiting has given its namespaces back. */
	if (!proxy)
		return 0;
	switch (type) {
	case NSGUARD_NSTYPE_MNT:
		return proxy->mnt_ns ? mnt_common(proxy->mnt_ns)->inum : 0;
#ifdef CONFIG_UTS_NS
	case NSGUARD_NSTYPE_UTS:
		return proxy->uts_ns->ns.inum;
#endif
#ifdef CONFIG_IPC_NS
	case NSGUARD_NSTYPE_IPC:
		return proxy->ipc_ns->ns.inum;
#endif
#ifdef CONFIG_NET_NS
	case NSGUARD_NSTYPE_NET:
		return proxy->net_ns->ns.inum;
#endif
#ifdef CONFIG_CGROUPS
	case NSGUARD_NSTYPE_CGROUP:
		return proxy->cgroup_ns->ns.inum;
#endif
#ifdef CONFIG_TIME_NS
	case NSGUARD_NSTYPE_TIME:
		return proxy->time_ns->ns.inum;
#endif
	default:
		return 0;
	}
}

static unsigned int ref_add(struct nsguard_ns_ref *ref, unsigned int n, enum nsguard_nstype type,
			    u32 inum)
{
	ref[n].type = type;
	ref[n].inum = inum;
	return n + 1;
}

unsigned int nsguard_glue_proxy_refs(const struct nsproxy *proxy, struct nsguard_ns_ref *ref)
{
	unsigned int n = 0;

	if (!proxy)
		return 0;
	if (proxy->mnt_ns)
		n = ref_add(ref, n, NSGUARD_NSTYPE_MNT, mnt_common(proxy->mnt_ns)->inum);
#ifdef CONFIG_UTS_NS
	n = ref_add(ref, n, NSGUARD_NSTYPE_UTS, proxy->uts_ns->ns.inum);
#endif
#ifdef CONFIG_IPC_NS
	n = ref_add(ref, n, NSGUARD_NSTYPE_IPC, proxy->ipc_ns->ns.inum);
#endif
#ifdef CONFIG_NET_NS
	n = ref_add(ref, n, NSGUARD_NSTYPE_NET, proxy->net_ns->ns.inum);
#endif
#ifdef CONFIG_CGROUPS
	n = ref_add(ref, n, NSGUARD_NSTYPE_CGROUP, proxy->cgroup_ns->ns.inum);
#endif
#ifdef CONFIG_TIME_NS
	n = ref_add(ref, n, NSGUARD_NSTYPE_TIME, proxy->time_ns->ns.inum);
	n = ref_add(ref, n, NSGUARD_NSTYPE_TIME, proxy->time_ns_for_children->ns.inum);
#endif
	return ref_add(ref, n, NSGUARD_NSTYPE_PID, proxy->pid_ns_for_children->ns.inum);
}

struct nsguard_ns_ref nsguard_glue_cred_ref(const struct cred *cred)
{
	return (struct nsguard_ns_ref){ NSGUARD_NSTYPE_USER, cred->user_ns->ns.inum };
}

unsigned int nsguard_glue_set_refs(const struct nsset *set, struct nsguard_ns_ref *ref)
{
	unsigned int n = nsguard_glue_proxy_refs(set->nsproxy, ref);

	ref[n] = nsguard_glue_cred_ref(set->cred);
	return n + 1;
}

unsigned int nsguard_glue_task_refs(struct task_struct *task, struct nsguard_ns_ref *ref)
{
	enum nsguard_nstype type;
	unsigned int n = 0;
	u32 inum;

	/* The pid namespace it is in before the one its children get. */
	for (type = NSGUARD_NSTYPE_PID; type <= NSGUARD_NSTYPE_USER; type++) {
		if (type == NSGUARD_NSTYPE_NET)
			continue;
		inum = nsguard_glue_task_inum(task, type);
		if (inum)
			n = ref_add(ref, n, type, inum);
	}
	return n + nsguard_glue_proxy_refs(READ_ONCE(task->nsproxy), ref + n);
}

u32 nsguard_glue_host_inum(enum nsguard_nstype type)
{
	return host_inums[type];
}

/*
 * Does the initial mount namespace begin with its ns_common? Read so that a wrong guess does no
 * harm.
 */
static bool mnt_ns_is_first(void)
{
	const struct ns_common *ns = mnt_common(init_task.nsproxy->mnt_ns);
#ifdef NSGUARD_HAVE_NS_TYPE
	u32 type;

	return !copy_from_kernel_nofault(&type, &ns->ns_type, sizeof(type)) && type == CLONE_NEWNS;
#else
	const struct proc_ns_operations *ops;
	int type;

	return !copy_from_kernel_nofault(&ops, &ns->ops, sizeof(ops)) &&
	       !copy_from_kernel_nofault(&type, &ops->type, sizeof(type)) && type == CLONE_NEWNS;
#endif
}

int nsguard_answers_init(char *why)
{
	unsigned int type;

	if (!mnt_ns_is_first()) {
		scnprintf(why, NSGUARD_WHY,
			  "cannot read mount namespaces: struct mnt_namespace is another than this nsguard knows; a newer nsguard is needed");
		return -EOPNOTSUPP;
	}
	for (type = 0; type < ARRAY_SIZE(host_inums); type++)
		host_inums[type] = nsguard_glue_task_inum(&init_task, type);
	return 0;
}

/* --- tasks --- */

/*
 * A child begins as a copy of its maker, and gets its own struct pid only when it is about to be
 * seen by others. No two tasks that can be found share one.
 */
bool nsguard_glue_newborn(const struct task_struct *task)
{
	return task != current && READ_ONCE(task->thread_pid) == current->thread_pid;
}

/* --- executables --- */

#define EXE_TRIES	16	/* against a task that executes program after program */

static struct mm_struct *mm_of(struct task_struct *task)
{
	struct task_struct *thread;
	struct mm_struct *mm = READ_ONCE(task->mm);

	if (mm)
		return mm;
	/* The leader may be gone while the process lives on. */
	for_each_thread(task, thread) {
		mm = READ_ONCE(thread->mm);
		if (mm)
			break;
	}
	return mm;
}

/*
 * @task's executable, as it was a moment ago; a file found here may be another one by now.
 *
 * H18: the mm of another task can be freed at any time and is not freed by RCU, so it is read in
 * a way that may fail, and what was read counts only if the task still has the same mm: it was
 * alive in between. A file's memory and its inode's stay what they are in an RCU read side
 * section.
 */
static struct file *exe_peek(struct task_struct *task, struct mm_struct **mm)
{
	struct file *file;

	*mm = mm_of(task);
	if (!*mm)
		return NULL;
	if (copy_from_kernel_nofault(&file, (void *)&(*mm)->exe_file, sizeof(file)))
		return ERR_PTR(-EAGAIN);
	smp_rmb(); /* exe_file before the mm is looked at again */
	if (mm_of(task) != *mm)
		return ERR_PTR(-EAGAIN);
	return file;
}

/* Is @file still what exe_peek() found? Then it was, all the time. */
static bool exe_same(struct task_struct *task, struct mm_struct *mm, const struct file *file)
{
	struct mm_struct *again;

	smp_rmb(); /* whatever was read of @file before */
	return exe_peek(task, &again) == file && again == mm;
}

bool nsguard_glue_exe(struct task_struct *task, dev_t *dev, u64 *ino, u32 *gen)
{
	const struct inode *inode;
	struct mm_struct *mm;
	struct file *file;
	unsigned int i;

	for (i = 0; i < EXE_TRIES; i++) {
		file = exe_peek(task, &mm);
		if (!file)
			return false;
		if (IS_ERR(file))
			continue;
		inode = READ_ONCE(file->f_inode);
		if (!inode)
			continue;
		*dev = inode->i_sb->s_dev;
		*ino = inode->i_ino;
		*gen = inode->i_generation;
		if (exe_same(task, mm, file))
			return true;
	}
	return false;
}

/* One try to hold a file that may just be given back. */
static bool file_hold(struct file *file)
{
#ifdef NSGUARD_HAVE_FILE_ACTIVE
	return get_file_active(&file);
#else
	return get_file_rcu(file);
#endif
}

struct file *nsguard_glue_exe_file(struct task_struct *task)
{
	struct mm_struct *mm;
	struct file *file;
	unsigned int i;

	for (i = 0; i < EXE_TRIES; i++) {
		file = exe_peek(task, &mm);
		if (!file)
			return NULL;
		if (IS_ERR(file) || !file_hold(file))
			continue;
		if (exe_same(task, mm, file))
			return file;
		/* Another file by now. It only queues work where it is the last reference. */
		fput(file);
	}
	return NULL;
}
