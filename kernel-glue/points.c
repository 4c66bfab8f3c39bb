// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attach points as data: which functions there are to attach to, which guarded path each
 * covers, and what is best. What a function's arguments mean is said in points-*.c; how a handler
 * gets on a function, in attach.c; going on and off, in paths.c.
 */
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include "paths.h"

/* A question the probes have answered. */
#define HAVE(question) IS_ENABLED(NSGUARD_HAVE_##question)

/*
 * The functions that all namespaces pass, in 7.x or by our series for 6.12. H29: there each type
 * sets itself up, which that series has to end, or a type goes unseen; make patches-check looks.
 */
#define HAVE_ALL_INIT	(HAVE(NS_COMMON_INIT) || HAVE(NS_COMMON_SETUP))
#define HAVE_ALL_FREE	(HAVE(NS_COMMON_FREE) || HAVE(NS_COMMON_SETUP))
/* Time namespaces, which execve goes to: one point more. */
#define HAVE_TIME	IS_ENABLED(CONFIG_TIME_NS)
#define NOT_ALL		"the kernel has no one place that all namespaces pass; a newer nsguard is needed"

#define INSTALL(type, name)						\
	[POINT_INSTALL + NSGUARD_NSTYPE_##type] = {			\
		.function = name "_install",				\
		.args = { "nsset", "ns_common" },			\
		.known = true,						\
		.enter = nsguard_on_install,				\
		.data = NSGUARD_NSTYPE_##type,				\
	}

