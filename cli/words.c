// SPDX-License-Identifier: GPL-2.0-only
/*
 * The enums of the protocol in words. Exact words only: no abbreviation is ever
 * accepted, so that a new word never changes what an old script means.
 */
#include <string.h>
#include <linux/capability.h>
#include <linux/nsguard.h>
#include "words.h"

static const char *const table[] = {
	[NSGUARD_TABLE_NS] = "ns",
	[NSGUARD_TABLE_CGROUP] = "cgroup",
	[NSGUARD_TABLE_AFFINITY] = "affinity",
};

static const char *const op[] = {
	[NSGUARD_OP_ENTER] = "enter",
	[NSGUARD_OP_CREATE] = "create",
	[NSGUARD_OP_MOVE] = "move",
	[NSGUARD_OP_SETAFFINITY] = "setaffinity",
	[NSGUARD_OP_IO_URING] = "io_uring",
	[NSGUARD_OP_CPUSET] = "cpuset",
};

static const char *const verdict[] = {
	[NSGUARD_VERDICT_ALLOW] = "allow",
	[NSGUARD_VERDICT_DENY] = "deny",
	[NSGUARD_VERDICT_LOCK] = "lock",
};

static const char *const mode[] = {
	[NSGUARD_MODE_OFF] = "off",
	[NSGUARD_MODE_AUDIT] = "audit",
	[NSGUARD_MODE_ENFORCE] = "enforce",
};

static const char *const nstype[] = {
	[NSGUARD_NSTYPE_MNT] = "mnt",
	[NSGUARD_NSTYPE_UTS] = "uts",
	[NSGUARD_NSTYPE_IPC] = "ipc",
	[NSGUARD_NSTYPE_PID] = "pid",
	[NSGUARD_NSTYPE_NET] = "net",
	[NSGUARD_NSTYPE_USER] = "user",
	[NSGUARD_NSTYPE_CGROUP] = "cgroup",
	[NSGUARD_NSTYPE_TIME] = "time",
};

static const char *const who[] = {
	[NSGUARD_WHO_SELF] = "self",
	[NSGUARD_WHO_OTHER] = "other",
};

static const char *const userns[] = {
	[NSGUARD_USERNS_INIT] = "init",
	[NSGUARD_USERNS_OTHER] = "other",
};

static const char *const moves[] = {
	[NSGUARD_MOVES_THREAD] = "thread",
	[NSGUARD_MOVES_PROCESS] = "process",
};

static const char *const same[] = {
	[NSGUARD_SAME_DELEGATION_NO] = "no",
	[NSGUARD_SAME_DELEGATION_YES] = "yes",
};

