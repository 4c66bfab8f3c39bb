// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test posted with the namespace hooks, as ours (S4): once you enter, you stay. For each type
 * a task goes into a namespace of a sandbox and tries to return to the host's, by every descriptor
 * it can come by. What it starts and makes is sandbox's.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/proof.h"

#ifndef SIOCGSKNS
#define SIOCGSKNS	0x894C
#endif

#define KEPT	"/run/netns/nsgtest-host"

FIXTURE(seed_ns_sandbox)
{
	struct nsg g;
	struct ns_set box;
	int host[8];	/* opened before anybody was locked in */
	int fd;
};

FIXTURE_VARIANT(seed_ns_sandbox)
{
	enum nsguard_nstype type;
};

#define VARIANT(name, t) \
	FIXTURE_VARIANT_ADD(seed_ns_sandbox, name) { .type = NSGUARD_NSTYPE_##t }

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

FIXTURE_SETUP(seed_ns_sandbox)
{
	nsg_setup(_metadata, &self->g);
	ns_own(self->host);
	ASSERT_EQ(0, ns_set_make(&self->box, ns_flag[variant->type]));
	self->fd = self->box.fd[variant->type];
	ASSERT_EQ(0, box_add(&self->g, "box", &self->fd, 1));
}

FIXTURE_TEARDOWN(seed_ns_sandbox)
{
	ns_close(self->host);
	ns_set_free(&self->box);
	nsg_teardown(_metadata, &self->g);
}

static bool refused(int fd, int types)
{
	bool ret = fd >= 0 && setns(fd, types) == -1 && errno == EPERM;

	if (fd >= 0)
		close(fd);
	return ret;
}

struct way {
	enum nsguard_nstype type;
	int box;
	int *host;
	int sent;	/* end of a socket over which a descriptor comes */
};

/* The host's namespace of the type it is locked in by, and any other of the host's. */
static int by_nsfd(void *arg)
{
	struct way *w = arg;

	for (int t = 0; t < 8; t++)
		if (!refused(dup(w->host[t]), 0) || !refused(dup(w->host[t]), ns_flag[t]))
			return 1 + t;
	return 0;
}

static int by_pidfd(void *arg)
{
	int all = 0;

	for (int t = 0; t < 8; t++) {
		int fd = syscall(SYS_pidfd_open, getppid(), 0);

		/* In a pid namespace there is nobody outside to name. */
		if (fd < 0)
			return 0;
		if (!refused(fd, ns_flag[t]))
			return 1 + t;
		/* The caller's own user namespace again is EINVAL, whoever asks. */
		if (t != NSGUARD_NSTYPE_USER)
			all |= ns_flag[t];
	}
	return refused(syscall(SYS_pidfd_open, getppid(), 0), all) ? 0 : 20;
}

static int by_proc(void *arg)
{
	static const char *const whose[] = { "1", "self/root/proc/1", "thread-self/root/proc/1" };
	char path[96];

	for (size_t i = 0; i < sizeof(whose) / sizeof(whose[0]); i++)
		for (int t = 0; t < 8; t++) {
			int fd;

			snprintf(path, sizeof(path), "/proc/%s/ns/%s", whose[i], ns_name[t]);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			/* From a user namespace of one's own it is not even opened. */
			if (fd < 0 && (errno == EACCES || errno == ENOENT))
				continue;
			if (!refused(fd, 0))
				return 1 + t;
		}
	return 0;
}

static int by_socket(void *arg)
{
	struct way *w = arg;
	char data, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(w->sent, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		return 100;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return refused(fd, 0) ? 0 : 1;
}

/* Kept by a bind mount, as ip netns keeps them; not visible in another mount namespace. */
static int by_mount(void *arg)
{
	int fd = open(KEPT, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : 100;
	return refused(fd, 0) ? 0 : 1;
}

/* The kernel hands out descriptors of whom a namespace belongs to. */
static int by_owner(void *arg)
{
	struct way *w = arg;
	int fd = ioctl(w->box, NS_GET_USERNS);

	/* Not for somebody who is not in it or above. */
	if (fd < 0)
		return errno == EPERM ? 0 : 100;
	return refused(fd, CLONE_NEWUSER) ? 0 : 1;
}

static int by_parent(void *arg)
{
	struct way *w = arg;
	int fd = ioctl(w->box, NS_GET_PARENT);

	if (w->type != NSGUARD_NSTYPE_PID && w->type != NSGUARD_NSTYPE_USER)
		return fd < 0 ? 0 : 100;
	if (fd < 0)
		return errno == EPERM ? 0 : 101;
	return refused(fd, 0) ? 0 : 1;
}

/* And of the network namespace a socket is in: one that came from outside. */
static int by_socket_of_the_host(void *arg)
{
	struct way *w = arg;
	int fd = ioctl(w->sent, SIOCGSKNS);

	if (fd < 0)
		return errno == EPERM ? 0 : 100;
	return refused(fd, CLONE_NEWNET) ? 0 : 1;
}

static int is_inside(void *arg)
{
	struct way *w = arg;
	const char *name = w->type == NSGUARD_NSTYPE_PID ? "pid_for_children" :
			   w->type == NSGUARD_NSTYPE_TIME ? "time_for_children" : ns_name[w->type];

	return ns_self(name) == ns_inum(w->box) ? 0 : 1;
}

static void send_fd(int socket, int fd)
{
	char data = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	sendmsg(socket, &msg, 0);
}

/* As posted: the parent made it and went back; the child goes in, and may not go back. */
TEST_F(seed_ns_sandbox, lock_on_entry)
{
	struct way w = { .type = variant->type, .box = self->fd, .host = self->host };
	const struct op op = { .kind = OP_SETNS, .fd = self->host[variant->type] };
	struct nsg_status before, after;
	struct nsg_event e;
	struct inmate in;
	struct box box;

	ASSERT_EQ(0, inmate_start(&in, self->fd));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_EQ(0, inmate_do(&in, is_inside, &w));
	EXPECT_EQ(0, inmate_do(&in, by_nsfd, &w));
	EXPECT_EQ(0, inmate_do(&in, is_inside, &w));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[NSGUARD_TABLE_NS].denied + 16,
		  after.table[NSGUARD_TABLE_NS].denied);
	EXPECT_TRUE(nsg_event_wait(&self->g, 0, in.pid, PROOF_MS, &e));
	EXPECT_STREQ("box", e.sandbox);
	EXPECT_TRUE(NSG_HAS(&e, ENFORCED));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_holds(&box, in.pid));
	EXPECT_EQ(0, inmate_do(&in, is_inside, &w));
	inmate_stop(&in);
	/* Who is not in it goes where he likes; user and pid have no way back even so. */
	if (variant->type != NSGUARD_NSTYPE_USER)
		EXPECT_EQ(0, op_run(&op).err);
}

TEST_F(seed_ns_sandbox, by_any_descriptor)
{
	static const struct {
		const char *what;
		int (*fn)(void *way);
		bool sends;
	} ways[] = {
		{ "nsfd", by_nsfd, false }, { "pidfd", by_pidfd, false },
		{ "/proc/1/ns", by_proc, false }, { "SCM_RIGHTS", by_socket, true },
		{ "bind mount", by_mount, false }, { "NS_GET_USERNS", by_owner, false },
		{ "NS_GET_PARENT", by_parent, false },
		{ "SIOCGSKNS", by_socket_of_the_host, false },
	};
	struct way w = { .type = variant->type, .box = self->fd, .host = self->host };
	struct nsg_status before, after;
	struct inmate in;
	int fd[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
	w.sent = fd[1];
	close(open(KEPT, O_CREAT | O_CLOEXEC, 0444));
	ASSERT_EQ(0, mount("/proc/self/ns/uts", KEPT, NULL, MS_BIND, NULL));
	ASSERT_EQ(0, inmate_start(&in, self->fd));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (ways[i].sends)
			send_fd(fd[0], self->host[variant->type]);
		EXPECT_EQ(0, inmate_do(&in, ways[i].fn, &w))
			TH_LOG("by %s", ways[i].what);
	}
	EXPECT_EQ(0, inmate_do(&in, is_inside, &w));
	/* It was the guard who refused, not the kernel: the nsfds and the socket's at the least. */
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_LE(before.table[NSGUARD_TABLE_NS].denied + 17,
		  after.table[NSGUARD_TABLE_NS].denied);
	inmate_stop(&in);
	EXPECT_EQ(0, umount(KEPT));
	EXPECT_EQ(0, unlink(KEPT));
	close(fd[0]);
	close(fd[1]);
}

static int enter_again(void *arg)
{
	return setns(((struct way *)arg)->box, 0) ? errno : 0;
}

/* When the namespace is gone from the set nobody is locked by it: loosened on demand (S9). */
TEST_F(seed_ns_sandbox, until_it_is_deleted)
{
	struct way w = { .type = variant->type, .box = self->fd, .host = self->host };
	struct nsg_status before, after;
	struct inmate in;

	ASSERT_EQ(0, inmate_start(&in, self->fd));
	EXPECT_EQ(0, inmate_do(&in, by_nsfd, &w));
	EXPECT_EQ(0, box_del(&self->g, "box", true));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	/* In a user namespace of one's own the kernel itself refuses the host's. */
	EXPECT_EQ(variant->type == NSGUARD_NSTYPE_USER, !inmate_do(&in, by_nsfd, &w));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[NSGUARD_TABLE_NS].denied, after.table[NSGUARD_TABLE_NS].denied);
	inmate_stop(&in);
	ASSERT_EQ(0, box_add(&self->g, "box", &self->fd, 1));
	ASSERT_EQ(0, inmate_start(&in, self->fd));
	EXPECT_EQ(0, inmate_do(&in, by_nsfd, &w));
	/* What it is in already it may enter again, but for what the kernel refuses itself. */
	EXPECT_EQ(variant->type == NSGUARD_NSTYPE_USER ? EINVAL : 0,
		  inmate_do(&in, enter_again, &w));
	inmate_stop(&in);
}

TEST_HARNESS_MAIN
