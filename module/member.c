// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of members: by inode number, of fixed size, changed and read with preemption off.
 * Who becomes a member is decided elsewhere.
 *
 * Births and deaths come in any context (H20), so writers take a raw lock with interrupts off;
 * a decision never waits for a lock, and reads again when somebody has written meanwhile.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include "member.h"

#define BITS		10
#define CHUNK		64	/* slots read in one go, interrupts off */

/* A slot, and the one behind it in its bucket or in the list of free ones; 0 ends. */
struct slot {
	struct nsguard_member member;
	u16 next;
};

static_assert(NSGUARD_MEMBER_SLOTS < U16_MAX);

static struct slot slots[NSGUARD_MEMBER_SLOTS + 1];	/* slot 0 is nobody's */
static u16 heads[1 << BITS];
static u16 free_slots;
static unsigned int used;
static DEFINE_RAW_SPINLOCK(members_lock);
static seqcount_raw_spinlock_t members_seq = SEQCNT_RAW_SPINLOCK_ZERO(members_seq, &members_lock);

static u16 *head_of(u32 inum)
{
	return &heads[hash_32(inum, BITS)];
}

u32 nsguard_member_of(u32 inum)
{
	unsigned int seq, steps;
	u32 sandbox;
	u16 i;

	if (!inum || !nsguard_member_any())
		return 0;
	do {
		seq = raw_read_seqcount_begin(&members_seq);
		sandbox = 0;
		i = READ_ONCE(*head_of(inum));
		/* A walk that a writer has led astray ends, and is repeated. */
		for (steps = 0; i && steps < NSGUARD_MEMBER_SLOTS; steps++) {
			if (READ_ONCE(slots[i].member.inum) == inum) {
				sandbox = READ_ONCE(slots[i].member.sandbox);
				break;
			}
			i = READ_ONCE(slots[i].next);
		}
	} while (read_seqcount_retry(&members_seq, seq));
	return sandbox;
}

bool nsguard_member_any(void)
{
	return READ_ONCE(used);
}

bool nsguard_member_room(void)
{
	return READ_ONCE(used) < NSGUARD_MAX_MEMBERS;
}

/* The link that leads to @inum's slot, or to the end of its bucket. Under the lock. */
static u16 *link_to(u32 inum)
{
	u16 *link = head_of(inum);

	while (*link && slots[*link].member.inum != inum)
		link = &slots[*link].next;
	return link;
}

/* Under the lock, as a writer. */
static void remove(u16 *link)
{
	u16 i = *link;

	WRITE_ONCE(*link, slots[i].next);
	slots[i].member = (struct nsguard_member){};
	WRITE_ONCE(slots[i].next, free_slots);
	free_slots = i;
	WRITE_ONCE(used, used - 1);
}

/* Under the lock, as a writer. */
static int insert(const struct nsguard_member *member, bool born)
{
	u16 *link = link_to(member->inum);
	u16 i = *link;

	if (i)
		return slots[i].member.sandbox == member->sandbox ? 0 : -EEXIST;
	i = free_slots;
	if (!i || (!born && used >= NSGUARD_MAX_MEMBERS))
		return -ENOSPC;
	free_slots = slots[i].next;
	slots[i].member = *member;
	WRITE_ONCE(slots[i].next, 0);
	WRITE_ONCE(*link, i);
	WRITE_ONCE(used, used + 1);
	return 0;
}

int nsguard_member_add(const struct nsguard_member *member, bool born)
{
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&members_lock, flags);
	write_seqcount_begin(&members_seq);
	err = insert(member, born);
	write_seqcount_end(&members_seq);
	raw_spin_unlock_irqrestore(&members_lock, flags);
	return err;
}

/*
 * The dead bit of an identity was set before: either this finds the member that
 * nsguard_sandbox_enter() has put here, or that finds the bit.
 */
void nsguard_member_kill(u32 inum)
{
	unsigned long flags;
	u16 *link;

	smp_mb(); /* the dead bit before the table, see above */
	if (!nsguard_member_any())
		return;
	raw_spin_lock_irqsave(&members_lock, flags);
	link = link_to(inum);
	if (*link) {
		write_seqcount_begin(&members_seq);
		remove(link);
		write_seqcount_end(&members_seq);
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
}

unsigned int nsguard_member_read(unsigned int *pos, struct nsguard_member *member, unsigned int n)
{
	unsigned int got = 0, end;
	unsigned long flags;

	while (got < n && *pos < ARRAY_SIZE(slots)) {
		end = min_t(unsigned int, *pos + CHUNK, ARRAY_SIZE(slots));
		raw_spin_lock_irqsave(&members_lock, flags);
		for (; got < n && *pos < end; (*pos)++)
			if (slots[*pos].member.sandbox)
				member[got++] = slots[*pos].member;
		raw_spin_unlock_irqrestore(&members_lock, flags);
	}
	return got;
}

void nsguard_member_drop(u32 sandbox)
{
	struct nsguard_member member[16];
	unsigned int pos = 0, n, i;

	while ((n = nsguard_member_read(&pos, member, ARRAY_SIZE(member))))
		for (i = 0; i < n; i++)
			if (member[i].sandbox == sandbox)
				nsguard_member_kill(member[i].inum);
}

void nsguard_member_init(void)
{
	u16 i;

	for (i = 1; i < ARRAY_SIZE(slots); i++)
		slots[i].next = i + 1 < ARRAY_SIZE(slots) ? i + 1 : 0;
	free_slots = 1;
}
