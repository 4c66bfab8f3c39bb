/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding the rules of a layer that may match, without walking them all. It belongs to the
 * layer: built with it, immutable, freed with it.
 */
#ifndef NSGUARD_INDEX_H
#define NSGUARD_INDEX_H

#include <linux/types.h>

struct cgroup;
struct nsguard_index;
struct nsguard_layer;
struct nsguard_table_policy;
struct nsguard_request;
struct nsguard_rule;

/* As many rules, or fewer, are asked one by one. */
#define NSGUARD_INDEX_WORTH	8

/*
 * Index of the @n rules @rule, in the order in which they decide; those that are dry-run are not
 * in it. Holds no reference to them. May sleep. NULL without memory.
 */
struct nsguard_index *nsguard_index_build(struct nsguard_rule * const *rule, unsigned int n);
/* NULL is harmless. May sleep. */
void nsguard_index_free(struct nsguard_index *index);
/*
 * The first rule of @table, in the snapshot of @req's generation, that decides about @req, NULL
 * when none does. As nsguard_rule_matches() says: an index only saves asking. Rules that are
 * dry-run do not decide.
 * Decision path: preemption off, RCU read side, no lock, no allocation.
 */
struct nsguard_rule *nsguard_policy_find(const struct nsguard_table_policy *table,
					 struct nsguard_request *req);

/*
 * policy/path.c. The hash of a path is that of its parent, and its last name stepped over; the
 * root's is where it begins. Hashes are good until the module is unloaded.
 */
void nsguard_path_init(void);
u64 nsguard_path_root(void);
u64 nsguard_path_step(u64 hash, const char *name);
/* RCU read side; v1 under cgroup_mutex as well (H19). */
u64 nsguard_path_hash(struct cgroup *cgrp);

#endif
