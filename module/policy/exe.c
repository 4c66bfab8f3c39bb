// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executables named by a path in rules: which inode that is, now and after the file was
 * replaced (H18). A hint for rules, not a proof of what a task runs.
 */
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <linux/workqueue.h>
#include "policy.h"

#define AGAIN	HZ	/* how often some of them are looked up again */
#define SOME	10000	/* how many: all of them, unless there are more than anybody has */
#define FEW	6	/* bits of the table that needs no memory */

/* Guards list, table and who may write an id; never held during a look-up, which may hang. */
static DEFINE_MUTEX(exes_mutex);
static LIST_HEAD(exes);		/* those that were not looked up for longest first */
static unsigned int exes_n;
/* The same by path. It grows with them, and shrinks when the last one is gone. */
static struct hlist_head few[1 << FEW];
static struct hlist_head *table = few;
static unsigned int table_bits = FEW;
static struct workqueue_struct *exes_wq;

static void again(struct work_struct *work);
static DECLARE_DELAYED_WORK(again_work, again);

/*
 * As PID 1 sees the path, whoever asks: the maker of a rule may sit in another root, and the
 * worker is a kernel thread, which need not have one of its own. PID 1 outlives us all.
 */
static void host_root(struct path *root)
{
	struct task_struct *init = init_pid_ns.child_reaper;

	task_lock(init);
	get_fs_root(init->fs, root);
	task_unlock(init);
}

static int look(const char *name, struct nsguard_exe_id *id, const char **why)
{
	struct inode *inode;
	struct file *file;
	struct path root;
	int err = 0;

	host_root(&root);
	/* O_PATH: found, but neither opened nor asked for permission to run. */
	file = file_open_root(&root, name, O_PATH, 0);
	path_put(&root);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		*why = err == -ENOENT ? "no such file" : "cannot be looked up";
		return err;
	}
	/* The inode exec takes, not one of a layer below; glue asks the running file the same. */
	inode = file_inode(file);
	if (S_ISREG(inode->i_mode)) {
		id->dev = inode->i_sb->s_dev;
		id->ino = inode->i_ino;
		id->gen = inode->i_generation;
	} else {
		*why = "not a regular file";
		err = -EINVAL;
	}
	fput(file);
	return err;
}

/* With a reference. Under exes_mutex, where the last reference goes together with the entry. */
static struct nsguard_exe *find(const char *path, u32 hash)
{
	struct nsguard_exe *exe;

	hlist_for_each_entry(exe, &table[hash_32(hash, table_bits)], chain) {
		if (exe->hash == hash && !strcmp(exe->path, path)) {
			kref_get(&exe->ref);
			return exe;
		}
	}
	return NULL;
}

/* Twice the table, if there is memory; else chains get longer. Under exes_mutex. */
static void grow(void)
{
	unsigned int bits = table_bits + 1;
	struct hlist_head *new;
	struct nsguard_exe *exe;

	new = kvcalloc(BIT(bits), sizeof(*new), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!new)
		return;
	list_for_each_entry(exe, &exes, node) {
		hlist_del(&exe->chain);
		hlist_add_head(&exe->chain, &new[hash_32(exe->hash, bits)]);
		cond_resched();
	}
	if (table != few)
		kvfree(table);
	table = new;
	table_bits = bits;
}

/* Under exes_mutex. */
static void insert(struct nsguard_exe *exe)
{
	if (exes_n >= BIT(table_bits))
		grow();
	list_add_tail(&exe->node, &exes);
	hlist_add_head(&exe->chain, &table[hash_32(exe->hash, table_bits)]);
	exes_n++;
}

/* Under exes_mutex. */
static void remove(struct nsguard_exe *exe)
{
	list_del(&exe->node);
	hlist_del(&exe->chain);
	if (--exes_n || table == few)
		return;
	kvfree(table);
	table = few;
	table_bits = FEW;
}

/* Under exes_mutex. */
static void set_id(struct nsguard_exe *exe, struct nsguard_exe_id *id)
{
	struct nsguard_exe_id *old;

	old = rcu_replace_pointer(exe->id, id, lockdep_is_held(&exes_mutex));
	if (old)
		kfree_rcu(old, rcu);
}

static void destroy(struct nsguard_exe *exe)
{
	kfree(rcu_access_pointer(exe->id));
	kfree(exe->path);
	kfree(exe);
}

static bool same(const struct nsguard_exe_id *a, const struct nsguard_exe_id *b)
{
	return a && b && a->dev == b->dev && a->ino == b->ino && a->gen == b->gen;
}

