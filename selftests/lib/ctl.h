/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsguardctl as tests use it: by whole lines, as an administrator types them; and, by
 * way of the second client, what became of the policy. That way is quick, needs no
 * connection to be held, and does not believe what nsguardctl says of itself.
 */
#ifndef NSG_TEST_CTL_H
#define NSG_TEST_CTL_H

#include <stdbool.h>
#include "cmd.h"
#include "nsg.h"

/* Runs @line. Return: it exited with 0 and said nothing, neither on stdout nor on stderr. */
bool ctl_quiet(const char *line);
/* Runs a line that adds a rule. Return: the handle it printed (and nothing else), or -1. */
long long ctl_add(const char *line);

/* No rules, every table in enforce, every default allow. Return: 0 or -errno. */
int ctl_reset(void);
/* Hits of a rule, or -1 when there is no such rule. */
long long ctl_hits(long long handle);
/* Deletes a rule. Return: 0 or -errno. */
int ctl_del(long long handle);
/* The state of the module, all zero when it cannot be had. */
struct nsg_status ctl_status(void);
/* Unloads nsguard, if it is there, and loads it with @params: handles begin at 1. 0 or -errno. */
int ctl_reload(const char *params);

/* In a test with a struct cmd, self->c: @line prints exactly @want, and nothing is wrong. */
#define EXPECT_PRINTS(want, line) do { \
	EXPECT_EQ(0, cmd_line(&self->c, line)) \
		TH_LOG("%s", self->c.err); \
	EXPECT_STREQ(want, self->c.out); \
	EXPECT_STREQ("", self->c.err); \
} while (0)

#endif
