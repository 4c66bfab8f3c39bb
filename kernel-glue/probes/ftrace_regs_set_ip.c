// SPDX-License-Identifier: GPL-2.0-only
/* 6.2: ftrace_instruction_pointer_set() was renamed to ftrace_regs_set_instruction_pointer(). */
#include <linux/ftrace.h>

static __maybe_unused void nsguard_probe(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, 0);
}
