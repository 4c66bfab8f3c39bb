// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guard comes and goes 200 times (25 on PREEMPT_RT) while both CPUs do every guarded
 * operation, at least 1000 of each while it is there. Nobody may ever see anything but
 * success and EPERM, and EPERM only because of a rule. It wants a guest in which nsguard
 * is not loaded at first. How a single load behaves beside others is attach.c's.
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include "lib/act.h"
#include "lib/kmod.h"
#include "lib/nsg.h"
#include "lib/slow.h"
#include "kselftest_harness.h"

#define CYCLES		200
#define CYCLES_RT	25	/* where every waiting for a grace period takes many times longer */
#define RULE_EVERY	4	/* one cycle in so many has rules that deny */
#define OPERATIONS	600	/* of each worker while attached, in all cycles together */
#define AROUND		1	/* the same while the guard is being loaded, and unloaded */
#define PAUSE_US	2000	/* between two of them, so that they spread over what happens */
#define PATIENCE	10	/* seconds for a cycle's operations */
#define SECONDS		220	/* for all of it, on a machine that is busy with other things */
#define EXPEDITED	"/sys/kernel/rcu_expedited"
#define NORMAL		"/sys/kernel/rcu_normal"
#define REALTIME	"/sys/kernel/realtime"	/* PREEMPT_RT has it, and nobody else */
#define CPUS		2

enum kind { SETNS, MOVE, CLONE_INTO, AFFINITY, IOWQ_AFF, SQ_AFF, KINDS };

static const char *const kind_name[KINDS] = {
	"setns", "cgroup.procs", "clone3 into a cgroup", "sched_setaffinity",
	"io_uring workers' affinity", "io_uring poller's affinity",
};

/**
 * struct tally - what the workers of one kind met on one CPU; written by that worker alone
 * @attached: operations begun and ended while the guard was loaded
 * @ok: successes
 * @refused: EPERM
 * @other: anything else
 * @error: the last of these, an errno
 */
struct tally {
	unsigned long attached;
	unsigned long ok;
	unsigned long refused;
	unsigned long other;
	int error;
};

/**
 * struct board - shared by the test and its workers
 * @attached: the guard is loaded; 0 or the cycle's number from 1; atomic
 * @tally: by kind and CPU
 */
struct board {
	int attached;
	struct tally tally[KINDS][CPUS];
};

/**
 * struct worker - one process that does one kind of operation all the time
 * @target: an idle child that is moved and pinned
 * @cgroup: files to write to or directories to clone into, by parity of the operation
 * @fd: namespace or ring
 */
struct worker {
	enum kind kind;
	pid_t target;
	int cgroup[2];
	int fd;
};

static int ring_make(unsigned int flags, unsigned int cpu)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_cpu = cpu, .sq_thread_idle = 1 };
	int fd = syscall(SYS_io_uring_setup, 1, &p);

	return fd < 0 ? -errno : fd;
}

static int work_clone(const struct worker *w, unsigned long n)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = w->cgroup[n % 2],
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	return waitpid(pid, NULL, 0) == pid ? 0 : errno;
}

/* One operation, the @n-th of this worker. Return: 0 or an errno. */
static int work(const struct worker *w, unsigned long n)
{
	unsigned char mask[8] = { 1 << n % 2 };
	char pid[16];
	int fd;

	switch (w->kind) {
	case SETNS:
		return setns(w->fd, CLONE_NEWUTS) ? errno : 0;
	case MOVE:
		snprintf(pid, sizeof(pid), "%d", w->target);
		return write(w->cgroup[n % 2], pid, strlen(pid)) < 0 ? errno : 0;
	case CLONE_INTO:
		return work_clone(w, n);
	case AFFINITY:
		return syscall(SYS_sched_setaffinity, w->target, sizeof(mask), mask) < 0 ?
			errno : 0;
	case IOWQ_AFF:
		return syscall(SYS_io_uring_register, w->fd, IORING_REGISTER_IOWQ_AFF, mask,
			       sizeof(mask)) < 0 ? errno : 0;
	default:
		fd = ring_make(IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF, n % 2);
		if (fd < 0)
			return -fd;
		close(fd);
		return 0;
	}
}

