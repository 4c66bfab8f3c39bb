// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guarded paths go on and off: for each the best way that this kernel has is chosen, its points are
 * attached, and what could not be is told. Which ways there are is said in points.c.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "paths.h"
#include "symbols.h"

/**
 * struct path_state - what became of a path
 * @way: way in use while it is on
 * @on: its points are attached
 * @blame: the point that could not be attached, NULL when none failed
 * @why: its name, the reason and advice
 *
 * Under the policy's mutex, and so @users.
 */
static struct path_state {
	const struct nsguard_way *way;
	bool on;
	const struct nsguard_point *blame;
	char why[NSGUARD_WHY];
} states[PATHS];

/* How many paths need a point. */
static unsigned int users[POINTS];

static DEFINE_PER_CPU(u64[PATHS], hits);

void nsguard_path_hit(enum nsguard_path_id path)
{
	this_cpu_inc(hits[path]);
}

/* What the adapters take for granted about structs they cannot see, and which point needs it. */
#define MIRROR(kernel, ours, name)	\
	{ .structure = #kernel, .member = #name, .offset = offsetof(struct ours, name) }

static const struct nsguard_btf_member mirrors[] = {
	MIRROR(affinity_context, nsguard_affinity_context, new_mask),
	MIRROR(affinity_context, nsguard_affinity_context, user_mask),
	MIRROR(affinity_context, nsguard_affinity_context, flags),
	MIRROR(cgrp_cset_link, nsguard_cset_link, cgrp),
	MIRROR(cgrp_cset_link, nsguard_cset_link, cgrp_link),
};

static const enum nsguard_point_id mirror_point[] = {
	POINT_SET_CPUS, POINT_SET_CPUS, POINT_SET_CPUS, POINT_ATTACH_TASK, POINT_ATTACH_TASK,
};

static_assert(ARRAY_SIZE(mirrors) == ARRAY_SIZE(mirror_point));

/* Finds the points' addresses; one that cannot be used has none, and says why. */
static void find_points(void)
{
	struct nsguard_btf_function functions[POINTS] = {};
	struct nsguard_btf_member members[ARRAY_SIZE(mirrors)];
	unsigned int i;

	for (i = 0; i < POINTS; i++) {
		functions[i].name = nsguard_points[i].function;
		functions[i].args = nsguard_points[i].args;
	}
	memcpy(members, mirrors, sizeof(members));
	nsguard_btf_ask(functions, POINTS, members, ARRAY_SIZE(members));
	for (i = 0; i < ARRAY_SIZE(members); i++)
		if (members[i].answer == NSGUARD_BTF_DIFFERENT)
			functions[mirror_point[i]].answer = NSGUARD_BTF_DIFFERENT;
	for (i = 0; i < POINTS; i++)
		nsguard_point_find(&nsguard_points[i], functions[i].answer);
}

static bool way_usable(const struct nsguard_way *way)
{
	unsigned int i;

	for (i = 0; i < way->n; i++)
		if (!nsguard_points[way->point[i]].address)
			return false;
	return true;
}

/* The first way whose functions this kernel has, NULL when there is none. */
static const struct nsguard_way *way_best(const struct nsguard_path_row *row)
{
	unsigned int i;

	for (i = 0; i < row->n; i++)
		if (way_usable(&row->way[i]))
			return &row->way[i];
	return NULL;
}

static int point_get(enum nsguard_point_id id)
{
	int err;

	if (!users[id]) {
		err = nsguard_point_attach(&nsguard_points[id]);
		if (err)
			return err;
	}
	users[id]++;
	return 0;
}

static int point_put(enum nsguard_point_id id)
{
	int err;

	if (users[id] == 1) {
		err = nsguard_point_detach(&nsguard_points[id]);
		if (err)
			return err;
	}
	users[id]--;
	return 0;
}

/* Return: 0, or an errno with *@bad the point that could not be attached; none of the way's is then. */
static int way_on(const struct nsguard_way *way, const struct nsguard_point **bad)
{
	unsigned int i = way->n;
	int err;

	while (i--) {
		/* Whether it notes or decides is settled before it sees the first call. */
		if (way->point[i] == POINT_SETAFFINITY && !users[POINT_SETAFFINITY])
			nsguard_points_affinity_two(users[POINT_DL_CHECK]);
		err = point_get(way->point[i]);
		if (err) {
			*bad = &nsguard_points[way->point[i]];
			while (++i < way->n)
				point_put(way->point[i]);
			return err;
		}
	}
	return 0;
}

static void path_fail(enum nsguard_path_id id, const struct nsguard_point *point)
{
	states[id].blame = point;
	scnprintf(states[id].why, sizeof(states[id].why), "%s: %s", point->function, point->why);
}

/* Which point to name where no way is usable: the first of the best way that is not. */
static const struct nsguard_point *point_to_blame(const struct nsguard_way *best)
{
	unsigned int i;

	for (i = 0; i < best->n - 1; i++)
		if (!nsguard_points[best->point[i]].address)
			break;
	return &nsguard_points[best->point[i]];
}

/* Return: 0, or an errno with the path's state saying why. */
static int path_on(enum nsguard_path_id id)
{
	const struct nsguard_path_row *row = &nsguard_path_rows[id];
	const struct nsguard_point *bad = point_to_blame(&row->way[0]);
	struct path_state *state = &states[id];
	int err = -ENOENT;
	unsigned int i;

	if (state->on)
		return 0;
	for (i = 0; i < row->n; i++) {
		if (!way_usable(&row->way[i]))
			continue;
		err = way_on(&row->way[i], &bad);
		if (!err) {
			state->way = &row->way[i];
			state->on = true;
			state->blame = NULL;
			return 0;
		}
	}
	path_fail(id, bad);
	return err;
}

/* Return: 0, or an errno: ftrace is dead. */
static int path_off(enum nsguard_path_id id)
{
	struct path_state *state = &states[id];
	unsigned int i;
	int err;

	if (!state->on)
		return 0;
	for (i = 0; i < state->way->n; i++) {
		err = point_put(state->way->point[i]);
		if (err)
			return err;
	}
	state->on = false;
	return 0;
}

/* Return: 0, or the errno of a required path, with @why set; those of its table that were off are off again. */
static int paths_on(int table, bool always, char *why)
{
	bool fresh[PATHS] = {};
	unsigned int id;
	int err;

	for (id = 0; id < PATHS; id++) {
		const struct nsguard_path_row *row = &nsguard_path_rows[id];

		if (!row->exists || row->always != always || (table >= 0 && row->table != table) || states[id].on)
			continue;
		err = path_on(id);
		if (!err) {
			fresh[id] = true;
			continue;
		}
		if (!row->required) {
			pr_warn("nsguard: %s is not covered: %s\n", row->name, states[id].why);
			continue;
		}
		scnprintf(why, NSGUARD_WHY, "cannot attach to %s (%s): %s", states[id].blame->function,
			  row->name, states[id].blame->why);
		while (id--)
			if (fresh[id])
				path_off(id);
		return err;
	}
	return 0;
}

/* Return: 0, or an errno when ftrace is dead: then handlers are still on. */
static int paths_off(int table, bool always)
{
	unsigned int id = PATHS;
	int err, ret = 0;

	while (id--) {
		const struct nsguard_path_row *row = &nsguard_path_rows[id];

		if (row->always != always || (table >= 0 && row->table != table))
			continue;
		err = path_off(id);
		ret = ret ?: err;
	}
	return ret;
}

/*
 * H7: a handler that cannot be taken off will run as long as the machine does, so its text must
 * stay. A module's exit cannot be refused any more: it never ends.
 */
static void stay_forever(void)
{
	pr_crit("nsguard: ftrace is dead and still calls this module, which stays where it is; reboot\n");
	for (;;)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
}

int nsguard_glue_init(char *why)
{
	int err;

	err = nsguard_symbols_init(why);
	if (err)
		return err;
	err = nsguard_answers_init(why);
	if (err)
		return err;
	nsguard_points_cgroup_init();
	nsguard_points_affinity_init();
	find_points();
	err = paths_on(-1, true, why);
	if (err)
		return err;
	err = paths_on(-1, false, why);
	if (err && paths_off(-1, true))
		stay_forever();
	return err;
}

void nsguard_glue_exit(void)
{
	int err = paths_off(-1, false);

	err = paths_off(-1, true) ?: err;
	if (err)
		stay_forever();
}

int nsguard_glue_table(enum nsguard_table table, bool on, char *why)
{
	int err;

	if (on)
		return paths_on(table, false, why);
	err = paths_off(table, false);
	if (err) {
		/* H7: never to be unloaded any more, see stay_forever(). */
		__module_get(THIS_MODULE);
		scnprintf(why, NSGUARD_WHY,
			  "cannot detach: ftrace switched itself off after an error (see the kernel log); reboot");
	}
	return err;
}

bool nsguard_glue_path(unsigned int i, struct nsguard_path *path)
{
	const struct nsguard_path_row *row;
	const struct path_state *state;
	const struct nsguard_way *way;
	unsigned int id;
	int cpu;

	for (id = 0; id < PATHS; id++)
		if (nsguard_path_rows[id].exists && !i--)
			break;
	if (id == PATHS)
		return false;
	row = &nsguard_path_rows[id];
	state = &states[id];
	way = state->on ? state->way : way_best(row);
	*path = (struct nsguard_path) {
		.name = row->name,
		.table = row->table,
		.op = row->op,
		.required = row->required,
		.sees = row->sees,
	};
	path->covered = state->on || (way && !state->blame);
	if (path->covered)
		path->function = nsguard_points[way->point[0]].function;
	else
		path->reason = state->why;
	for_each_possible_cpu(cpu)
		path->hits += per_cpu(hits, cpu)[id];
	return true;
}
