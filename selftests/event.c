// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an event says of who did what, for each operation; that losses are told; that what a
 * task chose reaches no terminal raw; and that a denial nobody listens to is on record.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include "../module/limits.h"
#include "kselftest_harness.h"
#include "lib/cmd.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"

FIXTURE(event)
{
	struct nsg g;
	struct nsg_event e;
	char exe[256];
	uint64_t since;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

FIXTURE_SETUP(event)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_LT(0, readlink("/proc/self/exe", self->exe, sizeof(self->exe) - 1));
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP "/a"));
	ASSERT_EQ(0, cg_make(TOP "/b"));
	self->since = now_ns();
}

FIXTURE_TEARDOWN(event)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

static int become_someone(const void *arg)
{
	static const uint32_t auid = 1234, uid = 1000;

	prctl(PR_SET_NAME, "someone");
	return become_auid(&auid) ?: become_in_cgroup(TOP "/a") ?: become_uid(&uid);
}

/* Denied by a rule of its table alone; the event is left in self->e, the child's pid returned. */
static pid_t denied(struct __test_metadata *_metadata, struct _test_data_event *self,
		    enum nsguard_table table, const struct op *op)
{
	struct nsg_rule rule = { .table = table, .verdict = NSGUARD_VERDICT_DENY,
				 .m = { M_UID(1000, 1000) } };
	const struct nsg_event *e = &self->e;
	struct op_child c = { .pid = -1 };
	uint64_t handle;

	EXPECT_EQ(0, op_start(&c, op));
	handle = must_add(_metadata, &self->g, &rule);
	op_go(&c);
	EXPECT_EQ(EPERM, c.err);
	if (c.err != EPERM)
		return c.target;
	EXPECT_TRUE(nsg_event_wait(&self->g, handle, c.pid, PROOF_MS, &self->e));
	EXPECT_LT(0, e->seq);
	EXPECT_LE(self->since, e->time);
	EXPECT_GE(now_ns(), e->time);
	EXPECT_EQ(table, e->table);
	EXPECT_EQ(NSGUARD_VERDICT_DENY, e->verdict);
	EXPECT_EQ(NSGUARD_MODE_ENFORCE, e->mode);
	EXPECT_TRUE(NSG_HAS(e, ENFORCED));
	EXPECT_EQ(EPERM, e->error);
	EXPECT_LT(0, strlen(e->function));
	EXPECT_EQ(c.pid, e->pid);
	EXPECT_EQ(c.pid, e->tid);
	EXPECT_EQ(1000, e->uid);
	EXPECT_EQ(1234, e->auid);
	EXPECT_STREQ("someone", e->comm);
	EXPECT_STREQ(self->exe, e->exe);
	EXPECT_STREQ(TOP "/a", e->cgroup);
	return c.target;
}

TEST_F(event, ns_enter)
{
	struct op op = { .kind = OP_SETNS, .become = become_someone };
	struct ns_set ns;

	ASSERT_EQ(0, ns_set_make(&ns, CLONE_NEWUTS));
	op.fd = ns.fd[NSGUARD_NSTYPE_UTS];
	denied(_metadata, self, NSGUARD_TABLE_NS, &op);
	EXPECT_EQ(NSGUARD_OP_ENTER, self->e.op);
	EXPECT_EQ(NSGUARD_NSTYPE_UTS, self->e.ns_type);
	EXPECT_EQ(ns_inum(op.fd), self->e.ns_inum);
	EXPECT_FALSE(NSG_HAS(&self->e, FROM_ID));
	EXPECT_FALSE(NSG_HAS(&self->e, MASK));
	ns_set_free(&ns);
}

TEST_F(event, ns_create)
{
	const struct op op = {
		.kind = OP_UNSHARE, .types = CLONE_NEWIPC, .become = become_someone,
	};

	if (!nsg_covers(&self->g, "ns.create"))
		SKIP(return, "ns.create is not covered");
	denied(_metadata, self, NSGUARD_TABLE_NS, &op);
	EXPECT_EQ(NSGUARD_OP_CREATE, self->e.op);
	EXPECT_EQ(NSGUARD_NSTYPE_IPC, self->e.ns_type);
}

