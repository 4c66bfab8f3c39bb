// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mistakes an administrator makes with nsguardctl: each is refused with the
 * documented exit status, a sentence that names the word at fault, nothing on
 * stdout, and nothing changed. Malformed netlink is another test's business.
 */
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define USAGE	2
#define REFUSED	1
#define AS_USER	"setpriv --reuid 1000 --regid 1000 --clear-groups "

FIXTURE(mistake) {
	struct cmd c;
};

FIXTURE_VARIANT(mistake) {
	const char *words;	/* after "nsguardctl " */
	int status;
	const char *says;	/* part of stderr */
};

FIXTURE_SETUP(mistake)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_LT(0, ctl_add("nsguardctl rule add ns deny type uts comment \"there before\""));
}

FIXTURE_TEARDOWN(mistake)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
}

FIXTURE_VARIANT_ADD(mistake, no_command) {
	"", USAGE, "command is missing"
};

FIXTURE_VARIANT_ADD(mistake, unknown_command) {
	"ruel list", USAGE, "'ruel'"
};

FIXTURE_VARIANT_ADD(mistake, prefix_of_a_command) {
	"stat", USAGE, "'stat'"
};

FIXTURE_VARIANT_ADD(mistake, unknown_subcommand) {
	"rule addd ns deny", USAGE, "'rule addd'"
};

FIXTURE_VARIANT_ADD(mistake, unknown_option) {
	"--jsn status", USAGE, "--jsn"
};

FIXTURE_VARIANT_ADD(mistake, unknown_table) {
	"rule add nss deny type uts", USAGE, "'nss'"
};

FIXTURE_VARIANT_ADD(mistake, unknown_verdict) {
	"rule add ns drop type uts", USAGE, "'drop'"
};

FIXTURE_VARIANT_ADD(mistake, unknown_key) {
	"rule add ns deny uidd 1", USAGE, "'uidd'"
};

FIXTURE_VARIANT_ADD(mistake, unknown_type) {
	"rule add ns deny type uts,nett", USAGE, "'nett'"
};

FIXTURE_VARIANT_ADD(mistake, unknown_op) {
	"rule add ns deny op leave", USAGE, "'leave'"
};

FIXTURE_VARIANT_ADD(mistake, unknown_mode) {
	"mode ns on", USAGE, "'on'"
};

FIXTURE_VARIANT_ADD(mistake, missing_value) {
	"rule add ns deny uid", USAGE, "uid"
};

FIXTURE_VARIANT_ADD(mistake, missing_mode) {
	"mode ns", USAGE, "mode"
};

FIXTURE_VARIANT_ADD(mistake, too_many_words) {
	"rule flush ns now", USAGE, "'now'"
};

FIXTURE_VARIANT_ADD(mistake, key_twice) {
	"rule add ns deny uid 1 uid 2", USAGE, "uid given twice"
};

FIXTURE_VARIANT_ADD(mistake, contradiction) {
	"rule add ns deny uid 0 uid not 0", USAGE, "uid given twice"
};

FIXTURE_VARIANT_ADD(mistake, not_a_number) {
	"rule add ns deny pid 12x", USAGE, "'12x'"
};

FIXTURE_VARIANT_ADD(mistake, no_such_user) {
	"rule add ns deny uid nobodyatall", USAGE, "'nobodyatall'"
};

FIXTURE_VARIANT_ADD(mistake, number_too_large) {
	"rule add ns deny uid 4294967296", USAGE, "4294967296"
};

FIXTURE_VARIANT_ADD(mistake, priority_too_large) {
	"rule add ns deny type net priority 2147483648", USAGE, "2147483648"
};

FIXTURE_VARIANT_ADD(mistake, no_such_namespace) {
	"rule add ns deny target /run/netns/none", USAGE, "/run/netns/none"
};

FIXTURE_VARIANT_ADD(mistake, bad_relation) {
	"rule add affinity deny cpus within 0", USAGE, "'within'"
};

FIXTURE_VARIANT_ADD(mistake, bad_cpus) {
	"rule add affinity deny cpus intersects 0-x", USAGE, "0-x"
};

FIXTURE_VARIANT_ADD(mistake, handle_not_a_number) {
	"rule del three", USAGE, "'three'"
};

/* One token: an apostrophe in the wrong place must not be torn apart. */
FIXTURE_VARIANT_ADD(mistake, joined_words) {
	"rule add ns deny 'type uts'", USAGE, "'type uts'"
};

FIXTURE_VARIANT_ADD(mistake, save_as_json) {
	"--json save", USAGE, "save"
};

FIXTURE_VARIANT_ADD(mistake, range_upside_down) {
	"rule add ns deny uid 5-4", USAGE, "upside down"
};

FIXTURE_VARIANT_ADD(mistake, no_such_cpu) {
	"rule add affinity deny cpus intersects 9999", REFUSED, "no such CPU"
};

FIXTURE_VARIANT_ADD(mistake, key_of_another_table) {
	"rule add ns deny cpus intersects 0", USAGE, "table ns"
};

FIXTURE_VARIANT_ADD(mistake, no_such_file) {
	"rule add ns deny exe /no/such/file", REFUSED, "/no/such/file"
};

FIXTURE_VARIANT_ADD(mistake, target_of_another_type) {
	"rule add ns deny type uts target /proc/1/ns/net", REFUSED, "net"
};

FIXTURE_VARIANT_ADD(mistake, identical_rule) {
	"rule add ns deny type uts", REFUSED, "identical"
};

