/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many objects the kernel's slab caches hold, before and after something that may leave
 * nothing behind.
 */
#ifndef NSG_TEST_SLAB_H
#define NSG_TEST_SLAB_H

#define SLAB_CACHES	600
#define SLAB_NAME	40

/**
 * struct slabs - a look at all caches
 * @active: objects in use, or kept on a CPU as if they were: up to some hundreds too many
 */
struct slabs {
	unsigned int n;
	struct {
		char name[SLAB_NAME];
		long active;
	} cache[SLAB_CACHES];
};

/* Return: 0 or -errno (-ENOENT: the kernel does not tell). */
int slabs_read(struct slabs *s);
/* By how many objects the cache grew that grew most from @a to @b; its name in *@name. */
long slabs_growth(const struct slabs *a, const struct slabs *b, const char **name);

#endif
