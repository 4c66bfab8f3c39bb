/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an ftrace handler reads the arguments of the function and sends the caller elsewhere, on
 * every kernel the same. Which way this kernel does it is answered by probes.
 */
#ifndef NSGUARD_COMPAT_FTRACE_H
#define NSGUARD_COMPAT_FTRACE_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include "probed.h"

/*
 * All registers are saved only where arguments alone are not: it costs (and without it
 * ftrace_get_regs() gives NULL).
 */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define NSGUARD_FTRACE_REGS	0
#else
#define NSGUARD_FTRACE_REGS	FTRACE_OPS_FL_SAVE_REGS
#endif

/* Argument @n, counted from 0, as it is in its register: cast it to its type (H8). */
static __always_inline unsigned long nsguard_ftrace_arg(struct ftrace_regs *fregs, unsigned int n)
{
#if !defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
	return regs_get_kernel_argument(ftrace_get_regs(fregs), n);
#elif defined(NSGUARD_HAVE_FTRACE_REGS_ARGUMENT)
	return ftrace_regs_get_argument(fregs, n);
#else
	return regs_get_kernel_argument(&fregs->regs, n);
#endif
}

/* The function is left out, the caller continues at @ip. */
static __always_inline void nsguard_ftrace_redirect(struct ftrace_regs *fregs, unsigned long ip)
{
#if !defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
	instruction_pointer_set(ftrace_get_regs(fregs), ip);
#elif defined(NSGUARD_HAVE_FTRACE_REGS_SET_IP)
	ftrace_regs_set_instruction_pointer(fregs, ip);
#else
	ftrace_instruction_pointer_set(fregs, ip);
#endif
}

#endif
