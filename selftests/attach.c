// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guard beside others who want the same functions of the kernel: a livepatch, a
 * kprobe, a switched-off ftrace, each before and after it. Whoever comes second is
 * refused with a sentence that names function and holder, and nothing is left half
 * attached (H7). The neighbours are kernel modules of selftests/mod.
 */
#include <fcntl.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define LIVEPATCH	"nsguard_test_livepatch"
#define KPROBE		"nsguard_test_kprobe"
#define ENABLED		"/proc/sys/kernel/ftrace_enabled"
#define PRINTK		"/proc/sys/kernel/printk"
#define TRACING		"/sys/kernel/tracing"
#define PATCHES		"/sys/kernel/livepatch"
#define PATCH_DIR	PATCHES "/" LIVEPATCH
/* A patch is in force when every task of the machine has been seen outside the old function. */
#define PATCH_SECONDS	40

#define LIST_ATTACHED \
	"grep -E '^(%s|netns_install|cgroup_attach_task) ' " TRACING "/enabled_functions"
#define TRACE_ON \
	"cd " TRACING " && echo %s >set_ftrace_filter && echo function >current_tracer"
#define TRACE_OFF \
	"cd " TRACING " && cat trace && echo nop >current_tracer && echo >set_ftrace_filter"

/* Waits for the transition that is going on. Return: 0 or -ETIME. */
static int patch_settle(void)
{
	char text[16];

	for (int i = 0; i < PATCH_SECONDS * 10; i++) {
		/* Gone: the transition was one to nothing. */
		if (file_read(PATCH_DIR "/transition", text, sizeof(text)))
			return 0;
		if (text[0] == '0')
			return 0;
		usleep(100000);
	}
	return -ETIME;
}

/* The function that the guard watches the way into a UTS namespace by: not the same everywhere. */
static char function[64];

static int patch_load(void)
{
	char params[96];
	int ret;

	snprintf(params, sizeof(params), "function=%s", function);
	ret = kmod_load(LIVEPATCH, params);
	return ret ? ret : patch_settle();
}

static int probe_load(bool post)
{
	char params[96];

	snprintf(params, sizeof(params), "function=%s post=%d", function, post);
	return kmod_load(KPROBE, params);
}

static int patch_unload(void)
{
	int ret = 0;

	if (access(PATCH_DIR, F_OK) == 0)
		ret = file_write(PATCH_DIR "/enabled", "0");
	if (!ret)
		ret = patch_settle();
	return ret ? ret : kmod_unload(LIVEPATCH);
}

/* Is anything of nsguard's on a function of the kernel? */
static bool anything_attached(void)
{
	struct cmd c = { 0 };
	bool yes;

	cmd_linef(&c, LIST_ATTACHED, function);
	yes = *c.out || *c.err;
	if (yes)
		fprintf(stderr, "# attached: %s%s\n", c.out, c.err);
	cmd_free(&c);
	return yes;
}

FIXTURE(neighbour) {
	int log;
	char line[1024];
	struct cmd c;
};

/* Nobody there: neither the guard nor a neighbour. */
static int alone(void)
{
	int ret = 0;

	if (kmod_loaded("nsguard"))
		ret = kmod_unload("nsguard");
	if (!ret && kmod_loaded(LIVEPATCH))
		ret = patch_unload();
	if (!ret && kmod_loaded(KPROBE))
		ret = kmod_unload(KPROBE);
	if (!ret)
		ret = file_write(ENABLED, "1");
	if (!ret && !kmod_loaded("nsguard_stub"))
		ret = kmod_load("nsguard_stub", "");
	return ret;
}

/* Does a kprobe with a post handler hold its function by ftrace? Not on every architecture. */
static bool probe_holds(void)
{
	bool yes;

	if (probe_load(true))
		return true;
	yes = anything_attached();
	kmod_unload(KPROBE);
	return yes;
}

/* Which function the guard is on at present. */
static void function_now(char *name, size_t size)
{
	struct nsg_status s = ctl_status();

	for (unsigned int i = 0; i < s.paths; i++)
		if (!strcmp(s.path[i].name, "ns.enter.uts"))
			snprintf(name, size, "%s", s.path[i].function);
}

/* A point that a patch has put there is not the only one: held, the guard takes the stock one. */
static bool falls_back(void)
{
	return !strncmp(function, "bpf_lsm_", 8);
}

/* Asks the guard for its function. Return: 0 or -errno. */
static int function_learn(void)
{
	int ret = kmod_load("nsguard", "");

	if (ret)
		return ret;
	function_now(function, sizeof(function));
	ret = kmod_unload("nsguard");
	return ret ? ret : *function ? 0 : -ENOENT;
}

