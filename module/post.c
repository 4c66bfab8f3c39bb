// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is written down of a denial, in the decision path: raw facts that may be gone a moment
 * later. What may wait, or sleep, is left to the worker in event.c.
 */
#include <linux/audit.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/timekeeping.h>
#include "../kernel-glue/glue.h"
#include "lock.h"
#include "policy/policy.h"
#include "ring.h"

#define CUT	"..."	/* in front of a path whose beginning had no room */

/* Writes @s in front of @p, not before @start: NULL when there is no room. */
static char *before(char *p, const char *start, const char *s, size_t n)
{
	/* Signed: a path that fills its part to the byte leaves @p before @start. */
	if (p - start < (ssize_t)n)
		return NULL;
	return memcpy(p - n, s, n);
}

/*
 * The path of @cgrp into part @part of @parts of the record's text, from the leaf upwards: the
 * leaf says most. Now, since the cgroup may be gone when the worker comes (H19 for names).
 */
static int path(struct nsguard_record *r, struct cgroup *cgrp, int part, int parts)
{
	int size = NSGUARD_RECORD_TEXT / parts;
	char *start = r->text + part * size;
	char *p = start + size - 1;
	const char *name;
	char *next;

	if (!cgrp)
		return -1;
	*p = '\0';
	start += strlen(CUT);
	if (!cgroup_parent(cgrp))
		*--p = '/';
	for (; cgroup_parent(cgrp); cgrp = cgroup_parent(cgrp)) {
		name = nsguard_glue_kn_name(cgrp->kn);
		next = before(p, start + 1, name, strlen(name));
		if (!next) {
			p = before(p, start - strlen(CUT), CUT, strlen(CUT));
			break;
		}
		p = next;
		*--p = '/';
	}
	return p - r->text;
}

static bool copy(struct cpumask *to, const struct cpumask *from)
{
	if (from)
		cpumask_copy(to, from);
	return from;
}

static void subject(struct nsguard_record *r)
{
	r->pid = task_tgid_nr(current);
	r->tid = task_pid_nr(current);
	r->uid = __kuid_val(current_real_cred()->uid);
	r->auid = __kuid_val(audit_get_loginuid(current));
	/* H21: no task_lock(); the name of the one who runs here changes only by himself. */
	memcpy(r->comm, current->comm, sizeof(r->comm));
	r->comm[sizeof(r->comm) - 1] = '\0';
	r->exe = nsguard_glue_exe_file(current);
}

static void object(struct nsguard_record *r, const struct nsguard_request *req)
{
	r->ns_type = req->ns_type;
	r->ns_inum = req->ns_inum;
	r->from_id = req->from ? cgroup_id(req->from) : 0;
	r->to_id = req->to ? cgroup_id(req->to) : 0;
	r->target_pid = req->target ? task_pid_nr(req->target) : 0;
	r->threadgroup = req->threadgroup;
	r->has_mask = copy(r->mask, req->cpus);
	r->has_effective = copy(r->effective, req->effective);
	r->reset = req->reset;
}

/* By its name; in brackets, which no name has, where there are several. */
static void sandbox_name(struct nsguard_record *r, u32 id)
{
	const struct nsguard_sandbox *sandbox = NULL;
	const struct nsguard_policy *policy;

	strscpy(r->sandbox, id == NSGUARD_LOCK_SEVERAL ? "(several)" : "", sizeof(r->sandbox));
	policy = id && id != NSGUARD_LOCK_SEVERAL ? nsguard_policy_rcu() : NULL;
	if (policy)
		sandbox = nsguard_sandbox_of(policy, id);
	if (sandbox)
		strscpy(r->sandbox, sandbox->name, sizeof(r->sandbox));
}

void nsguard_event_post(struct nsguard_request *req, const struct nsguard_rule *rule,
			enum nsguard_mode mode, bool enforced, int error)
{
	int parts = req->from || req->to ? 3 : 1;
	struct nsguard_record *r;

	r = nsguard_ring_claim();
	if (!r)
		return;
	r->time = ktime_get_real_fast_ns();
	r->table = req->table;
	r->op = req->op;
	r->mode = mode;
	r->enforced = enforced;
	r->error = error;
	r->handle = rule ? rule->handle : 0;
	r->function = req->function;
	r->stale = false;
	r->rollback = 0;
	sandbox_name(r, req->sandbox);
	subject(r);
	object(r, req);
	r->cgroup = path(r, nsguard_request_cgroup(req), 0, parts);
	r->from = path(r, req->from, 1, parts);
	r->to = path(r, req->to, 2, parts);
	nsguard_ring_publish(r);
	nsguard_event_kick();
}

/* News of what nobody was judged for: no subject, no verdict. */
static void blank(struct nsguard_record *r, const struct nsguard_request *req)
{
	r->time = ktime_get_real_fast_ns();
	r->table = NSGUARD_TABLE_NS;
	r->op = NSGUARD_OP_ENTER;
	r->mode = NSGUARD_MODE_ENFORCE;
	r->enforced = false;
	r->error = 0;
	r->handle = 0;
	r->function = NULL;
	r->stale = false;
	r->rollback = 0;
	*r->sandbox = '\0';
	/* Whoever runs here has nothing to do with it (H20). */
	r->pid = 0;
	r->tid = 0;
	r->uid = 0;
	r->auid = 0;
	*r->comm = '\0';
	r->exe = NULL;
	r->cgroup = -1;
	r->from = -1;
	r->to = -1;
	object(r, req);
}

void nsguard_event_post_stale(const struct nsguard_sandbox *sandbox, enum nsguard_nstype type,
			      u32 inum)
{
	const struct nsguard_request req = { .ns_type = type, .ns_inum = inum };
	struct nsguard_record *r = nsguard_ring_claim();

	if (!r)
		return;
	blank(r, &req);
	r->stale = true;
	strscpy(r->sandbox, sandbox->name, sizeof(r->sandbox));
	nsguard_ring_publish(r);
	nsguard_event_kick();
}

void nsguard_event_post_rollback(u64 generation, u32 pid, u32 uid, u32 auid, const char *comm)
{
	const struct nsguard_request req = {};
	struct nsguard_record *r;

	preempt_disable();
	r = nsguard_ring_claim();
	if (r) {
		blank(r, &req);
		r->rollback = generation;
		r->pid = pid;
		r->uid = uid;
		r->auid = auid;
		strscpy(r->comm, comm, sizeof(r->comm));
		nsguard_ring_publish(r);
		nsguard_event_kick();
	}
	preempt_enable();
}
