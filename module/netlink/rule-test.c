// SPDX-License-Identifier: GPL-2.0-only
/*
 * rule-test: what would be decided about an operation that is described and not done. From
 * attributes to a request and back; the deciding is done where it always is.
 */
#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include "../decide.h"
#include "../policy/policy.h"
#include "gen.h"
#include "netlink.h"
#include "rule.h"

#define REPLY_SIZE	128	/* many are on their way when questions come in one message */

static const char *const names[NSGUARD_A_REQUEST_MAX + 1] = {
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
};

/**
 * struct question - a request under way, and what it holds
 * @nest: NSGUARD_A_REQUEST
 * @tb: what is in it; the last one of those that may be repeated
 * @extack: takes sentences
 * @said: who acts on whom
 * @req: what is asked
 * @has_said: @said is to be dropped
 * @mask: what @req.cpus points to
 * @effective: what @req.effective points to
 */
struct question {
	const struct nlattr *nest;
	const struct nlattr *tb[NSGUARD_A_REQUEST_MAX + 1];
	struct netlink_ext_ack *extack;
	struct nsguard_said said;
	struct nsguard_request req;
	bool has_said;
	struct cpumask *mask;
	struct cpumask *effective;
};

static int read(struct question *q)
{
	const struct nlattr *attr;
	int left, type;

	nla_for_each_nested(attr, q->nest, left) {
		type = nla_type(attr);
		if (q->tb[type] && type != NSGUARD_A_REQUEST_GID && type != NSGUARD_A_REQUEST_NS) {
			nsguard_nl_refuse(q->extack, attr, "%s given twice", names[type]);
			return -EINVAL;
		}
		q->tb[type] = attr;
	}
	return 0;
}

/* Which attributes belong to which table only; op tells apart those of a namespace. */
static int check_table(struct question *q)
{
	static const u8 table_of[NSGUARD_A_REQUEST_MAX + 1] = {
		[NSGUARD_A_REQUEST_TYPE]		= BIT(NSGUARD_TABLE_NS),
		[NSGUARD_A_REQUEST_TARGET]		= BIT(NSGUARD_TABLE_NS),
		[NSGUARD_A_REQUEST_FROM]		= BIT(NSGUARD_TABLE_CGROUP),
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
				  names[type], nsguard_nl_table_name[q->req.table]);
		return -EINVAL;
	}
	return 0;
}

/* The task @type names, with a reference; the caller when it does not. */
static struct task_struct *task_of(struct question *q, int type)
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

static int look_at_tasks(struct question *q)
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

static int say_groups(struct question *q)
{
	struct group_info *groups;
	const struct nlattr *attr;
	unsigned int n = 0, i = 0;
	int left;

	if (!q->tb[NSGUARD_A_REQUEST_GID])
		return 0;
	nla_for_each_nested(attr, q->nest, left)
		n += nla_type(attr) == NSGUARD_A_REQUEST_GID;
	if (n > NSGUARD_MAX_VALUES) {
		nsguard_nl_refuse(q->extack, q->tb[NSGUARD_A_REQUEST_GID],
				  "gid has more than %u values", NSGUARD_MAX_VALUES);
		return -E2BIG;
	}
	groups = groups_alloc(n - 1);
	if (!groups)
		return -ENOMEM;
	nla_for_each_nested(attr, q->nest, left) {
		if (nla_type(attr) != NSGUARD_A_REQUEST_GID)
			continue;
		if (!i++)
			q->said.cred->gid = KGIDT_INIT(nla_get_u32(attr));
		else
			groups->gid[i - 2] = KGIDT_INIT(nla_get_u32(attr));
	}
	groups_sort(groups);
	set_groups(q->said.cred, groups);
	put_group_info(groups);
	return 0;
}

