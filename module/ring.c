// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bounded ring for many writers and one reader, without locks: a writer claims the slot at
 * the head, fills it, publishes it. What a record means is no business of this file.
 *
 * Each slot's seq says whose turn it is. For position p of slot p % SIZE: p - free for the
 * writer who takes p; p + 1 - published; p + SIZE - read, free for the writer of the next lap.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/mm.h>
#include "ring.h"

#define SIZE	NSGUARD_EVENT_RING

static_assert((SIZE & (SIZE - 1)) == 0);

static struct nsguard_record *slots;
static u8 *masks;		/* two for each slot */
static atomic_t head;		/* next position to claim */
static u32 tail;		/* next position to read; the reader's */
static atomic64_t lost;		/* ever */
static atomic64_t lost_now;	/* since the last record that found room */

static struct nsguard_record *no_room(void)
{
	atomic64_inc(&lost);
	atomic64_inc(&lost_now);
	return NULL;
}

struct nsguard_record *nsguard_ring_claim(void)
{
	int pos = atomic_read(&head);
	struct nsguard_record *r;
	s32 turn;

	/* Goes round only when another writer got further meanwhile. */
	for (;;) {
		r = &slots[(u32)pos % SIZE];
		/* Pairs with the release in nsguard_ring_release(). */
		turn = (s32)(smp_load_acquire(&r->seq) - (u32)pos);
		if (turn < 0)
			return no_room();
		if (turn > 0)
			pos = atomic_read(&head);
		else if (atomic_try_cmpxchg_relaxed(&head, &pos, (int)((u32)pos + 1)))
			break;
	}
	r->lost = atomic64_xchg(&lost_now, 0);
	return r;
}

/* Between claim and publish seq is the position, and nobody else writes it. */
void nsguard_ring_publish(struct nsguard_record *r)
{
	/* Pairs with the acquire in nsguard_ring_take(): the record before its turn. */
	smp_store_release(&r->seq, r->seq + 1);
}

struct nsguard_record *nsguard_ring_take(void)
{
	struct nsguard_record *r = &slots[tail % SIZE];

	/* Pairs with the release in nsguard_ring_publish(). */
	if (smp_load_acquire(&r->seq) != tail + 1)
		return NULL;
	return r;
}

void nsguard_ring_release(struct nsguard_record *r)
{
	/* Pairs with the acquire in nsguard_ring_claim(). */
	smp_store_release(&r->seq, tail + SIZE);
	tail++;
}

u64 nsguard_ring_lost(void)
{
	return atomic64_read(&lost);
}

int nsguard_ring_init(void)
{
	unsigned int i;

	slots = kvcalloc(SIZE, sizeof(*slots), GFP_KERNEL);
	masks = kvcalloc(SIZE, 2 * cpumask_size(), GFP_KERNEL);
	if (!slots || !masks) {
		nsguard_ring_exit();
		return -ENOMEM;
	}
	for (i = 0; i < SIZE; i++) {
		slots[i].seq = i;
		slots[i].mask = (struct cpumask *)(masks + 2 * i * cpumask_size());
		slots[i].effective = (struct cpumask *)(masks + (2 * i + 1) * cpumask_size());
	}
	return 0;
}

void nsguard_ring_exit(void)
{
	kvfree(slots);
	kvfree(masks);
}
