// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must not be judged: functions of modules that only share a name with an
 * attach point, kernel threads, and the kernel when it calls a guarded function for
 * itself in somebody's context (H13). Everything is denied meanwhile, so that
 * whatever is judged fails.
 */
#include <sched.h>
#include <signal.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/nsg.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define SAMENAME	"nsguard_test_samename"
#define INTERNAL	"nsguard_test_internal"
#define CPUSET		"/sys/fs/cgroup/nsgtest/a/cpuset.cpus"

FIXTURE(kernel) {
	struct nsg g;
	struct nsg_status before, after;
	pid_t there;	/* a process in /nsgtest/a */
};

static int neighbours_gone(void)
{
	int ret = 0;

	if (kmod_loaded(SAMENAME))
		ret = kmod_unload(SAMENAME);
	if (!ret && kmod_loaded(INTERNAL))
		ret = kmod_unload(INTERNAL);
	return ret;
}

/* A child that waits in /nsgtest/a. */
static pid_t settler(void)
{
	char pid[16];
	pid_t child = fork();

	if (child == 0) {
		alarm(60);
		for (;;)
			pause();
	}
	snprintf(pid, sizeof(pid), "%d", child);
	if (child > 0 && file_write("/sys/fs/cgroup/nsgtest/a/cgroup.procs", pid)) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		return -1;
	}
	return child;
}

FIXTURE_SETUP(kernel)
{
	ASSERT_EQ(0, neighbours_gone());
	ASSERT_EQ(0, ctl_reload(""));
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, cgroup_make("/nsgtest/a"));
	file_write("/sys/fs/cgroup/nsgtest/cgroup.subtree_control", "+cpuset");
	self->there = settler();
	ASSERT_LT(0, self->there);
}

FIXTURE_TEARDOWN(kernel)
{
	nsg_close(&self->g);
	EXPECT_EQ(0, ctl_reset());
	EXPECT_EQ(0, neighbours_gone());
	kill(self->there, SIGKILL);
	waitpid(self->there, NULL, 0);
	EXPECT_EQ(0, cgroup_remove("/nsgtest"));
}

/* Deny everything in every table. */
static int deny_all(struct nsg *g)
{
	int ret = 0;

	for (int t = 0; t < 3 && !ret; t++)
		ret = nsg_default(g, t, -1, NSGUARD_VERDICT_DENY, true);
	return ret;
}

static void in_child_follow(const char *pid)
{
	char where[256];
	int ret = kmod_param_set(INTERNAL, "follow", pid);

	file_read("/proc/self/cgroup", where, sizeof(where));
	_exit(ret ? -ret : strstr(where, "/nsgtest/a") ? 0 : ACT_CHANGED);
}

TEST_F(kernel, functions_of_the_same_name)
{
	char said[32];

	/* The module is there first: the guard must find the kernel's own functions. */
	ASSERT_EQ(0, kmod_unload("nsguard"));
	ASSERT_EQ(0, kmod_load(SAMENAME, ""));
	ASSERT_EQ(0, kmod_load("nsguard", ""));
	nsg_close(&self->g);
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, deny_all(&self->g));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
	EXPECT_EQ(0, kmod_param(SAMENAME, "call", said, sizeof(said)));
	EXPECT_STREQ("41 42", said);
	ASSERT_EQ(0, nsg_status(&self->g, &self->after));
	for (unsigned int i = 0; i < self->before.paths; i++) {
		if (self->before.path[i].table == NSGUARD_TABLE_CGROUP)
			continue;
		EXPECT_EQ(self->before.path[i].hits, self->after.path[i].hits)
			TH_LOG("%s", self->before.path[i].name);
	}

	/* It comes and goes beside a guard that is there already. */
	EXPECT_EQ(0, kmod_unload(SAMENAME));
	EXPECT_EQ(0, kmod_load(SAMENAME, ""));
	EXPECT_EQ(0, kmod_param(SAMENAME, "call", said, sizeof(said)));
	EXPECT_STREQ("41 42", said);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
}

TEST_F(kernel, thread_moves_between_cgroups)
{
	char pid[16];

	ASSERT_EQ(0, kmod_load(INTERNAL, ""));
	ASSERT_EQ(0, deny_all(&self->g));
	EXPECT_EQ(EPERM, act_move(NULL, "/nsgtest/a"));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
	snprintf(pid, sizeof(pid), "%d", self->there);
	EXPECT_EQ(0, kmod_param_set(INTERNAL, "thread_follow", pid));
	ASSERT_EQ(0, nsg_status(&self->g, &self->after));
	EXPECT_EQ(self->before.table[NSGUARD_TABLE_CGROUP].decisions,
		  self->after.table[NSGUARD_TABLE_CGROUP].decisions);
}

TEST_F(kernel, thread_pins_itself)
{
	ASSERT_EQ(0, kmod_load(INTERNAL, ""));
	ASSERT_EQ(0, deny_all(&self->g));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 2, 0));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
	EXPECT_EQ(0, kmod_param_set(INTERNAL, "thread_pin", "1"));
	ASSERT_EQ(0, nsg_status(&self->g, &self->after));
	EXPECT_EQ(self->before.table[NSGUARD_TABLE_AFFINITY].decisions,
		  self->after.table[NSGUARD_TABLE_AFFINITY].decisions);
}

/* What vhost does for its workers: cgroup_attach_task_all() in the context of a process. */
TEST_F(kernel, moves_a_process_for_itself)
{
	int status = -1;
	char pid[16];
	pid_t child;

	ASSERT_EQ(0, kmod_load(INTERNAL, ""));
	ASSERT_EQ(0, deny_all(&self->g));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
	snprintf(pid, sizeof(pid), "%d", self->there);
	child = fork();
	if (child == 0)
		in_child_follow(pid);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status) TH_LOG("exit %d", WEXITSTATUS(status));
	ASSERT_EQ(0, nsg_status(&self->g, &self->after));
	EXPECT_EQ(self->before.table[NSGUARD_TABLE_CGROUP].decisions,
		  self->after.table[NSGUARD_TABLE_CGROUP].decisions);
	/* Nor did it leave anything behind that the next write would be judged by. */
	EXPECT_EQ(EPERM, act_move(NULL, "/nsgtest/a"));
}

/* A cpuset that shrinks sets the masks of its tasks: nobody asked for a mask. */
TEST_F(kernel, shrinks_a_cpuset)
{
	cpu_set_t mask;

	ASSERT_EQ(0, deny_all(&self->g));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 2, 0));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
	EXPECT_EQ(0, file_write(CPUSET, "1"));
	EXPECT_EQ(0, sched_getaffinity(self->there, sizeof(mask), &mask));
	EXPECT_EQ(1, CPU_COUNT(&mask));
	EXPECT_TRUE(CPU_ISSET(1, &mask));
	EXPECT_EQ(0, file_write(CPUSET, "0-1"));
	ASSERT_EQ(0, nsg_status(&self->g, &self->after));
	EXPECT_EQ(self->before.table[NSGUARD_TABLE_AFFINITY].decisions,
		  self->after.table[NSGUARD_TABLE_AFFINITY].decisions);
}

TEST_HARNESS_MAIN
