// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large files: all of one or nothing, the client killed in the middle of it, and no memory left
 * behind. NSG_RULES=1000000 make check TEST=load has them as large as they may be.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/memory.h"
#include "lib/nsg.h"
#include "lib/slow.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define FILE_NAME	"/tmp/load.nsg"
#define SAID		"/tmp/load.said"
#define TIMES		10	/* loaded and flushed */
#define KILLS		8
/* What the rest of the kernel may take meanwhile, and what one rule takes at the very least. */
#define SLACK_KB	2048
#define RULE_BYTES	64

static const struct actor old = { .uid = 6000 }, new = { .uid = 7000 };

FIXTURE(load) {
	struct nsg g;
	struct nsg_status before;
	unsigned int rules;
};

/* The policy before: uid 6000 is kept out. The file's, in its place: uid 7000. */
FIXTURE_SETUP(load)
{
	const struct nsg_rule keep_out = {
		.table = NSGUARD_TABLE_NS, .verdict = NSGUARD_VERDICT_DENY,
		.m = { M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)), M_UID(6000, 6000) },
	};

	self->rules = slow_asked("nsg_rules=", 16000);
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, nsg_reset(&self->g));
	ASSERT_NE(0, nsg_add(&self->g, &keep_out));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
	srand(time(NULL));
}

FIXTURE_TEARDOWN(load)
{
	EXPECT_EQ(0, nsg_reset(&self->g));
	nsg_close(&self->g);
	unlink(FILE_NAME);
	unlink(SAID);
}

#define SELF struct __test_metadata *_metadata, struct _test_data_load *self

/* @n rules; @last comes after them. Return: 0 or -errno. */
static int write_file(unsigned int n, const char *last)
{
	FILE *f = fopen(FILE_NAME, "w");

	if (!f)
		return -errno;
	fprintf(f, "rule flush\nrule add ns deny type uts uid 7000\n");
	for (unsigned int i = 1; i < n; i++)
		fprintf(f, "rule add ns deny op enter type net uid %u\n", 100000 + i);
	fprintf(f, "%s", last);
	return fclose(f) ? -errno : 0;
}

static pid_t load_start(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (freopen(SAID, "w", stderr))
		execlp("nsguardctl", "nsguardctl", "-f", FILE_NAME, NULL);
	_exit(127);
}

/* However long it takes. Return: its exit status. */
static int load(void)
{
	pid_t pid = load_start();
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void expect_old(SELF)
{
	struct nsg_status s;

	ASSERT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(self->before.generation, s.generation);
	EXPECT_EQ(1, s.rules);
	EXPECT_EQ(0, s.transactions);
	EXPECT_EQ(EPERM, act_setns(&old, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(&new, "uts", HOST_UTS));
}

static void expect_new(SELF)
{
	struct nsg_status s;

	ASSERT_EQ(0, nsg_status(&self->g, &s));
	EXPECT_EQ(self->before.generation + 1, s.generation);
	EXPECT_EQ(self->rules, s.rules);
	EXPECT_EQ(0, s.transactions);
	EXPECT_EQ(0, act_setns(&old, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(&new, "uts", HOST_UTS));
}

TEST_F_TIMEOUT(load, all_or_nothing, 1200)
{
	char said[512];
	double from;

	ASSERT_EQ(0, write_file(self->rules, "rule add ns deny type uts uid 7000\n"));
	EXPECT_NE(0, load());
	ASSERT_EQ(0, file_read(SAID, said, sizeof(said)));
	EXPECT_HAS(said, "identical");
	expect_old(_metadata, self);
	ASSERT_EQ(0, write_file(self->rules, ""));
	from = seconds_now();
	ASSERT_EQ(0, load());
	printf("# %u rules in %.1f s\n", self->rules, seconds_now() - from);
	expect_new(_metadata, self);
}

/* Back to the policy before; the generation is another one. */
static void back(SELF)
{
	ASSERT_EQ(0, write_file(0, "rule flush\nrule add ns deny type uts uid 6000\n"));
	ASSERT_EQ(0, load());
	ASSERT_EQ(0, write_file(self->rules, ""));
	ASSERT_EQ(0, nsg_status(&self->g, &self->before));
}

TEST_F_TIMEOUT(load, killed, 1200)
{
	unsigned int rolled_back = 0;
	struct nsg_status s;
	double from, takes;
	long before = 0;
	int status;

	ASSERT_EQ(0, write_file(self->rules, ""));
	from = seconds_now();
	ASSERT_EQ(0, load());
	takes = seconds_now() - from;
	for (int i = 0; i < KILLS; i++) {
		pid_t pid;

		back(_metadata, self);
		if (!i)
			before = kernel_memory_settled();
		pid = load_start();
		ASSERT_LT(0, pid);
		usleep((unsigned int)(takes * 1e6 * (rand() % 1000) / 1000));
		EXPECT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, nsg_status(&self->g, &s));
		if (s.generation == self->before.generation) {
			rolled_back++;
			takes *= 1.25;
			expect_old(_metadata, self);
		} else {
			/* Over before: the first was slower, on a busy machine. */
			takes /= 2;
			expect_new(_metadata, self);
		}
	}
	back(_metadata, self);
	printf("# killed %d times, %u of them rolled back\n", KILLS, rolled_back);
	EXPECT_NE(0, rolled_back);
	/* Not even the rules of one of them have stayed. */
	EXPECT_GT(before + SLACK_KB + (long)self->rules * RULE_BYTES / 1024,
		  kernel_memory_settled());
}

TEST_F_TIMEOUT(load, ten_times, 3600)
{
	long before = 0, full = 0, after;
	double loads = 0, flushes = 0, from;

	ASSERT_EQ(0, write_file(self->rules, ""));
	for (int i = 0; i <= TIMES; i++) {
		from = seconds_now();
		ASSERT_EQ(0, load());
		loads += i ? seconds_now() - from : 0;
		if (i == TIMES)
			full = kernel_memory_settled();
		from = seconds_now();
		ASSERT_EQ(0, nsg_flush(&self->g, -1));
		flushes += i ? seconds_now() - from : 0;
		/* The first round is for what stays for good: caches, half-empty slabs. */
		if (!i)
			before = kernel_memory_settled();
	}
	after = kernel_memory_settled();
	printf("# %u rules: loaded in %.1f s, flushed in %.1f s\n", self->rules, loads / TIMES,
	       flushes / TIMES);
	printf("# %ld kB before, %ld kB with them, %ld kB after %d rounds\n", before, full, after,
	       TIMES);
	ASSERT_LT(0, before);
	EXPECT_LT(before + (long)self->rules * RULE_BYTES / 1024, full);
	EXPECT_GT(before + SLACK_KB + (long)self->rules * RULE_BYTES / 1024, after);
}

TEST_HARNESS_MAIN
