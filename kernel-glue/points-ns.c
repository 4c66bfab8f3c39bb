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
