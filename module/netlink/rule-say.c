// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said in a question of rule-test: from attributes to a request, beginning with what is
 * so. Nothing is decided here.
 */
#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/kernfs.h>
#include <linux/ns_common.h>
#include "netlink.h"
#include "rule-test.h"

static int say_groups(struct nsguard_nl_question *q)
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

/* The directory of the hierarchy's root that @path names, with a reference, or NULL. */
static struct kernfs_node *walk(const char *path)
{
	struct kernfs_node *kn = cgrp_dfl_root.cgrp.kn, *next;
	char name[NAME_MAX + 1];
	size_t len;

	kernfs_get(kn);
	for (; kn; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len)
			break;
		next = NULL;
		if (len <= NAME_MAX) {
			memcpy(name, path, len);
			name[len] = '\0';
			next = kernfs_find_and_get(kn, name);
		}
		kernfs_put(kn);
		/* Below a file nothing may be looked for. */
		if (next && kernfs_type(next) != KERNFS_DIR) {
			kernfs_put(next);
			next = NULL;
		}
		kn = next;
	}
	return kn;
}

/*
 * The cgroup of @path as rules mean it, with a reference, or NULL: from the root of version 2's
 * hierarchy. cgroup_get_from_path() begins at that of the caller's cgroup namespace.
 */
static struct cgroup *cgroup_at(const char *path)
{
	struct kernfs_node *kn = walk(path);
	struct cgroup *cgrp;

	if (!kn)
		return NULL;
	rcu_read_lock();
	cgrp = rcu_dereference(*(void __rcu __force **)&kn->priv);
	if (cgrp && !cgroup_tryget(cgrp))
		cgrp = NULL;
	rcu_read_unlock();
	kernfs_put(kn);
	return cgrp;
}

/* The cgroup that @type names instead of *@cgrp. */
static int say_cgroup(struct nsguard_nl_question *q, int type, struct cgroup **cgrp)
{
	struct cgroup *other;

	if (!q->tb[type])
		return 0;
	other = cgroup_at(nla_data(q->tb[type]));
	if (!other) {
		nsguard_nl_refuse(q->extack, q->tb[type], "%s: there is no such cgroup",
				  nsguard_nl_request_name[type]);
		return -ENOENT;
	}
	if (*cgrp)
		cgroup_put(*cgrp);
	*cgrp = other;
	return 0;
}

static int say_exe(struct nsguard_nl_question *q, int type, struct nsguard_exe_seen *seen)
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

/* A cgroup namespace's root instead of *@root. */
static void say_root(const struct ns_common *ns, struct cgroup **root)
{
	cgroup_put(*root);
	*root = container_of(ns, struct cgroup_namespace, ns)->root_cset->dfl_cgrp;
	cgroup_get(*root);
}

/* The namespace that @value's fd means; who owns it; and, for one somebody is in, its *@root. */
static int ns_of(struct nsguard_nl_question *q, const struct nlattr *value,
		 struct nsguard_ns_ref *ref, u32 *owner, struct cgroup **root)
{
	const struct nlattr *fd = nla_find_nested(value, NSGUARD_A_NS_FD);
	const struct ns_common *ns;
	struct file *file;
	int type;

	if (!fd)
		return nsguard_nl_missing(q->extack, value, NSGUARD_A_NS_FD, "fd of a namespace");
	file = fget(nla_get_u32(fd));
	if (!file) {
		nsguard_nl_refuse(q->extack, fd, "the file descriptor is not open");
		return -EBADF;
	}
	ns = nsguard_glue_ns_of_file(file);
	type = ns ? nsguard_glue_ns_type(ns) : -1;
	if (type >= 0) {
		ref->type = type;
		ref->inum = ns->inum;
		*owner = nsguard_glue_ns_owner(ns);
	}
	if (type == NSGUARD_NSTYPE_CGROUP && root)
		say_root(ns, root);
	fput(file);
	if (type >= 0)
		return 0;
	nsguard_nl_refuse(q->extack, fd, "the file is not a namespace");
	return -EINVAL;
}

static int say_namespaces(struct nsguard_nl_question *q)
{
	struct nsguard_ns_ref ref;
	const struct nlattr *attr;
	unsigned int i;
	int left, err;
	u32 owner;

	nla_for_each_nested(attr, q->nest, left) {
		if (nla_type(attr) != NSGUARD_A_REQUEST_NS)
			continue;
		err = ns_of(q, attr, &ref, &owner, &q->said.cgroup_root);
		if (err)
			return err;
		for (i = 0; i < q->said.n_ns; i++)
			if (q->said.ns[i].type == ref.type)
				q->said.ns[i].inum = ref.inum;
	}
	return 0;
}

static void say_number(struct nsguard_nl_question *q, int type, u32 *number)
{
	if (q->tb[type])
		*number = nla_get_u32(q->tb[type]);
}

static void say_cred(struct nsguard_nl_question *q)
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

static int say(struct nsguard_nl_question *q)
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

static int what_ns(struct nsguard_nl_question *q)
{
	bool enter = q->req.op == NSGUARD_OP_ENTER;
	int need = enter ? NSGUARD_A_REQUEST_TARGET : NSGUARD_A_REQUEST_TYPE;
	int other = enter ? NSGUARD_A_REQUEST_TYPE : NSGUARD_A_REQUEST_TARGET;
	struct nsguard_ns_ref ref = {};
	int err;

	if (!enter && q->tb[NSGUARD_A_REQUEST_TARGET_OWNER])
		other = NSGUARD_A_REQUEST_TARGET_OWNER;
	if (q->tb[other]) {
		nsguard_nl_refuse(q->extack, q->tb[other], "op %s takes no %s",
				  enter ? "enter" : "create", nsguard_nl_request_name[other]);
		return -EINVAL;
	}
	if (!q->tb[need])
		return nsguard_nl_missing(q->extack, q->nest, need, nsguard_nl_request_name[need]);
	if (!enter) {
		q->req.ns_type = nla_get_u32(q->tb[need]);
		return 0;
	}
	err = ns_of(q, q->tb[need], &ref, &q->said.target_owner, NULL);
	q->req.ns_type = ref.type;
	q->req.ns_inum = ref.inum;
	say_number(q, NSGUARD_A_REQUEST_TARGET_OWNER, &q->said.target_owner);
	return err;
}

static int what_cgroup(struct nsguard_nl_question *q)
{
	int err;

	if (!q->tb[NSGUARD_A_REQUEST_TO])
		return nsguard_nl_missing(q->extack, q->nest, NSGUARD_A_REQUEST_TO, "to");
	q->req.threadgroup = !q->tb[NSGUARD_A_REQUEST_THREAD];
	q->req.opener_known = true;
	q->req.opener_uid = __kuid_val(q->said.cred->uid);
	say_number(q, NSGUARD_A_REQUEST_OPENER_UID, &q->req.opener_uid);
	q->req.from = q->said.target_cgroup;
	cgroup_get(q->req.from);
	err = say_cgroup(q, NSGUARD_A_REQUEST_FROM, &q->req.from);
	return err ?: say_cgroup(q, NSGUARD_A_REQUEST_TO, &q->req.to);
}

static int what_affinity(struct nsguard_nl_question *q)
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

int nsguard_nl_request_say(struct nsguard_nl_question *q)
{
	int err = say(q);

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