/* The cgroup that @type names instead of *@cgrp. */
static int say_cgroup(struct question *q, int type, struct cgroup **cgrp)
{
	struct cgroup *other;

	if (!q->tb[type])
		return 0;
	other = cgroup_get_from_path(nla_data(q->tb[type]));
	if (IS_ERR(other)) {
		nsguard_nl_refuse(q->extack, q->tb[type], "%s: there is no such cgroup",
				  names[type]);
		return PTR_ERR(other);
	}
	if (*cgrp)
		cgroup_put(*cgrp);
	*cgrp = other;
	return 0;
}

static int say_exe(struct question *q, int type, struct nsguard_exe_seen *seen)
{
	const struct nsguard_exe_id *id;
	const char *why = "out of memory";
	struct nsguard_exe *exe;

	if (!q->tb[type])
		return 0;
	exe = nsguard_exe_get(nla_data(q->tb[type]), &why);
	if (IS_ERR(exe)) {
		nsguard_nl_refuse(q->extack, q->tb[type], "%s", why);
		return PTR_ERR(exe);
	}
	rcu_read_lock();
	id = rcu_dereference(exe->id);
	seen->known = id;
	if (id) {
		seen->dev = id->dev;
		seen->ino = id->ino;
		seen->gen = id->gen;
	}
	rcu_read_unlock();
	nsguard_exe_put(exe);
	return 0;
}

/* The namespace that @value's fd means. */
static int ns_of(struct question *q, const struct nlattr *value, struct nsguard_ns_ref *ref)
{
	const struct nlattr *fd = nla_find_nested(value, NSGUARD_A_NS_FD);
	const char *why = "out of memory";
	struct nsguard_nsid *id;

	if (!fd)
		return nsguard_nl_missing(q->extack, value, NSGUARD_A_NS_FD, "fd of a namespace");
	id = nsguard_nsid_get(nla_get_u32(fd), &why);
	if (IS_ERR(id)) {
		nsguard_nl_refuse(q->extack, fd, "%s", why);
		return PTR_ERR(id);
	}
	ref->type = id->type;
	ref->inum = id->inum;
	nsguard_nsid_put(id);
	return 0;
}

static int say_namespaces(struct question *q)
{
	struct nsguard_ns_ref ref;
	const struct nlattr *attr;
	unsigned int i;
	int left, err;

	nla_for_each_nested(attr, q->nest, left) {
		if (nla_type(attr) != NSGUARD_A_REQUEST_NS)
			continue;
		err = ns_of(q, attr, &ref);
		if (err)
			return err;
		for (i = 0; i < q->said.n_ns; i++)
			if (q->said.ns[i].type == ref.type)
				q->said.ns[i].inum = ref.inum;
	}
	return 0;
}

static void say_number(struct question *q, int type, u32 *number)
{
	if (q->tb[type])
		*number = nla_get_u32(q->tb[type]);
}

static void say_cred(struct question *q)
{
	struct cred *cred = q->said.cred;
	u32 uid = __kuid_val(cred->uid), euid = __kuid_val(cred->euid);
	u64 caps;
	int c;

	say_number(q, NSGUARD_A_REQUEST_UID, &uid);
	say_number(q, NSGUARD_A_REQUEST_EUID, &euid);
	cred->uid = KUIDT_INIT(uid);
	cred->euid = KUIDT_INIT(euid);
	if (!q->tb[NSGUARD_A_REQUEST_CAP])
		return;
	caps = nla_get_u64(q->tb[NSGUARD_A_REQUEST_CAP]);
	for (c = 0; c <= CAP_LAST_CAP; c++) {
		if (caps & BIT_ULL(c))
			cap_raise(cred->cap_effective, c);
		else
			cap_lower(cred->cap_effective, c);
	}
}

