// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small world, see world.h: making it, and drawing rules and requests from it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include "world.h"

#define TOP	"/nsgtest"

static const char *const cgroups[] = {
	"/", TOP, TOP "/a", TOP "/a/b", TOP "/a/b/c", TOP "/a/x.scope", TOP "/a/y.scope",
	TOP "/a/x.scope/deep", TOP "/ab", TOP "/b\\x2d1.slice", TOP "/b\\x2d1.slice/b",
};

static const char *const delegated[] = { TOP "/a", TOP "/b\\x2d1.slice/b", NULL };

static const char *const patterns[] = {
	"/", TOP, TOP "/a", TOP "/a/b", TOP "/a/b/c", TOP "/a/*.scope", TOP "/a/x.*", TOP "/*",
	TOP "/*/b", "/*/a", TOP "/ab", TOP "/b\\x2d1.slice", "/*/*/*", TOP "/a*", TOP "/none",
	TOP "/a/x.scope/deep", TOP "/*/x.scope",
};

static const char *const exes[] = { "/usr/bin/bash", "/usr/bin/nsenter", "/usr/bin/taskset" };

static const uint32_t ids[] = { 0, 1, 5, 999, 1000, 1001, 65534, 70000, ~0u };

static const uint32_t caps[] = { CAP_CHOWN, CAP_NET_ADMIN, CAP_SYS_ADMIN, CAP_SYS_NICE, CAP_BPF };

#define PICK(w, from)	((from)[world_random(w, sizeof(from) / sizeof((from)[0]))])

unsigned int world_random(struct world *w, unsigned int n)
{
	/* xorshift64* */
	w->seed ^= w->seed >> 12;
	w->seed ^= w->seed << 25;
	w->seed ^= w->seed >> 27;
	return (uint32_t)((w->seed * 0x2545f4914f6cdd1dULL) >> 32) % n;
}

static uint64_t cpus_possible(void)
{
	unsigned int first = 0, last = 0;
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	int n;

	if (!f)
		return 0;
	n = fscanf(f, "%u-%u", &first, &last);
	fclose(f);
	return n == 2 && last < 63 ? (2ULL << last) - 1 : n == 1 ? 1 : 0;
}

int world_make(struct world *w, uint64_t seed)
{
	int err;

	memset(w, 0, sizeof(*w));
	w->seed = seed ? seed : 1;
	w->possible = cpus_possible();
	if (!w->possible)
		return -EIO;
	w->uts[0] = open("/proc/1/ns/uts", O_RDONLY | O_CLOEXEC);
	w->ipc = open("/proc/1/ns/ipc", O_RDONLY | O_CLOEXEC);
	if (w->uts[0] < 0 || w->ipc < 0)
		return -errno;
	for (int i = 1; i < WORLD_UTS; i++) {
		err = ns_set_make(&w->set[i], CLONE_NEWUTS);
		if (err)
			return err;
		w->uts[i] = w->set[i].fd[NSGUARD_NSTYPE_UTS];
	}
	cg_remove(TOP);
	for (unsigned int i = 1; i < sizeof(cgroups) / sizeof(cgroups[0]); i++) {
		err = cg_make(cgroups[i]);
		if (err && err != -EEXIST)
			return err;
	}
	for (unsigned int i = 0; delegated[i]; i++) {
		char path[256];

		snprintf(path, sizeof(path), CG2 "%s", delegated[i]);
		if (chown(path, 1000 + i, -1))
			return -errno;
	}
	return 0;
}

void world_free(struct world *w)
{
	for (int i = 1; i < WORLD_UTS; i++)
		ns_set_free(&w->set[i]);
	close(w->uts[0]);
	close(w->ipc);
	cg_remove(TOP);
}

const char *world_cgroup(struct world *w)
{
	return PICK(w, cgroups);
}

/* --- rules --- */

void world_range(struct world *w, uint32_t range[2])
{
	uint32_t a = PICK(w, ids), b = world_random(w, 3) ? a : PICK(w, ids);

	range[0] = a < b ? a : b;
	range[1] = a < b ? b : a;
}

static void draw_ranges(struct world *w, struct nsg_match *m)
{
	if (world_draw_set(w, m))
		return;
	m->kind = NSG_RANGE;
	m->ranges = 1 + world_random(w, NSG_VALUES);
	for (int i = 0; i < m->ranges; i++)
		world_range(w, m->range[i]);
}

static void draw_paths(struct world *w, struct nsg_match *m)
{
	m->kind = NSG_PATH;
	m->relation = 1 + (world_random(w, 2) ? NSGUARD_RELATION_IS : NSGUARD_RELATION_UNDER);
	for (unsigned int i = 0; i < 1 + world_random(w, NSG_VALUES); i++)
		m->path[i] = PICK(w, patterns);
}

static void draw_exes(struct world *w, struct nsg_match *m)
{
	m->kind = NSG_PATH;
	m->path[0] = PICK(w, exes);
	if (world_random(w, 2))
		m->path[1] = PICK(w, exes);
}

static void draw_bits(struct world *w, struct nsg_match *m, unsigned int all)
{
	m->kind = NSG_BITS;
	m->bits = all & (1 + world_random(w, 255));
}

