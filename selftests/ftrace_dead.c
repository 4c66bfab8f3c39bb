// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ftrace that has switched itself off after an error (H7): its call sites stay live, and nobody can
 * be put on or taken off any more. A guard that is not there yet must not come, one that is must
 * stay, whatever it is told, or the kernel would call what is no longer there. Afterwards the
 * machine can only be rebooted: this program has a guest of its own, and one test.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define MODULE		"nsguard_test_dead"
#define DEAD		"ftrace switched itself off after an error"
#define STAYS		"ftrace is dead and still calls this module, which stays where it is"
#define STAY_SECONDS	3

/* A process that unloads nsguard, and holds nothing the test waits for. Return: its pid. */
static pid_t unloader(void)
{
	pid_t pid = fork();

	if (!pid) {
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		_exit(syscall(SYS_delete_module, "nsguard", O_NONBLOCK) ? errno : 0);
	}
	return pid;
}

TEST(ftrace_dead)
{
	int log = klog_open(), ret = kmod_load(MODULE, ""), status = 0;
	struct cmd c = { 0 };
	char line[1024];
	long long rule;
	pid_t pid;

	ASSERT_LE(0, log);
	if (ret == -ENOENT)
		SKIP(return, "the kernel does not say where it keeps that ftrace is dead");
	ASSERT_EQ(0, ret);
	ASSERT_FALSE(kmod_loaded("nsguard"));
	if (!kmod_loaded("nsguard_stub"))
		ASSERT_EQ(0, kmod_load("nsguard_stub", ""));

	/* Nothing can be attached: it says so, and is gone without a trace. */
	ASSERT_EQ(0, kmod_param_set(MODULE, "dead", "1"));
	EXPECT_GT(0, kmod_load("nsguard", ""));
	EXPECT_FALSE(kmod_loaded("nsguard"));
	EXPECT_TRUE(klog_find(log, "nsguard: cannot attach to ", DEAD, line, sizeof(line)));
	ASSERT_EQ(0, kmod_param_set(MODULE, "dead", "0"));

	ASSERT_EQ(0, kmod_load("nsguard", ""));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	rule = ctl_add("nsguardctl rule add ns deny type uts");
	EXPECT_LT(0, rule);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));

	/* What is attached goes on to decide, and a table is not said to be off that is not. */
	ASSERT_EQ(0, kmod_param_set(MODULE, "dead", "1"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(1, cmd_line(&c, "nsguardctl mode ns off"));
	EXPECT_HAS(c.err, "cannot detach: " DEAD);
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule list ns"));
	EXPECT_HAS(c.out, "table ns  mode enforce ");
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(3, ctl_hits(rule));

	/* Unloading never ends, not even by a signal: the text stays and so does the policy. */
	pid = unloader();
	ASSERT_LT(0, pid);
	for (int i = 0; i < STAY_SECONDS * 10 && !waitpid(pid, &status, WNOHANG); i++)
		usleep(100000);
	kill(pid, SIGKILL);
	usleep(100000);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG))
		TH_LOG("unloaded: status %d", status);
	EXPECT_TRUE(klog_find(log, "nsguard: " STAYS, "reboot", line, sizeof(line)));
	EXPECT_TRUE(kmod_loaded("nsguard"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(NULL, "ipc", "/proc/1/ns/ipc"));
	EXPECT_GT(0, kmod_load("nsguard", ""))
		TH_LOG("there is a second one");

	/* Nor is it thought to be unattached once others may attach again. */
	EXPECT_EQ(0, kmod_param_set(MODULE, "dead", "0"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	cmd_free(&c);
	close(log);
}

TEST_HARNESS_MAIN
