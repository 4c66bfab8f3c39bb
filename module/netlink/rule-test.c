// SPDX-License-Identifier: GPL-2.0-only
/*
 * rule-test: what would be decided about an operation that is described and not done. The question
 * and its answer; what is said in a question is understood in rule-say.c, and the deciding is done
 * where it always is.
 */
#include <linux/cgroup.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include "../decide.h"
#include "../policy/policy.h"
#include "gen.h"
#include "netlink.h"
#include "rule-test.h"

#define REPLY_SIZE	128	/* many are on their way when questions come in one message */

const char *const nsguard_nl_request_name[NSGUARD_A_REQUEST_MAX + 1] = {
	[NSGUARD_A_REQUEST_TABLE]		= "table",
	[NSGUARD_A_REQUEST_OP]			= "op",
	[NSGUARD_A_REQUEST_PID]			= "pid",
	[NSGUARD_A_REQUEST_TARGET_PID]		= "target-pid",
	[NSGUARD_A_REQUEST_UID]			= "uid",
	[NSGUARD_A_REQUEST_EUID]		= "euid",
	[NSGUARD_A_REQUEST_AUID]		= "auid",
	[NSGUARD_A_REQUEST_GID]			= "gid",
	[NSGUARD_A_REQUEST_USERNS]		= "userns",
	[NSGUARD_A_REQUEST_CAP]			= "cap",
	[NSGUARD_A_REQUEST_CGROUP]		= "cgroup",
	[NSGUARD_A_REQUEST_EXE]			= "exe",
	[NSGUARD_A_REQUEST_NS]			= "in-ns",
	[NSGUARD_A_REQUEST_TYPE]		= "type",
	[NSGUARD_A_REQUEST_TARGET]		= "target",
	[NSGUARD_A_REQUEST_FROM]		= "from",
	[NSGUARD_A_REQUEST_TO]			= "to",
	[NSGUARD_A_REQUEST_THREAD]		= "thread",
	[NSGUARD_A_REQUEST_MASK]		= "cpus",
	[NSGUARD_A_REQUEST_EFFECTIVE_MASK]	= "effective-cpus",
	[NSGUARD_A_REQUEST_WHO]			= "who",
	[NSGUARD_A_REQUEST_TARGET_UID]		= "target-uid",
	[NSGUARD_A_REQUEST_TARGET_CGROUP]	= "target-cgroup",
	[NSGUARD_A_REQUEST_TARGET_EXE]		= "target-exe",
	[NSGUARD_A_REQUEST_PAD]			= "pad",
	[NSGUARD_A_REQUEST_TARGET_OWNER]	= "target-owner",
	[NSGUARD_A_REQUEST_OPENER_UID]		= "opener-uid",
};

static int read(struct nsguard_nl_question *q)
{
	const struct nlattr *attr;
	int left, type;

	nla_for_each_nested(attr, q->nest, left) {
		type = nla_type(attr);
		if (q->tb[type] && type != NSGUARD_A_REQUEST_GID && type != NSGUARD_A_REQUEST_NS) {
			nsguard_nl_refuse(q->extack, attr, "%s given twice",
					  nsguard_nl_request_name[type]);
			return -EINVAL;
		}
		q->tb[type] = attr;
	}
	return 0;
}

/* Which attributes belong to which table only; op tells apart those of a namespace. */
static int check_table(struct nsguard_nl_question *q)
{
	static const u8 table_of[NSGUARD_A_REQUEST_MAX + 1] = {
		[NSGUARD_A_REQUEST_TYPE]		= BIT(NSGUARD_TABLE_NS),
		[NSGUARD_A_REQUEST_TARGET]		= BIT(NSGUARD_TABLE_NS),
		[NSGUARD_A_REQUEST_TARGET_OWNER]	= BIT(NSGUARD_TABLE_NS),
		[NSGUARD_A_REQUEST_FROM]		= BIT(NSGUARD_TABLE_CGROUP),
		[NSGUARD_A_REQUEST_OPENER_UID]		= BIT(NSGUARD_TABLE_CGROUP),
		[NSGUARD_A_REQUEST_TO]			= BIT(NSGUARD_TABLE_CGROUP),
		[NSGUARD_A_REQUEST_THREAD]		= BIT(NSGUARD_TABLE_CGROUP),
		[NSGUARD_A_REQUEST_MASK]		= BIT(NSGUARD_TABLE_AFFINITY),
		[NSGUARD_A_REQUEST_EFFECTIVE_MASK]	= BIT(NSGUARD_TABLE_AFFINITY),
		[NSGUARD_A_REQUEST_TARGET_CGROUP]	= BIT(NSGUARD_TABLE_AFFINITY),
		[NSGUARD_A_REQUEST_WHO]			= BIT(NSGUARD_TABLE_CGROUP) |
							  BIT(NSGUARD_TABLE_AFFINITY),
		[NSGUARD_A_REQUEST_TARGET_UID]		= BIT(NSGUARD_TABLE_CGROUP) |
							  BIT(NSGUARD_TABLE_AFFINITY),
		[NSGUARD_A_REQUEST_TARGET_EXE]		= BIT(NSGUARD_TABLE_CGROUP) |
							  BIT(NSGUARD_TABLE_AFFINITY),
		[NSGUARD_A_REQUEST_TARGET_PID]		= BIT(NSGUARD_TABLE_CGROUP) |
							  BIT(NSGUARD_TABLE_AFFINITY),
	};
	unsigned int type;

	if (!q->tb[NSGUARD_A_REQUEST_TABLE])
		return nsguard_nl_missing(q->extack, q->nest, NSGUARD_A_REQUEST_TABLE, "table");
	if (!q->tb[NSGUARD_A_REQUEST_OP])
		return nsguard_nl_missing(q->extack, q->nest, NSGUARD_A_REQUEST_OP, "op");
	q->req.table = nla_get_u32(q->tb[NSGUARD_A_REQUEST_TABLE]);
	q->req.op = nla_get_u32(q->tb[NSGUARD_A_REQUEST_OP]);
	if (!(nsguard_table_ops[q->req.table] & BIT(q->req.op))) {
		nsguard_nl_refuse(q->extack, q->tb[NSGUARD_A_REQUEST_OP],
				  "that operation does not belong to this table");
		return -EINVAL;
	}
	for (type = 0; type <= NSGUARD_A_REQUEST_MAX; type++) {
		if (!q->tb[type] || !table_of[type] || (table_of[type] & BIT(q->req.table)))
			continue;
		nsguard_nl_refuse(q->extack, q->tb[type], "%s does not belong to table %s",
				  nsguard_nl_request_name[type],
				  nsguard_nl_table_name[q->req.table]);
		return -EINVAL;
	}
	return 0;
}