struct nsguard_point nsguard_points[POINTS] = {
	INSTALL(MNT, "mntns"),
	INSTALL(UTS, "utsns"),
	INSTALL(IPC, "ipcns"),
	INSTALL(PID, "pidns"),
	INSTALL(NET, "netns"),
	INSTALL(USER, "userns"),
	INSTALL(CGROUP, "cgroupns"),
	INSTALL(TIME, "timens"),
	[POINT_NS_INIT] = {
		.function = "__ns_common_init",
		.args = { "ns_common", "int", "proc_ns_operations", "int" },
		.known = HAVE(NS_COMMON_INIT),
		.enter = nsguard_on_ns_init,
	},
	[POINT_CREATE_FLAGS] = {
		.function = "create_new_namespaces",
		.args = { "int", "task_struct" },
		.known = true,
		.enter = nsguard_on_create_flags,
	},
	[POINT_CREATE_USER] = {
		.function = "create_user_ns",
		.args = { "cred" },
		.known = true,
		.enter = nsguard_on_create_user,
	},
	[POINT_NS_FREE] = {
		.function = "__ns_common_free",
		.args = { "ns_common" },
		.known = HAVE(NS_COMMON_FREE),
		.enter = nsguard_on_ns_free,
		.every_task = true,
	},
	[POINT_INUM_FREE] = {
		.function = "proc_free_inum",
		.args = { "int" },
		.known = true,
		.enter = nsguard_on_inum_free,
		.every_task = true,
	},
	[POINT_TREE_ADD] = {
		.function = "__ns_tree_add_raw",
		.args = { "ns_common", "ns_tree_root" },
		.known = HAVE(NS_TREE_ADD),
		.enter = nsguard_on_tree_add,
		.observes = true,
	},
	[POINT_SWITCH_NAMESPACES] = {
		.function = "switch_task_namespaces",
		.args = { "task_struct", "nsproxy" },
		.known = true,
		.enter = nsguard_on_switch_namespaces,
		.observes = true,
	},
	[POINT_COMMIT_CREDS] = {
		.function = "commit_creds",
		.args = { "cred" },
		.known = true,
		.enter = nsguard_on_commit_creds,
		.observes = true,
	},
	[POINT_CAN_FORK] = {
		.function = "cgroup_can_fork",
		.args = { "task_struct", "kernel_clone_args" },
		.known = true,
		.enter = nsguard_on_can_fork,
		.observes = true,
	},
	[POINT_TIME_SWITCH] = {
		.function = "timens_on_fork",
		.args = { "nsproxy", "task_struct" },
		.known = true,
		.enter = nsguard_on_time_switch,
		.observes = true,
	},
	[POINT_PERMISSIONS] = {
		.function = "cgroup_attach_permissions",
		.args = { "cgroup", "cgroup", "super_block", "int", "cgroup_namespace" },
		.known = !HAVE(BPF_LSM_CGROUP_ATTACH_ANY),
		.enter = nsguard_on_permissions,
	},
	[POINT_ATTACH_TASK] = {
		.function = "cgroup_attach_task",
		.args = { "cgroup", "task_struct", "int" },
		.known = true,
		.enter = nsguard_on_attach_task,
	},
	[POINT_SET_CPUS] = {
		.function = "__set_cpus_allowed_ptr",
		.args = { "task_struct", "affinity_context" },
		.known = HAVE(SCHED_AFFINITY_CONTEXT),
		.enter = nsguard_on_set_cpus,
	},
	[POINT_SETAFFINITY] = {
		.function = "__sched_setaffinity",
		.args = { "task_struct", "cpumask" },
		.known = HAVE(SCHED_AFFINITY_MASK),
		.enter = nsguard_on_setaffinity,
	},
	[POINT_DL_CHECK] = {
		.function = "dl_task_check_affinity",
		.args = { "task_struct", "cpumask" },
		/*
		 * H5: from 6.2 on its caller knows what it can return, and EPERM comes out as
		 * something else. BTF, which goes before .known, finds its arguments the same
		 * there: what keeps it from being used is that every way that has it needs
		 * __sched_setaffinity() as it was until then.
		 */
		.known = HAVE(SCHED_AFFINITY_MASK),
		.enter = nsguard_on_dl_check,
	},
	[POINT_SQ_OFFLOAD] = {
		.function = "io_sq_offload_create",
		.args = { "io_ring_ctx", "io_uring_params" },
		.known = true,
		.enter = nsguard_on_sq_offload,
	},
	[POINT_IOWQ] = {
		.function = "io_wq_cpu_affinity",
		/* The first is an io_wq in early 6.1, and not looked at. */
		.args = { NULL, "cpumask" },
		.known = true,
		.enter = nsguard_on_iowq,
	},
	[POINT_LSM_INSTALL] = {
		.function = "bpf_lsm_namespace_install",
		.args = { "nsset", "ns_common" },
		.known = HAVE(BPF_LSM_NAMESPACE_INSTALL),
		.enter = nsguard_on_lsm_install,
		.empty = true,
	},
	[POINT_LSM_ALLOC] = {
		.function = "bpf_lsm_namespace_alloc",
		.args = { "ns_common" },
		.known = HAVE(BPF_LSM_NAMESPACE_ALLOC),
		.enter = nsguard_on_lsm_alloc,
		.empty = true,
		.lacks = HAVE_ALL_INIT ? NULL : NOT_ALL,
	},
	[POINT_LSM_FREE] = {
		.function = "bpf_lsm_namespace_free",
		.args = { "ns_common" },
		.known = HAVE(BPF_LSM_NAMESPACE_FREE),
		.enter = nsguard_on_ns_free,
		.every_task = true,
		.empty = true,
		.lacks = HAVE_ALL_FREE ? NULL : NOT_ALL,
	},
	[POINT_LSM_CGROUP] = {
		.function = "bpf_lsm_cgroup_attach",
		.args = { "task_struct", "cgroup", "cgroup", "super_block", "int",
			  "cgroup_namespace" },
		.known = HAVE(BPF_LSM_CGROUP_ATTACH),
		.enter = nsguard_on_lsm_cgroup,
		.empty = true,
	},
	/* The posted cgroup series without CONFIG_BPF_LSM. */
	[POINT_PERMISSIONS_TASK] = {
		.function = "cgroup_attach_permissions",
		.args = { "task_struct", "cgroup", "cgroup", "super_block", "int",
			  "cgroup_namespace" },
		.known = HAVE(BPF_LSM_CGROUP_ATTACH),
		.enter = nsguard_on_permissions_task,
	},
	/* What is left of the last one where the compiler inlines it. */
	[POINT_WRITE_PERMISSION] = {
		.function = "cgroup_procs_write_permission",
		.args = { "cgroup", "cgroup", "super_block", "cgroup_namespace" },
		.known = true,
		.enter = nsguard_on_write_permission,
	},
	[POINT_SETSCHEDULER] = {
		.function = "security_task_setscheduler",
		.args = { "task_struct", "cpumask" },
		.known = HAVE(SETSCHEDULER_MASK),
		.enter = nsguard_on_setscheduler,
	},
};

