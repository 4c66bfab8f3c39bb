// SPDX-License-Identifier: GPL-2.0-only
/* 6.2, "ftrace: abstract DYNAMIC_FTRACE_WITH_ARGS accesses": ftrace_regs_get_argument(). */
#include <linux/ftrace.h>

static __maybe_unused unsigned long nsguard_probe(struct ftrace_regs *fregs)
{
	return ftrace_regs_get_argument(fregs, 0);
}
