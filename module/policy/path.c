// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes of cgroup paths, so that the index finds rules by the path of a cgroup without walking
 * them. Equal paths have equal hashes; whether a rule matches is still said by match.c.
 */
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/string.h>
#include "../../kernel-glue/glue.h"
#include "index.h"
#include "match.h"

#define CACHE_BITS	10

/*
 * What the path of a cgroup hashes to. Its node's id is never used twice, and on v2 its name
 * never changes (H19). Written by whoever missed it, without a lock: a slot of which one half is
 * another writer's does not pass the check.
 */
static struct cached {
	u64 check;
	u64 hash;
} cache[1 << CACHE_BITS];

static u64 seed;

/* Which cgroups share a bucket must not be for those to choose who name them. */
void nsguard_path_init(void)
{
	seed = get_random_u64();
}

u64 nsguard_path_root(void)
{
	return seed;
}

u64 nsguard_path_step(u64 hash, const char *name)
{
	size_t len = strlen(name);
	u32 low = jhash(name, len, (u32)hash);

	return (u64)jhash(name, len, (u32)(hash >> 32) ^ low) << 32 | low;
}

static u64 scramble(u64 hash)
{
	return hash * GOLDEN_RATIO_64;
}

static u64 compute(struct cgroup *cgrp)
{
	u64 hash = seed;
	int level;

	for (level = 1; level <= cgrp->level; level++)
		hash = nsguard_path_step(hash,
					 nsguard_glue_kn_name(nsguard_cgroup_at(cgrp, level)->kn));
	return hash;
}

u64 nsguard_path_hash(struct cgroup *cgrp)
{
	struct cached *c;
	u64 id, hash;

	if (!cgrp->level)
		return seed;
	/* v1 renames; these are moves only, which are rare. */
	if (cgrp->root != &cgrp_dfl_root)
		return compute(cgrp);
	id = cgroup_id(cgrp);
	c = &cache[hash_64(id, CACHE_BITS)];
	hash = READ_ONCE(c->hash);
	if ((READ_ONCE(c->check) ^ scramble(hash)) == id)
		return hash;
	hash = compute(cgrp);
	WRITE_ONCE(c->hash, hash);
	WRITE_ONCE(c->check, id ^ scramble(hash));
	return hash;
}
