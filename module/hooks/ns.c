// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entering and creating a namespace, and its death. Which function of the kernel announced
 * it, and how, is the attach points' business.
 */
#include <linux/bitops.h>
#include <linux/ns_common.h>
#include "../decide.h"
#include "../hooks.h"
#include "../lock.h"
#include "../policy/policy.h"

/* H10: the kernel's own checks and the other types of a pidfd are still to come. */
int nsguard_hook_ns_enter(const char *function, enum nsguard_nstype type,
			  const struct ns_common *ns, const struct nsset *set)
{
	struct nsguard_request req __uninitialized;

	nsguard_request_init(&req, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER, function);
	req.ns_type = type;
	req.ns_inum = ns->inum;
	req.ns = ns;
	req.set = set;
	nsguard_birth_done();
	return nsguard_decide(&req);
}

/*
 * H11: on 6.x one call announces all types of a clone or unshare, before any of them exists.
 * Each is judged by itself; the first that is refused refuses the whole.
 */
int nsguard_hook_ns_create(const char *function, u32 types, u32 inum)
{
	struct nsguard_request req __uninitialized;
	unsigned long left = types;
	unsigned int type;
	int err;

	/* Once for all of them: they are asked for at one moment. */
	nsguard_request_init(&req, NSGUARD_TABLE_NS, NSGUARD_OP_CREATE, function);
	req.ns_inum = inum;
	for_each_set_bit(type, &left, NSGUARD_NSTYPE_TIME + 1) {
		req.ns_type = type;
		err = nsguard_decide(&req);
		if (err) {
			/* Nothing will be born of what was allowed before. */
			nsguard_birth_done();
			return err;
		}
	}
	return 0;
}

void nsguard_hook_ns_install(const struct nsguard_ns_ref *ref, unsigned int n, bool last)
{
	nsguard_birth_join(ref, n, last);
}

void nsguard_hook_ns_none(void)
{
	nsguard_birth_done();
}

/* H20: whatever the mode, whoever the task. */
void nsguard_hook_ns_death(u32 inum)
{
	nsguard_sandbox_death(inum, nsguard_nsid_kill(inum));
}
