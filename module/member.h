/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which namespace belongs to which sandbox: the only state that outlives a decision. What a
 * sandbox is called and who is locked in it, sandbox.h and lock.h know.
 */
#ifndef NSGUARD_MEMBER_H
#define NSGUARD_MEMBER_H

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
/* Is there any member? Any context. */
bool nsguard_member_any(void);
/* May another be added, or be promised to a birth? Any context. */
bool nsguard_member_room(void);
/*
 * @born: a locked task has made it, and takes the room it was promised. Any context, never
 * sleeps. Return: 0, also when it is in already; -EEXIST when it is in another sandbox;
 * or -ENOSPC.
 */
int nsguard_member_add(const struct nsguard_member *member, bool born);
/* The namespace with this number is gone, or is to leave. Any context. */
void nsguard_member_kill(u32 inum);
/* All of a sandbox's leave. */
void nsguard_member_drop(u32 sandbox);
/* Up to @n members from place *@pos on, which moves; 0 at the end. May sleep. */
unsigned int nsguard_member_read(unsigned int *pos, struct nsguard_member *member, unsigned int n);
void nsguard_member_init(void);

#endif
