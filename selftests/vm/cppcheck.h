/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kselftest harness as cppcheck shall see it: enough for it to parse a test program. No
 * compiler ever reads this file.
 */
#ifndef NSGUARD_CPPCHECK_H
#define NSGUARD_CPPCHECK_H

#define TEST(name) static void name(struct __test_metadata *_metadata)
#define TEST_SIGNAL(name, sig) TEST(name)
#define FIXTURE(name) struct fixture_##name
#define FIXTURE_DATA(name) struct fixture_##name
#define FIXTURE_VARIANT(name) struct variant_##name
#define FIXTURE_VARIANT_ADD(fixture, name) static const struct variant_##fixture variant_##fixture##_##name =
#define FIXTURE_SETUP(name) \
	static void setup_##name(struct __test_metadata *_metadata, struct fixture_##name *self, \
				 const struct variant_##name *variant)
#define FIXTURE_TEARDOWN(name) \
	static void teardown_##name(struct __test_metadata *_metadata, struct fixture_##name *self, \
				    const struct variant_##name *variant)
#define FIXTURE_TEARDOWN_PARENT(name) FIXTURE_TEARDOWN(name)
#define TEST_F(fixture, name) \
	static void fixture##_##name(struct __test_metadata *_metadata, struct fixture_##fixture *self, \
				     const struct variant_##fixture *variant)
#define TEST_F_TIMEOUT(fixture, name, seconds) TEST_F(fixture, name)
#define TEST_HARNESS_MAIN
#define XFAIL_ADD(fixture, variant, test)
#define SKIP(statement, ...) do { printf(__VA_ARGS__); statement; } while (0)
#define TH_LOG(...) printf(__VA_ARGS__)
#define EXPECT_EQ(a, b) if ((a) == (b)) { } else
#define ASSERT_EQ(a, b) for (; !((a) == (b)); abort())
#define EXPECT_NE(a, b) if ((a) != (b)) { } else
#define ASSERT_NE(a, b) for (; !((a) != (b)); abort())
#define EXPECT_LT(a, b) if ((a) < (b)) { } else
#define ASSERT_LT(a, b) for (; !((a) < (b)); abort())
#define EXPECT_LE(a, b) if ((a) <= (b)) { } else
#define ASSERT_LE(a, b) for (; !((a) <= (b)); abort())
#define EXPECT_GT(a, b) if ((a) > (b)) { } else
#define ASSERT_GT(a, b) for (; !((a) > (b)); abort())
#define EXPECT_GE(a, b) if ((a) >= (b)) { } else
#define ASSERT_GE(a, b) for (; !((a) >= (b)); abort())
#define EXPECT_TRUE(a) if ((a)) { } else
#define ASSERT_TRUE(a) for (; !((a)); abort())
#define EXPECT_FALSE(a) if (!(a)) { } else
#define ASSERT_FALSE(a) for (; !(!(a)); abort())
#define EXPECT_NULL(a) if ((a) == NULL) { } else
#define ASSERT_NULL(a) for (; !((a) == NULL); abort())
#define EXPECT_STREQ(a, b) if (!strcmp(a, b)) { } else
#define ASSERT_STREQ(a, b) for (; !(!strcmp(a, b)); abort())
#define EXPECT_STRNE(a, b) if (strcmp(a, b)) { } else
#define ASSERT_STRNE(a, b) for (; !(strcmp(a, b)); abort())

#endif
