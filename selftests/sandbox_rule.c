// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lock rules, and how a sandbox stands among the other rules: what comes first, threads (H24),
 * several types at once (H10), audit, a namespace that is gone.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/proof.h"

FIXTURE(sandbox_rule)
{
	struct nsg g;
	struct ns_set ns;
	int host[8];
	int uts;
};

FIXTURE_SETUP(sandbox_rule)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS | CLONE_NEWIPC));
	ns_own(self->host);
	self->uts = self->ns.fd[NSGUARD_NSTYPE_UTS];
	ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
}

FIXTURE_TEARDOWN(sandbox_rule)
{
	ns_close(self->host);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

#define ENTER(err) do { \
	struct inmate in_; \
	EXPECT_EQ(-(err), inmate_start(&in_, self->uts)); \
	if (!(err)) \
		inmate_stop(&in_); \
} while (0)

TEST_F(sandbox_rule, lets_in)
{
	struct op op = { .kind = OP_SETNS, .fd = self->ns.fd[NSGUARD_NSTYPE_IPC] };
	uint64_t handle;

	ASSERT_EQ(0, nsg_default(&self->g, NSGUARD_TABLE_NS, NSGUARD_OP_ENTER,
				 NSGUARD_VERDICT_DENY, true));
	ENTER(EPERM);
	handle = box_lock(&self->g, "box", 0, false, 0);
	ASSERT_NE(0, handle);
	ENTER(0);
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
	/* Into nothing but the sandbox. */
	EXPECT_OP(EPERM, &op);
	EXPECT_EQ(0, box_rule_del(&self->g, handle));
	/* And nobody else. */
	ASSERT_NE(0, box_lock(&self->g, "box", 4242, false, 0));
	ENTER(EPERM);
}

TEST_F(sandbox_rule, deny_comes_first)
{
	ASSERT_NE(0, box_lock(&self->g, "box", 0, false, 0));
	ENTER(0);
	must_add(_metadata, &self->g, DENY(NS, M_UID(0, 0)));
	ENTER(EPERM);
}

/* H24: and lock comes before allow, or the refusal of threads would not hold. */
static void *idle(void *arg)
{
	pause();
	return arg;
}

