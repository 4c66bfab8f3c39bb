/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sandboxes in tests: said to the module over libmnl, and children that go into one and say
 * how far they came. What is proved by it is the tests' business.
 */
#ifndef NSG_TEST_BOX_H
#define NSG_TEST_BOX_H

#include "nsg.h"
#include "ops.h"

#define BOX_ALL		0xff	/* all types, bits of enum nsguard_nstype */
#define BOX_NS		64
#define BOX_PIDS	64

/**
 * struct box - a sandbox as it is listed
 * @inum: its namespaces; bit i of @born and @dead is about the i-th
 */
struct box {
	char name[NSGUARD_SANDBOX_NAME_MAX + 1];
	bool stale;
	uint32_t inum[BOX_NS];
	uint64_t born;
	uint64_t dead;
	unsigned int n;
	uint32_t pid[BOX_PIDS];
	unsigned int pids;
};

/* All return 0 or -errno and leave the answer in *@g. @name NULL deletes all. */
int box_add(struct nsg *g, const char *name, const int *fd, unsigned int n);
int box_del(struct nsg *g, const char *name, bool force);
/* Of all sandboxes the one called @name; -ENOENT when there is none. */
int box_get(struct nsg *g, const char *name, struct box *b);
/* Does @b have the namespace @inum (made inside)? Is process @pid locked in? */
bool box_has(const struct box *b, uint32_t inum, bool born);
bool box_holds(const struct box *b, pid_t pid);

/* A rule that locks uid @uid into @name. Return: its handle, or 0. */
uint64_t box_lock(struct nsg *g, const char *name, uid_t uid, bool threads, int32_t priority);
/* rule del and rule flush with force. */
int box_rule_del(struct nsg *g, uint64_t handle);
int box_rule_flush(struct nsg *g);

/* Files of this process's namespaces, by enum nsguard_nstype; close them with ns_close(). */
void ns_own(int fd[8]);
void ns_close(int fd[8]);
/* The inode number of /proc/self/ns/@name ("pid_for_children"), 0 when there is none. */
uint32_t ns_self(const char *name);

/**
 * struct inmate - a child that is in a sandbox, waiting
 * @pid: it
 * @err: errno it met on its way in
 */
struct inmate {
	pid_t pid;
	int to, from;
	int err;
};

/*
 * A child that enters @fd (types 0: whatever it is), and waits. Return: 0 or -errno of its way
 * in; then it has ended.
 */
int inmate_start(struct inmate *in, int fd);
/* Lets it call @fn(@arg) in itself. Return: what that returned, 0 to 255, or -1. */
int inmate_do(struct inmate *in, int (*fn)(void *arg), void *arg);
void inmate_stop(struct inmate *in);

/* --- for inmate_do() --- */

/* Enters each of the eight int @fds: 0 when EPERM refuses all, else 1 + the first that is not. */
int try_leave(void *fds);

#endif
