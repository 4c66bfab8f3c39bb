// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guarded paths go on and off: for each the best way that this kernel has is chosen, its points
 * are attached, and what could not be is told. Which ways there are is said in points.c.
 */
#include <linux/kernel.h>
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
 * @counted: way its hits are of, the last it was on by
 * @base: hits before it went on by @counted
 * @blame: the point that could not be attached, NULL when none failed
 * @why: its name, the reason and advice
 *
 * All of it under the policy's mutex, or alone at load and unload.
 */
static struct path_state {
	const struct nsguard_way *way;
	bool on;
	const struct nsguard_way *counted;
	u64 base;
	const struct nsguard_point *blame;
	char why[NSGUARD_WHY];
} states[PATHS];

/*
 * The points as they are attached: all at once when the module is loaded, and each table by
 * itself when it goes on again. Never a point more to a group that is on: BPF programs on the
 * function must be told, and ftrace does that only at registration.
 */
static struct nsguard_group groups[2 + NSGUARD_TABLES];

#define BIRTHS	(1 + NSGUARD_TABLES)	/* the group of the births */

/* Points that attach() is about to need. */
static bool use[POINTS];

/* H7: a handler could not be taken off. */
static bool stay;

DEFINE_PER_CPU(u64[PATHS], nsguard_path_hits);