static pid_t idle_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(SECONDS + 20);
		for (;;)
			pause();
	}
	return pid;
}

static void worker_prepare(struct worker *w)
{
	const char *end = w->kind == MOVE ? "/cgroup.procs" : "";
	char path[64];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/reload/%c%s", 'a' + i, end);
		w->cgroup[i] = open(path, (w->kind == MOVE ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	}
	w->target = idle_child();
	if (w->kind == SETNS)
		w->fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	else if (w->kind == IOWQ_AFF)
		w->fd = ring_make(0, 0);
	if (w->cgroup[0] < 0 || w->cgroup[1] < 0 || w->target < 0 || w->fd < 0)
		_exit(1);
}

/* Does as many operations as it reads from @gate. */
static void worker_run(enum kind kind, int cpu, int gate, struct board *b)
{
	struct worker w = { .kind = kind };
	struct tally *t = &b->tally[kind][cpu];
	cpu_set_t here;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(SECONDS + 20);
	worker_prepare(&w);
	CPU_ZERO(&here);
	CPU_SET(cpu, &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		_exit(1);
	for (unsigned long n = 0; ; n++) {
		eventfd_t one;
		int before, err;

		/* Waits here most of the time: runnable tasks would only delay RCU's waiting. */
		if (eventfd_read(gate, &one))
			_exit(1);
		before = __atomic_load_n(&b->attached, __ATOMIC_SEQ_CST);
		err = work(&w, n);
		if (before && before == __atomic_load_n(&b->attached, __ATOMIC_SEQ_CST))
			t->attached++;
		if (!err) {
			t->ok++;
		} else if (err == EPERM) {
			t->refused++;
		} else {
			t->other++;
			t->error = err;
		}
		usleep(PAUSE_US);
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

FIXTURE(reload) {
	struct board *b;
	struct nsg g;
	pid_t worker[KINDS * CPUS];
	int gate[KINDS * CPUS];
	char normal[8];
};

FIXTURE_SETUP(reload)
{
	if (kmod_loaded("nsguard"))
		ASSERT_EQ(0, kmod_unload("nsguard"));
	if (!kmod_loaded("nsguard_stub"))
		ASSERT_EQ(0, kmod_load("nsguard_stub", ""));
	/* Shortens waiting and nothing else; not every kernel has it, and PREEMPT_RT forbids it. */
	file_read(NORMAL, self->normal, sizeof(self->normal));
	file_write(NORMAL, "0");
	file_write(EXPEDITED, "1");
	ASSERT_EQ(0, cgroup_make("/reload/a"));
	ASSERT_EQ(0, cgroup_make("/reload/b"));
	self->b = mmap(NULL, sizeof(*self->b), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	ASSERT_NE(MAP_FAILED, self->b);
	for (int i = 0; i < KINDS * CPUS; i++) {
		self->gate[i] = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
		ASSERT_LE(0, self->gate[i]);
		self->worker[i] = fork();
		if (self->worker[i] == 0)
			worker_run(i / CPUS, i % CPUS, self->gate[i], self->b);
		ASSERT_LT(0, self->worker[i]);
	}
}

FIXTURE_TEARDOWN(reload)
{
	for (int i = 0; i < KINDS * CPUS; i++) {
		int status = -1;

		if (self->worker[i] <= 0)
			continue;
		kill(self->worker[i], SIGKILL);
		waitpid(self->worker[i], &status, 0);
		/* It lived to the end, and did not give up before. */
		EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("worker %d ended by itself", i);
	}
	file_write(EXPEDITED, "0");
	file_write(NORMAL, self->normal);
	if (!kmod_loaded("nsguard"))
		EXPECT_EQ(0, kmod_load("nsguard", ""));
	EXPECT_EQ(0, cgroup_remove("/reload"));
}

/* Lets every worker do @n more operations. */
static void gates_open(const int gate[], eventfd_t n)
{
	for (int i = 0; i < KINDS * CPUS; i++)
		eventfd_write(gate[i], n);
}

/* Waits until every worker has done @n operations while attached. Return: 0 or -ETIME. */
static int wait_for_work(const struct board *b, unsigned long n)
{
	double end = seconds() + PATIENCE * slow();

	for (int i = 0; i < KINDS * CPUS; i++) {
		const unsigned long *done = &b->tally[i / CPUS][i % CPUS].attached;

		while (__atomic_load_n(done, __ATOMIC_RELAXED) < n) {
			if (seconds() > end)
				return -ETIME;
			usleep(1000);
		}
	}
	return 0;
}

/* Rules that deny every second operation of every kind. */
static int rules_add(struct nsg *g)
{
	int ret = nsg_open(g);

	if (ret)
		return ret;
	if (!nsg_add(g, DENY(NS, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)))) ||
	    !nsg_add(g, DENY(CGROUP, M_UNDER(NSGUARD_A_RULE_TO, "/reload/b"))) ||
	    !nsg_add(g, DENY(AFFINITY, M_CPUS(INTERSECTS, 2))))
		ret = -g->error;
	nsg_close(g);
	return ret;
}

TEST_F_TIMEOUT(reload, two_hundred_times_under_load, SECONDS)
{
	struct tally sum[KINDS] = { 0 };
	double start = seconds(), longest = 0;
	int cycles = access(REALTIME, F_OK) ? slow_times(CYCLES) : CYCLES_RT;
	int operations = OPERATIONS / cycles;

	for (int cycle = 1; cycle <= cycles; cycle++) {
		double begin = seconds();

		gates_open(self->gate, AROUND);
		ASSERT_EQ(0, kmod_load("nsguard", "")) TH_LOG("cycle %d", cycle);
		__atomic_store_n(&self->b->attached, cycle, __ATOMIC_SEQ_CST);
		if (cycle % RULE_EVERY == 0)
			ASSERT_EQ(0, rules_add(&self->g)) TH_LOG("%s", self->g.text);
		gates_open(self->gate, operations);
		ASSERT_EQ(0, wait_for_work(self->b, cycle * operations)) TH_LOG("cycle %d", cycle);
		__atomic_store_n(&self->b->attached, 0, __ATOMIC_SEQ_CST);
		gates_open(self->gate, AROUND);
		ASSERT_EQ(0, kmod_unload("nsguard")) TH_LOG("cycle %d", cycle);
		if (seconds() - begin > longest)
			longest = seconds() - begin;
	}
	TH_LOG("%d cycles in %.1f s, the longest took %.2f s", cycles, seconds() - start, longest);

	for (int k = 0; k < KINDS; k++) {
		for (int cpu = 0; cpu < CPUS; cpu++) {
			const struct tally *t = &self->b->tally[k][cpu];

			/* Each CPU took part. */
			EXPECT_NE(0, t->attached) TH_LOG("%s on CPU %d", kind_name[k], cpu);
			EXPECT_EQ(0, t->other)
				TH_LOG("%s met %s", kind_name[k], strerror(t->error));
			sum[k].attached += t->attached;
			sum[k].refused += t->refused;
			sum[k].ok += t->ok;
		}
		TH_LOG("%s: %lu while attached, %lu done, %lu refused", kind_name[k],
		       sum[k].attached, sum[k].ok, sum[k].refused);
		EXPECT_LE(1000, sum[k].attached) TH_LOG("%s", kind_name[k]);
		EXPECT_NE(0, sum[k].refused) TH_LOG("%s", kind_name[k]);
	}
}

TEST_HARNESS_MAIN
