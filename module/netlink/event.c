// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events to attributes: to the group as they happen, and on request the newest of them.
 * They are made and kept in module/event.c.
 */
#include <linux/capability.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/user_namespace.h>
#include <net/sock.h>
#include "../../kernel-glue/compat/genetlink.h"
#include "../event.h"
#include "gen.h"
#include "netlink.h"

/* Events are made before the family is registered and after it is gone. */
static DEFINE_MUTEX(send_mutex);
static bool enabled;

void nsguard_nl_event_enable(bool on)
{
	mutex_lock(&send_mutex);
	enabled = on;
	mutex_unlock(&send_mutex);
}

static int string_put(struct sk_buff *skb, int type, const char *text)
{
	return text ? nla_put_string(skb, type, text) : 0;
}

static int u64_put(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, NSGUARD_A_EVENT_PAD);
}

/* At most so many bytes do the messages of an event take. */
static size_t size_of(const struct nsguard_event *e)
{
	const char *const text[] = { e->function, e->comm, e->exe, e->cgroup, e->from, e->to,
				     e->sandbox };
	size_t size = 2 * (nlmsg_total_size(GENL_HDRLEN) + nla_total_size(0));
	unsigned int i;

	/* All there may be of numbers; flags count as numbers. */
	size += NSGUARD_A_EVENT_MAX * nla_total_size_64bit(sizeof(u64));
	for (i = 0; i < ARRAY_SIZE(text); i++)
		size += text[i] ? nla_total_size(strlen(text[i]) + 1) : 0;
	size += (e->has_mask + e->has_effective) * nla_total_size(nr_cpu_ids / 8 + 1);
	return size;
}

static int subject_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	return nla_put_u32(skb, NSGUARD_A_EVENT_PID, e->pid) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_TID, e->tid) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_UID, e->uid) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_AUID, e->auid) ?:
	       nla_put_string(skb, NSGUARD_A_EVENT_COMM, e->comm) ?:
	       string_put(skb, NSGUARD_A_EVENT_EXE, e->exe) ?:
	       string_put(skb, NSGUARD_A_EVENT_CGROUP, e->cgroup);
}

static int ns_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	int err = nla_put_u32(skb, NSGUARD_A_EVENT_NS_TYPE, e->ns_type);

	/* Where a namespace is only asked for, it has no number yet. */
	if (!err && e->ns_inum)
		err = nla_put_u32(skb, NSGUARD_A_EVENT_NS_INUM, e->ns_inum);
	return err;
}

static int move_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	return u64_put(skb, NSGUARD_A_EVENT_FROM_ID, e->from_id) ?:
	       string_put(skb, NSGUARD_A_EVENT_FROM, e->from) ?:
	       u64_put(skb, NSGUARD_A_EVENT_TO_ID, e->to_id) ?:
	       string_put(skb, NSGUARD_A_EVENT_TO, e->to) ?:
	       (e->threadgroup ? nla_put_flag(skb, NSGUARD_A_EVENT_THREADGROUP) : 0);
}

static int affinity_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	int err = 0;

	if (e->has_mask)
		err = nsguard_nl_mask_put(skb, NSGUARD_A_EVENT_MASK, e->mask);
	if (!err && e->has_effective)
		err = nsguard_nl_mask_put(skb, NSGUARD_A_EVENT_EFFECTIVE_MASK, e->effective);
	if (!err && e->reset)
		err = nla_put_flag(skb, NSGUARD_A_EVENT_RESET);
	return err;
}

static int object_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	int err = 0;

	if (e->target_pid)
		err = nla_put_u32(skb, NSGUARD_A_EVENT_TARGET_PID, e->target_pid);
	if (err)
		return err;
	switch (e->table) {
	case NSGUARD_TABLE_NS:
		return ns_put(skb, e);
	case NSGUARD_TABLE_CGROUP:
		return move_put(skb, e);
	case NSGUARD_TABLE_AFFINITY:
		return affinity_put(skb, e);
	}
	return 0;
}

/* Nobody was judged: there is a sandbox, and the namespace it lost. */
static int stale_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	return u64_put(skb, NSGUARD_A_EVENT_SEQ, e->seq) ?:
	       u64_put(skb, NSGUARD_A_EVENT_TIME, e->time) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_TABLE, e->table) ?:
	       nla_put_string(skb, NSGUARD_A_EVENT_SANDBOX, e->sandbox) ?:
	       nla_put_flag(skb, NSGUARD_A_EVENT_STALE) ?:
	       ns_put(skb, e);
}

/* Nobody was judged either: a change is no more. */
static int rollback_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	return u64_put(skb, NSGUARD_A_EVENT_SEQ, e->seq) ?:
	       u64_put(skb, NSGUARD_A_EVENT_TIME, e->time) ?:
	       u64_put(skb, NSGUARD_A_EVENT_ROLLBACK, e->rollback) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_PID, e->pid) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_UID, e->uid) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_AUID, e->auid) ?:
	       nla_put_string(skb, NSGUARD_A_EVENT_COMM, e->comm);
}

static int judged_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	return u64_put(skb, NSGUARD_A_EVENT_SEQ, e->seq) ?:
	       u64_put(skb, NSGUARD_A_EVENT_TIME, e->time) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_TABLE, e->table) ?:
	       (*e->sandbox ? nla_put_string(skb, NSGUARD_A_EVENT_SANDBOX, e->sandbox) : 0) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_OP, e->op) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_VERDICT, NSGUARD_VERDICT_DENY) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_MODE, e->mode) ?:
	       (e->enforced ? nla_put_flag(skb, NSGUARD_A_EVENT_ENFORCED) : 0) ?:
	       nla_put_u32(skb, NSGUARD_A_EVENT_ERROR, abs(e->error)) ?:
	       (e->handle ? u64_put(skb, NSGUARD_A_EVENT_HANDLE, e->handle) : 0) ?:
	       string_put(skb, NSGUARD_A_EVENT_FUNCTION, e->function) ?:
	       subject_put(skb, e) ?:
	       object_put(skb, e);
}

