// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of members: by inode number, of fixed size, changed and read with preemption off.
 * Who becomes a member is decided elsewhere.
 *
 * Births and deaths come in any context (H20), so writers take a raw lock with interrupts off;
 * a decision never waits for a lock, and reads again when somebody has written meanwhile.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include "member.h"

#define BITS		10
#define CHUNK		64	/* slots looked at in one go, interrupts off */

/**
 * struct slot - room for a member
 * @member: the member
 * @owner: its sandbox in @owners
 * @staged: it is none yet
 * @next: the one behind it in its bucket or in the list of free ones; 0 ends
 */
struct slot {
	struct nsguard_member member;
	struct owner *owner;
	bool staged;
	u16 next;
};

/**
 * struct owner - a sandbox that may have members
 * @sandbox: its number, 0: free
 * @closed: all leave, none joins
 * @members: how many it has
 * @promises: how many births of it were promised room
 */
struct owner {
	u32 sandbox;
	bool closed;
	unsigned int members;
	unsigned int promises;
};

static_assert(NSGUARD_MEMBER_SLOTS < U16_MAX);

static struct slot slots[NSGUARD_MEMBER_SLOTS + 1];	/* slot 0 is nobody's */
static u16 heads[1 << BITS];
static u16 free_slots;
unsigned int nsguard_members;	/* slots in use */
static unsigned int promised;
/* Those in force, and those of a draft that is being committed. */
static struct owner owners[2 * NSGUARD_MAX_SANDBOXES];
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
				if (!READ_ONCE(slots[i].staged))
					sandbox = READ_ONCE(slots[i].member.sandbox);
				break;
			}
			i = READ_ONCE(slots[i].next);
		}
	} while (read_seqcount_retry(&members_seq, seq));
	return sandbox;
}

/* The link that leads to @inum's slot, or to the end of its bucket. Under the lock. */
static u16 *link_to(u32 inum)
{
	u16 *link = head_of(inum);

	while (*link && slots[*link].member.inum != inum)
		link = &slots[*link].next;
	return link;
}

/* Under the lock. */
static struct owner *owner_of(u32 sandbox)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(owners); i++)
		if (owners[i].sandbox == sandbox)
			return &owners[i];
	return NULL;
}

/* One that may have another member, or NULL. Under the lock. */
static struct owner *open_owner(u32 sandbox)
{
	struct owner *owner = owner_of(sandbox);

	return owner && !owner->closed ? owner : NULL;
}

/* Under the lock. */
static void remove(u16 *link)
{
	u16 i = *link;

	write_seqcount_begin(&members_seq);
	WRITE_ONCE(*link, slots[i].next);
	slots[i].owner->members--;
	slots[i].member = (struct nsguard_member){};
	WRITE_ONCE(slots[i].next, free_slots);
	free_slots = i;
	WRITE_ONCE(nsguard_members, nsguard_members - 1);
	write_seqcount_end(&members_seq);
}

/*
 * Under the lock. A namespace that is born while its sandbox is deleted must not be left behind as
 * a member of nothing, so whether there is such a sandbox is asked here and not before.
 */
static int insert(const struct nsguard_member *member, bool staged, unsigned int max)
{
	struct owner *owner = open_owner(member->sandbox);
	u16 *link = link_to(member->inum);
	u16 i = *link;

	if (!owner)
		return -ESTALE;
	if (i)
		return slots[i].member.sandbox == member->sandbox ? 0 : -EEXIST;
	i = free_slots;
	if (!i || nsguard_members >= max)
		return -ENOSPC;
	write_seqcount_begin(&members_seq);
	free_slots = slots[i].next;
	slots[i].member = *member;
	slots[i].owner = owner;
	WRITE_ONCE(slots[i].staged, staged);
	WRITE_ONCE(slots[i].next, 0);
	WRITE_ONCE(*link, i);
	WRITE_ONCE(nsguard_members, nsguard_members + 1);
	write_seqcount_end(&members_seq);
	owner->members++;
	return 0;
}

int nsguard_member_join(const struct nsguard_member *member, bool with_promise)
{
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&members_lock, flags);
	err = insert(member, false, with_promise ? NSGUARD_MEMBER_SLOTS : NSGUARD_MAX_MEMBERS);
	raw_spin_unlock_irqrestore(&members_lock, flags);
	return err;
}

