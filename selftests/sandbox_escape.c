// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways out of a sandbox (S4) that are none: descriptors however they were come by, and namespaces
 * made by odd ways. The plain ways are sandbox's, whom else a task may use, sandbox_share's.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/proof.h"

#ifndef OPEN_TREE_NAMESPACE
#define OPEN_TREE_NAMESPACE	2
#endif
#ifndef FSMOUNT_NAMESPACE
#define FSMOUNT_NAMESPACE	2
#endif

FIXTURE(sandbox_escape)
{
	struct nsg g;
	struct ns_set ns;
	struct inmate in;
	int host[8];
	int uts;
	void *shared;		/* with the inmate */
};

FIXTURE_SETUP(sandbox_escape)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	ns_own(self->host);
	self->uts = self->ns.fd[NSGUARD_NSTYPE_UTS];
	self->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->shared);
	ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
	ASSERT_EQ(0, inmate_start(&self->in, self->uts));
}

FIXTURE_TEARDOWN(sandbox_escape)
{
	inmate_stop(&self->in);
	ns_close(self->host);
	ns_set_free(&self->ns);
	munmap(self->shared, 4096);
	nsg_teardown(_metadata, &self->g);
}

static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 200;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 201;
}

/* 0 when @fd of a namespace cannot be entered, and by our word. */
static int kept_from(int fd)
{
	if (fd < 0)
		return 50;
	return setns(fd, 0) && errno == EPERM ? 0 : 51;
}

/* --- descriptors --- */

static int send_fd(int to, int fd)
{
	char c = 0, control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { &c, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&m);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	return sendmsg(to, &m, 0) == 1 ? 0 : -1;
}

static int receive_fd(int from)
{
	char c, control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { &c, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(from, &m, 0) != 1 || !CMSG_FIRSTHDR(&m))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return fd;
}

/* Namespaces and a pidfd come over a socket of which the inmate has an end. */
static int enter_received(void *arg)
{
	int socket = *(int *)arg, fd, err = 0;

	for (int i = 0; i < 8 && !err; i++)
		err = kept_from(receive_fd(socket));
	fd = receive_fd(socket);
	if (!err && (fd < 0 || !setns(fd, CLONE_NEWUTS | CLONE_NEWNET) || errno != EPERM))
		err = 52;
	return err;
}

TEST_F(sandbox_escape, over_a_socket)
{
	int pair[2], pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	struct inmate in;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, send_fd(pair[0], self->host[i]));
	ASSERT_EQ(0, send_fd(pair[0], pidfd));
	EXPECT_EQ(0, inmate_do(&in, enter_received, &pair[1]));
	inmate_stop(&in);
	close(pair[0]);
	close(pair[1]);
	close(pidfd);
}

static int run(const char *const argv[])
{
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(100);
	}
	return wait_for(pid);
}

/* A descriptor that a program finds open. */
static int enter_inherited(void *arg)
{
	int fd = dup(*(int *)arg);
	char path[32];
	const char *const argv[] = { "nsenter", path, "true", NULL };

	snprintf(path, sizeof(path), "--uts=/proc/self/fd/%d", fd);
	return run(argv) == 1 ? 0 : 60;
}

TEST_F(sandbox_escape, inherited_through_exec)
{
	EXPECT_EQ(0, inmate_do(&self->in, enter_inherited, &self->host[NSGUARD_NSTYPE_UTS]));
}

/* Ioctls that hand out the namespaces around one's own. */
static int enter_parents(void *arg)
{
	int own = open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC), pid_ns, err;

	err = kept_from(ioctl(own, NS_GET_USERNS));
	if (err)
		return err;
	if (unshare(CLONE_NEWPID) || wait_for(fork() ?: (_exit(0), 0)))
		return 53;
	pid_ns = open("/proc/thread-self/ns/pid", O_RDONLY | O_CLOEXEC);
	return kept_from(ioctl(pid_ns, NS_GET_USERNS)) ?: kept_from(pid_ns);
}

TEST_F(sandbox_escape, parents_by_ioctl)
{
	EXPECT_EQ(0, inmate_do(&self->in, enter_parents, NULL));
}

/* A socket that was made outside names the namespace it was made in. */
static int enter_by_socket(void *arg)
{
	return kept_from(ioctl(*(int *)arg, SIOCGSKNS));
}

TEST_F(sandbox_escape, namespace_of_a_socket)
{
	int socket_ = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct inmate in;

	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(0, inmate_do(&in, enter_by_socket, &socket_));
	inmate_stop(&in);
	close(socket_);
}

/* Those it is in itself but that are not the sandbox's. */
static int enter_own(void *arg)
{
	static const char *const name[] = {
		"net", "ipc", "mnt", "pid", "cgroup", "pid_for_children",
	};
	char path[64];
	int err = 0;

	for (unsigned int i = 0; i < sizeof(name) / sizeof(name[0]) && !err; i++) {
		snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", name[i]);
		err = kept_from(open(path, O_RDONLY | O_CLOEXEC));
	}
	return err;
}

TEST_F(sandbox_escape, own)
{
	EXPECT_EQ(0, inmate_do(&self->in, enter_own, NULL));
}

/* --- namespaces made inside --- */

