/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a change gets in force: a draft is a copy of the policy that one client
 * edits; commit compiles it into the next snapshot and swaps it, or refuses.
 * Knows no netlink: errors come back as an errno and a sentence.
 */
#ifndef NSGUARD_TRANSACTION_H
#define NSGUARD_TRANSACTION_H

#include "rule.h"
#include "../kernel-glue/glue.h"

struct nsguard_draft;

/*
 * The policy's mutex: held while a draft is edited, committed or dropped, and while a
 * table goes on or off. Readers of policy never take it.
 */
void nsguard_lock(void);
void nsguard_unlock(void);

/* A draft of the policy in force. @owner: netlink port, 0 for a single change. Under the mutex. */
struct nsguard_draft *nsguard_draft_begin(u32 owner);
/* @owner's open draft or NULL. Under the mutex. */
struct nsguard_draft *nsguard_draft_find(u32 owner);
/* Takes over @rule on success; gives it its handle. -EEXIST (with *@other the handle), -ENOSPC, -ENOMEM. */
int nsguard_draft_add(struct nsguard_draft *d, struct nsguard_rule *rule, u64 *other);
int nsguard_draft_del(struct nsguard_draft *d, u64 handle);			/* -ENOENT */
void nsguard_draft_flush(struct nsguard_draft *d, int table);			/* -1: all */
int nsguard_draft_mode(struct nsguard_draft *d, enum nsguard_table table, enum nsguard_mode mode);
/* @op -1: all operations of the table. */
void nsguard_draft_default(struct nsguard_draft *d, enum nsguard_table table, int op,
			   enum nsguard_verdict verdict, bool force);
/*
 * Swaps the draft in and frees it, whatever happens. @why takes a sentence on failure.
 * -EAGAIN: the policy changed since begin; -EPERM: H28 and no force; -EBUSY: a table
 * could not be attached. Return: 0 and *@generation.
 */
int nsguard_draft_commit(struct nsguard_draft *d, u64 *generation, char *why);
void nsguard_draft_drop(struct nsguard_draft *d);
/* Open drafts, for status. */
unsigned int nsguard_draft_count(void);
int nsguard_transaction_init(void);
void nsguard_transaction_exit(void);

#endif