/* What the adapters take for granted about structs they cannot see, and which point needs it. */
#define MIRROR(kernel, ours, name)	\
	{ .structure = #kernel, .member = #name, .offset = offsetof(struct ours, name) }

static const struct nsguard_btf_member mirrors[] = {
	MIRROR(affinity_context, nsguard_affinity_context, new_mask),
	MIRROR(affinity_context, nsguard_affinity_context, user_mask),
	MIRROR(affinity_context, nsguard_affinity_context, flags),
	MIRROR(cgrp_cset_link, nsguard_cset_link, cgrp),
	MIRROR(cgrp_cset_link, nsguard_cset_link, cgrp_link),
	MIRROR(kernfs_iattrs, nsguard_kernfs_iattrs, ia_uid),
};

static const enum nsguard_point_id mirror_point[] = {
	POINT_SET_CPUS, POINT_SET_CPUS, POINT_SET_CPUS, POINT_ATTACH_TASK, POINT_ATTACH_TASK,
	POINT_ATTACH_TASK,
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
		if (!nsguard_points[way->point[i]].address || nsguard_points[way->point[i]].held)
			return false;
	return true;
}

/*
 * The first way whose functions this kernel has and nobody else holds, NULL when there is none.
 */
static const struct nsguard_way *way_best(const struct nsguard_path_row *row)
{
	unsigned int i;

	for (i = 0; i < row->n; i++)
		if (way_usable(&row->way[i]))
			return &row->way[i];
	return NULL;
}

/*
 * Which point to name where no way is usable: one that somebody holds, since that can be
 * helped, or else the first that is not there and is to be expected of this kernel.
 */
static const struct nsguard_point *point_to_blame(const struct nsguard_path_row *row)
{
	const struct nsguard_point *point, *first = NULL;
	unsigned int w, i;

	for (w = 0; w < row->n; w++)
		for (i = 0; i < row->way[w].n; i++) {
			point = &nsguard_points[row->way[w].point[i]];
			if (point->held)
				return point;
			if (!point->address && (!first || (point->known && !first->known)))
				first = point;
		}
	return first;
}

/* Chooses the ways of all paths that are @wanted and puts their points into @group. */
static void choose(const bool *wanted, struct nsguard_group *group)
{
	unsigned int id, i;

	group->n = 0;
	for (id = 0; id < PATHS; id++) {
		const struct nsguard_way *way;

		if (!wanted[id])
			continue;
		way = way_best(&nsguard_path_rows[id]);
		states[id].way = way;
		for (i = 0; way && i < way->n; i++)
			use[way->point[i]] = true;
	}
	for (i = 0; i < POINTS; i++)
		if (use[i] && !nsguard_points[i].group)
			group->point[group->n++] = &nsguard_points[i];
}

static_assert(POINTS <= NSGUARD_GROUP_POINTS);

/*
 * Attaches @wanted paths as @group. One function that somebody else holds refuses the whole
 * group: each is tried by itself then, and those paths take their next way, or none.
 */
static int attach(const bool *wanted, struct nsguard_group *group)
{
	unsigned int i, held;
	int err;

	do {
		memset(use, 0, sizeof(use));
		choose(wanted, group);
		/* Whether it notes or decides is settled before it sees the first call. */
		if (use[POINT_SETAFFINITY])
			nsguard_points_affinity_two(use[POINT_DL_CHECK]);
		if (use[POINT_SETSCHEDULER])
			nsguard_points_affinity_mask(!use[POINT_SET_CPUS] &&
						     !use[POINT_SETAFFINITY]);
		if (use[POINT_ATTACH_TASK])
			nsguard_points_cgroup_native(use[POINT_LSM_CGROUP]);
		err = nsguard_group_attach(group);
		if (!err)
			return 0;
		for (i = held = 0; i < group->n; i++) {
			held += !!nsguard_point_try(group->point[i]);
			/* H7: it was attached and could not be taken off again. */
			if (group->point[i]->group)
				stay = true;
		}
	} while (held);
	return err;
}

/* All that came by path @id since the module was loaded, whichever way it was on by. */
static u64 hits_of(enum nsguard_path_id id)
{
	u64 hits = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		hits += per_cpu(nsguard_path_hits, cpu)[id];
	return hits;
}

/* H4: what came by one function proves nothing of another one. */
static void count_anew(struct path_state *state, u64 hits)
{
	if (state->way == state->counted)
		return;
	state->counted = state->way;
	state->base = hits;
}

/*
 * What became of path @id after attach(). Return: 0, or an errno for a required one that has no
 * way, and @why.
 */
static int settle(enum nsguard_path_id id, char *why)
{
	const struct nsguard_path_row *row = &nsguard_path_rows[id];
	struct path_state *state = &states[id];

	state->on = state->way;
	state->blame = state->on ? NULL : point_to_blame(row);
	if (state->on) {
		count_anew(state, hits_of(id));
		return 0;
	}
	scnprintf(state->why, sizeof(state->why), "%s: %s", state->blame->function,
		  state->blame->why);
	if (!row->required) {
		pr_warn("nsguard: %s is not covered: %s\n", row->name, state->why);
		return 0;
	}
	scnprintf(why, NSGUARD_WHY, "cannot attach to %s (%s): %s", state->blame->function,
		  row->name, state->blame->why);
	return state->blame->held ? -EBUSY : -EOPNOTSUPP;
}

/* Return: 0, or the errno of a required path, with @why set, and none of @wanted is on. */
static int paths_on(const bool *wanted, struct nsguard_group *group, char *why)
{
	unsigned int id;
	int err;

	for (id = 0; id < POINTS; id++)
		nsguard_points[id].held = false;
	err = attach(wanted, group);
	if (err) {
		scnprintf(why, NSGUARD_WHY,
			  "cannot attach: ftrace refused (error %d), though no single function; try again",
			  err);
		return err;
	}
	for (id = 0; id < PATHS && !err; id++)
		if (wanted[id])
			err = settle(id, why);
	if (!err)
		return 0;
	for (id = 0; id < PATHS; id++)
		if (wanted[id])
			states[id].on = false;
	if (nsguard_group_detach(group))
		stay = true;
	return err;
}

/*
 * Takes the table's points off. Return: 0, or an errno: ftrace is dead, then handlers are still
 * on.
 */
static int table_off(enum nsguard_table table)
{
	struct nsguard_point *points[POINTS];
	unsigned int id, i, n = 0;
	bool off[POINTS] = {};
	int err;

	/* Attached by itself: all of it goes at once. */
	err = nsguard_group_detach(&groups[1 + table]);
	if (err)
		return err;
	/* Attached with everything, death included: there is always something left. */
	for (id = 0; id < PATHS; id++) {
		const struct nsguard_path_row *row = &nsguard_path_rows[id];

		if (row->table != table || row->always || row->births || !states[id].on)
			continue;
		for (i = 0; i < states[id].way->n; i++)
			off[states[id].way->point[i]] = true;
	}
	for (id = 0; id < POINTS; id++)
		if (off[id] && nsguard_points[id].group)
			points[n++] = &nsguard_points[id];
	err = nsguard_points_detach(&groups[0], points, n);
	for (id = 0; id < PATHS && !err; id++)
		if (nsguard_path_rows[id].table == table && !nsguard_path_rows[id].always &&
		    !nsguard_path_rows[id].births)
			states[id].on = false;
	return err;
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
	bool wanted[PATHS];
	unsigned int id;
	int err;

	err = nsguard_symbols_init(why);
	if (err)
		return err;
	err = nsguard_answers_init(why);
	if (err)
		return err;
	find_points();
	nsguard_points_affinity_init(&nsguard_points[POINT_SETSCHEDULER]);
	nsguard_points_cgroup_init(&nsguard_points[POINT_PERMISSIONS],
				   &nsguard_points[POINT_WRITE_PERMISSION]);
	for (id = 0; id < PATHS; id++)
		wanted[id] = nsguard_path_rows[id].exists && !nsguard_path_rows[id].births;
	err = paths_on(wanted, &groups[0], why);
	if (stay)
		stay_forever();
	/* Without it no more than a line of the log is lost. */
	if (!err && nsguard_holder_init())
		pr_warn("nsguard: livepatches will not be told who refuses them\n");
	return err;
}

void nsguard_glue_exit(void)
{
	unsigned int i;

	nsguard_holder_exit();
	/* H9: there are no tracepoint probes, which would have to be waited for here. */
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (nsguard_group_detach(&groups[i]))
			stay = true;
	if (stay)
		stay_forever();
}

/*
 * Would a locked task make namespaces unasked? Nobody then promises them room, and what there is
 * none for is outside. Not while table ns is off: that nothing is asked then is said.
 */
static bool creation_unseen(char *why)
{
	static const enum nsguard_path_id create[] = { PATH_NS_CREATE, PATH_NS_CREATE_USER };
	unsigned int i;

	for (i = 0; states[PATH_NS_ENTER].on && i < ARRAY_SIZE(create); i++) {
		if (!nsguard_path_rows[create[i]].exists || states[create[i]].on)
			continue;
		scnprintf(why, NSGUARD_WHY, "cannot attach to %s", states[create[i]].why);
		return true;
	}
	return false;
}

int nsguard_glue_table(enum nsguard_table table, bool on, char *why)
{
	bool wanted[PATHS] = {};
	unsigned int id;
	int err;

	if (on) {
		if (groups[1 + table].attached)
			return 0;
		for (id = 0; id < PATHS; id++) {
			const struct nsguard_path_row *row = &nsguard_path_rows[id];

			wanted[id] = row->exists && row->table == table && !row->always &&
				     !row->births && !states[id].on;
		}
		err = paths_on(wanted, &groups[1 + table], why);
		if (!err && groups[BIRTHS].attached && creation_unseen(why)) {
			stay |= table_off(table);
			err = -EBUSY;
		}
	} else {
		err = table_off(table);
		if (err) {
			stay = true;
			scnprintf(why, NSGUARD_WHY,
				  "cannot detach: ftrace switched itself off after an error (see the kernel log); reboot");
		}
	}
	return err;
}

int nsguard_glue_births(bool on, char *why)
{
	bool wanted[PATHS] = {};
	int err;

	if (on == groups[BIRTHS].attached)
		return 0;
	if (!on) {
		err = nsguard_group_detach(&groups[BIRTHS]);
		states[PATH_NS_BIRTH].on = err;
		if (err) {
			stay = true;
			scnprintf(why, NSGUARD_WHY,
				  "cannot detach: ftrace switched itself off after an error (see the kernel log); reboot");
		}
		return err;
	}
	if (!nsguard_path_rows[PATH_NS_BIRTH].exists) {
		scnprintf(why, NSGUARD_WHY, "a kernel with CONFIG_CGROUPS is needed for sandboxes");
		return -EOPNOTSUPP;
	}
	if (creation_unseen(why))
		return -EBUSY;
	wanted[PATH_NS_BIRTH] = true;
	err = paths_on(wanted, &groups[BIRTHS], why);
	/* A sandbox whose tasks make namespaces that are none of it would be none. */
	if (!err && !states[PATH_NS_BIRTH].on) {
		scnprintf(why, NSGUARD_WHY, "cannot attach to %s", states[PATH_NS_BIRTH].why);
		err = -EBUSY;
	}
	return err;
}

bool nsguard_glue_sees_op(enum nsguard_table table, enum nsguard_op op)
{
	unsigned int id;

	for (id = 0; id < PATHS; id++)
		if (nsguard_path_rows[id].exists && nsguard_path_rows[id].table == table &&
		    nsguard_path_rows[id].op == op)
			return true;
	return false;
}

bool nsguard_glue_path(unsigned int i, struct nsguard_path *path)
{
	const struct nsguard_path_row *row;
	const struct path_state *state;
	const struct nsguard_way *way;
	unsigned int id;

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
	/* H4: attached only. Whether calls come by, the hits prove. */
	path->covered = state->on || (way && !state->blame);
	path->detached = path->covered && !state->on;
	if (path->covered) {
		path->function = nsguard_points[way->point[0]].function;
		path->sees = way->sees ?: row->sees;
	} else {
		path->reason = state->why;
	}
	path->hits = hits_of(id) - state->base;
	return true;
}