static void draw_mask(struct world *w, struct nsg_match *m)
{
	m->relation = 1 + NSGUARD_RELATION_INTERSECTS + world_random(w, 4);
	if (m->key == NSGUARD_A_RULE_CPUS && !world_random(w, 5)) {
		m->kind = NSG_RESET;
		m->relation = 1 + NSGUARD_RELATION_RESET;
		return;
	}
	m->kind = NSG_MASK;
	m->bytes = 8;
	m->mask = w->possible & (1 + world_random(w, 255));
}

static void draw_ns(struct world *w, struct model_rule *r, unsigned int i)
{
	struct nsg_match *m = &r->rule.m[i];

	if (!world_random(w, 4)) {
		m->kind = NSG_HOST;
		return;
	}
	m->kind = NSG_NS;
	if (m->key == NSGUARD_A_RULE_TARGET && !world_random(w, 3)) {
		m->named = NSG_BIT(world_random(w, 2) ? NSGUARD_A_NS_SAME : NSGUARD_A_NS_OTHER);
		/* Alone, or with others. */
		if (world_random(w, 2))
			return;
	}
	m->fds = 1 + world_random(w, 2);
	for (int v = 0; v < m->fds; v++) {
		r->ns[i][v] = world_random(w, WORLD_UTS);
		m->fd[v] = w->uts[r->ns[i][v]];
	}
}

static const uint8_t keys_all[] = {
	NSGUARD_A_RULE_OP, NSGUARD_A_RULE_UID, NSGUARD_A_RULE_EUID, NSGUARD_A_RULE_GID,
	NSGUARD_A_RULE_AUID, NSGUARD_A_RULE_PID, NSGUARD_A_RULE_EXE, NSGUARD_A_RULE_CGROUP,
	NSGUARD_A_RULE_IN_NS, NSGUARD_A_RULE_USERNS, NSGUARD_A_RULE_CAP,
};

static const uint8_t keys_ns[] = {
	NSGUARD_A_RULE_TYPE, NSGUARD_A_RULE_TARGET, NSGUARD_A_RULE_TARGET_OWNER,
};

static const uint8_t keys_cgroup[] = {
	NSGUARD_A_RULE_FROM, NSGUARD_A_RULE_TO, NSGUARD_A_RULE_LEAVING, NSGUARD_A_RULE_WHO,
	NSGUARD_A_RULE_TARGET_UID, NSGUARD_A_RULE_TARGET_EXE, NSGUARD_A_RULE_OPENER_UID,
	NSGUARD_A_RULE_MOVES, NSGUARD_A_RULE_SAME_DELEGATION,
};

static const uint8_t keys_affinity[] = {
	NSGUARD_A_RULE_CPUS, NSGUARD_A_RULE_EFFECTIVE_CPUS, NSGUARD_A_RULE_WHO,
	NSGUARD_A_RULE_TARGET_UID, NSGUARD_A_RULE_TARGET_EXE, NSGUARD_A_RULE_TARGET_CGROUP,
};

static uint8_t draw_key(struct world *w, enum nsguard_table table)
{
	if (world_random(w, 2))
		return PICK(w, keys_all);
	if (table == NSGUARD_TABLE_NS)
		return PICK(w, keys_ns);
	return table == NSGUARD_TABLE_CGROUP ? PICK(w, keys_cgroup) : PICK(w, keys_affinity);
}

static const unsigned int ops[] = {
	[NSGUARD_TABLE_NS] = NSG_BIT(NSGUARD_OP_ENTER) | NSG_BIT(NSGUARD_OP_CREATE),
	[NSGUARD_TABLE_CGROUP] = NSG_BIT(NSGUARD_OP_MOVE),
	[NSGUARD_TABLE_AFFINITY] = NSG_BIT(NSGUARD_OP_SETAFFINITY) | NSG_BIT(NSGUARD_OP_IO_URING),
};

