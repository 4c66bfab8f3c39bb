// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placeholder with one true test: the machine under test is Linux.
 */
#include <sys/utsname.h>
#include "kselftest_harness.h"

TEST(attach_machine)
{
	struct utsname u;

	ASSERT_EQ(0, uname(&u));
	EXPECT_STREQ("Linux", u.sysname);
}

TEST_HARNESS_MAIN
