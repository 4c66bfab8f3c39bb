/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting instructions in a guest whose clock counts them (QEMU's -icount shift=0): operations,
 * the policies they are decided by, and BPF programs that decide the same. What is made of the
 * figures is the host's business, see report.py.
 */
#ifndef NSG_BENCH_H
#define NSG_BENCH_H

#include <stdbool.h>
#include "lib/nsg.h"

/* Guarded operations that are counted. */
enum act { ACT_ENTER, ACT_CREATE, ACT_CREATE_USER, ACT_MOVE, ACT_AFFINITY, ACTS };

extern const char *const act_name[ACTS];

/* What a rule asks; the words are those of the peers' programs. */
enum by { BY_TARGET, BY_UID, BY_AUID, BY_CGROUP, BY_TO, BY_TARGET_CGROUP, BY_CPUS, BY_GID, BYS };

extern const char *const by_name[BYS];

/* What the clock counted: instructions, since one takes a nanosecond, and a tick of the TSC. */
static inline unsigned long long ticks(void)
{
	return __builtin_ia32_rdtsc();
}

/* act.c. Return: 0 or -errno. */
int act_prepare(void);
/* Instructions of one @act: the minimum of many batches, negative errno when it is refused. */
double act_count(enum act act);

/* peer.c: why there is none of @act and @by here, or NULL and it is attached with @n entries. */
const char *peer_attach(enum act act, enum by by, unsigned int n);
void peer_detach(void);

/* rules.c: a policy of @n rules of @table that ask @by, none of which matches us; in one go. */
int rules_load(struct nsg *g, enum nsguard_table table, enum by by, unsigned int n);
/* Namespaces that rules name: of them there can be so many that they are made once. */
int rules_prepare(unsigned int namespaces);

#endif
