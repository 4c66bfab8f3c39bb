/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change on trial: in force at once, and taken back unless somebody confirms it in time.
 * For who may have locked himself out.
 */
#ifndef NSGUARD_CONFIRM_H
#define NSGUARD_CONFIRM_H

#include <linux/types.h>

struct nsguard_policy;

/**
 * struct nsguard_trial - a change that waits for confirmation
 * @left: seconds until it is taken back, rounded up; 0 when that is being tried
 * @pid: process that made it, as the initial pid namespace counts
 * @uid: its real uid
 * @auid: its login uid
 */
struct nsguard_trial {
	u32 left;
	u32 pid;
	u32 uid;
	u32 auid;
};

/* All under the policy's mutex, but nsguard_confirm_exit(). */

/*
 * The change that has just replaced @before, whose reference is taken over, is on trial for
 * @seconds; current has made it. There must be no other.
 */
void nsguard_confirm_begin(struct nsguard_policy *before, u32 seconds);
/* Is a change on trial? Then it is described in *@trial. */
bool nsguard_confirm_pending(struct nsguard_trial *trial);
/* It stays. Return: 0, or -ENOENT when none is on trial. */
int nsguard_confirm(void);
/*
 * It is taken back at once. Return: 0 and *@generation, or -ENOENT when none is on trial; or as
 * nsguard_restore(), which takes @why, and it stays on trial.
 */
int nsguard_confirm_rollback(u64 *generation, char *why);
/* Before anything a policy needs goes: nothing is taken back any more. No change may come. */
void nsguard_confirm_exit(void);

#endif
