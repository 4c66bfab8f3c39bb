// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters for the births of namespaces that locked tasks make (H23). They refuse nothing; who is
 * locked, and what joins, is not known here.
 */
#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include "points.h"
#include "symbols.h"

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

void nsguard_points_birth_init(void)
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
