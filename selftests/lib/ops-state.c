// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guarded operation changes, as text that can be compared: a task's
 * namespaces, its cgroups, its CPUs. See ops.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kmod.h"
#include "ops.h"

static void ns_state(char *state)
{
	/* pid and time namespaces are entered by the children only. */
	static const char *const names[] = {
		"mnt", "uts", "ipc", "pid", "pid_for_children", "net", "user", "cgroup", "time",
		"time_for_children",
	};
	size_t used = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], link[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", names[i]);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		used += snprintf(state + used, OP_STATE - used, "%s ", link);
	}
}

static void cgroup_state(pid_t target, char *state)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", target);
	if (file_read(path, state, OP_STATE))
		strcpy(state, "?");
}

static void affinity_state(pid_t target, char *state)
{
	unsigned char mask[OP_MASK_BYTES * 8] = { 0 };
	long n = syscall(SYS_sched_getaffinity, target, sizeof(mask), mask);

	strcpy(state, n < 0 ? "?" : "");
	for (long i = 0; i < n && i < OP_MASK_BYTES; i++)
		sprintf(state + 2 * i, "%02x", mask[i]);
}

void op_state(const struct op *op, pid_t target, char *state)
{
	state[0] = '\0';
	switch (op->kind) {
	case OP_SETNS:
	case OP_UNSHARE:
		ns_state(state);
		break;
	case OP_PROCS:
	case OP_THREADS:
	case OP_TASKS:
		cgroup_state(target, state);
		break;
	case OP_AFFINITY:
	case OP_AFFINITY32:
		affinity_state(target, state);
		break;
	default:
		/* act() tells by itself. */
		break;
	}
}
