/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where this process's own cgroup can be opened, by what /proc tells of mounts and cgroups.
 */
#ifndef NSGUARDCTL_CGMOUNT_H
#define NSGUARDCTL_CGMOUNT_H

/*
 * @type: "cgroup2", or "cgroup" for version 1 (some hierarchy that is mounted). Return: an open
 * directory, writable cgroup files in it, or -1 with errno: ENOENT when no mount shows it.
 */
int own_cgroup_open(const char *type);

#endif
