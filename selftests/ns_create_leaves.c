// SPDX-License-Identifier: GPL-2.0-only
/*
 * A refused creation leaves nothing behind (S2): no namespace counted against a limit, no inode
 * number, no memory. That it is refused, and how, is ns_create_flags'.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/sched.h>
#include "kselftest_harness.h"
#include "lib/inum.h"
#include "lib/kmod.h"
#include "lib/proof.h"
#include "lib/slab.h"

#define CREATE	M_OP(NSGUARD_OP_CREATE)
#define LIMIT	2	/* namespaces that may be made after all the refusals */
#define REFUSALS 60	/* calls refused before that */

FIXTURE(ns_create_leaves)
{
	struct nsg g;
	uint64_t alone;		/* the type's flag */
	uint64_t among;		/* all types, where the call can do that */
	uint64_t handle;
};

FIXTURE_VARIANT(ns_create_leaves)
{
	enum op_kind kind;
	enum nsguard_nstype type;
};

#define UNSHARE(name, t) \
	FIXTURE_VARIANT_ADD(ns_create_leaves, name) \
		{ .kind = OP_UNSHARE, .type = NSGUARD_NSTYPE_##t }
#define CLONE3(name, t) \
	FIXTURE_VARIANT_ADD(ns_create_leaves, name) \
		{ .kind = OP_CLONE, .type = NSGUARD_NSTYPE_##t }

/* clang-format off */
UNSHARE(mnt, MNT);
UNSHARE(uts, UTS);
UNSHARE(ipc, IPC);
UNSHARE(pid, PID);
UNSHARE(net, NET);
UNSHARE(user, USER);
UNSHARE(cgroup, CGROUP);
UNSHARE(time, TIME);
CLONE3(clone3_mnt, MNT);
CLONE3(clone3_net, NET);
CLONE3(clone3_user, USER);
CLONE3(clone3_time, TIME);
/* clang-format on */

FIXTURE_SETUP(ns_create_leaves)
{
	const char *path = variant->type == NSGUARD_NSTYPE_USER ? "ns.create.user" : "ns.create";

	nsg_setup(_metadata, &self->g);
	if (!nsg_covers(&self->g, path))
		SKIP(return, "%s is not covered", path);
	self->alone = ns_flag[variant->type];
	for (int t = 0; t < 8; t++)
		self->among |= ns_flag[t];
	self->handle = must_add(_metadata, &self->g,
				DENY(NS, CREATE, M_TYPE(NSG_BIT(variant->type))));
}

FIXTURE_TEARDOWN(ns_create_leaves)
{
	nsg_teardown(_metadata, &self->g);
}

static int call(enum op_kind kind, uint64_t flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	pid_t pid;

	if (kind == OP_UNSHARE)
		return unshare(flags) ? errno : 0;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

/* @n calls, half of them with other types beside. Return: how many were not refused. */
static int refused(enum op_kind kind, uint64_t alone, uint64_t among, int n)
{
	int wrong = 0;

	while (n--)
		wrong += call(kind, n & 1 ? among : alone) != EPERM;
	return wrong;
}

/* The same in a child, who is not changed by them if all are refused. Return: likewise. */
static int refused_in_child(enum op_kind kind, uint64_t alone, uint64_t among, int n)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(refused(kind, alone, among, n) ? 1 : 0);
	waitpid(pid, &status, 0);
	return status;
}

/* --- counts --- */

static int map_write(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return file_write(path, "0 0 1");
}

/* A child that holds a new namespace. Return: errno, or 0. */
static int hold(enum op_kind kind, uint64_t flags, pid_t *pid)
{
	int fd[2], err = EPIPE;

	if (pipe2(fd, O_CLOEXEC))
		return errno;
	*pid = fork();
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		err = unshare(flags) ? errno : 0;
		if (write(fd[1], &err, sizeof(err)) != sizeof(err))
			_exit(1);
		for (;;)
			pause();
	}
	close(fd[1]);
	if (read(fd[0], &err, sizeof(err)) != sizeof(err))
		err = EPIPE;
	close(fd[0]);
	return err;
}

static void let_go(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * What a user namespace leaves is counted until a worker has come by, so that a few tries may
 * meet the limit still.
 */
static int hold_some(enum op_kind kind, uint64_t flags, pid_t *pid)
{
	int err = 0;

	for (int i = 0; i < 250; i++) {
		err = hold(kind, flags, pid);
		if (err != ENOSPC)
			return err;
		let_go(*pid);
		usleep(20000);
	}
	return err;
}

/* Tells its parent, and waits for the answer. */
static void turn(int fd)
{
	char c = 0;

	if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
		_exit(200);
}

/*
 * In a user namespace, whose counts begin at nothing. Return: 0, or what went wrong. First it is
 * mapped, and the second time the rule is gone.
 */
static int limited(int fd, enum op_kind kind, enum nsguard_nstype type, uint64_t alone,
		   uint64_t among)
{
	pid_t pid[LIMIT + 1];
	char path[64];
	int err;

	turn(fd);
	snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", ns_name[type]);
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return 201;
	if (file_write(path, "2"))
		return 202;
	if (refused(kind, alone, among, REFUSALS))
		return 203;
	turn(fd);
	for (int i = 0; i < LIMIT; i++)
		if (hold_some(kind, alone, &pid[i]))
			return 210 + i;
	/* And the limit is one. */
	err = hold(kind, alone, &pid[LIMIT]);
	return err == ENOSPC ? 0 : 204;
}

TEST_F(ns_create_leaves, counts)
{
	/* It is in a user namespace of its own, made before there is a rule about it. */
	int fd[2], status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, nsg_rule_del(&self->g, self->handle));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fd[0]);
		/* Its cgroup and time namespace are the host's; making more of them is allowed. */
		_exit(unshare(CLONE_NEWUSER) ? 205 :
		      limited(fd[1], variant->kind, variant->type, self->alone, self->among));
	}
	close(fd[1]);
	ASSERT_EQ(1, read(fd[0], &c, 1));
	EXPECT_EQ(0, map_write(pid, "uid_map"));
	EXPECT_EQ(0, map_write(pid, "gid_map"));
	self->handle = must_add(_metadata, &self->g,
				DENY(NS, CREATE, M_TYPE(NSG_BIT(variant->type))));
	ASSERT_EQ(1, write(fd[0], &c, 1));
	EXPECT_EQ(1, read(fd[0], &c, 1));
	EXPECT_EQ(REFUSALS, nsg_hits(&self->g, self->handle));
	EXPECT_EQ(0, nsg_rule_del(&self->g, self->handle));
	EXPECT_EQ(1, write(fd[0], &c, 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	close(fd[0]);
}

/* --- inode numbers --- */

/*
 * The lowest free number goes to the next namespace, so one that is lost at each call moves the
 * next one up by as much. Some may be in use for a moment: by what is still being freed.
 */
TEST_F(ns_create_leaves, numbers)
{
	struct nsg_rule pass = *ALLOW(NS, CREATE, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)), M_PID(1, 1));
	uint32_t before, after = 0;

	pass.priority = -1;
	pass.m[2].range[0][0] = getpid();
	pass.m[2].range[0][1] = getpid();
	must_add(_metadata, &self->g, &pass);
	before = inum_next();
	ASSERT_NE(0, before);
	EXPECT_EQ(0, refused_in_child(variant->kind, self->alone, self->among, REFUSALS));
	for (int i = 0; i < 250 && (!after || after > before + 8); i++) {
		after = inum_next();
		usleep(20000);
	}
	EXPECT_NE(0, after);
	EXPECT_GE(before + 8, after);
}