FIXTURE_VARIANT_ADD(mistake, no_such_handle) {
	"rule del 4000000000", REFUSED, "No such"
};

FIXTURE_VARIANT_ADD(mistake, default_deny_alone) {
	"default affinity deny", REFUSED, "--force"
};

TEST_F(mistake, is_refused_and_named)
{
	struct nsg_status before = ctl_status(), after;

	EXPECT_EQ(variant->status, cmd_linef(&self->c, "nsguardctl %s", variant->words));
	EXPECT_STREQ("", self->c.out);
	EXPECT_HAS(self->c.err, variant->says);
	EXPECT_HAS(self->c.err, "nsguardctl");
	/* Neither a rule nor the generation. */
	after = ctl_status();
	EXPECT_EQ(1, after.rules);
	EXPECT_EQ(before.generation, after.generation);
	EXPECT_EQ(0, after.transactions);
}

FIXTURE(file) {
	struct cmd c;
	struct nsg_status before;
};

FIXTURE_VARIANT(file) {
	const char *text;
	int status;
	const char *says;
};

FIXTURE_VARIANT_ADD(file, unknown_key) {
	.text = "rule add ns deny type net\nrule add ns deny uidd 5\n",
	.status = USAGE, .says = "policy.nsg:2:18:",
};

FIXTURE_VARIANT_ADD(file, refused_by_the_kernel) {
	.text = "rule add ns deny type net\n\n  rule del 4000000000\nrule add ns deny type ipc\n",
	.status = REFUSED, .says = "policy.nsg:3:3:",
};

FIXTURE_VARIANT_ADD(file, sandbox_of_the_host) {
	.text = "rule add ns deny type net\nsandbox add blue target /proc/self/ns/uts\n",
	.status = REFUSED, .says = "host's namespaces cannot belong to a sandbox",
};

FIXTURE_VARIANT_ADD(file, open_quote) {
	.text = "rule add ns deny type net\nrule add ns deny type ipc comment \"never\n",
	.status = USAGE, .says = "policy.nsg:2:",
};

FIXTURE_VARIANT_ADD(file, command_not_for_files) {
	.text = "rule add ns deny type net\nstatus\n",
	.status = USAGE, .says = "policy.nsg:2:1:",
};

FIXTURE_SETUP(file)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
	self->before = ctl_status();
}

FIXTURE_TEARDOWN(file)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("policy.nsg");
}

/* One bad line, and nothing of the file is in force, good lines before it included. */
TEST_F(file, with_one_bad_line_changes_nothing)
{
	ASSERT_EQ(0, file_make("policy.nsg", variant->text));
	EXPECT_EQ(variant->status, cmd_line(&self->c, "nsguardctl -f policy.nsg"));
	EXPECT_STREQ("", self->c.out);
	EXPECT_HAS(self->c.err, variant->says);
	EXPECT_EQ(self->before.generation, ctl_status().generation);
	EXPECT_EQ(0, ctl_status().rules);
	EXPECT_EQ(0, act_setns(NULL, "net", "/proc/1/ns/net"));
}

/* The exit statuses no mistake of words gives. */
TEST(not_loaded_is_3)
{
	struct cmd c = { 0 };

	ASSERT_EQ(0, kmod_unload("nsguard"));
	EXPECT_EQ(3, cmd_line(&c, "nsguardctl status"));
	EXPECT_HAS(c.err, "not loaded");
	EXPECT_STREQ("", c.out);
	EXPECT_EQ(3, cmd_line(&c, "nsguardctl rule list"));
	EXPECT_EQ(0, ctl_reload(""));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl status"));
	cmd_free(&c);
}

TEST(not_privileged_is_4)
{
	struct cmd c = { 0 };

	EXPECT_EQ(4, cmd_line(&c, AS_USER "nsguardctl rule list"));
	EXPECT_HAS(c.err, "CAP_MAC_ADMIN");
	EXPECT_STREQ("", c.out);
	EXPECT_EQ(4, cmd_line(&c, "setpriv --bounding-set -mac_admin nsguardctl rule flush"));
	/* Root of a user namespace of its own has every capability there, and none that counts. */
	EXPECT_EQ(4, cmd_line(&c, "unshare --user --map-root-user nsguardctl rule flush"));
	/* To look at the state, nobody needs any. */
	EXPECT_EQ(0, cmd_line(&c, AS_USER "nsguardctl status"));
	EXPECT_EQ(0, act_setns(NULL, "uts", "/proc/1/ns/uts"));
	cmd_free(&c);
}

TEST(stale_is_5)
{
	struct cmd c = { 0 };

	ASSERT_EQ(0, ctl_reset());
	EXPECT_EQ(0, cmd_line(&c, "ip netns add gone")) TH_LOG("%s", c.err);
	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny target /run/netns/gone"));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl status"));
	EXPECT_EQ(0, cmd_line(&c, "ip netns del gone")) TH_LOG("%s", c.err);
	/* The namespace dies in a kernel worker: some time later. */
	for (int i = 0; i < 80 && !ctl_status().stale; i++)
		usleep(50000);
	EXPECT_EQ(5, cmd_line(&c, "nsguardctl status"));
	EXPECT_HAS(c.out, "stale 1");
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule list"));
	EXPECT_HAS(c.out, "   STALE: the namespace is gone\n");
	EXPECT_EQ(0, ctl_reset());
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl status"));
	cmd_free(&c);
}

TEST_HARNESS_MAIN
