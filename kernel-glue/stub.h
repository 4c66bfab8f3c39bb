/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nsguard_stub.ko gives to nsguard.ko: functions that do nothing but return an errno.
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

#endif
