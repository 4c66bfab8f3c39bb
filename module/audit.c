// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event as a record of the kernel's audit, so that a denial nobody listens to is still
 * written down. The complete and unlimited way is the netlink group.
 */
#include <linux/audit.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "audit.h"

#define BURST		20		/* records within */
#define INTERVAL	(5 * HZ)	/* this time */
#define TEXT_MAX	1023		/* bytes shown of one string */

/* All of this is the worker's alone. */
static char line[8192];
static size_t used;
static unsigned long since;
static unsigned int written;
static u64 suppressed;

static const char *const tables[] = {
	[NSGUARD_TABLE_NS]	 = "ns",
	[NSGUARD_TABLE_CGROUP]	 = "cgroup",
	[NSGUARD_TABLE_AFFINITY] = "affinity",
};

static const char *const ops[] = {
	[NSGUARD_OP_ENTER]	 = "enter",
	[NSGUARD_OP_CREATE]	 = "create",
	[NSGUARD_OP_MOVE]	 = "move",
	[NSGUARD_OP_SETAFFINITY] = "setaffinity",
	[NSGUARD_OP_IO_URING]	 = "io_uring",
	[NSGUARD_OP_CPUSET]	 = "cpuset",
};

static const char *const nstypes[] = {
	[NSGUARD_NSTYPE_MNT]	= "mnt",
	[NSGUARD_NSTYPE_UTS]	= "uts",
	[NSGUARD_NSTYPE_IPC]	= "ipc",
	[NSGUARD_NSTYPE_PID]	= "pid",
	[NSGUARD_NSTYPE_NET]	= "net",
	[NSGUARD_NSTYPE_USER]	= "user",
	[NSGUARD_NSTYPE_CGROUP]	= "cgroup",
	[NSGUARD_NSTYPE_TIME]	= "time",
};

static __printf(1, 2) void put(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	used += vscnprintf(line + used, sizeof(line) - used, fmt, args);
	va_end(args);
}

/*
 * A string somebody else chose, the way audit writes it (audit_log_untrustedstring() is not
 * exported): in quotes when it is harmless, in hexadecimal digits otherwise.
 */
static void put_text(const char *name, const char *text)
{
	size_t n, i;

	if (!text)
		return;
	n = strnlen(text, TEXT_MAX);
	for (i = 0; i < n && text[i] > ' ' && text[i] < 0x7f && text[i] != '"'; i++)
		;
	if (i == n) {
		put(" %s=\"%.*s\"", name, (int)n, text);
		return;
	}
	put(" %s=", name);
	for (i = 0; i < n; i++)
		put("%02X", (unsigned char)text[i]);
}

static void put_object(const struct nsguard_event *e)
{
	switch (e->table) {
	case NSGUARD_TABLE_NS:
		put(" nstype=%s", nstypes[e->ns_type]);
		if (e->ns_inum)
			put(" nsinum=%u", e->ns_inum);
		break;
	case NSGUARD_TABLE_CGROUP:
		put(" opid=%u threadgroup=%d from_id=%llu to_id=%llu", e->target_pid,
		    e->threadgroup, e->from_id, e->to_id);
		put_text("from", e->from);
		put_text("to", e->to);
		break;
	case NSGUARD_TABLE_AFFINITY:
		put(" opid=%u reset=%d", e->target_pid, e->reset);
		if (e->has_mask)
			put(" cpus=%*pbl", cpumask_pr_args(e->mask));
		if (e->has_effective)
			put(" effective_cpus=%*pbl", cpumask_pr_args(e->effective));
		break;
	}
}

static bool limited(void)
{
	if (!since || time_after(jiffies, since + INTERVAL)) {
		since = jiffies ?: 1;
		written = 0;
	}
	if (written < BURST) {
		written++;
		return false;
	}
	suppressed++;
	return true;
}

/* What is in the line so far, with its number. */
static void write_line(const struct nsguard_event *e)
{
	struct audit_buffer *ab = NULL;

	put(" seq=%llu", e->seq);
	if (e->lost)
		put(" lost=%llu", e->lost);
	if (suppressed)
		put(" suppressed=%llu", suppressed);
	suppressed = 0;

	/* Never waits for auditd: the ring would run full meanwhile. */
	if (audit_enabled != AUDIT_OFF)
		ab = audit_log_start(NULL, GFP_NOWAIT | __GFP_NOWARN, AUDIT_KERNEL_OTHER);
	if (!ab) {
		pr_notice("%s\n", line);
		return;
	}
	audit_log_format(ab, "%s", line);
	audit_log_end(ab);
}

void nsguard_audit_write(const struct nsguard_event *e)
{
	if (limited())
		return;
	used = 0;
	if (e->rollback) {
		put("nsguard: rollback=%llu pid=%u uid=%u auid=%u", e->rollback, e->pid, e->uid,
		    e->auid);
		put_text("comm", e->comm);
		write_line(e);
		return;
	}
	if (e->stale) {
		put("nsguard: table=%s stale=1", tables[e->table]);
		put_text("sandbox", e->sandbox);
		put_object(e);
		write_line(e);
		return;
	}
	put("nsguard: table=%s op=%s verdict=deny enforced=%d mode=%s rule=%llu",
	    tables[e->table], ops[e->op], e->enforced,
	    e->mode == NSGUARD_MODE_ENFORCE ? "enforce" : "audit", e->handle);
	put(" pid=%u tid=%u uid=%u auid=%u", e->pid, e->tid, e->uid, e->auid);
	put_text("comm", e->comm);
	put_object(e);
	put_text("exe", e->exe);
	put_text("cgroup", e->cgroup);
	if (*e->sandbox)
		put_text("sandbox", e->sandbox);
	put(" function=%s", e->function);
	write_line(e);
}
