// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one funnel for an error to the user: a sentence and the attribute at fault.
 * Which errno, the caller says.
 *
 * The sentence is sent after the handler has returned, and so must outlive it. Not every
 * kernel has room for a formatted one in its extack, so each task has a place for one here. A
 * message is answered by the task that sent it, before it sends another: its place is its own
 * again when it is refused the next time, and somebody else's when the task is gone. Nothing
 * is ever written that an answer may still be made of.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "netlink.h"

#define SENTENCES	1024	/* tasks that live and were refused something once */

/**
 * struct sentence - what one task was told
 * @node: in the list of all
 * @pid: whose it is, by its number in the initial pid namespace. No reference: it would keep the
 *	task's own pid namespace from dying
 * @started: when that task did: numbers come again
 * @text: the sentence, written by that task only
 */
struct sentence {
	struct list_head node;
	pid_t pid;
	u64 started;
	char text[NSGUARD_WHY];
};

/* Guards the list and whose a place is. */
static DEFINE_MUTEX(sentences_mutex);
static LIST_HEAD(sentences);
static unsigned int kept;

static bool is_of(const struct sentence *s, const struct task_struct *task)
{
	return s->started == task->start_boottime && s->pid == task->pid;
}

static bool is_gone(const struct sentence *s)
{
	struct task_struct *task;
	bool gone;

	rcu_read_lock();
	task = pid_task(find_pid_ns(s->pid, &init_pid_ns), PIDTYPE_PID);
	gone = !task || !is_of(s, task);
	rcu_read_unlock();
	return gone;
}

static void take(struct sentence *s)
{
	s->pid = current->pid;
	s->started = current->start_boottime;
}

/* A place that is current's already, or one whose task is gone; NULL: there is none. */
static struct sentence *find(void)
{
	struct sentence *s, *free = NULL;

	list_for_each_entry(s, &sentences, node) {
		if (is_of(s, current))
			return s;
		if (!free && is_gone(s))
			free = s;
	}
	if (free)
		take(free);
	return free;
}

/* One more. NULL without memory, or when there are enough. */
static struct sentence *make(void)
{
	struct sentence *s;

	if (kept >= SENTENCES)
		return NULL;
	s = kmalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return NULL;
	take(s);
	list_add(&s->node, &sentences);
	kept++;
	return s;
}

void nsguard_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		       const char *fmt, ...)
{
	struct sentence *s;
	va_list args;

	if (!extack)
		return;
	if (attr)
		NL_SET_BAD_ATTR(extack, attr);
	/* A literal, which stays as long as the module: it takes no place. */
	extack->_msg = fmt;
	if (!strchr(fmt, '%'))
		return;
	mutex_lock(&sentences_mutex);
	s = find() ?: make();
	mutex_unlock(&sentences_mutex);
	extack->_msg = "refused; there is no room for the sentence that says why";
	if (!s)
		return;
	va_start(args, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, args);
	va_end(args);
	extack->_msg = s->text;
}

void nsguard_nl_tell_generation(struct netlink_ext_ack *extack, u64 generation)
{
	if (extack)
		nl_set_extack_cookie_u64(extack, generation);
}

int nsguard_nl_missing(struct netlink_ext_ack *extack, const struct nlattr *nest, int type,
		       const char *name)
{
	nsguard_nl_refuse(extack, nest, "%s is missing", name);
	NL_SET_ERR_ATTR_MISS(extack, nest, type);
	return -EINVAL;
}

int nsguard_nl_may(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_MAC_ADMIN))
		return 0;
	nsguard_nl_refuse(extack, NULL,
			  "CAP_MAC_ADMIN in the initial user namespace is needed");
	return -EPERM;
}

void nsguard_nl_error_exit(void)
{
	struct sentence *s, *next;

	/* genl_unregister_family() has waited for the last answer. */
	list_for_each_entry_safe(s, next, &sentences, node)
		kfree(s);
	INIT_LIST_HEAD(&sentences);
	kept = 0;
}
