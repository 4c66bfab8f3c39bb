// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters for the births of namespaces that locked tasks make (H23). They refuse nothing; who is
 * locked, and what joins, is not known here. Asking before a namespace is made is points-ns.c's.
 */
#include <linux/audit.h>
#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ns_common.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>
#include <asm/syscall.h>
#include "points.h"

/*
 * H23: where namespaces are installed. Their arguments are in public headers, so a kernel with
 * others does not compile.
 */
static_assert(__same_type(&switch_task_namespaces,
			  void (*)(struct task_struct *, struct nsproxy *)));
static_assert(__same_type(&commit_creds, int (*)(struct cred *)));
static_assert(__same_type(&cgroup_can_fork,
			  int (*)(struct task_struct *, struct kernel_clone_args *)));
#ifdef CONFIG_TIME_NS
static_assert(__same_type(&timens_on_fork, void (*)(struct nsproxy *, struct task_struct *)));
#endif

/*
 * setns installs what others have made: that was judged, and let through perhaps in audit mode, but
 * it does not belong to whoever enters it. unshare tells whether a user namespace is still to come.
 * Both are told by the number of the system call the task is in, and not by who calls: which
 * function that is, the compiler chooses, and there is one for each way into the kernel. Nobody
 * forges the number: a tracer can change it only where the task stops, and it does not stop within
 * the call; no other call has this number, and a call that is not known here is taken for one that
 * makes what it installs. Nobody is let out by that.
 */
enum call { CALL_OTHER, CALL_SETNS, CALL_UNSHARE };

static const struct {
	u32 arch;
	int number;
	enum call call;
} numbers[] = {
	{ AUDIT_ARCH_X86_64, 308, CALL_SETNS },
	{ AUDIT_ARCH_X86_64, 272, CALL_UNSHARE },
	{ AUDIT_ARCH_I386, 346, CALL_SETNS },
	{ AUDIT_ARCH_I386, 310, CALL_UNSHARE },
	{ AUDIT_ARCH_AARCH64, 268, CALL_SETNS },
	{ AUDIT_ARCH_AARCH64, 97, CALL_UNSHARE },
	{ AUDIT_ARCH_ARM, 375, CALL_SETNS },
	{ AUDIT_ARCH_ARM, 337, CALL_UNSHARE },
};

#ifdef __X32_SYSCALL_BIT
#define NUMBER_MASK	(~(int)__X32_SYSCALL_BIT)
#else
#define NUMBER_MASK	(~0)
#endif

static enum call this_call(void)
{
	int number = syscall_get_nr(current, task_pt_regs(current));
	u32 arch = syscall_get_arch(current);
	unsigned int i;

	/* None at all: it is on its way out by a signal, or was made in the kernel. */
	if (number < 0)
		return CALL_OTHER;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].arch == arch && numbers[i].number == (number & NUMBER_MASK))
			return numbers[i].call;
	return CALL_OTHER;
}

/* Does this unshare make a user namespace, which is installed after the others? */
static bool user_follows(void)
{
	unsigned long args[6];

	if (this_call() != CALL_UNSHARE)
		return false;
	syscall_get_arguments(current, task_pt_regs(current), args);
	return args[0] & CLONE_NEWUSER;
}

/*
 * void __ns_tree_add_raw(struct ns_common *ns, struct ns_tree_root *ns_tree), from 6.18 on: every
 * namespace but the anonymous ones, once it is whole; those of open_tree and fsmount too, which
 * nobody installs. Each was announced by itself.
 */
int nsguard_on_tree_add(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct ns_common *ns = (const void *)nsguard_arg(call, 0);
	struct nsguard_ns_ref ref = { .inum = ns->inum };
	int type = nsguard_glue_ns_type(ns);

	if (type < 0)
		return 0;
	ref.type = type;
	nsguard_path_hit(PATH_NS_BIRTH);
	nsguard_hook_ns_install(&ref, 1, true);
	return 0;
}

