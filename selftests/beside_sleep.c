// SPDX-License-Identifier: GPL-2.0-only
/*
 * H1: a sleepable BPF program sleeps on behalf of a caller that the guard has refused already, for
 * as long as it likes, and the guard is unloaded meanwhile. The stub's address is on the sleeper's
 * stack, so the stub must still be there, and the errno right, when it wakes up.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include "kselftest_harness.h"
#include "bpf/side.h"
#include "lib/kmod.h"
#include "lib/proof.h"

SIDE_PREPARE(lsm)

#define PAGE	"nsguard_test_page"
#define GROUP	"/nsgtest/to"
#define MASK	1
#define SECONDS	20

#define RULE(t, ...) \
	{ .table = NSGUARD_TABLE_##t, .verdict = NSGUARD_VERDICT_DENY, .m = { __VA_ARGS__ } }

FIXTURE(sleeper) {
	struct side bpf;
	struct nsg g;
	struct ns_set ns;
	struct op op;
	void *page;
	int log;
};

/*
 * @program: the sleeping one
 * @function: where that is
 * @path: the guard's
 */
FIXTURE_VARIANT(sleeper) {
	const char *program;
	const char *function;
	const char *path;
	struct op op;
	struct nsg_rule rule;
};

/* clang-format off */

FIXTURE_VARIANT_ADD(sleeper, enter) {
	.program = "namespace_install_s", .function = "bpf_lsm_namespace_install",
	.path = "ns.enter.uts", .op = { .kind = OP_SETNS },
	.rule = RULE(NS, M_OP(NSGUARD_OP_ENTER)),
};

FIXTURE_VARIANT_ADD(sleeper, create) {
	.program = "namespace_alloc_s", .function = "bpf_lsm_namespace_alloc",
	.path = "ns.create", .op = { .kind = OP_UNSHARE, .types = CLONE_NEWUTS },
	.rule = RULE(NS, M_OP(NSGUARD_OP_CREATE)),
};

FIXTURE_VARIANT_ADD(sleeper, move) {
	.program = "cgroup_attach_s", .function = "bpf_lsm_cgroup_attach",
	.path = "cgroup.procs", .op = { .kind = OP_PROCS, .to = GROUP },
	.rule = RULE(CGROUP, M_IS(NSGUARD_A_RULE_TO, GROUP)),
};

FIXTURE_VARIANT_ADD(sleeper, affinity) {
	.program = "task_setscheduler_s", .function = "bpf_lsm_task_setscheduler",
	.path = "setaffinity", .op = { .kind = OP_AFFINITY, .mask = MASK },
	.rule = RULE(AFFINITY, M_CPUS(INTERSECTS, MASK)),
};

/* clang-format on */

static int guard_load(struct nsg *g)
{
	int ret = 0;

	if (!kmod_loaded("nsguard"))
		ret = kmod_load("nsguard", "");
	return ret ? ret : nsg_open(g);
}

/* Is the guard's function for @path this one? */
static bool guard_is_on(struct nsg *g, const char *path, const char *function)
{
	struct nsg_status s;
	bool same = false;

	if (nsg_status(g, &s))
		return false;
	for (unsigned int i = 0; i < s.paths; i++)
		same |= !strcmp(s.path[i].name, path) && !strcmp(s.path[i].function, function);
	return same;
}

/* Does somebody wait for the page? */
static bool somebody_sleeps(void)
{
	char text[16];

	for (int i = 0; i < SECONDS * 20; i++) {
		if (!kmod_param(PAGE, "asleep", text, sizeof(text)) && strcmp(text, "0"))
			return true;
		usleep(50000);
	}
	return false;
}

FIXTURE_SETUP(sleeper)
{
	const char *missing;
	int fd;

	memset(self, 0, sizeof(*self));
	missing = side_take(&self->bpf, variant->program, NULL);
	if (missing)
		SKIP(return, "%s", missing);
	ASSERT_EQ(0, kmod_load(PAGE, ""));
	fd = open("/dev/" PAGE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	self->page = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	ASSERT_NE(MAP_FAILED, self->page);
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, guard_load(&self->g));
	ASSERT_EQ(0, cg_make(GROUP));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->op = variant->op;
	self->op.fd = self->ns.fd[NSGUARD_NSTYPE_UTS];
	self->bpf.shared->page = (unsigned long)self->page;
	ASSERT_EQ(0, side_attach(&self->bpf));
}

FIXTURE_TEARDOWN(sleeper)
{
	char line[1024];

	if (!self->log)
		return;
	EXPECT_EQ(0, kmod_param_set(PAGE, "arrive", "1"));
	if (self->bpf.link)
		side_detach(&self->bpf);
	if (self->g.nl)
		nsg_close(&self->g);
	EXPECT_EQ(0, guard_load(&self->g));
	EXPECT_EQ(0, nsg_reset(&self->g));
	nsg_close(&self->g);
	ns_set_free(&self->ns);
	cg_remove("/nsgtest");
	munmap(self->page, getpagesize());
	EXPECT_EQ(0, kmod_unload(PAGE));
	while (klog_find(self->log, "WARNING", "", line, sizeof(line)))
		EXPECT_STREQ("", line);
	close(self->log);
}

static void *go(void *child)
{
	op_go(child);
	return NULL;
}

TEST_F_TIMEOUT(sleeper, guard_is_unloaded, 60)
{
	/* On the same function it has decided before the program sleeps. */
	bool same = guard_is_on(&self->g, variant->path, variant->function);
	struct op_child c;
	pthread_t thread;

	if (guard_is_on(&self->g, variant->path, "security_task_setscheduler"))
		SKIP(return, "the guard refuses before BPF is asked");
	must_add(_metadata, &self->g, &variant->rule);
	ASSERT_EQ(0, op_start(&c, &self->op));
	ASSERT_EQ(0, pthread_create(&thread, NULL, go, &c));
	EXPECT_TRUE(somebody_sleeps());
	nsg_close(&self->g);
	/* No fork from here on: a move sleeps with what forks wait for. */
	EXPECT_EQ(0, kmod_unload("nsguard"));
	EXPECT_FALSE(kmod_loaded("nsguard"));
	EXPECT_EQ(0, self->bpf.shared->returned);
	EXPECT_EQ(0, kmod_param_set(PAGE, "arrive", "1"));
	EXPECT_EQ(0, pthread_join(thread, NULL));
	/* Refused before the program slept; elsewhere the guard was gone when its turn came. */
	EXPECT_EQ(same ? EPERM : 0, c.err);
	EXPECT_EQ(!same, c.changed);
	EXPECT_EQ(1, self->bpf.shared->returned);
}

TEST_HARNESS_MAIN
