// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locked tasks come and go by the hundred thousand, and the kernel's memory is what it was: nothing
 * is kept of tasks (H22). Counts objects; that nobody gets out is sandbox's.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/proof.h"
#include "lib/slab.h"
#include "lib/slow.h"

#define FORKS		200000	/* less on slow kernels; NSG_FORKS= asks for others */
#define MAKERS		2	/* processes that fork at the same time */
#define SETTLE		120	/* half seconds: RCU, work queues, KASAN's quarantine */
#define SECONDS		3600	/* less is up to the plan of all programs */

/* What is still growing after a while has grown. */
static long slab_settled(const struct slabs *before, long tolerance, const char **name)
{
	static struct slabs after;
	long grown = 0;

	for (int i = 0; i < SETTLE; i++) {
		usleep(500000);
		if (slabs_read(&after))
			return -1;
		grown = slabs_growth(before, &after, name);
		if (grown <= tolerance)
			break;
	}
	return grown;
}

/* How many tasks there have been since the machine was switched on. */
static long long forks_ever(void)
{
	FILE *file = fopen("/proc/stat", "r");
	long long n = -1;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "processes %lld", &n) == 1)
			break;
	if (file)
		fclose(file);
	return n;
}

static pid_t start(int i)
{
	pid_t pid = fork();

	if (!pid)
		_exit(!(i % 400) && unshare(CLONE_NEWUTS) ? 1 : 0);
	return pid;
}

static pid_t start_quickly(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	return pid;
}

/*
 * Most share their parent's memory until they end, which is quick; some copy it; a few make a
 * namespace.
 */
static int fork_times(int n)
{
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < n; i++) {
		pid_t pid = i % 20 ? start_quickly() : start(i);

		if (pid < 0 && errno != EAGAIN)
			return 1;
	}
	return 0;
}

/* @arg is the number itself: the one who forks has memory of its own. */
static int fork_much(void *arg)
{
	int n = (int)(intptr_t)arg, status, err = 0;
	pid_t pid[MAKERS];

	for (int i = 0; i < MAKERS; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(fork_times(n / MAKERS));
	}
	for (int i = 0; i < MAKERS; i++) {
		if (waitpid(pid[i], &status, 0) != pid[i] || status)
			err = 1;
	}
	return err;
}

FIXTURE(sandbox_forks)
{
	struct nsg g;
	struct ns_set ns;
	struct inmate in;
};

FIXTURE_SETUP(sandbox_forks)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	ASSERT_EQ(0, box_add(&self->g, "box", &self->ns.fd[NSGUARD_NSTYPE_UTS], 1));
	ASSERT_EQ(0, inmate_start(&self->in, self->ns.fd[NSGUARD_NSTYPE_UTS]));
}

FIXTURE_TEARDOWN(sandbox_forks)
{
	inmate_stop(&self->in);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

TEST_F_TIMEOUT(sandbox_forks, slabs, SECONDS)
{
	int n = (int)slow_asked("nsg_forks=", FORKS), warm = n / 10, first;
	struct rlimit files = { 65536, 65536 };
	/*
	 * A leak of one object in a hundred forks is found. Less is noise: what a CPU keeps at hand
	 * of a cache counts as in use, and others than the tasks of this test live too.
	 */
	long tolerance = n / 100 > 1000 ? n / 100 : 1000, grown;
	long long forked;
	static struct slabs before, after;
	const char *name;
	struct box box;

	if (slabs_read(&before))
		SKIP(return, "the kernel has no /proc/slabinfo");
	/* Caches fill, and so does KASAN's quarantine. */
	ASSERT_EQ(0, inmate_do(&self->in, fork_much, (void *)(intptr_t)warm));
	sleep(2);
	ASSERT_EQ(0, slabs_read(&before));
	forked = forks_ever();
	EXPECT_EQ(0, inmate_do(&self->in, fork_much, (void *)(intptr_t)n));
	/* Some may have met a limit; most did not. */
	EXPECT_LE(n * 9LL / 10, forks_ever() - forked);
	grown = slab_settled(&before, tolerance, &name);
	EXPECT_GE(tolerance, grown)
		TH_LOG("left behind");
	TH_LOG("%d forks: most grown is %s by %ld objects", n, *name ? name : "none", grown);
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_EQ(1, box.n);
	EXPECT_TRUE(box_holds(&box, self->in.pid));
	/* Would it have been found? */
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, slabs_read(&before));
	first = eventfd(0, EFD_CLOEXEC);
	for (long i = 0; i < 2 * tolerance; i++)
		ASSERT_LT(first, eventfd(0, EFD_CLOEXEC));
	ASSERT_EQ(0, slabs_read(&after));
	EXPECT_LT(tolerance, slabs_growth(&before, &after, &name));
	close_range(first, ~0u, 0);
}

TEST_HARNESS_MAIN
