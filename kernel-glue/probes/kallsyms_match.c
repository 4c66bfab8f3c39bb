// SPDX-License-Identifier: GPL-2.0-only
/* 6.2, "kallsyms: Add helper kallsyms_on_each_match_symbol()"; stable kernels have it too. */
#include <linux/kallsyms.h>

static __maybe_unused int nsguard_probe(int (*fn)(void *data, unsigned long address))
{
	return kallsyms_on_each_match_symbol(fn, "", NULL);
}