/* All at once, so that nothing of before is left but what cannot be made anew. */
static int shed_all(void *host)
{
	int all = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET |
		  CLONE_NEWCGROUP | CLONE_NEWTIME;
	pid_t pid;

	if (unshare(all))
		return 54;
	pid = fork();
	if (!pid)
		_exit(try_leave(host));
	return wait_for(pid) ?: try_leave(host);
}

TEST_F(sandbox_escape, shed_all)
{
	EXPECT_EQ(0, inmate_do(&self->in, shed_all, self->host));
}

/* Root in a user namespace of one's own has all capabilities, and all it makes is its. */
static int shed_by_user(void *host)
{
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			    CLONE_NEWPID | CLONE_NEWNET))
			_exit(55);
		pid = fork();
		if (!pid)
			_exit(try_leave(host));
		_exit(wait_for(pid) ?: try_leave(host));
	}
	return wait_for(pid);
}

TEST_F(sandbox_escape, user_namespace)
{
	struct nsg_status before, after;

	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_EQ(0, inmate_do(&self->in, shed_by_user, self->host));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	/* By us, before the kernel would have. */
	EXPECT_EQ(before.table[NSGUARD_TABLE_NS].denied + 16,
		  after.table[NSGUARD_TABLE_NS].denied);
}

/* A time namespace begins with a program. */
static int exec_in_new_time(void *arg)
{
	static const char *const argv[] = { "nsenter", "-t", "1", "-u", "true", NULL };

	return unshare(CLONE_NEWTIME) ? 56 : run(argv) == 1 ? 0 : 57;
}

TEST_F(sandbox_escape, exec_in_new_time)
{
	EXPECT_EQ(0, inmate_do(&self->in, exec_in_new_time, NULL));
}

struct clone_case {
	struct clone_args args;
	int *host;
};

static int clone_and_leave(void *arg)
{
	struct clone_case *c = arg;
	pid_t pid = syscall(SYS_clone3, &c->args, sizeof(c->args));

	if (pid < 0)
		return errno == EINVAL ? 58 : 59;
	if (!pid)
		_exit(try_leave(c->host));
	return wait_for(pid);
}

TEST_F(sandbox_escape, clone3)
{
	pid_t tid = 1;
	struct clone_case c = { .host = self->host };
	struct inmate in;
	static const uint64_t flags[] = {
		CLONE_NEWTIME, CLONE_NEWTIME | CLONE_NEWUTS,
		CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC, CLONE_NEWUTS | CLONE_NEWUSER,
	};

	for (unsigned int i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		c.args = (struct clone_args){ .flags = flags[i], .exit_signal = SIGCHLD };
		if (flags[i] & CLONE_NEWPID) {
			c.args.set_tid = (uintptr_t)&tid;
			c.args.set_tid_size = 1;
		}
		ASSERT_EQ(0, inmate_start(&in, self->uts));
		EXPECT_EQ(0, inmate_do(&in, clone_and_leave, &c))
			TH_LOG("flags %llx", (unsigned long long)flags[i]);
		inmate_stop(&in);
	}
}

/* A child of its parent's, outside of the sandbox as that is. */
static int clone_parent(void *arg)
{
	int *result = arg;
	struct clone_args args = { .flags = CLONE_PARENT };
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return 61;
	if (!pid) {
		*result = 1 + kept_from(open("/proc/1/ns/uts", O_RDONLY | O_CLOEXEC));
		_exit(0);
	}
	return 0;
}

TEST_F(sandbox_escape, child_of_the_parent)
{
	volatile int *result = self->shared;

	EXPECT_EQ(0, inmate_do(&self->in, clone_parent, self->shared));
	for (int i = 0; i < 300 && !*result; i++)
		usleep(10000);
	EXPECT_EQ(1, *result);
	wait(NULL);
}

/* From 7.1 on, mount namespaces that nobody installs: they join, and only so are they entered. */
static int open_tree_namespace(void *arg)
{
	int fd = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_NAMESPACE | AT_RECURSIVE);

	if (fd < 0)
		return errno == EINVAL ? 70 : 71;
	*(uint32_t *)arg = ns_inum(fd);
	return setns(fd, CLONE_NEWNS) ? 72 : 0;
}

static int fsmount_namespace(void *arg)
{
	int fs = syscall(SYS_fsopen, "tmpfs", 0), fd;

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0))
		return 73;
	fd = syscall(SYS_fsmount, fs, FSMOUNT_NAMESPACE, 0);
	if (fd < 0)
		return errno == EINVAL ? 70 : 71;
	*(uint32_t *)arg = ns_inum(fd);
	return setns(fd, CLONE_NEWNS) ? 72 : 0;
}

static void join_by_mount(struct __test_metadata *_metadata,
			  FIXTURE_DATA(sandbox_escape) * self, int (*way)(void *arg))
{
	int ret = inmate_do(&self->in, way, self->shared);
	struct box box;

	if (ret == 70)
		SKIP(return, "the kernel makes no mount namespaces by mount calls");
	EXPECT_EQ(0, ret);
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_has(&box, *(uint32_t *)self->shared, true));
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
}

TEST_F(sandbox_escape, open_tree_namespace)
{
	join_by_mount(_metadata, self, open_tree_namespace);
}

TEST_F(sandbox_escape, fsmount_namespace)
{
	join_by_mount(_metadata, self, fsmount_namespace);
}

TEST_HARNESS_MAIN
