// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguard_stub.ko: one function per errno. A refused caller is sent into one of them in place of
 * the function it called. (The thunks are in thunk.c.) Nothing else belongs here: this module is
 * never unloaded.
 *
 * H1: beside a sleepable BPF program a refused caller can sleep in BPF's trampoline with the
 * address of a stub on its stack, for longer than detaching waits. Hence a module of its own
 * without exit.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include "stub.h"

/* long: some of the functions stood in for return a pointer, and -EPERM is an ERR_PTR() then. */
static noinline long deny_eperm(void)
{
	return -EPERM;
}

static noinline long deny_eacces(void)
{
	return -EACCES;
}

static noinline long deny_eagain(void)
{
	return -EAGAIN;
}

static noinline long deny_ebusy(void)
{
	return -EBUSY;
}

static noinline long deny_einval(void)
{
	return -EINVAL;
}

static noinline long deny_enomem(void)
{
	return -ENOMEM;
}

static noinline long deny_enospc(void)
{
	return -ENOSPC;
}

/*
 * Addresses taken as data, so that objtool keeps every stub's ENDBR: a BPF trampoline reaches
 * a stub by an indirect call (H2).
 */
static const struct {
	int error;
	long (*stub)(void);
} stubs[] = {
	{ -EPERM, deny_eperm },
	{ -EACCES, deny_eacces },
	{ -EAGAIN, deny_eagain },
	{ -EBUSY, deny_ebusy },
	{ -EINVAL, deny_einval },
	{ -ENOMEM, deny_enomem },
	{ -ENOSPC, deny_enospc },
};

unsigned long nsguard_stub(int error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stubs); i++)
		if (stubs[i].error == error)
			return (unsigned long)stubs[i].stub;
	return (unsigned long)stubs[0].stub;
}
EXPORT_SYMBOL_GPL(nsguard_stub);

/* A module with an init but no exit cannot be unloaded. */
static int __init nsguard_stub_init(void)
{
	return 0;
}
module_init(nsguard_stub_init);

MODULE_DESCRIPTION("nsguard: where refused callers are sent; stays until the next boot");
MODULE_LICENSE("GPL");