#define ENTER(type, word, configured)						\
	[PATH_NS_ENTER + NSGUARD_NSTYPE_##type] = {				\
		.name = "ns.enter." word,					\
		.table = NSGUARD_TABLE_NS,					\
		.op = NSGUARD_OP_ENTER,						\
		.exists = configured,						\
		.required = true,						\
		.sees = "target",						\
		.n = 2,								\
		.way = {							\
			{ 1, { POINT_LSM_INSTALL } },				\
			{ 1, { POINT_INSTALL + NSGUARD_NSTYPE_##type } },	\
		},								\
	}

const struct nsguard_path_row nsguard_path_rows[PATHS] = {
	ENTER(MNT, "mnt", true),
	ENTER(UTS, "uts", IS_ENABLED(CONFIG_UTS_NS)),
	ENTER(IPC, "ipc", IS_ENABLED(CONFIG_IPC_NS)),
	ENTER(PID, "pid", IS_ENABLED(CONFIG_PID_NS)),
	ENTER(NET, "net", IS_ENABLED(CONFIG_NET_NS)),
	ENTER(USER, "user", IS_ENABLED(CONFIG_USER_NS)),
	ENTER(CGROUP, "cgroup", IS_ENABLED(CONFIG_CGROUPS)),
	ENTER(TIME, "time", IS_ENABLED(CONFIG_TIME_NS)),
	[PATH_NS_CREATE] = {
		.name = "ns.create",
		.table = NSGUARD_TABLE_NS,
		.op = NSGUARD_OP_CREATE,
		.exists = true,
		.sees = "type",
		.n = 3,
		.way = {
			{ 1, { POINT_LSM_ALLOC } },
			{ 1, { POINT_NS_INIT } },
			{ 1, { POINT_CREATE_FLAGS } },
		},
	},
	[PATH_NS_CREATE_USER] = {
		.name = "ns.create.user",
		.table = NSGUARD_TABLE_NS,
		.op = NSGUARD_OP_CREATE,
		.exists = IS_ENABLED(CONFIG_USER_NS),
		.sees = "type",
		.n = 3,
		.way = {
			{ 1, { POINT_LSM_ALLOC } },
			{ 1, { POINT_NS_INIT } },
			{ 1, { POINT_CREATE_USER } },
		},
	},
	[PATH_NS_DEATH] = {
		.name = "ns.death",
		.table = NSGUARD_TABLE_NS,
		.op = -1,
		.exists = true,
		.required = true,
		.always = true,
		.sees = "inode number",
		.n = 3,
		.way = {
			{ 1, { POINT_LSM_FREE } },
			{ 1, { POINT_NS_FREE } },
			{ 1, { POINT_INUM_FREE } },
		},
	},
	[PATH_NS_BIRTH] = {
		.name = "ns.birth",
		.table = NSGUARD_TABLE_NS,
		.op = -1,
		.exists = IS_ENABLED(CONFIG_CGROUPS),
		.births = true,
		.sees = "namespaces of locked tasks",
		.n = 2,
		.way = {
			{ 4 + HAVE_TIME, { POINT_TREE_ADD, POINT_SWITCH_NAMESPACES,
					   POINT_COMMIT_CREDS, POINT_CAN_FORK,
					   POINT_TIME_SWITCH } },
			{ 3 + HAVE_TIME, { POINT_SWITCH_NAMESPACES, POINT_COMMIT_CREDS,
					   POINT_CAN_FORK, POINT_TIME_SWITCH } },
		},
	},
	[PATH_CGROUP_PROCS] = {
		.name = "cgroup.procs",
		.table = NSGUARD_TABLE_CGROUP,
		.op = NSGUARD_OP_MOVE,
		.exists = IS_ENABLED(CONFIG_CGROUPS),
		.required = true,
		.sees = "task, from, to, opener",
		.n = 2,
		.way = { { 1, { POINT_LSM_CGROUP } }, { 1, { POINT_ATTACH_TASK } } },
	},
	[PATH_CGROUP_THREADS] = {
		.name = "cgroup.threads",
		.table = NSGUARD_TABLE_CGROUP,
		.op = NSGUARD_OP_MOVE,
		.exists = IS_ENABLED(CONFIG_CGROUPS),
		.required = true,
		.sees = "task, from, to, opener",
		.n = 2,
		.way = { { 1, { POINT_LSM_CGROUP } }, { 1, { POINT_ATTACH_TASK } } },
	},
	[PATH_CLONE3] = {
		.name = "clone3",
		.table = NSGUARD_TABLE_CGROUP,
		.op = NSGUARD_OP_MOVE,
		.exists = IS_ENABLED(CONFIG_CGROUPS),
		.required = true,
		.sees = "parent, from, to",
		.n = 4,
		.way = {
			{ 1, { POINT_LSM_CGROUP }, .sees = "child, from, to" },
			{ 1, { POINT_PERMISSIONS_TASK }, .sees = "child, from, to" },
			{ 1, { POINT_PERMISSIONS } },
			{ 1, { POINT_WRITE_PERMISSION } },
		},
	},
	[PATH_CGROUP_V1] = {
		.name = "cgroup.v1",
		.table = NSGUARD_TABLE_CGROUP,
		.op = NSGUARD_OP_MOVE,
		.exists = IS_ENABLED(CONFIG_CGROUPS),
		.sees = "task, from, to",
		.n = 1,
		.way = { { 1, { POINT_ATTACH_TASK } } },
	},
	[PATH_SETAFFINITY] = {
		.name = "setaffinity",
		.table = NSGUARD_TABLE_AFFINITY,
		.op = NSGUARD_OP_SETAFFINITY,
		.exists = IS_ENABLED(CONFIG_SMP),
		.required = true,
		.sees = "task, cpus",
		.n = 4,
		.way = {
			{ 1, { POINT_SET_CPUS } },
			{ 2, { POINT_SETAFFINITY, POINT_DL_CHECK } },
			{ 1, { POINT_SETSCHEDULER } },
			{ 1, { POINT_SETAFFINITY } },
		},
	},
	[PATH_SETAFFINITY_EFFECTIVE] = {
		.name = "setaffinity.effective",
		.table = NSGUARD_TABLE_AFFINITY,
		.op = NSGUARD_OP_SETAFFINITY,
		.exists = IS_ENABLED(CONFIG_SMP),
		.sees = "task, effective-cpus",
		.n = 2,
		.way = { { 1, { POINT_SET_CPUS } }, { 2, { POINT_DL_CHECK, POINT_SETAFFINITY } } },
	},
	[PATH_SQ_AFF] = {
		.name = "io_uring.sq_aff",
		.table = NSGUARD_TABLE_AFFINITY,
		.op = NSGUARD_OP_IO_URING,
		.exists = IS_ENABLED(CONFIG_IO_URING),
		.sees = "cpus",
		.n = 1,
		.way = { { 1, { POINT_SQ_OFFLOAD } } },
	},
	[PATH_IOWQ_AFF] = {
		.name = "io_uring.iowq_aff",
		.table = NSGUARD_TABLE_AFFINITY,
		.op = NSGUARD_OP_IO_URING,
		.exists = IS_ENABLED(CONFIG_IO_URING),
		.sees = "cpus",
		.n = 1,
		.way = { { 1, { POINT_IOWQ } } },
	},
	/* Without the affinity series nobody can see it: no gap of ours; no rule may name it. */
	[PATH_CPUSET] = {
		.name = "cpuset",
		.table = NSGUARD_TABLE_AFFINITY,
		.op = NSGUARD_OP_CPUSET,
		.exists = IS_ENABLED(CONFIG_CPUSETS) && HAVE(SETSCHEDULER_MASK),
		.sees = "task, effective-cpus",
		.n = 1,
		.way = { { 1, { POINT_SETSCHEDULER } } },
	},
};