FIXTURE_SETUP(neighbour)
{
	ASSERT_EQ(0, alone());
	ASSERT_EQ(0, function_learn());
	EXPECT_FALSE(anything_attached());
	self->log = klog_open();
	ASSERT_LE(0, self->log);
}

FIXTURE_TEARDOWN(neighbour)
{
	cmd_free(&self->c);
	close(self->log);
	EXPECT_EQ(0, alone());
	EXPECT_EQ(0, kmod_load("nsguard", ""));
}

/* The guard is loaded, attached, and denies the way into a UTS namespace. */
#define EXPECT_GUARDING() do {						\
	EXPECT_EQ(0, kmod_load("nsguard", ""));				\
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));			\
	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type uts"));	\
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));		\
} while (0)

/* Loading is refused; the kernel log says why in a line with both words; nothing stays attached. */
#define EXPECT_LOAD_REFUSED(holder) do {				\
	const char *__holder = (holder);				\
									\
	EXPECT_EQ(-EBUSY, kmod_load("nsguard", ""));			\
	EXPECT_FALSE(kmod_loaded("nsguard"));				\
	EXPECT_TRUE(klog_find(self->log, "nsguard: cannot attach to ", __holder,	\
			      self->line, sizeof(self->line)))		\
		TH_LOG("no line of ours with \"%s\" in the kernel log", __holder);	\
} while (0)

/* The guard is there, and not on the function that is held. */
#define EXPECT_ELSEWHERE() do {						\
	char __now[64] = "";						\
									\
	function_now(__now, sizeof(__now));				\
	EXPECT_STREQ("utsns_install", __now);				\
} while (0)

/* With its function held the guard is refused, in words that name it; or it takes another. */
#define EXPECT_LOAD_BESIDE(holder) do {					\
	if (falls_back()) {						\
		EXPECT_EQ(0, kmod_load("nsguard", ""));			\
		EXPECT_ELSEWHERE();					\
		EXPECT_EQ(0, kmod_unload("nsguard"));			\
	} else {							\
		EXPECT_LOAD_REFUSED(holder);				\
		EXPECT_HAS(self->line, function);			\
	}								\
} while (0)

