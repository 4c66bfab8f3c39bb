// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two clients change the policy at a time, and one of them meant another policy: he is
 * told so by exit status 6 and the generation in force, and nothing of his stands.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/sets.h"
#include "kselftest_harness.h"

#define CONFLICT	6
#define ROUNDS		10
#define RULES		3000
#define HOST_UTS	"/proc/1/ns/uts"

FIXTURE(race) {
	struct cmd c;
	struct nsg g;
	struct nsg_msg *m;
	unsigned long long before;
};

FIXTURE_SETUP(race)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
	ASSERT_EQ(0, nsg_open(&self->g));
	self->m = malloc(sizeof(*self->m));
	ASSERT_NE(NULL, self->m);
	ASSERT_LT(0, ctl_add("nsguardctl rule add ns deny type net comment 'there before'"));
	self->before = ctl_status().generation;
}

FIXTURE_TEARDOWN(race)
{
	free(self->m);
	nsg_close(&self->g);
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("race.nsg");
}

#define EXPECT_UNCHANGED() do {						\
	EXPECT_EQ(self->before, ctl_status().generation);		\
	EXPECT_EQ(1, ctl_status().rules);				\
	EXPECT_EQ(0, ctl_status().transactions);			\
} while (0)

TEST_F(race, the_generation_expected)
{
	unsigned long long now = self->before;

	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl rule add ns deny type uts --expect %llu",
			       now));
	EXPECT_EQ(0, strncmp(self->c.out, "handle ", 7)) TH_LOG("%s", self->c.out);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	ASSERT_EQ(0, file_make("race.nsg", "mode cgroup audit\n"));
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl --expect %llu -f race.nsg", now + 1))
		TH_LOG("%s", self->c.err);
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl mode cgroup off --expect=%llu", now + 2));
	EXPECT_EQ(now + 3, ctl_status().generation);
}

TEST_F(race, another_generation)
{
	static const char *const line[] = {
		"rule add ns deny type uts", "rule flush", "mode ns off", "default ns allow",
		"-f race.nsg", "-j rule flush", "rule del 1 2",
	};
	char says[64];

	ASSERT_EQ(0, file_make("race.nsg", "rule flush\nmode ns audit\n"));
	snprintf(says, sizeof(says), "generation %llu is in force\n", self->before);
	for (size_t i = 0; i < ARRAY_SIZE(line); i++) {
		EXPECT_EQ(CONFLICT, cmd_linef(&self->c, "nsguardctl --expect %llu %s",
					      self->before + i - 3 + (i >= 3), line[i]))
			TH_LOG("%s: %s", line[i], self->c.err);
		EXPECT_STREQ("", self->c.out);
		EXPECT_HAS(self->c.err, says);
		EXPECT_UNCHANGED();
	}
}

/* Both mean the same policy: one of them it is that changes it. */
TEST_F(race, two_clients)
{
	unsigned long long now;
	char line[160], text[96];

	for (int i = 0; i < ROUNDS; i++) {
		int status[2], fd[2];
		pid_t pid[2];

		now = ctl_status().generation;
		for (int k = 0; k < 2; k++) {
			snprintf(line, sizeof(line),
				 "exec nsguardctl --expect %llu rule add ns deny uid %d 2>&1", now,
				 2 * i + k);
			pid[k] = cmd_start(line, &fd[k]);
			ASSERT_LT(0, pid[k]);
		}
		for (int k = 0; k < 2; k++) {
			EXPECT_LT(0, cmd_read_line(fd[k], text, sizeof(text), 20));
			EXPECT_EQ(pid[k], waitpid(pid[k], &status[k], 0));
			close(fd[k]);
			EXPECT_TRUE(WIFEXITED(status[k]));
			status[k] = WEXITSTATUS(status[k]);
		}
		EXPECT_EQ(CONFLICT, status[0] + status[1]);
		EXPECT_TRUE(!status[0] || !status[1]) TH_LOG("%d %d", status[0], status[1]);
		EXPECT_EQ(now + 1, ctl_status().generation);
	}
	EXPECT_EQ(1 + ROUNDS, ctl_status().rules);
}

