/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nsguard_stub.ko gives to nsguard.ko: functions that do nothing but return an errno, and
 * thunks that do nothing but resume a function.
 */
#ifndef NSGUARD_STUB_H
#define NSGUARD_STUB_H

/**
 * nsguard_stub - where a refused caller is sent
 * @error: negative errno it is to see
 *
 * Any context. Return: address of a function returning @error, of one returning
 * -EPERM for an errno that has none. Stays valid until the next boot (H1).
 */
unsigned long nsguard_stub(int error);

/**
 * nsguard_thunk - where an allowed caller is sent on a CPU that checks indirect calls (H2)
 * @resume: address behind the call that ftrace put into the function
 * @thunk: takes the address of something that resumes there, 0 where none is needed. Stays valid
 *	until the next boot
 *
 * May sleep. Return: 0, or -ENOSPC: so many functions were attached to since boot.
 */
int nsguard_thunk(unsigned long resume, unsigned long *thunk);

/*
 * The same for a function that is empty: the address of one that returns 0, or 0 where none is
 * needed. Stays valid until the next boot. Any context.
 */
unsigned long nsguard_stub_empty(void);

#define NSGUARD_THUNKS 64

/* In assembly, and for thunk.c alone: the thunks, 16 bytes each, and their addresses. */
void nsguard_thunks(void);
extern const unsigned long nsguard_thunks_at[NSGUARD_THUNKS];

#endif