/* The same for a table that was off; it is off afterwards, too. */
#define EXPECT_ENFORCE_BESIDE(holder) do {				\
	if (falls_back()) {						\
		EXPECT_TRUE(ctl_quiet("nsguardctl mode ns enforce"));	\
		EXPECT_ELSEWHERE();					\
		EXPECT_TRUE(ctl_quiet("nsguardctl mode ns off"));	\
	} else {							\
		EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl mode ns enforce"));	\
		EXPECT_HAS(self->c.err, function);			\
		EXPECT_HAS(self->c.err, holder);			\
	}								\
} while (0)

TEST_F_TIMEOUT(neighbour, livepatch_first, 80)
{
	if (access(PATCHES, F_OK))
		SKIP(return, "the kernel has no livepatches");
	ASSERT_EQ(0, patch_load());
	EXPECT_EQ(EXDEV, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_LOAD_BESIDE("livepatch");
	/* The patch is none the worse for it, and nobody else's function is held. */
	EXPECT_EQ(EXDEV, act_setns(NULL, "uts", HOST_UTS));
	ASSERT_EQ(0, patch_unload());
	EXPECT_FALSE(anything_attached());
	EXPECT_GUARDING();
}

TEST_F_TIMEOUT(neighbour, livepatch_second, 80)
{
	if (access(PATCHES, F_OK))
		SKIP(return, "the kernel has no livepatches");
	EXPECT_GUARDING();
	EXPECT_EQ(-EBUSY, patch_load());
	EXPECT_FALSE(kmod_loaded(LIVEPATCH));
	EXPECT_TRUE(klog_find(self->log, "livepatch", function, self->line, sizeof(self->line)));
	/* The kernel names the function; who holds it, it is for us to say. */
	EXPECT_TRUE(klog_find(self->log, "nsguard: livepatch " LIVEPATCH " was refused",
			      "nsguard holds", self->line, sizeof(self->line)));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	/* Who looks for the holder finds it. */
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status"));
	EXPECT_HAS(self->c.out, function);

	/* Off lets the patch in, and then it is the guard that is refused. */
	ASSERT_TRUE(ctl_quiet("nsguardctl mode ns off"));
	ASSERT_EQ(0, patch_load());
	EXPECT_EQ(EXDEV, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_ENFORCE_BESIDE("livepatch");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list ns"));
	EXPECT_HAS(self->c.out, "table ns  mode off ");
	EXPECT_EQ(EXDEV, act_setns(NULL, "uts", HOST_UTS));
	/* The other types are not half on. */
	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type net"));
	/* A patched point is every type's: the livepatch refuses them all. */
	EXPECT_EQ(falls_back() ? EXDEV : 0, act_setns(NULL, "net", "/proc/1/ns/net"));

	ASSERT_EQ(0, patch_unload());
	EXPECT_TRUE(ctl_quiet("nsguardctl mode ns enforce"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_setns(NULL, "net", "/proc/1/ns/net"));
}

TEST_F(neighbour, kprobe_with_post_handler_first)
{
	if (!probe_holds())
		SKIP(return, "the kernel's kprobes do not use ftrace");
	ASSERT_EQ(0, probe_load(true));
	EXPECT_LOAD_BESIDE("kprobe");
	ASSERT_EQ(0, kmod_unload(KPROBE));
	EXPECT_FALSE(anything_attached());
	EXPECT_GUARDING();
}

/*
 * Some kernels take a kprobe that cannot be armed for a mistake of their own and warn. That is kept
 * off the console, where it would end every run; any other warning is one here, too.
 */
TEST_F(neighbour, kprobe_with_post_handler_second)
{
	char printk[64], seen[16];
	int ret;

	if (!probe_holds())
		SKIP(return, "the kernel's kprobes do not use ftrace");
	EXPECT_GUARDING();
	ASSERT_EQ(0, file_read(PRINTK, printk, sizeof(printk)));
	ASSERT_EQ(0, file_write(PRINTK, "1"));
	ret = probe_load(true);
	EXPECT_EQ(0, file_write(PRINTK, printk));
	while (klog_find(self->log, "WARNING:", "", self->line, sizeof(self->line)))
		EXPECT_HAS(self->line, " at kernel/kprobes.c:");
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	/* 7.3 could not arm the probe either, and only forgets to say so. */
	if (ret == 0) {
		EXPECT_EQ(0, kmod_param(KPROBE, "seen", seen, sizeof(seen)));
		EXPECT_STREQ("0", seen);
		ASSERT_EQ(0, kmod_unload(KPROBE));
	} else {
		EXPECT_EQ(-EBUSY, ret);
	}

	ASSERT_TRUE(ctl_quiet("nsguardctl mode ns off"));
	ASSERT_EQ(0, probe_load(true));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_ENFORCE_BESIDE("kprobe");
	ASSERT_EQ(0, kmod_unload(KPROBE));
	EXPECT_TRUE(ctl_quiet("nsguardctl mode ns enforce"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
}

/* A kprobe that only looks disturbs nobody, whoever was first. */
TEST_F(neighbour, kprobe_without_post_handler)
{
	char seen[16];

	ASSERT_EQ(0, probe_load(false));
	EXPECT_GUARDING();
	EXPECT_EQ(0, kmod_param(KPROBE, "seen", seen, sizeof(seen)));
	EXPECT_STREQ("2", seen);
	ASSERT_EQ(0, kmod_unload(KPROBE));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	ASSERT_EQ(0, probe_load(false));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(NULL, "ipc", "/proc/1/ns/ipc"));
}

TEST_F(neighbour, ftrace_off_first)
{
	int ret = file_write(ENABLED, "0");

	if (ret == -EOPNOTSUPP)
		SKIP(return, "the kernel does not switch ftrace off any longer");
	ASSERT_EQ(0, ret);
	EXPECT_LOAD_REFUSED("ftrace_enabled");
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	ASSERT_EQ(0, file_write(ENABLED, "1"));
	EXPECT_GUARDING();
}

/* Root cannot switch the guard off that way (PERMANENT): refused or without effect. */
TEST_F(neighbour, ftrace_off_second)
{
	EXPECT_GUARDING();
	file_write(ENABLED, "0");
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_LT(0, ctl_add("nsguardctl rule add affinity deny cpus intersects 0"));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	file_write(ENABLED, "1");
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
}

/* Somebody who traces every function, the attach points included, sees a guard that works. */
TEST_F(neighbour, function_tracer)
{
	EXPECT_GUARDING();
	EXPECT_EQ(0, cmd_linef(&self->c, TRACE_ON, function));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_TRUE(ctl_quiet("nsguardctl rule flush"));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_line(&self->c, TRACE_OFF));
	EXPECT_HAS(self->c.out, function);
}

TEST_HARNESS_MAIN