/* capabilities(7), without their prefix. */
static const char *const cap[] = {
	[CAP_CHOWN] = "chown",
	[CAP_DAC_OVERRIDE] = "dac_override",
	[CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner",
	[CAP_FSETID] = "fsetid",
	[CAP_KILL] = "kill",
	[CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid",
	[CAP_SETPCAP] = "setpcap",
	[CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service",
	[CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin",
	[CAP_NET_RAW] = "net_raw",
	[CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner",
	[CAP_SYS_MODULE] = "sys_module",
	[CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot",
	[CAP_SYS_PTRACE] = "sys_ptrace",
	[CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin",
	[CAP_SYS_BOOT] = "sys_boot",
	[CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource",
	[CAP_SYS_TIME] = "sys_time",
	[CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod",
	[CAP_LEASE] = "lease",
	[CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control",
	[CAP_SETFCAP] = "setfcap",
	[CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin",
	[CAP_SYSLOG] = "syslog",
	[CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend",
	[CAP_AUDIT_READ] = "audit_read",
	[CAP_PERFMON] = "perfmon",
	[CAP_BPF] = "bpf",
	[CAP_CHECKPOINT_RESTORE] = "checkpoint_restore",
};

static const char *const set_type[] = {
	[NSGUARD_SET_TYPE_UID] = "uid",
	[NSGUARD_SET_TYPE_GID] = "gid",
	[NSGUARD_SET_TYPE_AUID] = "auid",
	[NSGUARD_SET_TYPE_PID] = "pid",
};

static const char *const relation[] = {
	[NSGUARD_RELATION_IS] = "is",
	[NSGUARD_RELATION_UNDER] = "under",
	[NSGUARD_RELATION_INTERSECTS] = "intersects",
	[NSGUARD_RELATION_SUBSET] = "subset",
	[NSGUARD_RELATION_SUPERSET] = "superset",
	[NSGUARD_RELATION_EQUALS] = "equals",
	[NSGUARD_RELATION_RESET] = "reset",
};

static const char *const coverage[] = {
	[NSGUARD_COVERAGE_FULL] = "full",
	[NSGUARD_COVERAGE_PARTIAL] = "partial",
	[NSGUARD_COVERAGE_OFF] = "off",
};

const struct words words_table = { "table", ARRAY_SIZE(table), table };
const struct words words_op = { "operation", ARRAY_SIZE(op), op };
const struct words words_verdict = { "verdict", ARRAY_SIZE(verdict), verdict };
const struct words words_mode = { "mode", ARRAY_SIZE(mode), mode };
const struct words words_nstype = { "namespace type", ARRAY_SIZE(nstype), nstype };
const struct words words_who = { "target", ARRAY_SIZE(who), who };
const struct words words_userns = { "user namespace", ARRAY_SIZE(userns), userns };
const struct words words_moves = { "unit", ARRAY_SIZE(moves), moves };
const struct words words_same = { "answer", ARRAY_SIZE(same), same };
const struct words words_cap = { "capability", ARRAY_SIZE(cap), cap };
const struct words words_set_type = { "type of a set", ARRAY_SIZE(set_type), set_type };
const struct words words_relation = { "relation", ARRAY_SIZE(relation), relation };
const struct words words_coverage = { "coverage", ARRAY_SIZE(coverage), coverage };

const char *words_get(const struct words *w, __u32 value)
{
	return value < w->n ? w->word[value] : "?";
}

/* The same for a whole word. */
static int words_is(const struct words *w, const char *s)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (is_word(w->word[i], s))
			return (int)i;
	return -1;
}

int words_find(const struct words *w, const char *s, size_t n)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (w->word[i][0] == *s && !strncmp(w->word[i], s, n) && !w->word[i][n])
			return (int)i;
	return -1;
}

unsigned int words_ops_of(unsigned int t)
{
	switch (t) {
	case NSGUARD_TABLE_NS:
		return BIT(NSGUARD_OP_ENTER) | BIT(NSGUARD_OP_CREATE);
	case NSGUARD_TABLE_CGROUP:
		return BIT(NSGUARD_OP_MOVE);
	default:
		return BIT(NSGUARD_OP_SETAFFINITY) | BIT(NSGUARD_OP_IO_URING) |
		       BIT(NSGUARD_OP_CPUSET);
	}
}

unsigned int words_ops_unnamed(unsigned int t)
{
	return words_ops_of(t) & ~BIT(NSGUARD_OP_CPUSET);
}

void words_list(struct buf *b, const struct words *w, unsigned int mask)
{
	unsigned int i, left = 0;

	for (i = 0; i < w->n; i++)
		left += !!(mask & BIT(i));
	for (i = 0; i < w->n; i++) {
		if (!(mask & BIT(i)))
			continue;
		buf_str(b, w->word[i]);
		left--;
		if (left)
			buf_str(b, left == 1 ? " or " : ", ");
	}
}

static int wrong_word(const struct cursor *c, const struct token *t, const struct words *w,
		      unsigned int mask, const char *command)
{
	struct buf list = { 0 };
	int code;

	words_list(&list, w, mask);
	if (t)
		code = complain(t, "unknown %s '%s' in %s (%s)", w->what, t->text, command,
				buf_cstr(&list));
	else
		code = complain(&c->end, "%s needs a %s: %s", command, w->what, buf_cstr(&list));
	buf_free(&list);
	return code;
}

int words_parse(struct cursor *c, const struct words *w, unsigned int mask, const char *command,
		int *value)
{
	const struct token *t;
	int code = cursor_word(c, &t);

	*value = -1;
	if (code)
		return code;
	if (t)
		*value = words_is(w, t->text);
	if (*value < 0 || !(mask & BIT(*value)))
		return wrong_word(c, t, w, mask, command);
	return 0;
}
