// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters for namespaces: entering, creation, death. Arguments out of the registers, one hook
 * called; which rules there are is not known here. Births are in points-birth.c.
 */
#include <linux/bits.h>
#include <linux/ns_common.h>
#include <linux/sched.h>
#ifdef NSGUARD_HAVE_MNT_NS_ANON
#include <uapi/linux/nsfs.h>
#endif
#include "points.h"

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
	const struct nsset *set = (const void *)nsguard_arg(call, 0);
	const struct ns_common *ns = (const void *)nsguard_arg(call, 1);

	nsguard_path_hit(PATH_NS_ENTER + point->data);
	return nsguard_hook_ns_enter(point->function, point->data, ns, set);
}

/* int bpf_lsm_namespace_install(struct nsset *nsset, struct ns_common *ns), for all types */
int nsguard_on_lsm_install(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct nsset *set = (const void *)nsguard_arg(call, 0);
	const struct ns_common *ns = (const void *)nsguard_arg(call, 1);
	int type = nsguard_glue_ns_type(ns);

	/* A type younger than this nsguard, which no rule can name. */
	if (type < 0)
		return 0;
	nsguard_path_hit(PATH_NS_ENTER + type);
	return nsguard_hook_ns_enter(point->function, type, ns, set);
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
 * One namespace of @types, which is one bit. Detached mount trees come by as anonymous mount
 * namespaces, which nobody can enter: all of them have one and the same number.
 */
static int on_create(const struct nsguard_point *point, u32 types, u32 inum)
{
#ifdef NSGUARD_HAVE_MNT_NS_ANON
	if (types == BIT(NSGUARD_NSTYPE_MNT) && inum == MNT_NS_ANON_INO)
		return 0;
#endif
	nsguard_path_hit(types == BIT(NSGUARD_NSTYPE_USER) ? PATH_NS_CREATE_USER : PATH_NS_CREATE);
	return nsguard_hook_ns_create(point->function, types, inum);
}

/*
 * int __ns_common_init(struct ns_common *ns, u32 ns_type, const struct proc_ns_operations *ops,
 * int inum). H11: @ns is not filled yet, and but for anonymous ones it has no number.
 */
int nsguard_on_ns_init(const struct nsguard_point *point, const struct nsguard_call *call)
{
	return on_create(point, types_of((u32)nsguard_arg(call, 1)), (u32)nsguard_arg(call, 3));
}

/*
 * int bpf_lsm_namespace_alloc(struct ns_common *ns): filled, and with a number. The posted series
 * calls it for anonymous mount namespaces too.
 */
int nsguard_on_lsm_alloc(const struct nsguard_point *point, const struct nsguard_call *call)
{
	const struct ns_common *ns = (const void *)nsguard_arg(call, 0);
	int type = nsguard_glue_ns_type(ns);

	return type < 0 ? 0 : on_create(point, BIT(type), ns->inum);
}

/* void __ns_common_free(struct ns_common *ns), and bpf_lsm_namespace_free(ns) */
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
