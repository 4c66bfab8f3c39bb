// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch, or a kprobe with a post handler, on the function the guard uses for an operation
 * (H7). Only one of them can have it: whoever comes second is refused with a sentence that names
 * the holder, except that a guard with another function to go to takes that. What else there is to
 * such neighbours is attach's.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/ops.h"
#include "kselftest_harness.h"

#define GROUP		"/nsgtest/to"
#define LIVEPATCH	"nsguard_test_livepatch"
#define KPROBE		"nsguard_test_kprobe"
#define PATCH_DIR	"/sys/kernel/livepatch/" LIVEPATCH
#define SEEN		"/sys/module/" KPROBE "/parameters/seen"
#define PRINTK		"/proc/sys/kernel/printk"
#define PATCH_SECONDS	40	/* every task must have been seen outside the function */
#define MASK		1

FIXTURE(held) {
	struct ns_set ns;
	struct op op;
	char function[64];	/* the guard's when nobody holds it */
	struct cmd c;
	char line[1024];
	int log;
};

/*
 * @path: as the guard calls it
 * @table: the word for its table
 * @rule: that denies @op
 * @livepatch: or a kprobe
 */
FIXTURE_VARIANT(held) {
	const char *path;
	const char *table;
	const char *rule;
	struct op op;
	bool livepatch;
};

#define ENTER	.path = "ns.enter.uts", .table = "ns", .rule = "op enter", \
		.op = { .kind = OP_SETNS }
#define MOVE	.path = "cgroup.procs", .table = "cgroup", .rule = "to is " GROUP, \
		.op = { .kind = OP_PROCS, .to = GROUP }
#define CPUS	.path = "setaffinity", .table = "affinity", .rule = "cpus intersects 0", \
		.op = { .kind = OP_AFFINITY, .mask = MASK }

#define ADD(name, is_livepatch, ...) \
	FIXTURE_VARIANT_ADD(held, name) { .livepatch = is_livepatch, __VA_ARGS__ }

/* clang-format off */
ADD(enter_livepatch, true, ENTER);
ADD(enter_kprobe, false, ENTER);
ADD(move_livepatch, true, MOVE);
ADD(move_kprobe, false, MOVE);
ADD(affinity_livepatch, true, CPUS);
ADD(affinity_kprobe, false, CPUS);
/* clang-format on */

/* Waits for the transition that is going on; a patch that is gone has none. 0 or -ETIME. */
static int patch_settle(void)
{
	char text[16];

	for (int i = 0; i < PATCH_SECONDS * 10; i++) {
		if (file_read(PATCH_DIR "/transition", text, sizeof(text)) || text[0] == '0')
			return 0;
		usleep(100000);
	}
	return -ETIME;
}

static int holder_load(bool livepatch, const char *function)
{
	char params[96];
	int ret;

	snprintf(params, sizeof(params), "function=%s", function);
	ret = kmod_load(livepatch ? LIVEPATCH : KPROBE, params);
	return ret || !livepatch ? ret : patch_settle();
}

static int holder_unload(void)
{
	int ret = 0;

	if (kmod_loaded(KPROBE))
		ret = kmod_unload(KPROBE);
	if (ret || !kmod_loaded(LIVEPATCH))
		return ret;
	if (!access(PATCH_DIR, F_OK))
		ret = file_write(PATCH_DIR "/enabled", "0");
	if (!ret)
		ret = patch_settle();
	return ret ? ret : kmod_unload(LIVEPATCH);
}

static int guard_unload(void)
{
	return kmod_loaded("nsguard") ? kmod_unload("nsguard") : 0;
}

static struct nsg_path path_of(const char *name)
{
	struct nsg_status s = ctl_status();

	for (unsigned int i = 0; i < s.paths; i++)
		if (!strcmp(s.path[i].name, name))
			return s.path[i];
	return (struct nsg_path){ .name = "" };
}

static void function_of(const char *path, char *name, size_t size)
{
	snprintf(name, size, "%s", path_of(path).function);
}

