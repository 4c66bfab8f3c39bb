// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part of nsguard_stub.ko: where an allowed caller goes on CPUs that check indirect calls (IBT).
 * Nothing is decided here.
 *
 * H2: with us on a function, a BPF trampoline on the same function no longer calls its beginning,
 * but the address we leave, indirectly. That is the middle of the function, where no ENDBR is, and
 * IBT takes it for an attack. So we leave the address of a thunk that begins with an ENDBR and
 * resumes the function. No machine of ours has such a CPU: what it does there is untested.
 */
#include <linux/cpufeature.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/objtool.h>
#include <linux/stringify.h>
#include "stub.h"

#ifdef CONFIG_X86_KERNEL_IBT

#include <asm/linkage.h>

/* Where each thunk resumes; written once and for good: a sleeping BPF program may hold it (H1). */
static unsigned long nsguard_resume[NSGUARD_THUNKS] __used;

/* Their addresses as data as well: objtool removes an ENDBR nobody refers to. */
asm(".pushsection .text\n"
	".balign 16\n"
	".type nsguard_thunks, @function\n"
	".globl nsguard_thunks\n"
	"nsguard_thunks:\n"
	".set slot, 0\n"
	".rept " __stringify(NSGUARD_THUNKS) "\n"
	"	.balign 16\n"
	"	endbr64\n"
	"	pushq nsguard_resume + slot(%rip)\n"
	"	" ASM_RET
	"	.set slot, slot + 8\n"
	".endr\n"
	".size nsguard_thunks, . - nsguard_thunks\n"
	".popsection\n"
	".pushsection .rodata\n"
	".balign 8\n"
	".globl nsguard_thunks_at\n"
	"nsguard_thunks_at:\n"
	".set slot, 0\n"
	".rept " __stringify(NSGUARD_THUNKS) "\n"
	"	.quad nsguard_thunks + slot\n"
	"	.set slot, slot + 16\n"
	".endr\n"
	".popsection\n");
STACK_FRAME_NON_STANDARD(nsguard_thunks);

static DEFINE_MUTEX(thunks_lock);

int nsguard_thunk(unsigned long resume, unsigned long *thunk)
{
	unsigned int i;
	int err = -ENOSPC;

	*thunk = 0;
	if (!cpu_feature_enabled(X86_FEATURE_IBT))
		return 0;
	mutex_lock(&thunks_lock);
	for (i = 0; i < NSGUARD_THUNKS && err; i++) {
		if (nsguard_resume[i] && nsguard_resume[i] != resume)
			continue;
		WRITE_ONCE(nsguard_resume[i], resume);
		*thunk = nsguard_thunks_at[i];
		err = 0;
	}
	mutex_unlock(&thunks_lock);
	return err;
}

#else

int nsguard_thunk(unsigned long resume, unsigned long *thunk)
{
	*thunk = 0;
	return 0;
}

#endif
EXPORT_SYMBOL_GPL(nsguard_thunk);

static noinline int do_nothing(void)
{
	return 0;
}

/* As data, for objtool to keep its ENDBR. */
static int (* const empty)(void) __maybe_unused = do_nothing;

unsigned long nsguard_stub_empty(void)
{
#ifdef CONFIG_X86_KERNEL_IBT
	if (cpu_feature_enabled(X86_FEATURE_IBT))
		return (unsigned long)READ_ONCE(empty);
#endif
	return 0;
}
EXPORT_SYMBOL_GPL(nsguard_stub_empty);
