/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making many small layers one again, some time after the changes that left them.
 */
#ifndef NSGUARD_MERGE_H
#define NSGUARD_MERGE_H

struct nsguard_policy;

/* @policy has come in force, by a change: when none follows, it is tidied up. */
void nsguard_merge_later(const struct nsguard_policy *policy);
void nsguard_merge_exit(void);

#endif
