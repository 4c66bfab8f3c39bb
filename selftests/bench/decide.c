// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a decision costs: operations without anybody, with a BPF program, with nsguard off and on,
 * at so many rules. One line a figure: operation, what the rules ask, how many, who, instructions
 * of it all, and without who at that time: what lies in memory has its share in some of them.
 *
 * usage: decide MOST [NAMESPACES [BY]] ; at most so many rules, and so many that name a namespace;
 * BY: only rules that ask that
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/kmod.h"
#include "bench.h"

#define TABLE(t)	(1u << NSGUARD_TABLE_##t)

static const struct subject {
	enum nsguard_table table;
	enum by by;
	unsigned int acts;
	unsigned int most;	/* rules; 0: as many as are asked for */
} subjects[] = {
#define ACT(a) (1u << ACT_##a)
	{ NSGUARD_TABLE_NS, BY_TARGET, ACT(ENTER), 0 },
	{ NSGUARD_TABLE_NS, BY_UID, ACT(ENTER) | ACT(CREATE) | ACT(CREATE_USER), 0 },
	{ NSGUARD_TABLE_NS, BY_AUID, ACT(ENTER) | ACT(CREATE), 0 },
	{ NSGUARD_TABLE_NS, BY_CGROUP, ACT(ENTER) | ACT(CREATE), 0 },
	{ NSGUARD_TABLE_CGROUP, BY_TO, ACT(MOVE), 0 },
	{ NSGUARD_TABLE_CGROUP, BY_UID, ACT(MOVE), 0 },
	{ NSGUARD_TABLE_CGROUP, BY_AUID, ACT(MOVE), 0 },
	{ NSGUARD_TABLE_AFFINITY, BY_TARGET_CGROUP, ACT(AFFINITY), 0 },
	{ NSGUARD_TABLE_AFFINITY, BY_UID, ACT(AFFINITY), 0 },
	{ NSGUARD_TABLE_AFFINITY, BY_AUID, ACT(AFFINITY), 0 },
	{ NSGUARD_TABLE_AFFINITY, BY_CPUS, ACT(AFFINITY), 0 },
	/* What no index can help: who is in a group of many. */
	{ NSGUARD_TABLE_NS, BY_GID, ACT(ENTER), 10000 },
};

static const unsigned int sizes[] = { 1, 1000, 100000, 1000000 };

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

static void say(enum act act, const char *by, unsigned int n, const char *who, double with,
		double without)
{
	printf("%s %s %u %s %.1f %.1f\n", act_name[act], by, n, who, with, without);
	fflush(stdout);
}

static void count_all(const char *who)
{
	for (int act = 0; act < ACTS; act++)
		say(act, "-", 0, who, act_count(act), 0);
}

static const char *only;

static unsigned int size_at(const struct subject *s, unsigned int i, unsigned int most,
			    unsigned int namespaces)
{
	unsigned int n = sizes[i];

	if (only && strcmp(only, by_name[s->by]))
		return 0;
	if (s->by == BY_TARGET && n > namespaces)
		return 0;
	if (s->most && n > s->most)
		n = i && sizes[i - 1] < s->most ? s->most : 0;
	return n <= most ? n : 0;
}

static void peers(unsigned int most)
{
	const char *why;
	unsigned int n;
	double with;

	for (unsigned int k = 0; k < ARRAY_SIZE(subjects); k++) {
		const struct subject *s = &subjects[k];

		for (int act = 0; act < ACTS; act++) {
			if (!(s->acts & 1u << act) || s->most)
				continue;
			for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
				n = size_at(s, i, most, most);
				/* A line has two ends. */
				if (!n || (i && i + 1 < ARRAY_SIZE(sizes) && sizes[i + 1] <= most))
					continue;
				why = peer_attach(act, s->by, n);
				if (why) {
					printf("# %s %s: no peer: %s\n", act_name[act],
					       by_name[s->by], why);
					break;
				}
				with = act_count(act);
				peer_detach();
				say(act, by_name[s->by], n, "peer", with, act_count(act));
			}
		}
	}
}

static void with_and_without(struct nsg *g, const struct subject *s, unsigned int n)
{
	double with[ACTS];
	int act;

	for (act = 0; act < ACTS; act++)
		if (s->acts & 1u << act)
			with[act] = act_count(act);
	nsg_mode(g, s->table, NSGUARD_MODE_OFF, true);
	for (act = 0; act < ACTS; act++)
		if (s->acts & 1u << act)
			say(act, by_name[s->by], n, "nsguard", with[act], act_count(act));
	nsg_mode(g, s->table, NSGUARD_MODE_ENFORCE, true);
}

static int ours(struct nsg *g, unsigned int most, unsigned int namespaces)
{
	unsigned long long from;
	unsigned int n;
	int err;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (unsigned int k = 0; k < ARRAY_SIZE(subjects); k++) {
			const struct subject *s = &subjects[k];

			n = size_at(s, i, most, namespaces);
			if (!n)
				continue;
			from = ticks();
			err = rules_load(g, s->table, s->by, n);
			if (err) {
				fprintf(stderr, "bench: %u rules by %s: %s (%s)\n", n,
					by_name[s->by], strerror(-err), g->text);
				return 1;
			}
			fprintf(stderr, "bench: %u rules by %s in %.1f s of the guest\n", n,
				by_name[s->by], (double)(ticks() - from) / 1e9);
			with_and_without(g, s, n);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int most = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	unsigned int namespaces = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	struct nsg g;
	int err, table;

	if (argc > 3)
		only = argv[3];
	err = act_prepare();
	if (!err)
		err = rules_prepare(namespaces);
	if (err) {
		fprintf(stderr, "bench: cannot prepare: %s\n", strerror(-err));
		return 1;
	}
	sleep(3);
	count_all("nobody");
	peers(most);
	err = system("modprobe nsguard");
	if (!err)
		err = nsg_open(&g);
	if (err) {
		fprintf(stderr, "bench: nsguard does not load (%d)\n", err);
		return 1;
	}
	count_all("empty");
	for (table = 0; table < 3; table++)
		nsg_mode(&g, table, NSGUARD_MODE_OFF, true);
	sleep(1);
	count_all("off");
	for (table = 0; table < 3; table++)
		nsg_mode(&g, table, NSGUARD_MODE_ENFORCE, true);
	err = ours(&g, most, namespaces);
	nsg_flush(&g, -1);
	return err;
}
