// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters for namespaces: entering, creation, death. Arguments out of the registers, one hook
 * called; which rules there are is not known here.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ns_common.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#ifdef NSGUARD_HAVE_MNT_NS_ANON
#include <uapi/linux/nsfs.h>
#endif
#include "points.h"
#include "symbols.h"

/* The CLONE_NEW* flags in the order of enum nsguard_nstype. */
static const u32 clone_flags[] = {
	[NSGUARD_NSTYPE_MNT] = CLONE_NEWNS,
	[NSGUARD_NSTYPE_UTS] = CLONE_NEWUTS,
	[NSGUARD_NSTYPE_IPC] = CLONE_NEWIPC,
	[NSGUARD_NSTYPE_PID] = CLONE_NEWPID,
	[NSGUARD_NSTYPE_NET] = CLONE_NEWNET,
	[NSGUARD_NSTYPE_USER] = CLONE_NEWUSER,
	[NSGUARD_NSTYPE_CGROUP] = CLONE_NEWCGROUP,
	[NSGUARD_NSTYPE_TIME] = CLONE_NEWTIME,
};

static u32 types_of(u64 flags)
{
	unsigned int type;
	u32 types = 0;

	for (type = 0; type < ARRAY_SIZE(clone_flags); type++)
		if (flags & clone_flags[type])
			types |= BIT(type);
	return types;
}

/* int X_install(struct nsset *nsset, struct ns_common *ns) */
int nsguard_on_install(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct ns_common *ns = (const void *)nsguard_arg(call, 1);

	nsguard_path_hit(PATH_NS_ENTER + point->data);
	return nsguard_hook_ns_enter(point->function, point->data, ns->inum);
}

/*
 * struct nsproxy *create_new_namespaces(flags, tsk, user_ns, new_fs). H11: it runs in every setns
 * too, with no flag of a namespace, which creates nothing.
 */
int nsguard_on_create_flags(const struct nsguard_point *point, const struct nsguard_call *call)
{
	/* A user namespace is made elsewhere, see below. */
	u32 types = types_of((u32)nsguard_arg(call, 0) & ~CLONE_NEWUSER);

	if (!types)
		return 0;
	nsguard_path_hit(PATH_NS_CREATE);
	return nsguard_hook_ns_create(point->function, types, 0);
}

/* int create_user_ns(struct cred *new) */
int nsguard_on_create_user(const struct nsguard_point *point, const struct nsguard_call *call)
{
	nsguard_path_hit(PATH_NS_CREATE_USER);
	return nsguard_hook_ns_create(point->function, BIT(NSGUARD_NSTYPE_USER), 0);
}

/*
 * int __ns_common_init(struct ns_common *ns, u32 ns_type, const struct proc_ns_operations *ops,
 * int inum). H11: @ns is not filled yet. Detached mount trees pass through as anonymous mount
 * namespaces, which nobody can enter: they are told by their number, all others have none yet.
 */
int nsguard_on_ns_init(const struct nsguard_point *point, const struct nsguard_call *call)
{
	u32 types = types_of((u32)nsguard_arg(call, 1));
	u32 inum = (u32)nsguard_arg(call, 3);

#ifdef NSGUARD_HAVE_MNT_NS_ANON
	if (types == BIT(NSGUARD_NSTYPE_MNT) && inum == MNT_NS_ANON_INO)
		return 0;
#endif
	nsguard_path_hit(types == BIT(NSGUARD_NSTYPE_USER) ? PATH_NS_CREATE_USER : PATH_NS_CREATE);
	return nsguard_hook_ns_create(point->function, types, inum);
}

/*
 * H23: where namespaces are installed. Their arguments are in public headers, so a kernel with
 * others does not compile.
 */
static_assert(__same_type(&switch_task_namespaces,
			  void (*)(struct task_struct *, struct nsproxy *)));
static_assert(__same_type(&commit_creds, int (*)(struct cred *)));
static_assert(__same_type(&cgroup_can_fork,
			  int (*)(struct task_struct *, struct kernel_clone_args *)));

/*
 * setns installs what others have made: that was judged, and let through perhaps in audit mode, but
 * it does not belong to whoever enters it. Where it is inlined is the compiler's choice. A caller
 * that is not recognised is taken for one that has made them: nobody is let out by that.
 */
static struct nsguard_text setns_text[4];

void nsguard_points_ns_init(void)
{
	static const char * const names[] = {
		"commit_nsset", "__do_sys_setns", "__x64_sys_setns", "__arm64_sys_setns",
	};
	unsigned int i;

	static_assert(ARRAY_SIZE(names) == ARRAY_SIZE(setns_text));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		nsguard_text_find(names[i], &setns_text[i]);
}

static bool is_setns(const struct nsguard_call *call)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(setns_text); i++)
		if (nsguard_text_has(&setns_text[i], call->caller))
			return true;
	return false;
}

/*
 * void switch_task_namespaces(struct task_struct *p, struct nsproxy *new): unshare, setns, exec;
 * and exit.
 */
int nsguard_on_switch_namespaces(const struct nsguard_point *point,
				 const struct nsguard_call *call)
{
	const struct nsproxy *next = (const void *)nsguard_arg(call, 1);
	struct nsguard_ns_ref ref[NSGUARD_TASK_REFS];

	if ((void *)nsguard_arg(call, 0) != current || !next || is_setns(call))
		return 0;
	nsguard_path_hit(PATH_NS_BIRTH);
	/* unshare installs the user namespace after it. */
	nsguard_hook_ns_install(ref, nsguard_glue_proxy_refs(next, ref), false);
	return 0;
}

/* int commit_creds(struct cred *new) */
int nsguard_on_commit_creds(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct cred *next = (const void *)nsguard_arg(call, 0);
	struct nsguard_ns_ref ref;

	if (next->user_ns == current_real_cred()->user_ns || is_setns(call))
		return 0;
	nsguard_path_hit(PATH_NS_BIRTH);
	ref = nsguard_glue_cred_ref(next);
	nsguard_hook_ns_install(&ref, 1, true);
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

	if (child->nsproxy == current->nsproxy && cred->user_ns == current_real_cred()->user_ns)
		return 0;
	nsguard_path_hit(PATH_NS_BIRTH);
	n = nsguard_glue_proxy_refs(child->nsproxy, ref);
	ref[n++] = nsguard_glue_cred_ref(cred);
	nsguard_hook_ns_install(ref, n, true);
	return 0;
}

/* void __ns_common_free(struct ns_common *ns) */
int nsguard_on_ns_free(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct ns_common *ns = (const void *)nsguard_arg(call, 0);

	nsguard_path_hit(PATH_NS_DEATH);
	nsguard_hook_ns_death(ns->inum);
	return 0;
}

/*
 * void proc_free_inum(unsigned int inum). H20: for every dynamic inode number of /proc, in any
 * context.
 */
int nsguard_on_inum_free(const struct nsguard_point *point, const struct nsguard_call *call)
{
	nsguard_path_hit(PATH_NS_DEATH);
	nsguard_hook_ns_death((u32)nsguard_arg(call, 0));
	return 0;
}
