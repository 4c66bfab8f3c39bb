/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsguardctl as tests use it: by whole lines, as an administrator types them. What
 * it speaks to the kernel is not looked at here, see nsg.h for that.
 */
#ifndef NSG_TEST_CTL_H
#define NSG_TEST_CTL_H

#include <stdbool.h>
#include "cmd.h"

/* No rules, every table in enforce, every default allow. Return: 0, or -1 with a word on stderr. */
int ctl_reset(void);
/* Runs @line. Return: it exited with 0 and said nothing, neither on stdout nor on stderr. */
bool ctl_quiet(const char *line);
/* Runs a line that adds a rule. Return: the handle it printed (and nothing else), or -1. */
long long ctl_add(const char *line);
/* Hits of a rule by "rule list", or -1 when there is no such rule. */
long long ctl_hits(long long handle);
/* Number of a table's column in "status", counted from the right, 1 being the last; or -1. */
long long ctl_status(const char *table, int column);
/* Unloads nsguard, if it is there, and loads it with @params: handles begin at 1. 0 or -errno. */
int ctl_reload(const char *params);

#endif
