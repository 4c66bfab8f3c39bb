// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions about cgroups whose answer differs from kernel to kernel or is not public, for
 * module/: names, and whether version 2 is in use. Nothing here is decided.
 */
#include <linux/cgroup.h>
#include <linux/fs.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include "points.h"

struct kernfs_node *nsguard_glue_kn_parent(const struct kernfs_node *kn)
{
#ifdef NSGUARD_HAVE_KERNFS_RCU_PARENT
	return rcu_dereference(kn->__parent);
#else
	return READ_ONCE(kn->parent);
#endif
}

const char *nsguard_glue_kn_name(const struct kernfs_node *kn)
{
#ifdef NSGUARD_HAVE_KERNFS_RCU_PARENT
	return rcu_dereference(kn->name);
#else
	return READ_ONCE(kn->name);
#endif
}

/* None where nobody has changed what it begins with: root's. Freed with the node. */
u32 nsguard_glue_cgroup_owner(const struct cgroup *cgrp)
{
	const struct nsguard_kernfs_iattrs *attrs = (const void *)READ_ONCE(cgrp->kn->iattr);

	return attrs ? __kuid_val(READ_ONCE(attrs->ia_uid)) : 0;
}

static void count_super(struct super_block *sb, void *count)
{
	++*(unsigned int *)count;
}

/*
 * Whether the hierarchy was ever mounted the kernel keeps to itself. A super block is there as
 * long as it is mounted in any mount namespace, and live cgroups outlast that.
 */
bool nsguard_glue_cgroup2_used(void)
{
	struct file_system_type *type;
	unsigned int count = 0;

	if (READ_ONCE(cgrp_dfl_root.cgrp.nr_descendants))
		return true;
	type = get_fs_type("cgroup2");
	if (!type)
		return false;
	iterate_supers_type(type, count_super, &count);
	module_put(type->owner);
	return count;
}
