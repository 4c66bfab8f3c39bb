/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is locked in a sandbox: derived, never stored (H22). A task is locked while one of its
 * namespaces is a member of a sandbox, so that the kernel itself inherits and ends it.
 */
#ifndef NSGUARD_LOCK_H
#define NSGUARD_LOCK_H

#include <linux/sched.h>
#include "../kernel-glue/glue.h"

#define NSGUARD_LOCK_SEVERAL	U32_MAX	/* in more than one: enters and makes nothing */

/*
 * The number of the sandbox of whoever is in @n namespaces @ref, 0, or NSGUARD_LOCK_SEVERAL. Any
 * context.
 */
u32 nsguard_lock_of(const struct nsguard_ns_ref *ref, unsigned int n);
/* The same for current. */
u32 nsguard_lock_current(void);
/*
 * H24: does current share no memory with another task, neither with a thread nor with another
 * process? Inside an RCU read side section; lock-free.
 */
bool nsguard_lock_alone(void);

/* birth.c: H23, namespaces that locked tasks make */

/*
 * Before current, locked in @sandbox, makes namespaces: promises room for them. Any context,
 * preemption off, inside an RCU read side section. Return: 0, -ENOSPC, or -EPERM when it is locked
 * in several.
 */
int nsguard_birth_expect(u32 sandbox);
/*
 * current, or a child it makes, is about to be in the namespaces @next, all of them, or one that it
 * has made is there now: those it is not in itself belong to its sandbox, if it is locked. @last:
 * it makes no others in the same call. As above.
 */
void nsguard_birth_join(const struct nsguard_ns_ref *next, unsigned int n, bool last);
/* By nsguard_birth_done() only. */
void nsguard_birth_take_back(void);

extern unsigned int nsguard_promises;	/* birth.c's: how many there are */

/* current is making no namespace: what it was promised room for was none in the end. As above. */
static inline void nsguard_birth_done(void)
{
	/* Its own was given by this task, if any. */
	if (unlikely(READ_ONCE(nsguard_promises)))
		nsguard_birth_take_back();
}

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
