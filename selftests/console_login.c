// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worst policy there is: default deny in every table, and no rule. On the console somebody
 * can still log in, in the way a rescue does it, look with nsguardctl, and undo it (H28).
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define SECONDS		20
#define SHADOW		"/etc/shadow"	/* the guest has none otherwise */
#define ROOT		"root:$1$nsguard$AktlpZ9P4vFstBP8QtEQw.:19000:0:99999:7:::\n"
#define PASSWORD	"rescue"

FIXTURE(console) {
	struct cmd c;
	char seen[8192];
};

FIXTURE_SETUP(console)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, file_make(SHADOW, ROOT));
	ASSERT_EQ(0, cgroup_make("/elsewhere"));
	ASSERT_EQ(0, file_make("/tmp/worst.nsg", "rule flush\ndefault ns deny --force\n"
						 "default cgroup deny --force\n"
						 "default affinity deny --force\n"));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f /tmp/worst.nsg")) TH_LOG("%s", self->c.err);
}

FIXTURE_TEARDOWN(console)
{
	cmd_free(&self->c);
	unlink(SHADOW);
	unlink("/tmp/worst.nsg");
	EXPECT_EQ(0, ctl_reset());
	EXPECT_EQ(0, cgroup_remove("/elsewhere"));
}

#define EXPECT_ALL_DENIED() do {					\
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));		\
	EXPECT_EQ(EPERM, act_move(NULL, "/elsewhere"));			\
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));		\
} while (0)

/* Reads into @seen until @what comes. Return: did it? */
static bool expect_on(int tty, char *seen, size_t size, const char *what)
{
	size_t n = strlen(seen);
	struct pollfd p = { tty, POLLIN, 0 };
	ssize_t got;

	while (!strstr(seen, what) && n + 1 < size && poll(&p, 1, SECONDS * 1000) > 0) {
		got = read(tty, seen + n, size - n - 1);
		if (got <= 0)
			break;
		n += (size_t)got;
		seen[n] = '\0';
	}
	return strstr(seen, what);
}

static bool type_on(int tty, const char *keys)
{
	return write(tty, keys, strlen(keys)) == (ssize_t)strlen(keys);
}

/* A terminal with @argv on it, as init would start it. */
static pid_t start_on(int *tty, char *const argv[])
{
	pid_t pid = forkpty(tty, NULL, NULL, NULL);

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static int ends(pid_t pid)
{
	int status;

	for (int i = 0; i < SECONDS * 20; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
		usleep(50000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* The shell is there when it computes; then the policy is looked at, and undone, from within. */
#define EXPECT_RESCUE(pid, tty) do {						\
	/* What is typed before the prompt is thrown away. */			\
	ASSERT_TRUE(expect_on(tty, self->seen, sizeof(self->seen), "# "))	\
		TH_LOG("%s", self->seen);					\
	EXPECT_TRUE(type_on(tty, "echo sum=$((40 + 2))\n"));			\
	ASSERT_TRUE(expect_on(tty, self->seen, sizeof(self->seen), "sum=42"))	\
		TH_LOG("%s", self->seen);					\
	EXPECT_ALL_DENIED();							\
	EXPECT_TRUE(type_on(tty, "nsguardctl rule list; echo list=$?; "		\
			    "nsguardctl default cgroup allow; echo default=$?\n"));	\
	EXPECT_TRUE(expect_on(tty, self->seen, sizeof(self->seen), "default=0"))	\
		TH_LOG("%s", self->seen);					\
	EXPECT_HAS(self->seen, "list=0");					\
	EXPECT_HAS(self->seen, "table ns  mode enforce  default enter deny create deny");	\
	EXPECT_EQ(0, act_move(NULL, "/elsewhere"));				\
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));			\
	EXPECT_TRUE(type_on(tty, "exit\n"));					\
	/* Not what the shell ended with: login need not tell. */		\
	EXPECT_LE(0, ends(pid));						\
	close(tty);								\
} while (0)

TEST_F(console, sulogin)
{
	char *const argv[] = { "busybox", "sulogin", NULL };
	int tty = -1;
	pid_t pid;

	EXPECT_ALL_DENIED();
	pid = start_on(&tty, argv);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(expect_on(tty, self->seen, sizeof(self->seen), "oot password"))
		TH_LOG("%s", self->seen);
	usleep(300000);
	EXPECT_TRUE(type_on(tty, PASSWORD "\n"));
	EXPECT_RESCUE(pid, tty);
}

TEST_F(console, login)
{
	char *const argv[] = { "busybox", "login", "-f", "root", NULL };
	int tty = -1;
	pid_t pid;

	EXPECT_ALL_DENIED();
	pid = start_on(&tty, argv);
	ASSERT_LT(0, pid);
	EXPECT_RESCUE(pid, tty);
}

/* Each command there is, as far as it changes or needs nothing else. */
TEST_F(console, nsguardctl)
{
	EXPECT_ALL_DENIED();
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status")) TH_LOG("%s", self->c.err);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save"));
	EXPECT_HAS(self->c.out, "default affinity setaffinity deny --force\n");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl monitor --last 3"));
	EXPECT_HAS(self->c.out, "DENY affinity setaffinity");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule test ns enter target /proc/1/ns/uts"));
	EXPECT_HAS(self->c.out, "deny by default");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sandbox list"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns allow uid 0"));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_TRUE(ctl_quiet("nsguardctl mode ns audit"));
	EXPECT_TRUE(ctl_quiet("nsguardctl default affinity allow"));
	EXPECT_EQ(0, act_affinity(NULL, 128, 1, 0));
	EXPECT_TRUE(ctl_quiet("nsguardctl rule flush"));
}

TEST_HARNESS_MAIN