/* @fresh of the same path was looked up just now: what it is now @old is, too. Under exes_mutex. */
static void renew(struct nsguard_exe *old, struct nsguard_exe *fresh)
{
	struct nsguard_exe_id *was, *is;

	was = rcu_dereference_protected(old->id, lockdep_is_held(&exes_mutex));
	is = rcu_dereference_protected(fresh->id, lockdep_is_held(&exes_mutex));
	if (same(was, is))
		return;
	RCU_INIT_POINTER(fresh->id, NULL);
	set_id(old, is);
}

struct nsguard_exe *nsguard_exe_get(const char *path, const char **why)
{
	struct nsguard_exe *exe, *other;
	struct nsguard_exe_id *id;
	int err = -ENOMEM;

	if (path[0] != '/') {
		*why = "the path of an executable is absolute";
		return ERR_PTR(-EINVAL);
	}
	*why = "out of memory";
	exe = kzalloc(sizeof(*exe), GFP_KERNEL_ACCOUNT);
	if (!exe)
		return ERR_PTR(-ENOMEM);
	kref_init(&exe->ref);
	id = kzalloc(sizeof(*id), GFP_KERNEL_ACCOUNT);
	RCU_INIT_POINTER(exe->id, id);
	exe->path = kstrdup(path, GFP_KERNEL_ACCOUNT);
	exe->hash = full_name_hash(NULL, path, strlen(path));
	if (id && exe->path)
		err = look(path, id, why);
	if (err) {
		destroy(exe);
		return ERR_PTR(err);
	}

	mutex_lock(&exes_mutex);
	other = find(path, exe->hash);
	if (other) {
		renew(other, exe);
	} else {
		insert(exe);
		queue_delayed_work(exes_wq, &again_work, AGAIN);
	}
	mutex_unlock(&exes_mutex);
	if (!other)
		return exe;
	destroy(exe);
	return other;
}

static void release(struct kref *ref)
{
	struct nsguard_exe *exe = container_of(ref, struct nsguard_exe, ref);

	remove(exe);
	mutex_unlock(&exes_mutex);
	/* No decision sees it any more: see struct nsguard_rule. */
	destroy(exe);
}

void nsguard_exe_put(struct nsguard_exe *exe)
{
	if (!IS_ERR_OR_NULL(exe))
		kref_put_mutex(&exe->ref, release, &exes_mutex);
}

static void refresh(struct nsguard_exe *exe)
{
	struct nsguard_exe_id *id, now;
	const char *why;
	int err;

	err = look(exe->path, &now, &why);
	mutex_lock(&exes_mutex);
	id = rcu_dereference_protected(exe->id, lockdep_is_held(&exes_mutex));
	if (err) {
		set_id(exe, NULL);
	} else if (!same(id, &now)) {
		/* Without memory: tried again in a second; until then it is no file we know. */
		id = kzalloc(sizeof(*id), GFP_KERNEL);
		if (id) {
			id->dev = now.dev;
			id->ino = now.ino;
			id->gen = now.gen;
		}
		set_id(exe, id);
	}
	mutex_unlock(&exes_mutex);
}

/*
 * The one that was not looked up for longest, with a reference, since it is looked up without the
 * mutex; it is the last one from then on. NULL: there are none.
 */
static struct nsguard_exe *next(void)
{
	struct nsguard_exe *exe;

	mutex_lock(&exes_mutex);
	exe = list_first_entry_or_null(&exes, struct nsguard_exe, node);
	if (exe) {
		kref_get(&exe->ref);
		list_move_tail(&exe->node, &exes);
	}
	mutex_unlock(&exes_mutex);
	return exe;
}

static void again(struct work_struct *work)
{
	struct nsguard_exe *exe;
	unsigned int n;

	mutex_lock(&exes_mutex);
	n = min_t(unsigned int, exes_n, SOME);
	mutex_unlock(&exes_mutex);
	while (n-- && (exe = next())) {
		refresh(exe);
		nsguard_exe_put(exe);
		cond_resched();
	}
	mutex_lock(&exes_mutex);
	if (exes_n)
		queue_delayed_work(exes_wq, &again_work, AGAIN);
	mutex_unlock(&exes_mutex);
}

int nsguard_exe_init(void)
{
	/* Of its own: a look-up may hang, on a server that does not answer. */
	exes_wq = alloc_workqueue("nsguard_exe", WQ_UNBOUND, 1);
	return exes_wq ? 0 : -ENOMEM;
}

/* All rules are gone, so the list is empty and nothing is queued again. */
void nsguard_exe_exit(void)
{
	cancel_delayed_work_sync(&again_work);
	destroy_workqueue(exes_wq);
}