static int enter_with_thread(int fd)
{
	pthread_t thread;
	int status = 255;
	pid_t pid = fork();

	if (!pid) {
		if (pthread_create(&thread, NULL, idle, NULL))
			_exit(200);
		_exit(setns(fd, 0) ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

TEST_F(sandbox_rule, threads)
{
	uint64_t handle = box_lock(&self->g, "box", 0, false, 0);

	ASSERT_NE(0, handle);
	must_add(_metadata, &self->g, ALLOW(NS, M_UID(0, 0)));
	EXPECT_EQ(EPERM, enter_with_thread(self->uts));
	ENTER(0);
	EXPECT_EQ(0, box_rule_del(&self->g, handle));
	ASSERT_NE(0, box_lock(&self->g, "box", 0, true, 0));
	EXPECT_EQ(0, enter_with_thread(self->uts));
}

/* Makes a namespace inside and comes back to it with a thread, which is inside as well. */
static int back_with_thread(void *arg)
{
	int fd = -1;

	if (!unshare(CLONE_NEWUTS))
		fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(*(int *)arg, CLONE_NEWUTS))
		return 200;
	return enter_with_thread(fd);
}

/* Who is inside already leaves nobody outside. */
TEST_F(sandbox_rule, threads_inside)
{
	struct inmate in;

	ASSERT_NE(0, box_lock(&self->g, "box", 0, false, 0));
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(0, inmate_do(&in, back_with_thread, &self->uts));
	inmate_stop(&in);
}

/* No priority releases anybody. */
TEST_F(sandbox_rule, allow_releases_nobody)
{
	struct nsg_rule allow = *ALLOW(NS, M_UID(0, 0));
	struct inmate in;

	allow.priority = -2147483647;
	must_add(_metadata, &self->g, &allow);
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
	inmate_stop(&in);
}

struct several {
	int pidfd;
	int fd;
};

/* One of both is the sandbox's: neither is entered. */
static int enter_both(void *arg)
{
	struct several *s = arg;
	uint32_t uts = ns_self("uts"), ipc = ns_self("ipc");

	if (!setns(s->pidfd, CLONE_NEWUTS | CLONE_NEWIPC) || errno != EPERM)
		return 1;
	if (ns_self("uts") != uts || ns_self("ipc") != ipc)
		return 2;
	/* Its own again is no crime. */
	return setns(s->fd, CLONE_NEWUTS) ? 3 : 0;
}

TEST_F(sandbox_rule, several_types_as_a_whole)
{
	struct several s = { self->ns.pidfd, self->uts };
	struct inmate in;

	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(0, inmate_do(&in, enter_both, &s));
	inmate_stop(&in);
}

static int enter_one(void *fd)
{
	return setns(*(int *)fd, 0) ? errno : 0;
}

/* From one sandbox into another there is no way, even where both let one in. */
TEST_F(sandbox_rule, two_sandboxes)
{
	int ipc = self->ns.fd[NSGUARD_NSTYPE_IPC];
	struct inmate in;

	ASSERT_EQ(0, box_add(&self->g, "other", &ipc, 1));
	ASSERT_NE(0, box_lock(&self->g, "box", 0, false, 0));
	ASSERT_NE(0, box_lock(&self->g, "other", 0, false, 0));
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(EPERM, inmate_do(&in, enter_one, &ipc));
	EXPECT_EQ(0, inmate_do(&in, enter_one, &self->uts));
	inmate_stop(&in);
}

static int enter_types(void *pidfd)
{
	uint32_t uts = ns_self("uts"), ipc = ns_self("ipc");
	int err = setns(*(int *)pidfd, CLONE_NEWUTS | CLONE_NEWIPC) ? errno : 0;

	return err && (uts != ns_self("uts") || ipc != ns_self("ipc")) ? -1 : err;
}

/* Nor by one call that enters both; one of them, and what is nobody's, it may still enter. */
TEST_F(sandbox_rule, two_sandboxes_at_once)
{
	int ipc = self->ns.fd[NSGUARD_NSTYPE_IPC], none[8];
	struct nsg_event e;
	struct inmate in;
	char why[64];

	ns_own(none);
	ASSERT_EQ(0, inmate_start(&in, none[NSGUARD_NSTYPE_NET]));
	ns_close(none);
	ASSERT_EQ(0, box_add(&self->g, "other", &ipc, 1));
	EXPECT_EQ(EPERM, inmate_do(&in, enter_types, &self->ns.pidfd));
	EXPECT_TRUE(nsg_event_wait(&self->g, 0, in.pid, PROOF_MS, &e));
	snprintf(why, sizeof(why), "entering %u in %s", e.ns_type, e.sandbox);
	EXPECT_STREQ("entering 2 in box", why);
	ASSERT_EQ(0, box_del(&self->g, "other", true));
	EXPECT_EQ(0, inmate_do(&in, enter_types, &self->ns.pidfd));
	inmate_stop(&in);
}

struct apart {
	int host_uts;
	int ipc;
	int err;
};

/* Enters the one and leaves the other for good, in one thread of the process. */
static void *go_apart(void *arg)
{
	struct apart *a = arg;

	a->err = setns(a->host_uts, 0) || setns(a->ipc, 0) ? errno : 0;
	if (a->err)
		return NULL;
	for (;;)
		pause();
}

static int thread_apart(void *arg)
{
	struct apart *a = arg;
	pthread_t thread;

	a->err = -1;
	if (pthread_create(&thread, NULL, go_apart, a))
		return 1;
	for (int i = 0; i < 1000 && *(volatile int *)&a->err < 0; i++)
		usleep(10000);
	return a->err;
}

/* A process whose threads went in different ways is in both, whoever asks. */
TEST_F(sandbox_rule, threads_apart)
{
	struct apart a = { self->host[NSGUARD_NSTYPE_UTS], self->ns.fd[NSGUARD_NSTYPE_IPC], 0 };
	struct inmate in;
	struct box box;

	ASSERT_EQ(0, box_del(&self->g, "box", true));
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	ASSERT_EQ(0, inmate_do(&in, thread_apart, &a));
	ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
	ASSERT_EQ(0, box_add(&self->g, "other", &a.ipc, 1));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_holds(&box, in.pid));
	ASSERT_EQ(0, box_get(&self->g, "other", &box));
	EXPECT_TRUE(box_holds(&box, in.pid));
	inmate_stop(&in);
}

TEST_F(sandbox_rule, audit_reports)
{
	struct nsg_event e;
	struct inmate in;
	struct box box;

	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, true));
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(0, inmate_do(&in, enter_one, &self->host[NSGUARD_NSTYPE_IPC]));
	EXPECT_TRUE(nsg_event_wait(&self->g, 0, in.pid, PROOF_MS, &e));
	EXPECT_FALSE(NSG_HAS(&e, ENFORCED));
	EXPECT_STREQ("box", e.sandbox);
	/* What was entered so is not the sandbox's. */
	EXPECT_EQ(0, inmate_do(&in, enter_one, &self->ns.fd[NSGUARD_NSTYPE_IPC]));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_EQ(1, box.n);
	inmate_stop(&in);
}

/* By the 32-bit system call: it is another function of the kernel's, and the same operation. */
static int enter_32(void *fd)
{
#ifdef __x86_64__
	long ret = 346;

	asm volatile("int $0x80" : "+a" (ret)
		     : "b" ((long)*(int *)fd), "c" (0L)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return -ret;
#else
	return ENOSYS;
#endif
}

TEST_F(sandbox_rule, audit_32_bit)
{
	struct inmate in;
	struct box box;
	int ret;

	ASSERT_EQ(0, inmate_start(&in, self->uts));
	/* A kernel without such calls ends whoever tries. */
	ret = inmate_do(&in, enter_32, &self->host[NSGUARD_NSTYPE_IPC]);
	if (ret == -1 || ret == ENOSYS) {
		inmate_stop(&in);
		SKIP(return, "the kernel has no 32-bit system calls");
	}
	EXPECT_EQ(EPERM, ret);
	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, true));
	EXPECT_EQ(0, inmate_do(&in, enter_32, &self->ns.fd[NSGUARD_NSTYPE_IPC]));
	/* What was entered so is not the sandbox's. */
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_EQ(1, box.n);
	inmate_stop(&in);
}

