// SPDX-License-Identifier: GPL-2.0-only
/* 6.2, "kallsyms: Add helper kallsyms_on_each_match_symbol()"; stable kernels have it too. */
#include <linux/kallsyms.h>

typeof(&kallsyms_on_each_match_symbol) nsguard_probe(int (*fn)(void *, unsigned long));

typeof(&kallsyms_on_each_match_symbol) nsguard_probe(int (*fn)(void *, unsigned long))
{
	int (*walk)(int (*fn)(void *, unsigned long), const char *name, void *data) =
		kallsyms_on_each_match_symbol;

	return walk;
}
