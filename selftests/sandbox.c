// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sandbox (S4): once in a namespace of it, by whatever type, a task stays, whatever it
 * starts and makes. When a sandbox may go is sandbox_refuse's.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/proof.h"

FIXTURE(sandbox)
{
	struct nsg g;
	struct ns_set ns;
	int host[8];
	int fd;
};

FIXTURE_VARIANT(sandbox)
{
	enum nsguard_nstype type;
};

#define VARIANT(name, t) FIXTURE_VARIANT_ADD(sandbox, name) { .type = NSGUARD_NSTYPE_##t }

/* clang-format off */
VARIANT(mnt, MNT);
VARIANT(uts, UTS);
VARIANT(ipc, IPC);
VARIANT(pid, PID);
VARIANT(net, NET);
VARIANT(user, USER);
VARIANT(cgroup, CGROUP);
VARIANT(time, TIME);
/* clang-format on */

FIXTURE_SETUP(sandbox)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, ns_flag[variant->type]));
	ns_own(self->host);
	self->fd = self->ns.fd[variant->type];
	ASSERT_EQ(0, box_add(&self->g, "box", &self->fd, 1));
}

FIXTURE_TEARDOWN(sandbox)
{
	ns_close(self->host);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

/* We are asked before the kernel checks anything itself: each refusal is ours, and counted. */
#define EXPECT_DENIALS(n, what) do { \
	struct nsg_status before_, after_; \
	ASSERT_EQ(0, nsg_status(&self->g, &before_)); \
	what; \
	ASSERT_EQ(0, nsg_status(&self->g, &after_)); \
	EXPECT_EQ(before_.table[NSGUARD_TABLE_NS].denied + (n), \
		  after_.table[NSGUARD_TABLE_NS].denied); \
} while (0)

TEST_F(sandbox, leave)
{
	struct nsg_event e;
	struct inmate in;
	struct box box;

	ASSERT_EQ(0, inmate_start(&in, self->fd));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_holds(&box, in.pid));
	EXPECT_DENIALS(8, EXPECT_EQ(0, inmate_do(&in, try_leave, self->host)));
	EXPECT_TRUE(nsg_event_wait(&self->g, 0, in.pid, PROOF_MS, &e));
	EXPECT_STREQ("box", e.sandbox);
	inmate_stop(&in);
	/* Outside, nothing has changed. */
	EXPECT_EQ(0, inmate_start(&in, self->host[NSGUARD_NSTYPE_UTS]));
	inmate_stop(&in);
}

static int leave_by_pidfd(void *arg)
{
	int fd = syscall(SYS_pidfd_open, getppid(), 0);

	if (fd < 0)
		return 100;
	if (!setns(fd, CLONE_NEWUTS | CLONE_NEWIPC) || errno != EPERM)
		return 101;
	return setns(fd, CLONE_NEWNET) && errno == EPERM ? 0 : 102;
}

static int leave_by_proc(void *arg)
{
	int fd = open("/proc/1/ns/uts", O_RDONLY | O_CLOEXEC);

	/* In a user namespace of one's own it is not even shown. */
	if (fd < 0)
		return errno == EACCES ? 0 : 100;
	return setns(fd, 0) && errno == EPERM ? 0 : 101;
}

TEST_F(sandbox, leave_by)
{
	struct inmate in;

	ASSERT_EQ(0, inmate_start(&in, self->fd));
	EXPECT_EQ(0, inmate_do(&in, leave_by_proc, NULL));
	if (variant->type != NSGUARD_NSTYPE_PID)
		EXPECT_EQ(0, inmate_do(&in, leave_by_pidfd, NULL));
	inmate_stop(&in);
}

struct birth {
	int type;
	bool clone;
	int *host;
	uint32_t *inum;		/* shared with the parent */
};

static const char *const self_name[8] = {
	"mnt", "uts", "ipc", "pid_for_children", "net", "user", "cgroup", "time_for_children",
};