FIXTURE_SETUP(held)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, holder_unload());
	ASSERT_EQ(0, ctl_reload(""));
	function_of(variant->path, self->function, sizeof(self->function));
	ASSERT_NE(0, *self->function);
	ASSERT_EQ(0, cg_make(GROUP));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	self->op = variant->op;
	self->op.fd = self->ns.fd[NSGUARD_NSTYPE_UTS];
	self->log = klog_open();
	ASSERT_LE(0, self->log);
}

FIXTURE_TEARDOWN(held)
{
	EXPECT_EQ(0, guard_unload());
	EXPECT_EQ(0, holder_unload());
	EXPECT_EQ(0, kmod_load("nsguard", ""));
	ns_set_free(&self->ns);
	cg_remove("/nsgtest");
	cmd_free(&self->c);
	close(self->log);
}

#define EXPECT_ERRNO(errno_) do { \
	struct op_child c_ = op_run(&self->op); \
	EXPECT_EQ(errno_, c_.err); \
} while (0)

/* The guard is on: on @self->function or, where @other, on another one. */
#define EXPECT_GUARDING(other) do {						\
	char now_[64];								\
										\
	function_of(variant->path, now_, sizeof(now_));				\
	EXPECT_NE(0, *now_);							\
	EXPECT_EQ(other, !!strcmp(self->function, now_));			\
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl rule add %s deny %s",	\
			       variant->table, variant->rule));			\
} while (0)

/* On arm64 and others a kprobe puts a breakpoint beside ftrace's call. */
#ifdef __x86_64__
#define KPROBES_BY_FTRACE	true
#else
#define KPROBES_BY_FTRACE	false
#endif

#define SKIP_WITHOUT_HOLDER() do {						\
	if (variant->livepatch && access("/sys/kernel/livepatch", F_OK))	\
		SKIP(return, "the kernel has no livepatches");			\
	if (!variant->livepatch && !KPROBES_BY_FTRACE)				\
		SKIP(return, "the kernel's kprobes do not use ftrace");		\
} while (0)

/* What the operation comes to where the neighbour is; its livepatch refuses by itself. */
#define HOLDER_ERRNO	(variant->livepatch ? EXDEV : 0)

TEST_F_TIMEOUT(held, guard_second, 80)
{
	const char *holder = variant->livepatch ? "livepatch " LIVEPATCH " holds it" :
						  "a kprobe with a post handler holds it";
	int ret;

	SKIP_WITHOUT_HOLDER();
	ASSERT_EQ(0, guard_unload());
	ASSERT_EQ(0, holder_load(variant->livepatch, self->function));
	EXPECT_ERRNO(HOLDER_ERRNO);
	ret = kmod_load("nsguard", "");
	if (ret) {
		EXPECT_EQ(-EBUSY, ret);
		EXPECT_TRUE(klog_find(self->log, "nsguard: cannot attach to ", holder, self->line,
				      sizeof(self->line)));
		EXPECT_NE(NULL, strstr(self->line, self->function));
		EXPECT_ERRNO(HOLDER_ERRNO);
	} else {
		EXPECT_GUARDING(true);
		EXPECT_NE(0, op_run(&self->op).err);
		ASSERT_EQ(0, guard_unload());
	}
	ASSERT_EQ(0, holder_unload());
	ASSERT_EQ(0, kmod_load("nsguard", ""));
	EXPECT_GUARDING(false);
	EXPECT_ERRNO(EPERM);
}

/*
 * Some kernels take a kprobe that cannot be armed for a mistake of their own and warn. That is kept
 * off the console, where it would end every run; attach looks at what is said.
 */