/* Whoever was inside before there was a sandbox is locked too, without any rule. */
TEST_F(sandbox_rule, who_was_inside_before)
{
	int ipc = self->ns.fd[NSGUARD_NSTYPE_IPC];
	struct inmate in;
	struct box box;

	ASSERT_EQ(0, inmate_start(&in, ipc));
	EXPECT_EQ(0, inmate_do(&in, enter_one, &self->host[NSGUARD_NSTYPE_NET]));
	ASSERT_EQ(0, box_add(&self->g, "later", &ipc, 1));
	EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
	ASSERT_EQ(0, box_get(&self->g, "later", &box));
	EXPECT_TRUE(box_holds(&box, in.pid));
	EXPECT_EQ(0, box_del(&self->g, "later", true));
	EXPECT_EQ(0, inmate_do(&in, enter_one, &self->host[NSGUARD_NSTYPE_NET]));
	inmate_stop(&in);
}

/* A namespace it was made of is gone: shown, told, and its number is nobody's. */
TEST_F(sandbox_rule, stale)
{
	uint32_t inum = ns_inum(self->uts);
	struct nsg_event e;
	struct nsg_info info;
	struct box box;
	uint64_t handle;
	bool told = false;

	handle = box_lock(&self->g, "box", 0, false, 0);
	ASSERT_NE(0, handle);
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_FALSE(box.stale);
	ns_set_free(&self->ns);
	for (int i = 0; i < 20 && !told; i++)
		told = nsg_event_wait(&self->g, 0, 0, 500, &e) && NSG_HAS(&e, STALE);
	EXPECT_TRUE(told);
	EXPECT_STREQ("box", e.sandbox);
	EXPECT_EQ(inum, e.ns_inum);
	EXPECT_EQ(NSGUARD_NSTYPE_UTS, e.ns_type);
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box.stale);
	EXPECT_FALSE(box_has(&box, inum, false));
	ASSERT_TRUE(nsg_find(&self->g, handle, &info));
	EXPECT_TRUE(info.stale);
}

struct number {
	uint32_t inum;
	int fd;		/* still open in who asks */
};

/* Makes namespaces and leaves them again, until it gets this number: which it then gives back. */
static int born_again(void *arg)
{
	struct timespec pause = { .tv_nsec = 100000000 };
	const struct number *number = arg;

	close(number->fd);
	nanosleep(&pause, NULL);
	for (int i = 0; i < 64; i++) {
		if (unshare(CLONE_NEWUTS))
			return 0;
		if (ns_self("uts") == number->inum)
			return !unshare(CLONE_NEWUTS) && !nanosleep(&pause, NULL);
	}
	return 0;
}

/* Born inside with the number of the one that is gone, another dies: no staler for it. */
TEST_F(sandbox_rule, stale_once)
{
	const int named[] = { self->uts, self->ns.fd[NSGUARD_NSTYPE_IPC] };
	struct number number = { ns_inum(self->uts), self->uts };
	struct nsg_event e;
	struct inmate in;
	unsigned int told = 0;

	EXPECT_EQ(0, box_del(&self->g, "box", true));
	ASSERT_EQ(0, box_add(&self->g, "box", named, 2));
	ASSERT_EQ(0, inmate_start(&in, named[1]));
	ns_set_free(&self->ns);
	EXPECT_EQ(1, inmate_do(&in, born_again, &number))
		TH_LOG("the number was not used again");
	while (nsg_event_wait(&self->g, 0, 0, 500, &e))
		told += NSG_HAS(&e, STALE) && e.ns_inum == number.inum;
	EXPECT_EQ(1, told);
	inmate_stop(&in);
}

static int new_uts(void *arg)
{
	return unshare(CLONE_NEWUTS) ? 0 : ns_self("uts") == *(uint32_t *)arg;
}

/* The kernel gives the number away again: who gets it is free. */
TEST_F(sandbox_rule, number_used_again)
{
	uint32_t inum = ns_inum(self->uts);
	struct inmate in[64];
	bool again = false;
	int n;

	ns_set_free(&self->ns);
	usleep(300000);
	for (n = 0; n < 64 && !again; n++) {
		ASSERT_EQ(0, inmate_start(&in[n], self->host[NSGUARD_NSTYPE_UTS]));
		again = inmate_do(&in[n], new_uts, &inum) == 1;
	}
	EXPECT_TRUE(again)
		TH_LOG("the number was not used again");
	EXPECT_EQ(0, inmate_do(&in[n - 1], enter_one, &self->host[NSGUARD_NSTYPE_IPC]));
	while (n)
		inmate_stop(&in[--n]);
}

TEST_HARNESS_MAIN