TEST_F(event, cgroup_move)
{
	const struct op op = { .kind = OP_PROCS, .to = TOP "/b", .other = true, .from = TOP "/a",
			       .become = become_someone };
	pid_t target = denied(_metadata, self, NSGUARD_TABLE_CGROUP, &op);

	EXPECT_EQ(NSGUARD_OP_MOVE, self->e.op);
	EXPECT_EQ(cg_id(TOP "/a"), self->e.from_id);
	EXPECT_EQ(cg_id(TOP "/b"), self->e.to_id);
	EXPECT_STREQ(TOP "/a", self->e.from);
	EXPECT_STREQ(TOP "/b", self->e.to);
	EXPECT_EQ(target, self->e.target_pid);
	EXPECT_TRUE(NSG_HAS(&self->e, THREADGROUP));
	EXPECT_FALSE(NSG_HAS(&self->e, NS_TYPE));
}

TEST_F(event, setaffinity)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = 2, .other = true,
			       .become = become_someone };
	pid_t target = denied(_metadata, self, NSGUARD_TABLE_AFFINITY, &op);

	EXPECT_EQ(NSGUARD_OP_SETAFFINITY, self->e.op);
	EXPECT_EQ(target, self->e.target_pid);
	EXPECT_EQ(2, self->e.mask);
	if (nsg_covers(&self->g, "setaffinity.effective"))
		EXPECT_EQ(2, self->e.effective);
	EXPECT_FALSE(NSG_HAS(&self->e, RESET));
	EXPECT_FALSE(NSG_HAS(&self->e, FROM));
}

TEST_F(event, io_uring)
{
	const struct op op = { .kind = OP_SQ_AFF, .mask = 2, .become = become_someone };

	if (!nsg_covers(&self->g, "io_uring.sq_aff"))
		SKIP(return, "io_uring.sq_aff is not covered");
	denied(_metadata, self, NSGUARD_TABLE_AFFINITY, &op);
	EXPECT_EQ(NSGUARD_OP_IO_URING, self->e.op);
	EXPECT_EQ(2, self->e.mask);
}

/* The numbers run on without a gap, and the newest can be asked for again. */
TEST_F(event, last)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = 1 };
	struct nsg_event e[4], first = { 0 };

	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(0, 0)));
	for (int i = 0; i < 4; i++) {
		struct op_child c = op_run(&op);

		ASSERT_EQ(EPERM, c.err);
		EXPECT_TRUE(nsg_event_wait(&self->g, ~0ULL, c.pid, PROOF_MS, &self->e));
		if (!i)
			first = self->e;
		EXPECT_EQ(first.seq + i, self->e.seq);
	}
	ASSERT_EQ(3, nsg_event_get(&self->g, 3, e, 4));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(first.seq + 1 + i, e[i].seq);
}

/* Ahead of everything else on its CPU, the worker that takes events away included. */
static int alone_on(int cpu)
{
	const struct sched_param prio = { .sched_priority = 10 };
	const uint64_t mask = 1u << cpu;

	alarm(20);
	return syscall(SYS_sched_setaffinity, 0, 8, &mask) ||
	       sched_setscheduler(0, SCHED_FIFO, &prio);
}

/* @n denials in a row. Return: how many of them were none. */
static unsigned int flood(unsigned int n)
{
	const uint64_t mask = 3;
	unsigned int wrong = 0;

	while (n--)
		wrong += syscall(SYS_sched_setaffinity, 0, 8, &mask) != -1 || errno != EPERM;
	return wrong;
}

/*
 * More denials than there is room for, while no worker can run: the first one after it tells. Not
 * many more: whoever runs for a second is made to pause (sched_rt_runtime_us, on 6.12 the fair
 * server), and then the worker does run.
 */
#define FLOOD	(NSGUARD_EVENT_RING + 200)