/* Those of @task's own that are in no nsproxy: the active pid namespace, and that of @cred. */
static unsigned int rest_refs(struct task_struct *task, const struct cred *cred,
			      struct nsguard_ns_ref *ref)
{
	ref[0].type = NSGUARD_NSTYPE_PID;
	ref[0].inum = nsguard_glue_task_inum(task, NSGUARD_NSTYPE_PID);
	ref[1] = nsguard_glue_cred_ref(cred);
	return 2;
}

/*
 * void switch_task_namespaces(struct task_struct *p, struct nsproxy *new): unshare, setns, exec;
 * and exit, which leaves all.
 */
int nsguard_on_switch_namespaces(const struct nsguard_point *point,
				 const struct nsguard_call *call)
{
	const struct nsproxy *next = (const void *)nsguard_arg(call, 1);
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];
	unsigned int n;

	if ((void *)nsguard_arg(call, 0) != current)
		return 0;
	if (!next) {
		nsguard_hook_ns_none();
		return 0;
	}
	if (this_call() == CALL_SETNS)
		return 0;
	nsguard_path_hit(PATH_NS_BIRTH);
	n = nsguard_glue_proxy_refs(next, ref);
	n += rest_refs(current, current_real_cred(), ref + n);
	nsguard_hook_ns_install(ref, n, !user_follows());
	return 0;
}

/* int commit_creds(struct cred *new) */
int nsguard_on_commit_creds(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct cred *next = (const void *)nsguard_arg(call, 0);
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];
	unsigned int n;

	if (next->user_ns == current_real_cred()->user_ns || this_call() == CALL_SETNS)
		return 0;
	nsguard_path_hit(PATH_NS_BIRTH);
	n = nsguard_glue_proxy_refs(current->nsproxy, ref);
	n += rest_refs(current, next, ref + n);
	nsguard_hook_ns_install(ref, n, true);
	return 0;
}

/*
 * int cgroup_can_fork(struct task_struct *child, struct kernel_clone_args *kargs): the child has
 * its namespaces by now, but no pid; its pid namespace is the one its parent's children get, or
 * its own new one.
 */
int nsguard_on_can_fork(const struct nsguard_point *point, const struct nsguard_call *call)
{
	struct task_struct *child = (void *)nsguard_arg(call, 0);
	const struct cred *cred = rcu_dereference(child->real_cred);
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];
	unsigned int n;

	if (child->nsproxy == current->nsproxy && cred->user_ns == current_real_cred()->user_ns &&
	    child->nsproxy->pid_ns_for_children == task_active_pid_ns(current)) {
		nsguard_hook_ns_none();
		return 0;
	}
	nsguard_path_hit(PATH_NS_BIRTH);
	n = nsguard_glue_proxy_refs(child->nsproxy, ref);
	ref[n++] = nsguard_glue_cred_ref(cred);
	nsguard_hook_ns_install(ref, n, true);
	return 0;
}

/*
 * void timens_on_fork(struct nsproxy *nsproxy, struct task_struct *tsk): current executes a program
 * and goes to the time namespace it has chosen for its children. H4: 6.12 has no call of
 * switch_task_namespaces() there, it is inlined. For a child cgroup_can_fork() is early enough.
 */
int nsguard_on_time_switch(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct nsproxy *next = (const void *)nsguard_arg(call, 0);
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];
	unsigned int n, i, kept = 0;

	if ((void *)nsguard_arg(call, 1) != current || next->time_ns == next->time_ns_for_children)
		return 0;
	nsguard_path_hit(PATH_NS_BIRTH);
	n = nsguard_glue_proxy_refs(next, ref);
	/* It still has the one that is left. */
	for (i = 0; i < n; i++)
		if (ref[i].inum != nsguard_glue_task_inum(current, NSGUARD_NSTYPE_TIME))
			ref[kept++] = ref[i];
	n = kept + rest_refs(current, current_real_cred(), ref + kept);
	nsguard_hook_ns_install(ref, n, true);
	return 0;
}
