/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsguardctl probe as tests look at it: run with whatever state it must not change noted before and
 * after, and what it said of each path.
 */
#ifndef NSG_TEST_PROBED_H
#define NSG_TEST_PROBED_H

#include <stdbool.h>
#include "cmd.h"

#define PROBED_PATHS	40
#define PROBED_CHANGED	99	/* exit status when something was not as before */

/**
 * struct probed - what it said
 * @status: its exit status, or PROBED_CHANGED
 * @n: number of paths
 */
struct probed {
	int status;
	unsigned int n;
	struct {
		char name[32];
		char function[48];
		char result[16];
		char reason[256];
	} path[PROBED_PATHS];
};

/*
 * Runs "nsguardctl --json probe" in a shell, behind @before ("" or "command;"), and compares the
 * shell's namespaces, cgroups, mounts and affinity, and all cgroups there are, before and after.
 * Return: false when what it printed is not to be understood.
 */
bool probed_run(struct probed *p, const char *before);
/* Its result for @path ("" when it tells of none) and the reason it gave. */
const char *probed_result(const struct probed *p, const char *path);
const char *probed_reason(const struct probed *p, const char *path);
/* How many paths have this result. */
unsigned int probed_count(const struct probed *p, const char *result);

#endif