/* In a child, so that each begins where the inmate is; it tells its number and tries to leave. */
static int give_birth(void *arg)
{
	struct birth *b = arg;
	int status;
	pid_t pid;

	if (b->clone) {
		struct { uint64_t flags, rest[7]; } args = {
			ns_flag[b->type], { 0, 0, 0, SIGCHLD },
		};

		pid = syscall(SYS_clone3, &args, 64);
	} else {
		pid = fork();
	}
	if (pid < 0)
		return 100;
	if (!pid) {
		if (!b->clone && unshare(ns_flag[b->type]))
			_exit(101);
		*b->inum = ns_self(self_name[b->type]);
		_exit(try_leave(b->host));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 102;
}

/* In the inmate itself, so that it is still there when it is looked for. */
static int make_and_wait(void *arg)
{
	struct birth *b = arg;

	if (unshare(ns_flag[b->type]))
		return errno;
	/* A pid namespace is shown once it has an init. */
	if (b->type == NSGUARD_NSTYPE_PID && !fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	*b->inum = ns_self(self_name[b->type]);
	return 0;
}

TEST_F(sandbox, births)
{
	uint32_t *inum = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			      -1, 0);
	/* An inmate has them as they are when it is made. */
	struct birth unshared = { .host = self->host, .inum = inum };
	struct birth cloned = { .host = self->host, .inum = inum, .clone = true };
	struct inmate in;
	struct box box;
	int t;

	for (t = 0; t < 8; t++) {
		/* Without a mapping no other can be made in a user namespace. */
		if (variant->type == NSGUARD_NSTYPE_USER && t == NSGUARD_NSTYPE_USER)
			continue;
		unshared.type = t;
		cloned.type = t;
		ASSERT_EQ(0, inmate_start(&in, self->fd));
		EXPECT_EQ(0, inmate_do(&in, give_birth, &unshared))
			TH_LOG("unshare of %s", ns_name[t]);
		/* Who has chosen a pid namespace for its children cannot make another for them. */
		if (variant->type == NSGUARD_NSTYPE_PID && t == NSGUARD_NSTYPE_PID) {
			inmate_stop(&in);
			continue;
		}
		/* clone's flag for time is part of its signal's number. */
		if (t != NSGUARD_NSTYPE_TIME)
			EXPECT_EQ(0, inmate_do(&in, give_birth, &cloned))
				TH_LOG("clone of %s", ns_name[t]);
		*inum = 0;
		EXPECT_EQ(0, inmate_do(&in, make_and_wait, &unshared));
		ASSERT_EQ(0, box_get(&self->g, "box", &box));
		EXPECT_TRUE(box_has(&box, *inum, true))
			TH_LOG("%s:[%u] did not join", ns_name[t], *inum);
		EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
		inmate_stop(&in);
	}
	munmap(inum, 4096);
}

/* The dead leave: whoever gets such a number next is not locked. */
TEST_F(sandbox, dead_leave)
{
	uint32_t *inum = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			      -1, 0);
	struct birth b = { .type = NSGUARD_NSTYPE_UTS, .host = self->host, .inum = inum };
	struct inmate in;
	struct box box;

	ASSERT_EQ(0, inmate_start(&in, self->fd));
	for (int i = 0; i < 20; i++)
		ASSERT_EQ(0, inmate_do(&in, give_birth, &b));
	inmate_stop(&in);
	for (int i = 0; i < 300; i++) {
		ASSERT_EQ(0, box_get(&self->g, "box", &box));
		if (box.n == 1)
			break;
		usleep(10000);
	}
	EXPECT_EQ(1, box.n);
	munmap(inum, 4096);
}

static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 200;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 201;
}

static int from_fork(void *host)
{
	pid_t pid = fork();

	if (!pid)
		_exit(try_leave(host));
	return wait_for(pid);
}

static int from_vfork(void *host)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(try_leave(host));
	return wait_for(pid);
}

static int from_setuid(void *host)
{
	pid_t pid = fork();

	if (!pid)
		_exit(setresuid(1000, 1000, 1000) ? 100 : try_leave(host));
	return wait_for(pid);
}

static int from_exec(void *host)
{
	pid_t pid = fork();

	if (!pid) {
		execlp("nsenter", "nsenter", "-t", "1", "-u", "true", NULL);
		_exit(100);
	}
	return wait_for(pid) == 1 ? 0 : 101;
}

/* Its parent is gone, PID 1 has it. */
static int from_orphan(void *host)
{
	int fd[2];
	char ret = 100;
	pid_t pid;

	if (pipe(fd))
		return 101;
	pid = fork();
	if (!pid) {
		if (fork())
			_exit(0);
		usleep(50000);
		ret = try_leave(host);
		_exit(write(fd[1], &ret, 1) == 1 ? 0 : 1);
	}
	wait_for(pid);
	close(fd[1]);
	if (read(fd[0], &ret, 1) != 1)
		ret = 102;
	close(fd[0]);
	return ret;
}

static void *leave_thread(void *host)
{
	return (void *)(long)try_leave(host);
}

static int from_thread(void *host)
{
	pthread_t thread;
	void *ret;

	if (pthread_create(&thread, NULL, leave_thread, host) || pthread_join(thread, &ret))
		return 100;
	return (long)ret;
}

TEST_F(sandbox, descendants)
{
	static const struct {
		const char *what;
		int (*fn)(void *host);
	} ways[] = {
		{ "fork", from_fork }, { "vfork", from_vfork }, { "setuid", from_setuid },
		{ "exec", from_exec }, { "orphan", from_orphan }, { "thread", from_thread },
	};
	struct inmate in;

	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		/* A pid namespace is for one's children; its first is its init. */
		if (variant->type == NSGUARD_NSTYPE_PID && ways[i].fn == from_orphan)
			continue;
		/* No thread can be made once another pid or time namespace is the children's. */
		if (ways[i].fn == from_thread && (variant->type == NSGUARD_NSTYPE_PID ||
						  variant->type == NSGUARD_NSTYPE_TIME))
			continue;
		/* And without a mapping there is no other uid. */
		if (ways[i].fn == from_setuid && variant->type == NSGUARD_NSTYPE_USER)
			continue;
		ASSERT_EQ(0, inmate_start(&in, self->fd));
		EXPECT_EQ(0, inmate_do(&in, ways[i].fn, self->host))
			TH_LOG("by %s", ways[i].what);
		inmate_stop(&in);
	}
}

static int fork_often(void *arg)
{
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (wait_for(pid))
			return 1;
	}
	return 0;
}

/* Nothing is kept of tasks: the sandbox has what it had. */
TEST_F(sandbox, forks)
{
	struct inmate in;
	struct box box;

	if (variant->type == NSGUARD_NSTYPE_PID)
		SKIP(return, "a pid namespace ends with its init");
	ASSERT_EQ(0, inmate_start(&in, self->fd));
	EXPECT_EQ(0, inmate_do(&in, fork_often, NULL));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_holds(&box, in.pid));
	inmate_stop(&in);
}

TEST_HARNESS_MAIN
