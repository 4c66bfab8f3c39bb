/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory the kernel has taken for itself, before and after something that may leave
 * nothing behind. By kinds of objects: slab.h.
 */
#ifndef NSG_TEST_MEMORY_H
#define NSG_TEST_MEMORY_H

/*
 * Kernel memory in slabs, vmalloc and per CPU, in kB, once deferred work (RCU, workers) has ended
 * and caches are empty; -1 when it cannot be read.
 */
long kernel_memory_settled(void);

#endif