/* --- memory --- */

/* One network namespace is made and dies. */
static void net_dies(struct __test_metadata *_metadata, struct nsg *g)
{
	pid_t pid;

	ASSERT_EQ(0, nsg_mode(g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, false));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(unshare(CLONE_NEWNET) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	ASSERT_EQ(0, nsg_mode(g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false));
}

/*
 * A call that leaves an object behind leaves as many as there were calls, each time; what CPUs
 * keep for the next allocation does not grow from one time to the next. So one time of three with
 * less than half of that is proof enough, and three with more are a leak.
 */
TEST_F_TIMEOUT(ns_create_leaves, memory, 80)
{
	/* Well above what two CPUs keep of a cache of small objects, some 150. */
	int n = variant->type == NSGUARD_NSTYPE_TIME ? 400 : 500;
	struct slabs *s = mmap(NULL, 2 * sizeof(*s), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *name = "";
	long grown = n;

	ASSERT_NE(MAP_FAILED, s);
	if (slabs_read(&s[0]))
		SKIP(return, "the kernel has no /proc/slabinfo");
	/* Who listens to events and does not read them would keep them all. */
	nsg_close(&self->g);
	ASSERT_EQ(0, nsg_open(&self->g));
	/* What is allocated once, and the events that are kept. */
	ASSERT_EQ(0, refused_in_child(variant->kind, self->alone, self->among, REFUSALS));
	for (int time = 0; time < 3 && grown >= n / 2; time++) {
		ASSERT_EQ(0, slabs_read(&s[0]));
		ASSERT_EQ(0, refused_in_child(variant->kind, self->alone, self->among, n));
		/*
		 * 7.x keeps a struct net that came to nothing, whatever the reason, until the next
		 * one dies.
		 */
		if (variant->type == NSGUARD_NSTYPE_NET)
			net_dies(_metadata, &self->g);
		for (int i = 0; i < 40; i++) {
			ASSERT_EQ(0, slabs_read(&s[1]));
			grown = slabs_growth(&s[0], &s[1], &name);
			if (grown < n / 2)
				break;
			usleep(50000);
		}
	}
	EXPECT_GT(n / 2, grown)
		TH_LOG("%d calls left %ld objects in %s", n, grown, name);
	munmap(s, 2 * sizeof(*s));
}

TEST_HARNESS_MAIN
