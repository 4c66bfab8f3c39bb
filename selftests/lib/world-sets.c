// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named sets of the small world. The model knows nothing of sets: a match that names one carries
 * the ranges that are in it, which the kernel is not told.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "sets.h"
#include "world.h"

static const uint32_t types[] = {
	NSGUARD_SET_TYPE_UID, NSGUARD_SET_TYPE_GID, NSGUARD_SET_TYPE_AUID, NSGUARD_SET_TYPE_PID,
};

#define TYPES	(sizeof(types) / sizeof(types[0]))

static void draw_element(struct world *w, uint32_t type, uint32_t range[2])
{
	world_range(w, range);
	/* Whoever asks is always this process. */
	if (type == NSGUARD_SET_TYPE_PID && world_random(w, 2)) {
		range[0] = getpid();
		range[1] = range[0];
	}
}

/* Other elements for all sets, none of them twice; at least @least each. */
static int fill(struct world *w, struct nsg *g, unsigned int least)
{
	for (unsigned int i = 0; i < WORLD_SETS; i++) {
		struct nsg_match *m = &w->named[i];

		m->ranges = 0;
		for (unsigned int n = least + world_random(w, NSG_VALUES + 1 - least); n--; ) {
			draw_element(w, types[i % TYPES], m->range[m->ranges]);
			if (!element_add(g, m->set, m->range[m->ranges][0], m->range[m->ranges][1]))
				m->ranges++;
			else if (g->error != EEXIST)
				return -g->error;
		}
	}
	return 0;
}

int world_sets(struct world *w, struct nsg *g)
{
	static char name[WORLD_SETS][8];
	int err = set_del(g, NULL);

	for (unsigned int i = 0; i < WORLD_SETS && !err; i++) {
		snprintf(name[i], sizeof(name[i]), "s%u", i);
		w->named[i].set = name[i];
		err = set_add(g, name[i], types[i % TYPES]);
	}
	return err ? err : fill(w, g, 0);
}

int world_sets_change(struct world *w, struct nsg *g, struct model_rule *rule, unsigned int n)
{
	int err = nsg_tx_begin(g);

	for (unsigned int i = 0; i < WORLD_SETS && !err; i++)
		err = set_flush(g, w->named[i].set);
	/* H28: an allow rule whose set has become empty would leave nothing allowed. */
	if (!err)
		err = fill(w, g, 1);
	if (!err)
		err = nsg_tx_commit(g);
	for (unsigned int i = 0; i < n && !err; i++) {
		for (unsigned int k = 0; k < NSG_MATCHES; k++) {
			struct nsg_match *m = &rule[i].rule.m[k];

			for (unsigned int s = 0; s < WORLD_SETS && m->kind == NSG_SET; s++) {
				if (strcmp(m->set, w->named[s].set))
					continue;
				m->ranges = w->named[s].ranges;
				memcpy(m->range, w->named[s].range, sizeof(m->range));
			}
		}
	}
	return err;
}

int world_set_type(uint8_t key)
{
	switch (key) {
	case NSGUARD_A_RULE_UID:
	case NSGUARD_A_RULE_EUID:
	case NSGUARD_A_RULE_TARGET_UID:
	case NSGUARD_A_RULE_TARGET_OWNER:
	case NSGUARD_A_RULE_OPENER_UID:
		return 0;
	case NSGUARD_A_RULE_GID:
		return 1;
	case NSGUARD_A_RULE_AUID:
		return 2;
	case NSGUARD_A_RULE_PID:
		return 3;
	default:
		return -1;
	}
}

bool world_draw_set(struct world *w, struct nsg_match *m)
{
	const struct nsg_match *named;
	int type = world_set_type(m->key);

	/* Whoever has made none gets none. */
	if (type < 0 || !w->named[0].set || world_random(w, 3))
		return false;
	named = &w->named[type + TYPES * world_random(w, WORLD_SETS / TYPES)];
	m->kind = NSG_SET;
	m->set = named->set;
	m->ranges = named->ranges;
	memcpy(m->range, named->range, sizeof(m->range));
	return true;
}
