/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which namespace belongs to which sandbox: the only state that outlives a decision. What a
 * sandbox is called and who is locked in it, sandbox.h and lock.h know.
 */
#ifndef NSGUARD_MEMBER_H
#define NSGUARD_MEMBER_H

#include <linux/compiler.h>
#include "limits.h"
#include "request.h"

/**
 * struct nsguard_member - a namespace that belongs to a sandbox
 * @sandbox: number of the sandbox, never 0
 * @type: its type
 * @inum: its inode number, of no other living namespace
 */
struct nsguard_member {
	u32 sandbox;
	enum nsguard_nstype type;
	u32 inum;
};

/* Namespaces a locked task can make in one go: one of each type. */
#define NSGUARD_BIRTH_MEMBERS	(NSGUARD_NSTYPE_TIME + 1)
/* Births were promised room before it became scarce, see birth.c. */
#define NSGUARD_MEMBER_SLOTS	(NSGUARD_MAX_MEMBERS + NSGUARD_MAX_BIRTHS * NSGUARD_BIRTH_MEMBERS)

/* The number of the sandbox @inum belongs to, 0 for none. Any context, lock-free. */
u32 nsguard_member_of(u32 inum);

extern unsigned int nsguard_members;	/* member.c's */

/* Is there any member, or one about to be? Any context. */
static inline bool nsguard_member_any(void)
{
	return READ_ONCE(nsguard_members);
}

/*
 * A task of the sandbox has made it. @promised: into the room it was promised. Any context, never
 * sleeps. Return: 0, also when it is in already; -EEXIST when it is in another sandbox;
 * -ENOSPC; or -ESTALE when there is no such sandbox (any more).
 */
int nsguard_member_join(const struct nsguard_member *member, bool promised);
/*
 * Room for what a task of @sandbox is about to make. No sandbox gets more than what it leaves to
 * the others, neither of members nor of promises. Any context, never sleeps. Return: 0, to be given
 * back with nsguard_member_unpromise(); -ENOSPC; or -ESTALE as above.
 */
int nsguard_member_promise(u32 sandbox);
void nsguard_member_unpromise(u32 sandbox);
/* The namespace with this number is gone. Any context. */
void nsguard_member_kill(u32 inum);

/* --- under the policy's mutex; may sleep --- */

/* From now on @sandbox may have members. Not yet open; at most twice NSGUARD_MAX_SANDBOXES. */
void nsguard_member_open(u32 sandbox);
/* And now no more: all leave, and none joins. */
void nsguard_member_close(u32 sandbox);
/*
 * It is to be a member, but is none before nsguard_member_publish(). @dead: the dead bit of its
 * identity, which has stood in its table since it was a file (H20). Return: 0, also when it is in
 * already or dead; or -EEXIST or -ENOSPC as above.
 */
int nsguard_member_stage(const struct nsguard_member *member, const bool *dead);
/* All that are staged become members; or are forgotten. */
void nsguard_member_publish(void);
void nsguard_member_unstage(void);
/* Up to @n members from place *@pos on, which moves; 0 at the end. */
unsigned int nsguard_member_read(unsigned int *pos, struct nsguard_member *member, unsigned int n);
void nsguard_member_init(void);

#endif