int nsguard_member_stage(const struct nsguard_member *member, const bool *dead)
{
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&members_lock, flags);
	err = insert(member, true, NSGUARD_MAX_MEMBERS);
	/*
	 * Either nsguard_member_kill() finds it, or the dead bit is found here: under the
	 * lock, or what is struck off might be a new namespace that has got the number.
	 */
	smp_mb(); /* the table before the dead bit, see there */
	if (!err && READ_ONCE(*dead) && slots[*link_to(member->inum)].staged)
		remove(link_to(member->inum));
	raw_spin_unlock_irqrestore(&members_lock, flags);
	return err;
}

int nsguard_member_promise(u32 sandbox)
{
	struct owner *owner;
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&members_lock, flags);
	owner = open_owner(sandbox);
	if (!owner)
		err = -ESTALE;
	else if (nsguard_members >= NSGUARD_MAX_MEMBERS ||
		 owner->members >= NSGUARD_MAX_MEMBERS - nsguard_members ||
		 owner->promises >= NSGUARD_MAX_BIRTHS - promised)
		err = -ENOSPC;
	if (!err) {
		owner->promises++;
		promised++;
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
	return err;
}

void nsguard_member_unpromise(u32 sandbox)
{
	struct owner *owner;
	unsigned long flags;

	raw_spin_lock_irqsave(&members_lock, flags);
	promised--;
	/* Closed meanwhile, it may be gone; its number is never another's. */
	owner = owner_of(sandbox);
	if (owner)
		owner->promises--;
	raw_spin_unlock_irqrestore(&members_lock, flags);
}

/* The dead bit of an identity was set before. */
void nsguard_member_kill(u32 inum)
{
	unsigned long flags;
	u16 *link;

	smp_mb(); /* the dead bit before the table, see nsguard_member_stage() */
	if (!nsguard_member_any())
		return;
	raw_spin_lock_irqsave(&members_lock, flags);
	link = link_to(inum);
	if (*link)
		remove(link);
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
			if (slots[*pos].member.sandbox && !slots[*pos].staged)
				member[got++] = slots[*pos].member;
		raw_spin_unlock_irqrestore(&members_lock, flags);
	}
	return got;
}

/*
 * Calls @fn, under the lock, with each slot in use. What is put into the table meanwhile may be
 * missed.
 */
static void each(void (*fn)(struct slot *slot, u32 arg), u32 arg)
{
	unsigned int pos = 1, end;
	unsigned long flags;

	while (pos < ARRAY_SIZE(slots)) {
		end = min_t(unsigned int, pos + CHUNK, ARRAY_SIZE(slots));
		raw_spin_lock_irqsave(&members_lock, flags);
		for (; pos < end; pos++)
			if (slots[pos].member.sandbox)
				fn(&slots[pos], arg);
		raw_spin_unlock_irqrestore(&members_lock, flags);
	}
}

static void publish(struct slot *slot, u32 unused)
{
	write_seqcount_begin(&members_seq);
	WRITE_ONCE(slot->staged, false);
	write_seqcount_end(&members_seq);
}

static void unstage(struct slot *slot, u32 unused)
{
	if (slot->staged)
		remove(link_to(slot->member.inum));
}

static void leave(struct slot *slot, u32 sandbox)
{
	if (slot->member.sandbox == sandbox)
		remove(link_to(slot->member.inum));
}

void nsguard_member_publish(void)
{
	each(publish, 0);
}

void nsguard_member_unstage(void)
{
	each(unstage, 0);
}

static void set_owner(u32 sandbox, struct owner next)
{
	struct owner *owner;
	unsigned long flags;

	raw_spin_lock_irqsave(&members_lock, flags);
	owner = owner_of(sandbox);
	if (!WARN_ON_ONCE(!owner))
		*owner = next;
	raw_spin_unlock_irqrestore(&members_lock, flags);
}

void nsguard_member_open(u32 sandbox)
{
	set_owner(0, (struct owner){ .sandbox = sandbox });
}

void nsguard_member_close(u32 sandbox)
{
	struct owner *owner;
	unsigned long flags;

	raw_spin_lock_irqsave(&members_lock, flags);
	owner = owner_of(sandbox);
	if (owner)
		owner->closed = true;
	raw_spin_unlock_irqrestore(&members_lock, flags);
	if (!owner)
		return;
	each(leave, sandbox);
	set_owner(sandbox, (struct owner){});
}

void nsguard_member_init(void)
{
	u16 i;

	for (i = 1; i < ARRAY_SIZE(slots); i++)
		slots[i].next = i + 1 < ARRAY_SIZE(slots) ? i + 1 : 0;
	free_slots = 1;
}