/* A file that is read for long, and somebody is quicker meanwhile. */
TEST_F(race, a_file_that_comes_second)
{
	uint64_t other;

	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	ASSERT_NE(0, nsg_add(&self->g, DENY(NS, M_UID(1, 1))));
	other = ctl_add("nsguardctl rule add ns deny uid 2");
	EXPECT_EQ(-EAGAIN, nsg_tx_commit(&self->g));
	EXPECT_STREQ("the policy has changed since the transaction began", self->g.text);
	EXPECT_EQ(self->before + 1, self->g.cookie);
	EXPECT_EQ(2, ctl_status().rules);
	EXPECT_EQ(0, ctl_hits(other));
}

TEST_F(race, what_the_kernel_says)
{
	struct nlmsghdr *nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_TX_BEGIN, 0);

	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, self->before + 1);
	EXPECT_EQ(-EAGAIN, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_STREQ("the policy is not of the generation expected", self->g.text);
	EXPECT_EQ(NSGUARD_A_GENERATION, nsg_fault(&self->g, nlh));
	EXPECT_EQ(self->before, self->g.cookie);
	/* No transaction is left behind. */
	EXPECT_EQ(-EINVAL, nsg_tx_commit(&self->g));

	/* Said at the end, the same; and the transaction is gone. */
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	ASSERT_NE(0, nsg_add(&self->g, DENY(NS, M_UID(1, 1))));
	nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_TX_COMMIT, 0);
	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, self->before - 1);
	EXPECT_EQ(-EAGAIN, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_EQ(self->before, self->g.cookie);
	EXPECT_EQ(-EINVAL, nsg_tx_commit(&self->g));
	EXPECT_UNCHANGED();

	/* Bad input. */
	nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_TX_BEGIN, 0);
	mnl_attr_put_u32(nlh, NSGUARD_A_GENERATION, 1);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_EQ(NSGUARD_A_GENERATION, nsg_fault(&self->g, nlh));
	nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_TX_BEGIN, 0);
	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, self->before);
	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, self->before);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_STREQ("attribute given twice", self->g.text);
	nlh = nsg_msg(&self->g, self->m, NSGUARD_CMD_TX_BEGIN, 0);
	mnl_attr_put_u32(nlh, NSGUARD_A_TABLE, 0);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_UNCHANGED();
}

/* Adds an element and takes it away again, some hundred times a second, until it is killed. */
static pid_t change_always(void)
{
	struct nsg g;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || nsg_open(&g))
		_exit(1);
	for (;;) {
		if (element_add(&g, "busy", 7, 7) || element_del(&g, "busy", 7, 7))
			_exit(1);
		usleep(2000);
	}
}

/* H27: a host whose policy always changes can be read nevertheless. */
TEST_F(race, a_reader_does_not_starve)
{
	static const char *const line[] = {
		"rule list", "-j rule list ns", "rule test ns create type net", "save",
		"sync race.nsg --dry-run",
	};
	unsigned long long before;
	char text[96];
	FILE *f = fopen("race.nsg", "w");
	int status;
	pid_t pid;

	ASSERT_NE(NULL, f);
	fprintf(f, "set add busy type gid\n");
	for (int i = 0; i < RULES; i++)
		fprintf(f, "rule add affinity deny uid %d gid @busy\n", 10000 + i);
	ASSERT_EQ(0, fclose(f));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl -f race.nsg")) TH_LOG("%s", self->c.err);
	pid = change_always();
	ASSERT_LT(0, pid);
	for (size_t i = 0; i < ARRAY_SIZE(line); i++) {
		before = ctl_status().generation;
		snprintf(text, sizeof(text), "nsguardctl %s >race.out", line[i]);
		EXPECT_EQ(0, cmd_line(&self->c, text)) TH_LOG("%s: %s", text, self->c.err);
		/* It was changing all the while. */
		EXPECT_LT(before, ctl_status().generation);
	}
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	unlink("race.out");
}

TEST_HARNESS_MAIN