static int say(struct question *q)
{
	struct nsguard_said *said = &q->said;
	u32 number;
	int err;

	say_cred(q);
	say_number(q, NSGUARD_A_REQUEST_AUID, &said->auid);
	say_number(q, NSGUARD_A_REQUEST_TARGET_UID, &said->target_uid);
	number = said->userns;
	say_number(q, NSGUARD_A_REQUEST_USERNS, &number);
	said->userns = number;
	number = said->who;
	say_number(q, NSGUARD_A_REQUEST_WHO, &number);
	said->who = number;
	err = say_groups(q);
	if (!err)
		err = say_namespaces(q);
	if (!err)
		err = say_cgroup(q, NSGUARD_A_REQUEST_CGROUP, &said->cgroup);
	if (!err)
		err = say_cgroup(q, NSGUARD_A_REQUEST_TARGET_CGROUP, &said->target_cgroup);
	if (!err)
		err = say_exe(q, NSGUARD_A_REQUEST_EXE, &said->exe);
	if (!err)
		err = say_exe(q, NSGUARD_A_REQUEST_TARGET_EXE, &said->target_exe);
	return err;
}

/* --- what --- */

static int what_ns(struct question *q)
{
	bool enter = q->req.op == NSGUARD_OP_ENTER;
	int need = enter ? NSGUARD_A_REQUEST_TARGET : NSGUARD_A_REQUEST_TYPE;
	int other = enter ? NSGUARD_A_REQUEST_TYPE : NSGUARD_A_REQUEST_TARGET;
	struct nsguard_ns_ref ref;
	int err;

	if (q->tb[other]) {
		nsguard_nl_refuse(q->extack, q->tb[other], "op %s takes no %s",
				  enter ? "enter" : "create", names[other]);
		return -EINVAL;
	}
	if (!q->tb[need])
		return nsguard_nl_missing(q->extack, q->nest, need, names[need]);
	if (!enter) {
		q->req.ns_type = nla_get_u32(q->tb[need]);
		return 0;
	}
	err = ns_of(q, q->tb[need], &ref);
	q->req.ns_type = ref.type;
	q->req.ns_inum = ref.inum;
	return err;
}

static int what_cgroup(struct question *q)
{
	int err;

	if (!q->tb[NSGUARD_A_REQUEST_TO])
		return nsguard_nl_missing(q->extack, q->nest, NSGUARD_A_REQUEST_TO, "to");
	q->req.threadgroup = !q->tb[NSGUARD_A_REQUEST_THREAD];
	q->req.from = q->said.target_cgroup;
	cgroup_get(q->req.from);
	err = say_cgroup(q, NSGUARD_A_REQUEST_FROM, &q->req.from);
	return err ?: say_cgroup(q, NSGUARD_A_REQUEST_TO, &q->req.to);
}

static int what_affinity(struct question *q)
{
	int err;

	if (!q->tb[NSGUARD_A_REQUEST_MASK]) {
		q->req.cpus = cpu_possible_mask;
	} else {
		err = nsguard_nl_mask_parse(&q->mask, q->tb[NSGUARD_A_REQUEST_MASK], q->extack);
		if (err)
			return err;
		q->req.cpus = q->mask;
	}
	q->req.effective = q->req.cpus;
	q->req.reset = cpumask_subset(cpu_possible_mask, q->req.cpus);
	if (!q->tb[NSGUARD_A_REQUEST_EFFECTIVE_MASK])
		return 0;
	err = nsguard_nl_mask_parse(&q->effective, q->tb[NSGUARD_A_REQUEST_EFFECTIVE_MASK],
				    q->extack);
	q->req.effective = q->effective;
	return err;
}

static int understand(struct question *q)
{
	int err = read(q);

	if (!err)
		err = check_table(q);
	if (!err)
		err = look_at_tasks(q);
	if (!err)
		err = say(q);
	if (err)
		return err;
	switch (q->req.table) {
	case NSGUARD_TABLE_NS:
		return what_ns(q);
	case NSGUARD_TABLE_CGROUP:
		return what_cgroup(q);
	default:
		return what_affinity(q);
	}
}

static void forget(struct question *q)
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
	struct question *q;
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