TEST_F(event, lost)
{
	static const uint32_t uid = 1000;
	const struct op op = { .kind = OP_AFFINITY, .mask = 1, .become = become_uid, .arg = &uid };
	volatile int *over = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				  -1, 0);
	struct nsg_status before, after;
	struct nsg_event e[2];
	struct op_child c;
	pid_t pid[2];
	int status;

	ASSERT_NE(MAP_FAILED, over);
	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(1000, 1000)));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	pid[1] = fork();
	if (pid[1] == 0) {
		if (alone_on(1))
			_exit(1);
		*over = 1;
		while (*over < 2)
			;
		_exit(0);
	}
	pid[0] = fork();
	if (pid[0] == 0) {
		while (!*over)
			usleep(1000);
		status = alone_on(0) || become_uid(&uid) || flood(FLOOD);
		*over = 2;
		_exit(status);
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_LT(before.lost, after.lost);
	EXPECT_EQ(before.table[NSGUARD_TABLE_AFFINITY].denied + FLOOD,
		  after.table[NSGUARD_TABLE_AFFINITY].denied);
	/* Once there is room again. */
	for (int i = 0; i < 200 && nsg_event_get(&self->g, 1, e, 2) == 1; i++) {
		usleep(20000);
		c = op_run(&op);
		ASSERT_EQ(EPERM, c.err);
		EXPECT_TRUE(nsg_event_wait(&self->g, ~0ULL, c.pid, PROOF_MS, &self->e));
	}
	ASSERT_EQ(2, nsg_event_get(&self->g, 1, e, 2));
	EXPECT_EQ(after.lost - before.lost, e[0].lost);
	EXPECT_TRUE(NSG_HAS(&e[0], LOST));
	EXPECT_FALSE(NSG_HAS(&e[0], SEQ));
	EXPECT_TRUE(NSG_HAS(&e[1], SEQ));
}

/* A comm may contain terminal codes; what is printed of it may not. */
TEST_F(event, escaped)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = 1 };
	struct cmd c = { 0 };
	char old[16];

	prctl(PR_GET_NAME, old);
	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(0, 0)));
	prctl(PR_SET_NAME, "\033[31m\"\\\xff\n");
	EXPECT_OP(EPERM, &op);
	prctl(PR_SET_NAME, old);
	EXPECT_TRUE(nsg_event_wait(&self->g, ~0ULL, 0, PROOF_MS, &self->e));
	EXPECT_STREQ("\033[31m\"\\\xff\n", self->e.comm);
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl monitor --last 1"))
		TH_LOG("%s", c.err);
	EXPECT_NE(NULL, strstr(c.out, "\"\\x1b[31m\\\"\\\\\\xff\\x0a\""))
		TH_LOG("printed: %s", c.out);
	EXPECT_EQ(NULL, strchr(c.out, '\033'));
	EXPECT_EQ(NULL, memchr(c.out, 0xff, strlen(c.out)));
	cmd_free(&c);
}

/* Nobody needs to listen: the kernel's log, or audit's, has it. */
TEST_F(event, on_record)
{
	const struct op op = { .kind = OP_AFFINITY, .mask = 1 };
	char line[1024], rule[64];
	struct op_child c;
	uint64_t handle;
	bool found = false;
	int log;

	/* Twenty records in five seconds are written: those of tests before must be over. */
	sleep(6);
	log = klog_open();
	ASSERT_LE(0, log);
	handle = must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(0, 0)));
	c = op_run(&op);
	EXPECT_EQ(EPERM, c.err);
	snprintf(rule, sizeof(rule), "rule=%llu pid=%d ", (unsigned long long)handle, c.pid);
	for (int i = 0; i < 200 && !found; i++) {
		usleep(10000);
		found = klog_find(log, "nsguard: table=affinity op=setaffinity verdict=deny",
				  rule, line, sizeof(line));
	}
	EXPECT_TRUE(found);
	close(log);
}

TEST_HARNESS_MAIN
