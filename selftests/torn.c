// SPDX-License-Identifier: GPL-2.0-only
/*
 * A decision sees one moment: what others may change while it is made (uid and cgroup of the task
 * acted on, cgroup of the one who acts) is read once. Two rules refuse a task in either of two
 * states; it goes from one to the other without end, and is refused without end.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/act.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define SECONDS	3
#define MANY	200	/* rules: more than are asked one by one */
#define UID_A	6000
#define UID_B	7000
#define TARGET_UID(u)	M_RANGE(NSGUARD_A_RULE_TARGET_UID, u, u)
#define A	"/torn/a"
#define B	"/torn/b"
#define CG	"/sys/fs/cgroup"

/**
 * struct board - what processes tell each other
 * @turns: from one state to the other and back
 * @refused: operations
 * @passed: those that were not
 */
struct board {
	atomic_ulong turns;
	unsigned long refused;
	unsigned long passed;
};

FIXTURE(torn)
{
	struct nsg g;
	struct ns_set ns;
	struct board *b;
	pid_t victim, mover;
};

FIXTURE_VARIANT(torn)
{
	unsigned int others;
};

FIXTURE_VARIANT_ADD(torn, asked) {};

FIXTURE_VARIANT_ADD(torn, looked_up)
{
	.others = MANY,
};

#define SELF struct __test_metadata *_metadata, struct _test_data_torn *self

FIXTURE_SETUP(torn)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	ASSERT_EQ(0, cgroup_make(A));
	ASSERT_EQ(0, cgroup_make(B));
	self->b = mmap(NULL, sizeof(*self->b), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->b);
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

FIXTURE_TEARDOWN(torn)
{
	end(self->mover);
	end(self->victim);
	file_write(CG "/cgroup.procs", "0");
	EXPECT_EQ(0, cgroup_remove("/torn"));
	munmap(self->b, sizeof(*self->b));
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

/* A process that ends with this one. */
static pid_t child(void)
{
	pid_t pid = fork();

	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* @pid goes from one cgroup to the other. Return: the process that sees to that. */
static pid_t mover(struct board *b, pid_t pid)
{
	pid_t mover = child();
	char text[16];

	if (mover)
		return mover;
	snprintf(text, sizeof(text), "%d", pid);
	while (!file_write(CG A "/cgroup.procs", text) && !file_write(CG B "/cgroup.procs", text))
		atomic_fetch_add(&b->turns, 1);
	_exit(1);
}

static void count(struct board *b, int ret)
{
	if (ret == -1 && errno == EPERM)
		b->refused++;
	else
		b->passed++;
}

static void pin(SELF)
{
	cpu_set_t all;

	CPU_ZERO(&all);
	CPU_SET(0, &all);
	CPU_SET(1, &all);
	count(self->b, sched_setaffinity(self->victim, sizeof(all), &all));
}

static void enter(SELF)
{
	count(self->b, setns(self->ns.fd[NSGUARD_NSTYPE_UTS], CLONE_NEWUTS));
}

/* @step for some seconds, once all is in motion. */
static void go_on(SELF, void (*step)(SELF))
{
	unsigned long turns;
	time_t over;

	for (int i = 0; i < 10000 && !atomic_load(&self->b->turns); i++)
		usleep(1000);
	turns = atomic_load(&self->b->turns);
	ASSERT_NE(0, turns);
	for (over = time(NULL) + SECONDS; time(NULL) <= over;)
		step(_metadata, self);
	turns = atomic_load(&self->b->turns) - turns;
	printf("# %lu turns, %lu refused, %lu let through\n", turns, self->b->refused,
	       self->b->passed);
	/* It went on to the end. */
	EXPECT_EQ(0, waitpid(-1, NULL, WNOHANG));
	EXPECT_LT(10, turns);
	EXPECT_LT(10, self->b->refused);
	EXPECT_EQ(0, self->b->passed);
}

TEST_F(torn, target_uid)
{
	must_add(_metadata, &self->g, DENY(AFFINITY, TARGET_UID(UID_A)));
	must_add(_metadata, &self->g, DENY(AFFINITY, TARGET_UID(UID_B)));
	for (unsigned int i = 0; i < variant->others; i++)
		must_add(_metadata, &self->g, DENY(AFFINITY, TARGET_UID(100000 + i)));
	self->victim = child();
	if (!self->victim) {
		while (!setresuid(UID_A, 0, 0) && !setresuid(UID_B, 0, 0))
			atomic_fetch_add(&self->b->turns, 1);
		_exit(1);
	}
	go_on(_metadata, self, pin);
}

static void paths(SELF, enum nsguard_table table, uint8_t key, unsigned int others)
{
	struct nsg_rule rule = { .table = table, .verdict = NSGUARD_VERDICT_DENY };
	char name[32];

	rule.m[0] = (struct nsg_match)M_UNDER(key, A);
	must_add(_metadata, &self->g, &rule);
	rule.m[0] = (struct nsg_match)M_UNDER(key, B);
	must_add(_metadata, &self->g, &rule);
	for (unsigned int i = 0; i < others; i++) {
		snprintf(name, sizeof(name), "/torn/none%u", i);
		rule.m[0].path[0] = name;
		must_add(_metadata, &self->g, &rule);
	}
}

TEST_F(torn, target_cgroup)
{
	paths(_metadata, self, NSGUARD_TABLE_AFFINITY, NSGUARD_A_RULE_TARGET_CGROUP,
	      variant->others);
	self->victim = child();
	if (!self->victim)
		for (;;)
			pause();
	self->mover = mover(self->b, self->victim);
	go_on(_metadata, self, pin);
}

/* One cgroup by two keys. */
TEST_F(torn, own_cgroup)
{
	must_add(_metadata, &self->g, DENY(AFFINITY, M_UNDER(NSGUARD_A_RULE_CGROUP, A)));
	must_add(_metadata, &self->g, DENY(AFFINITY, M_UNDER(NSGUARD_A_RULE_TARGET_CGROUP, B)));
	for (unsigned int i = 0; i < variant->others; i++)
		must_add(_metadata, &self->g, DENY(AFFINITY, TARGET_UID(100000 + i)));
	self->mover = mover(self->b, getpid());
	go_on(_metadata, self, pin);
}

TEST_F(torn, cgroup)
{
	paths(_metadata, self, NSGUARD_TABLE_NS, NSGUARD_A_RULE_CGROUP, variant->others);
	self->mover = mover(self->b, getpid());
	go_on(_metadata, self, enter);
}

TEST_HARNESS_MAIN
