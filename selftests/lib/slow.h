/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernels that check everything they do are many times slower than others. What is done about
 * it: less of what is done very often, and more time for each test. How slow a kernel is stands
 * in vm/suites.list.
 */
#ifndef NSG_TEST_SLOW_H
#define NSG_TEST_SLOW_H

/* How slow this kernel is, 1 where nobody said. */
unsigned int slow(void);

/* So many times as this kernel can stand instead of n, at least once. */
unsigned int slow_times(unsigned int n);

/*
 * What was asked for with @name, such as "nsg_rules=", on the kernel's command line, which reaches
 * every process of the guest; otherwise slow_times(@n).
 */
unsigned int slow_asked(const char *name, unsigned int n);

#endif
