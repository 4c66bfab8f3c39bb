/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small world for random policies and random requests: few users, cgroups, namespaces and
 * programs, so that rules and requests meet often. What a policy says about a request is
 * model.h's; asking the kernel is done here too.
 */
#ifndef NSG_TEST_WORLD_H
#define NSG_TEST_WORLD_H

#include "model.h"
#include "ops.h"

#define WORLD_UTS	4	/* uts namespaces; number 0 is the host's */
#define WORLD_BOX	"world"
#define WORLD_SETS	12	/* named sets: of type uid, gid, auid, pid, and so on */

/**
 * struct world - the world, and the randomness of the test
 * @seed: of the next random number; printing it first lets a run be repeated
 * @uts: files of the uts namespaces, by number
 * @ipc: the host's ipc namespace
 * @box: number of the uts namespace that the sandbox WORLD_BOX is made of, if there is one: the
 *	test has made it. 0: no rule locks
 * @possible: CPUs the kernel calls possible
 * @cpuset: the kernel shows moves to another cpuset; else nobody may ask about them
 * @named: for each named set a match that names it, with what is in it
 */
struct world {
	uint64_t seed;
	struct ns_set set[WORLD_UTS];
	int uts[WORLD_UTS];
	int ipc;
	int box;
	uint64_t possible;
	bool cpuset;
	struct nsg_match named[WORLD_SETS];
};

/* Return: 0 or -errno. */
int world_make(struct world *w, uint64_t seed);
void world_free(struct world *w);
/* A number below @n. */
unsigned int world_random(struct world *w, unsigned int n);

/* A rule of @table that the kernel may take. */
void world_rule(struct world *w, enum nsguard_table table, struct model_rule *r);
/* A request that may come. */
void world_request(struct world *w, enum nsguard_table table, struct model_request *req);
/* Two ids, the lower first. */
void world_range(struct world *w, uint32_t range[2]);
/* world-sets.c: makes the named sets anew; and gives them others, of which @rule is told. */
int world_sets(struct world *w, struct nsg *g);
int world_sets_change(struct world *w, struct nsg *g, struct model_rule *rule, unsigned int n);
/* The first set that may stand after @key, -1 when none may. */
int world_set_type(uint8_t key);
/* Perhaps a set for @m, whose key is there already. Return: is it one? */
bool world_draw_set(struct world *w, struct nsg_match *m);
/* A cgroup of the world's. */
const char *world_cgroup(struct world *w);

/**
 * struct world_answer - what the kernel says would be decided
 * @error: errno, when it does not say
 */
struct world_answer {
	int error;
	uint32_t verdict;
	uint64_t handle;
};

/* Asks @n questions at once. Return: 0 or -errno; then no answer is any good. */
int world_ask(struct world *w, struct nsg *g, const struct model_request *req,
	      struct world_answer *answer, unsigned int n);

#endif
