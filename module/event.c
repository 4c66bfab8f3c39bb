// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worker that completes events, keeps the newest, and hands each on: to netlink and to
 * the kernel's audit. What the decision path writes down is in post.c.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "audit.h"
#include "ring.h"

static_assert(NSGUARD_EVENT_HISTORY > 0);

/*
 * The newest events, the one with number seq at seq % NSGUARD_EVENT_HISTORY. Only the worker
 * writes, under the mutex; it reads without.
 */
static DEFINE_MUTEX(history_mutex);
static struct nsguard_event *history;
static u8 *masks;		/* two for each */
static u64 newest;		/* seq of the last event, 0 before the first */

static char *path_buf;		/* the worker's, PATH_MAX */
static void (*send_event)(const struct nsguard_event *event);
static struct workqueue_struct *event_wq;

static void drain(struct work_struct *work);
static DECLARE_WORK(drain_work, drain);

/* The attach points may be anywhere in the scheduler: queueing work takes locks, this does not. */
static void wake(struct irq_work *work)
{
	queue_work(event_wq, &drain_work);
}

static DEFINE_IRQ_WORK(wake_work, wake);

void nsguard_event_kick(void)
{
	irq_work_queue(&wake_work);
}

u64 nsguard_event_lost(void)
{
	return nsguard_ring_lost();
}

/* H21: d_path() takes locks; here it may. The reference goes at once. */
static char *exe_path(struct file *file)
{
	char *path;

	if (!file)
		return NULL;
	path = d_path(&file->f_path, path_buf, PATH_MAX);
	path = IS_ERR(path) ? NULL : kstrdup(path, GFP_KERNEL);
	fput(file);
	return path;
}

static char *text_at(const struct nsguard_record *r, int at)
{
	return at < 0 ? NULL : kstrdup(r->text + at, GFP_KERNEL);
}

static void forget(struct nsguard_event *e)
{
	kfree(e->exe);
	kfree(e->cgroup);
	kfree(e->from);
	kfree(e->to);
	e->exe = NULL;
	e->cgroup = NULL;
	e->from = NULL;
	e->to = NULL;
}

/* A string without memory is missing, as one that could not be told. */
static void complete_event(struct nsguard_event *e, const struct nsguard_record *r)
{
	forget(e);
	e->seq = newest + 1;
	e->lost = r->lost;
	e->time = r->time;
	e->table = r->table;
	e->op = r->op;
	e->mode = r->mode;
	e->enforced = r->enforced;
	e->error = r->error;
	e->handle = r->handle;
	e->function = r->function;
	e->pid = r->pid;
	e->tid = r->tid;
	e->uid = r->uid;
	e->auid = r->auid;
	memcpy(e->comm, r->comm, sizeof(e->comm));
	e->exe = exe_path(r->exe);
	e->cgroup = text_at(r, r->cgroup);
	memcpy(e->sandbox, r->sandbox, sizeof(e->sandbox));
	e->stale = r->stale;
	e->rollback = r->rollback;
	e->ns_type = r->ns_type;
	e->ns_inum = r->ns_inum;
	e->from_id = r->from_id;
	e->to_id = r->to_id;
	e->from = text_at(r, r->from);
	e->to = text_at(r, r->to);
	e->target_pid = r->target_pid;
	e->threadgroup = r->threadgroup;
	e->has_mask = r->has_mask;
	e->has_effective = r->has_effective;
	e->reset = r->reset;
	if (r->has_mask)
		cpumask_copy(e->mask, r->mask);
	if (r->has_effective)
		cpumask_copy(e->effective, r->effective);
	newest = e->seq;
}

static void drain(struct work_struct *work)
{
	struct nsguard_record *r;
	struct nsguard_event *e;

	while ((r = nsguard_ring_take())) {
		e = &history[(newest + 1) % NSGUARD_EVENT_HISTORY];
		mutex_lock(&history_mutex);
		complete_event(e, r);
		mutex_unlock(&history_mutex);
		nsguard_ring_release(r);
		if (send_event)
			send_event(e);
		nsguard_audit_write(e);
		cond_resched();
	}
}

int nsguard_event_walk(u64 *after, u32 last, int (*fn)(const struct nsguard_event *, void *),
		       void *arg)
{
	u64 seq, kept;
	int err = 0;

	mutex_lock(&history_mutex);
	kept = min_t(u64, newest, NSGUARD_EVENT_HISTORY);
	/* A walk that goes on does not skip what was the newest when it began. */
	if (last && !*after)
		kept = min_t(u64, kept, last);
	seq = max(*after, newest - kept) + 1;
	for (; seq <= newest; seq++) {
		err = fn(&history[seq % NSGUARD_EVENT_HISTORY], arg);
		if (err)
			break;
		*after = seq;
	}
	mutex_unlock(&history_mutex);
	return err;
}

static void free_all(void)
{
	unsigned int i;

	for (i = 0; history && i < NSGUARD_EVENT_HISTORY; i++)
		forget(&history[i]);
	kvfree(history);
	kvfree(masks);
	kfree(path_buf);
}

int nsguard_event_init(void (*send)(const struct nsguard_event *))
{
	size_t size = cpumask_size();
	unsigned int i;
	int err;

	err = nsguard_ring_init();
	if (err)
		return err;
	history = kvcalloc(NSGUARD_EVENT_HISTORY, sizeof(*history), GFP_KERNEL);
	masks = kvcalloc(NSGUARD_EVENT_HISTORY, 2 * size, GFP_KERNEL);
	path_buf = kmalloc(PATH_MAX, GFP_KERNEL);
	event_wq = alloc_ordered_workqueue("nsguard_event", 0);
	if (!history || !masks || !path_buf || !event_wq) {
		if (event_wq)
			destroy_workqueue(event_wq);
		free_all();
		nsguard_ring_exit();
		return -ENOMEM;
	}
	for (i = 0; i < NSGUARD_EVENT_HISTORY; i++) {
		history[i].mask = (struct cpumask *)(masks + 2 * i * size);
		history[i].effective = (struct cpumask *)(masks + (2 * i + 1) * size);
	}
	send_event = send;
	return 0;
}

/* Nothing is posted any more; what was, is still handed on. */
void nsguard_event_exit(void)
{
	irq_work_sync(&wake_work);
	destroy_workqueue(event_wq);
	free_all();
	nsguard_ring_exit();
}
