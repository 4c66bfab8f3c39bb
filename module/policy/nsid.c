// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identities of namespaces, for rules that name one. An inode number alone says nothing: the
 * kernel uses it again. Whether an identity matches a request is said in match.c.
 */
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/ns_common.h>
#include <linux/slab.h>
#include "../../kernel-glue/glue.h"
#include "policy.h"

/* By inum. Changed under the mutex, read under RCU. */
static DEFINE_HASHTABLE(ids, 10);
static DEFINE_MUTEX(ids_mutex);

/* Under ids_mutex. A dead one with the same number was another namespace. */
static struct nsguard_nsid *find(enum nsguard_nstype type, u32 inum)
{
	struct nsguard_nsid *id;

	hash_for_each_possible(ids, id, node, inum) {
		if (id->inum == inum && id->type == type && !READ_ONCE(id->dead))
			return id;
	}
	return NULL;
}

static struct nsguard_nsid *get(enum nsguard_nstype type, u32 inum, const char **why)
{
	struct nsguard_nsid *id;

	mutex_lock(&ids_mutex);
	id = find(type, inum);
	if (id) {
		kref_get(&id->ref);
	} else {
		id = kzalloc(sizeof(*id), GFP_KERNEL_ACCOUNT);
		if (id) {
			kref_init(&id->ref);
			id->type = type;
			id->inum = inum;
			hash_add_rcu(ids, &id->node, inum);
		}
	}
	mutex_unlock(&ids_mutex);
	if (!id) {
		*why = "out of memory";
		return ERR_PTR(-ENOMEM);
	}
	return id;
}

/*
 * H20: the file keeps the namespace alive until its identity stands in the table. Its death
 * therefore finds the identity; and an identity found here is not of an earlier namespace
 * with this number, whose death hook ran before the number was free.
 */
struct nsguard_nsid *nsguard_nsid_get(unsigned int fd, const char **why)
{
	struct nsguard_nsid *id;
	struct ns_common *ns;
	struct file *file;
	int type;

	file = fget(fd);
	if (!file) {
		*why = "the file descriptor is not open";
		return ERR_PTR(-EBADF);
	}
	ns = nsguard_glue_ns_of_file(file);
	type = ns ? nsguard_glue_ns_type(ns) : -1;
	if (type < 0) {
		*why = "the file is not a namespace";
		id = ERR_PTR(-EINVAL);
	} else {
		id = get(type, ns->inum, why);
	}
	fput(file);
	return id;
}

static void release(struct kref *ref)
{
	struct nsguard_nsid *id = container_of(ref, struct nsguard_nsid, ref);

	hash_del_rcu(&id->node);
	mutex_unlock(&ids_mutex);
	kfree_rcu(id, rcu);
}

void nsguard_nsid_put(struct nsguard_nsid *id)
{
	if (id)
		kref_put_mutex(&id->ref, release, &ids_mutex);
}

/*
 * Any context, softirq and kworkers included, so no lock at all (H20): the dead bit goes from
 * false to true only and is shared by all snapshots. Identities of earlier namespaces with this
 * number have died before.
 */
const struct nsguard_nsid *nsguard_nsid_kill(u32 inum)
{
	const struct nsguard_nsid *killed = NULL;
	struct nsguard_nsid *id;

	rcu_read_lock();
	hash_for_each_possible_rcu(ids, id, node, inum) {
		if (id->inum != inum || id->dead)
			continue;
		WRITE_ONCE(id->dead, true);
		killed = id;
	}
	rcu_read_unlock();
	return killed;
}
