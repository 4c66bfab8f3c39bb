// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU lists, as the kernel writes them.
 */
#include <string.h>
#include "cpulist.h"
#include "lang.h"

const char *cpulist_parse(const char *s, struct arena *a, const __u8 **mask, unsigned int *len)
{
	__u8 *bits = arena_alloc(a, CPULIST_MAX / 8 + 1);
	const char *rest = s, *item, *dash;
	__u64 lo, hi, cpu, top = 0;
	size_t n, first;

	while ((item = list_next(&rest, &n))) {
		dash = memchr(item, '-', n);
		first = dash ? (size_t)(dash - item) : n;
		if (!parse_u64(item, first, CPULIST_MAX, &lo))
			return "is no list such as 0-3,8 of CPUs up to 16383";
		hi = lo;
		if (dash && !parse_u64(dash + 1, n - first - 1, CPULIST_MAX, &hi))
			return "is no list such as 0-3,8 of CPUs up to 16383";
		if (lo > hi)
			return "has a range upside down";
		for (cpu = lo; cpu <= hi; cpu++)
			bits[cpu / 8] |= (__u8)BIT(cpu % 8);
		if (hi > top)
			top = hi;
	}
	*mask = bits;
	*len = (unsigned int)(top / 8 + 1);
	return NULL;
}

void cpulist_print(struct buf *b, const __u8 *mask, unsigned int len)
{
	unsigned int cpu, first, end = 8 * len;
	bool any = false;

	for (cpu = 0; cpu < end; cpu++) {
		if (!(mask[cpu / 8] & BIT(cpu % 8)))
			continue;
		for (first = cpu; cpu + 1 < end; cpu++)
			if (!(mask[(cpu + 1) / 8] & BIT((cpu + 1) % 8)))
				break;
		if (any)
			buf_chr(b, ',');
		any = true;
		buf_u64(b, first);
		if (cpu == first)
			continue;
		buf_chr(b, '-');
		buf_u64(b, cpu);
	}
}
