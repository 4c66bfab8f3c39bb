/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel gives the lowest free inode number to the next namespace. Here a number that has
 * become free is made the lowest one, so that whatever is made next gets it.
 */
#ifndef NSG_TEST_INUM_H
#define NSG_TEST_INUM_H

#include <stdint.h>

#define INUM_PLUGS	600

/**
 * struct inum_plug - what takes the numbers below
 * @fd: UTS namespaces
 */
struct inum_plug {
	int fd[INUM_PLUGS];
	unsigned int n;
};

/*
 * Takes all free numbers below @inum, waiting a few seconds for it to be free itself. To be ended
 * with inum_unplug(), also after an error. Return: 0, -EBUSY (it is not free), or -errno.
 */
int inum_plug(struct inum_plug *p, uint32_t inum);
void inum_unplug(struct inum_plug *p);
/* The number a UTS namespace would get now, 0 on failure. */
uint32_t inum_next(void);

#endif
