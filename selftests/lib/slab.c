// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/slabinfo, see slab.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "slab.h"

int slabs_read(struct slabs *s)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[256];

	s->n = 0;
	if (!file)
		return -errno;
	while (s->n < SLAB_CACHES && fgets(line, sizeof(line), file))
		if (sscanf(line, "%39s %ld ", s->cache[s->n].name, &s->cache[s->n].active) == 2)
			s->n++;
	fclose(file);
	return s->n ? 0 : -ENODATA;
}

/* Caches come and go: one that was not there has none in use. */
static long active_of(const struct slabs *s, const char *name)
{
	for (unsigned int i = 0; i < s->n; i++)
		if (!strcmp(s->cache[i].name, name))
			return s->cache[i].active;
	return 0;
}

/*
 * Areas of vmalloc are given back in bulk, when many have come together. What debugobjects and
 * kmemleak write down about other objects is no memory of its own: those have caches, and are
 * counted there (kmemleak notes one scan area for each area of vmalloc).
 */
static bool is_pool(const char *cache)
{
	return !strcmp(cache, "vmap_area") || !strcmp(cache, "debug_objects_cache") ||
	       !strncmp(cache, "kmemleak_", strlen("kmemleak_"));
}

long slabs_growth(const struct slabs *a, const struct slabs *b, const char **name)
{
	long most = 0;

	*name = "";
	for (unsigned int i = 0; i < b->n; i++) {
		long growth = b->cache[i].active - active_of(a, b->cache[i].name);

		if (growth > most && !is_pool(b->cache[i].name)) {
			most = growth;
			*name = b->cache[i].name;
		}
	}
	return most;
}
