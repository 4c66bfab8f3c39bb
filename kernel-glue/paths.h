/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shape of the table of attach points, between the table (points.c) and what walks
 * it (paths.c).
 */
#ifndef NSGUARD_PATHS_H
#define NSGUARD_PATHS_H

#include "points.h"

#define WAYS		4
#define WAY_POINTS	5

enum nsguard_point_id {
	/* eight of them, in the order of enum nsguard_nstype */
	POINT_INSTALL,
	POINT_NS_INIT = POINT_INSTALL + NSGUARD_NSTYPE_TIME + 1,
	POINT_CREATE_FLAGS,
	POINT_CREATE_USER,
	POINT_NS_FREE,
	POINT_INUM_FREE,
	POINT_TREE_ADD,
	POINT_SWITCH_NAMESPACES,
	POINT_COMMIT_CREDS,
	POINT_CAN_FORK,
	POINT_TIME_SWITCH,
	POINT_PERMISSIONS,
	POINT_ATTACH_TASK,
	POINT_SET_CPUS,
	POINT_SETAFFINITY,
	POINT_DL_CHECK,
	POINT_SQ_OFFLOAD,
	POINT_IOWQ,
	/* of patched kernels */
	POINT_LSM_INSTALL,
	POINT_LSM_ALLOC,
	POINT_LSM_FREE,
	POINT_LSM_CGROUP,
	POINT_PERMISSIONS_TASK,
	POINT_WRITE_PERMISSION,
	POINT_SETSCHEDULER,
	POINTS,
};

/**
 * struct nsguard_way - one way to cover a path
 * @n: how many points it takes
 * @point: the points; the first is the one that status names. They are attached from the last
 *	to the first
 * @sees: what a rule can see there, where that is not what the path says
 */
struct nsguard_way {
	unsigned int n;
	enum nsguard_point_id point[WAY_POINTS];
	const char *sees;
};

/**
 * struct nsguard_path_row - a guarded path
 * @name: as in struct nsguard_path, and so @table, @op, @required and @sees
 * @exists: this kernel is built with what the path goes to; else there is nothing to guard
 * @always: attached whatever becomes of the table (H20)
 * @births: attached while there are sandboxes, whatever becomes of the table (H23)
 * @n: how many ways there are
 * @way: the ways, best first
 */
struct nsguard_path_row {
	const char *name;
	enum nsguard_table table;
	int op;
	bool exists;
	bool required;
	bool always;
	bool births;
	const char *sees;
	unsigned int n;
	struct nsguard_way way[WAYS];
};

extern struct nsguard_point nsguard_points[POINTS];
extern const struct nsguard_path_row nsguard_path_rows[PATHS];

#endif