/* The task @type names, with a reference; the caller when it does not. */
static struct task_struct *task_of(struct nsguard_nl_question *q, int type)
{
	struct task_struct *task;
	struct pid *pid;

	if (!q->tb[type])
		return get_task_struct(current);
	pid = find_get_pid(nla_get_u32(q->tb[type]));
	task = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;
	put_pid(pid);
	if (!task) {
		nsguard_nl_refuse(q->extack, q->tb[type], "no such process");
		return ERR_PTR(-ESRCH);
	}
	if (task->flags & PF_KTHREAD) {
		put_task_struct(task);
		nsguard_nl_refuse(q->extack, q->tb[type], "kernel threads are never judged");
		return ERR_PTR(-EINVAL);
	}
	return task;
}

static int look_at_tasks(struct nsguard_nl_question *q)
{
	struct task_struct *task, *target;
	int err;

	task = task_of(q, NSGUARD_A_REQUEST_PID);
	if (IS_ERR(task))
		return PTR_ERR(task);
	target = q->tb[NSGUARD_A_REQUEST_TARGET_PID] ?
		 task_of(q, NSGUARD_A_REQUEST_TARGET_PID) : get_task_struct(task);
	if (IS_ERR(target)) {
		put_task_struct(task);
		return PTR_ERR(target);
	}
	err = nsguard_said_init(&q->said, task, target);
	q->has_said = !err;
	if (err == -ESRCH)
		nsguard_nl_refuse(q->extack, q->tb[NSGUARD_A_REQUEST_PID], "no such process");
	put_task_struct(target);
	put_task_struct(task);
	return err;
}

static int understand(struct nsguard_nl_question *q)
{
	int err = read(q);

	if (!err)
		err = check_table(q);
	if (!err)
		err = look_at_tasks(q);
	return err ?: nsguard_nl_request_say(q);
}

static void forget(struct nsguard_nl_question *q)
{
	if (q->req.from)
		cgroup_put(q->req.from);
	if (q->req.to)
		cgroup_put(q->req.to);
	kfree(q->mask);
	kfree(q->effective);
	if (q->has_said)
		nsguard_said_exit(&q->said);
}

static int reply(struct genl_info *info, const struct nsguard_judgement *j)
{
	struct sk_buff *skb;
	void *head;

	skb = nsguard_nl_reply_new(info, REPLY_SIZE, &head);
	if (!skb)
		return -ENOMEM;
	if (nla_put_u32(skb, NSGUARD_A_VERDICT, j->verdict) ||
	    nla_put_u32(skb, NSGUARD_A_MODE, j->mode) ||
	    (j->handle && nla_put_u64_64bit(skb, NSGUARD_A_HANDLE, j->handle, NSGUARD_A_PAD)) ||
	    (j->sandbox && nla_put_flag(skb, NSGUARD_A_LOCKED)) ||
	    (j->verdict == NSGUARD_VERDICT_DENY &&
	     nla_put_u32(skb, NSGUARD_A_ERROR, j->error))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

int nsguard_nl_rule_test_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsguard_judgement judgement;
	struct nsguard_nl_question *q;
	int err = nsguard_nl_may(skb, info->extack);

	if (err)
		return err;
	if (!info->attrs[NSGUARD_A_REQUEST])
		return nsguard_nl_missing(info->extack, NULL, NSGUARD_A_REQUEST, "request");
	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	q->nest = info->attrs[NSGUARD_A_REQUEST];
	q->extack = info->extack;
	q->req.function = "rule-test";
	q->req.said = &q->said;
	err = understand(q);
	if (!err) {
		nsguard_decide_test(&q->req, &judgement);
		err = reply(info, &judgement);
	}
	forget(q);
	kfree(q);
	return err;
}
