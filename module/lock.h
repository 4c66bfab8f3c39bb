/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is locked in a sandbox: derived, never stored (H22). A task is locked while one of its
 * namespaces is a member of a sandbox, so that the kernel itself inherits and ends it.
 */
#ifndef NSGUARD_LOCK_H
#define NSGUARD_LOCK_H

#include <linux/sched.h>
#include "../kernel-glue/glue.h"

#define NSGUARD_LOCK_SEVERAL	U32_MAX	/* in more than one sandbox: nothing may be entered */

/*
 * The number of the sandbox of whoever is in @n namespaces @ref, 0, or NSGUARD_LOCK_SEVERAL. Any
 * context.
 */
u32 nsguard_lock_of(const struct nsguard_ns_ref *ref, unsigned int n);
/* The same for current. */
u32 nsguard_lock_current(void);

/* birth.c: H23, namespaces that locked tasks make */

/*
 * Before current makes namespaces: promises room for them if it is locked. Any context, preemption
 * off. Return: 0 or -ENOSPC.
 */
int nsguard_birth_expect(void);
/*
 * current installs namespaces, in itself or in a child: those of @ref that it is not in itself
 * belong to its sandbox, if it is locked. @last: it makes no others at the same time.
 */
void nsguard_birth_join(const struct nsguard_ns_ref *ref, unsigned int n, bool last);

/* who.c: processes that are locked in; may sleep. */

/**
 * struct nsguard_inmate - a process with a locked thread
 * @sandbox: sandbox
 * @pid: its id in the initial pid namespace
 */
struct nsguard_inmate {
	u32 sandbox;
	u32 pid;
};

/* All of them in an array to be kvfree()d, with *@n; or an ERR_PTR. */
struct nsguard_inmate *nsguard_inmates(unsigned int *n);

#endif