static int event_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	if (e->rollback)
		return rollback_put(skb, e);
	return e->stale ? stale_put(skb, e) : judged_put(skb, e);
}

/* Only how many were lost before @e. */
static int lost_put(struct sk_buff *skb, const struct nsguard_event *e)
{
	return u64_put(skb, NSGUARD_A_EVENT_LOST, e->lost);
}

/**
 * struct address - whom a message goes to
 * @portid: netlink port, 0 for the group
 * @seq: sequence number of the request
 * @flags: of the message
 * @cmd: its command
 */
struct address {
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
};

static int message_put(struct sk_buff *skb, const struct address *to,
		       const struct nsguard_event *e,
		       int (*put)(struct sk_buff *skb, const struct nsguard_event *e))
{
	struct nlattr *nest;
	void *head;

	head = genlmsg_put(skb, to->portid, to->seq, &nsguard_nl_family, to->flags, to->cmd);
	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, NSGUARD_A_EVENT);
	if (!nest || put(skb, e)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/*
 * H25: whoever joined the group's number before the module was there was asked for nothing. So
 * whoever opened @to is asked when it is delivered, as the kernel does for LISTEN_ALL_NSID: a
 * member keeps socket and file as long as it is on the list, which does not change meanwhile.
 * Sockets of the kernel's own have no file. Return: leave it out?
 */
static int may_not_listen(struct sock *to, struct sk_buff *skb, void *data)
{
	const struct file *file = to->sk_socket ? to->sk_socket->file : NULL;

	return !file || !file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

static void multicast(const struct nsguard_event *e,
		      int (*put)(struct sk_buff *skb, const struct nsguard_event *e))
{
	static const struct address to = { .cmd = NSGUARD_CMD_EVENT_NTF };
	struct sk_buff *skb = nlmsg_new(size_of(e), GFP_KERNEL);

	if (!skb)
		return;
	if (message_put(skb, &to, e, put)) {
		nlmsg_free(skb);
		return;
	}
	/* A listener too slow for it sees ENOBUFS, and the gap in the numbers. */
	nsguard_genl_multicast(&nsguard_nl_family, skb, NSGUARD_NLGRP_EVENTS, may_not_listen);
}

void nsguard_nl_event_send(const struct nsguard_event *event)
{
	mutex_lock(&send_mutex);
	if (enabled && nsguard_nl_has_group() &&
	    genl_has_listeners(&nsguard_nl_family, &init_net, NSGUARD_NLGRP_EVENTS)) {
		if (event->lost)
			multicast(event, lost_put);
		multicast(event, event_put);
	}
	mutex_unlock(&send_mutex);
}

/**
 * struct walk - a dump of events, in struct netlink_callback
 * @after: number of the last event that was put
 * @until: the newest when the dump began; without it a dump might never end
 */
struct walk {
	u64 after;
	u64 until;
};

static struct walk *walk_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct walk) > sizeof(cb->ctx));
	return (struct walk *)cb->ctx;
}

/* Where a dump begins and ends. Each event must fit into a message, which the client must hold. */
static int measure(const struct nsguard_event *e, void *arg)
{
	struct netlink_callback *cb = arg;
	struct walk *walk = walk_of(cb);

	if (!walk->until)
		walk->after = e->seq - 1;
	walk->until = e->seq;
	cb->min_dump_alloc = max_t(u32, cb->min_dump_alloc, size_of(e));
	return 0;
}

int nsguard_nl_event_get_start(struct netlink_callback *cb)
{
	struct walk *walk = walk_of(cb);
	const struct nlattr *last;
	u64 after = 0;
	int err;

	err = nsguard_nl_may(cb->skb, cb->extack);
	if (err)
		return err;
	err = nsguard_nl_once(cb->nlh, cb->extack);
	if (err)
		return err;
	last = nlmsg_find_attr(cb->nlh, GENL_HDRLEN, NSGUARD_A_LAST);
	walk->after = 0;
	walk->until = 0;
	nsguard_event_walk(&after, last ? nla_get_u32(last) : 0, measure, cb);
	return 0;
}

/**
 * struct dump - one message of a dump
 * @skb: the message
 * @cb: the dump
 */
struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

/* Both messages of an event, or none. */
static int dump_one(const struct nsguard_event *e, void *arg)
{
	struct netlink_callback *cb = ((struct dump *)arg)->cb;
	struct sk_buff *skb = ((struct dump *)arg)->skb;
	unsigned char *start = skb_tail_pointer(skb);
	const struct address to = {
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = NSGUARD_CMD_EVENT_GET,
	};
	int err = 0;

	if (e->seq > walk_of(cb)->until)
		return -ENODATA;
	if (e->lost)
		err = message_put(skb, &to, e, lost_put);
	if (!err)
		err = message_put(skb, &to, e, event_put);
	if (err)
		nlmsg_trim(skb, start);
	return err;
}

int nsguard_nl_event_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump dump = { .skb = skb, .cb = cb };
	int err = nsguard_event_walk(&walk_of(cb)->after, 0, dump_one, &dump);

	return skb->len || err == -ENODATA ? skb->len : err;
}