static void draw_match(struct world *w, struct model_rule *r, unsigned int i)
{
	struct nsg_match *m = &r->rule.m[i];

	m->negated = !world_random(w, 3);
	switch (m->key) {
	case NSGUARD_A_RULE_OP:
		draw_bits(w, m, ops[r->rule.table] |
			  (w->cpuset && r->rule.table == NSGUARD_TABLE_AFFINITY ?
			   NSG_BIT(NSGUARD_OP_CPUSET) : 0));
		break;
	case NSGUARD_A_RULE_TYPE:
		draw_bits(w, m, NSG_BIT(NSGUARD_NSTYPE_UTS) | NSG_BIT(NSGUARD_NSTYPE_IPC) |
			  NSG_BIT(NSGUARD_NSTYPE_NET));
		break;
	case NSGUARD_A_RULE_WHO:
	case NSGUARD_A_RULE_USERNS:
	case NSGUARD_A_RULE_MOVES:
	case NSGUARD_A_RULE_SAME_DELEGATION:
		draw_bits(w, m, 3);
		break;
	case NSGUARD_A_RULE_EXE:
	case NSGUARD_A_RULE_TARGET_EXE:
		draw_exes(w, m);
		break;
	case NSGUARD_A_RULE_CGROUP:
	case NSGUARD_A_RULE_TARGET_CGROUP:
	case NSGUARD_A_RULE_FROM:
	case NSGUARD_A_RULE_TO:
	case NSGUARD_A_RULE_LEAVING:
		draw_paths(w, m);
		break;
	case NSGUARD_A_RULE_CPUS:
	case NSGUARD_A_RULE_EFFECTIVE_CPUS:
		draw_mask(w, m);
		break;
	case NSGUARD_A_RULE_IN_NS:
	case NSGUARD_A_RULE_TARGET:
		draw_ns(w, r, i);
		break;
	case NSGUARD_A_RULE_PID:
		draw_ranges(w, m);
		if (m->kind == NSG_SET)
			break;
		if (world_random(w, 2))
			m->range[0][0] = getpid();
		m->range[0][1] = m->range[0][0] > m->range[0][1] ? m->range[0][0] :
								  m->range[0][1];
		break;
	case NSGUARD_A_RULE_CAP:
		m->kind = NSG_RANGE;
		m->ranges = 1;
		m->range[0][0] = PICK(w, caps);
		m->range[0][1] = m->range[0][0];
		break;
	default:
		draw_ranges(w, m);
	}
}

void world_rule(struct world *w, enum nsguard_table table, struct model_rule *r)
{
	unsigned int n = world_random(w, 50) ? 1 + world_random(w, 3) : 0, i = 0;

	memset(r, 0, sizeof(*r));
	r->rule.table = table;
	/* At equal priority deny wins: as many of both would deny nearly everything. */
	r->rule.verdict = world_random(w, 5) < 2 ? NSGUARD_VERDICT_DENY : NSGUARD_VERDICT_ALLOW;
	if (w->box && table == NSGUARD_TABLE_NS && !world_random(w, 5)) {
		r->rule.verdict = NSGUARD_VERDICT_LOCK;
		r->rule.sandbox = WORLD_BOX;
	}
	r->rule.priority = (int)world_random(w, 5) - 2;
	r->rule.dry_run = !world_random(w, 10);
	while (i < n) {
		uint8_t key = draw_key(w, table);
		unsigned int twice = 0;

		while (twice < i && r->rule.m[twice].key != key)
			twice++;
		if (twice < i)
			continue;
		r->rule.m[i].key = key;
		draw_match(w, r, i++);
	}
}

/* --- requests --- */

void world_request(struct world *w, enum nsguard_table table, struct model_request *req)
{
	memset(req, 0, sizeof(*req));
	req->table = table;
	req->uid = PICK(w, ids);
	req->euid = PICK(w, ids);
	req->auid = PICK(w, ids);
	req->pid = getpid();
	req->gids = 1 + world_random(w, MODEL_GIDS);
	for (unsigned int i = 0; i < req->gids; i++)
		req->gid[i] = PICK(w, ids);
	req->userns = world_random(w, 2);
	for (int i = 0; i < 2; i++)
		req->cap |= 1ULL << PICK(w, caps);
	req->cgroup = world_cgroup(w);
	req->exe = PICK(w, exes);
	req->in_ns[NSGUARD_NSTYPE_UTS] = world_random(w, WORLD_UTS);
	req->possible = w->possible;
	req->who = world_random(w, 2);
	req->target_uid = PICK(w, ids);
	req->target_cgroup = world_cgroup(w);
	req->target_exe = PICK(w, exes);
	switch (table) {
	case NSGUARD_TABLE_NS:
		req->op = world_random(w, 2) ? NSGUARD_OP_ENTER : NSGUARD_OP_CREATE;
		req->type = world_random(w, 3) ? NSGUARD_NSTYPE_UTS : NSGUARD_NSTYPE_IPC;
		if (req->type == NSGUARD_NSTYPE_UTS)
			req->target = world_random(w, WORLD_UTS);
		/* Or hardly anybody would come by a rule that locks. */
		if (w->box && req->type == NSGUARD_NSTYPE_UTS && world_random(w, 2))
			req->target = w->box;
		req->target_owner = PICK(w, ids);
		req->box = w->box;
		break;
	case NSGUARD_TABLE_CGROUP:
		req->op = NSGUARD_OP_MOVE;
		req->from = world_cgroup(w);
		req->to = world_cgroup(w);
		req->delegated = delegated;
		req->opener_uid = PICK(w, ids);
		req->moves = world_random(w, 2);
		break;
	case NSGUARD_TABLE_AFFINITY:
		req->op = world_random(w, 3) ? NSGUARD_OP_SETAFFINITY : NSGUARD_OP_IO_URING;
		req->reset = !world_random(w, 4);
		do {
			req->mask = w->possible & (1 + world_random(w, 255));
		} while (!req->mask);
		if (req->reset)
			req->mask = w->possible;
		do {
			req->effective = req->mask & (1 + world_random(w, 255));
		} while (!req->effective);
		if (!w->cpuset || world_random(w, 3))
			break;
		/* The CPUs that are in force there are what comes out. */
		req->op = NSGUARD_OP_CPUSET;
		req->effective = req->mask;
		break;
	}
}
