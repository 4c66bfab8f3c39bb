// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory, see memory.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kmod.h"
#include "memory.h"

/* Kernel memory in slabs, vmalloc and per CPU, in kB; -1 when it cannot be read. */
static long kernel_memory(void)
{
	static const char *const fields[] = { "\nSlab:", "\nVmallocUsed:", "\nPercpu:" };
	char text[8192];
	long sum = 0;

	if (file_read("/proc/meminfo", text, sizeof(text)))
		return -1;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *at = strstr(text, fields[i]);

		if (!at)
			return -1;
		sum += atol(at + strlen(fields[i]));
	}
	return sum;
}

long kernel_memory_settled(void)
{
	long now, last = 0;

	for (int i = 0; i < 12; i++) {
		sync();
		file_write("/proc/sys/vm/drop_caches", "3");
		usleep(250000);
		now = kernel_memory();
		if (i > 3 && labs(now - last) < 64)
			break;
		last = now;
	}
	return now;
}