TEST_F_TIMEOUT(held, guard_first, 80)
{
	char printk[64], seen[16];
	int ret;

	SKIP_WITHOUT_HOLDER();
	EXPECT_GUARDING(false);
	ASSERT_EQ(0, file_read(PRINTK, printk, sizeof(printk)));
	ASSERT_EQ(0, file_write(PRINTK, "1"));
	ret = holder_load(variant->livepatch, self->function);
	EXPECT_EQ(0, file_write(PRINTK, printk));
	if (!ret && !variant->livepatch) {
		/* 7.3's __register_kprobe() drops arm_kprobe()'s errno: it never fires. */
		EXPECT_ERRNO(EPERM);
		ASSERT_EQ(0, file_read(SEEN, seen, sizeof(seen)));
		EXPECT_EQ(0, atoi(seen));
		EXPECT_EQ(0, holder_unload());
	} else {
		EXPECT_EQ(-EBUSY, ret);
	}
	if (variant->livepatch)
		EXPECT_TRUE(klog_find(self->log, "nsguard: livepatch " LIVEPATCH " was refused",
				      "nsguard holds", self->line, sizeof(self->line)));
	EXPECT_ERRNO(EPERM);

	/*
	 * Off, the guard lets go; on again, it is refused or takes another function, of which what
	 * came by the first one proves nothing.
	 */
	EXPECT_LT(0, path_of(variant->path).hits);
	ASSERT_EQ(0, cmd_linef(&self->c, "nsguardctl mode %s off", variant->table));
	ASSERT_EQ(0, holder_load(variant->livepatch, self->function));
	EXPECT_ERRNO(HOLDER_ERRNO);
	if (cmd_linef(&self->c, "nsguardctl mode %s enforce", variant->table)) {
		EXPECT_HAS(self->c.err, self->function);
		EXPECT_HAS(self->c.err, variant->livepatch ? "livepatch " LIVEPATCH : "kprobe");
		EXPECT_ERRNO(HOLDER_ERRNO);
	} else {
		EXPECT_EQ(0, path_of(variant->path).hits);
		EXPECT_NE(0, op_run(&self->op).err);
		/* The livepatch may have refused before. */
		if (!variant->livepatch)
			EXPECT_LT(0, path_of(variant->path).hits);
		ASSERT_EQ(0, cmd_linef(&self->c, "nsguardctl mode %s off", variant->table));
	}
	ASSERT_EQ(0, holder_unload());
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl mode %s enforce", variant->table));
	EXPECT_ERRNO(EPERM);
}

/* Enters @fd's namespace again and again. Return: how often it could, at most 255. */
static int try_until_told(int fd, int stop)
{
	struct pollfd p = { .fd = stop, .events = POLLIN };
	int n = 0;

	while (!poll(&p, 1, 0))
		n += !setns(fd, CLONE_NEWUTS);
	return n < 255 ? n : 255;
}

FIXTURE(off) {
	struct ns_set ns;
	struct cmd c;
	char function[64];
};

FIXTURE_SETUP(off)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, holder_unload());
	ASSERT_EQ(0, ctl_reload(""));
	function_of("setaffinity", self->function, sizeof(self->function));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
}

FIXTURE_TEARDOWN(off)
{
	EXPECT_EQ(0, guard_unload());
	EXPECT_EQ(0, holder_unload());
	EXPECT_EQ(0, kmod_load("nsguard", ""));
	ns_set_free(&self->ns);
	cmd_free(&self->c);
}

/*
 * One transaction has a table go off and another one on, which is refused: the first stays on all
 * the while, and is not let go and taken back.
 */
TEST_F_TIMEOUT(off, beside_one_refused, 80)
{
	int stop[2], status, ret;
	pid_t pid;

	if (access("/sys/kernel/livepatch", F_OK))
		SKIP(return, "the kernel has no livepatches");
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl mode affinity off"));
	ASSERT_EQ(0, holder_load(true, self->function));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny op enter"));
	ASSERT_EQ(0, pipe2(stop, O_CLOEXEC));
	pid = fork();
	if (pid == 0)
		_exit(try_until_told(self->ns.fd[NSGUARD_NSTYPE_UTS], stop[0]));
	ret = cmd_line(&self->c, "printf 'mode ns off\nmode affinity enforce\n' | nsguardctl -f -");
	EXPECT_EQ(1, write(stop[1], "", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	close(stop[0]);
	close(stop[1]);
	if (!ret)
		SKIP(return, "the kernel has another function for it");
	EXPECT_HAS(self->c.err, self->function);
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(NSGUARD_MODE_ENFORCE, ctl_status().table[NSGUARD_TABLE_NS].mode);
}

TEST_HARNESS_MAIN
