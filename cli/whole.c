// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads all of the policy in force. Each dump is of one generation; that they are all of the
 * same is what is seen to here. They begin at once, since on a host where the policy always
 * changes nothing is the same a moment later.
 */
#include <stdlib.h>
#include <string.h>
#include "whole.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sandbox *)a)->name, ((const struct sandbox *)b)->name);
}

static int by_number(const void *a, const void *b)
{
	const struct sandbox_ns *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return x->inum < y->inum ? -1 : x->inum > y->inum;
}

/* The kernel has them as they came; sets it has by name. */
static void order(struct sandboxes *boxes)
{
	unsigned int i;

	if (boxes->n)
		qsort(boxes->v, boxes->n, sizeof(*boxes->v), by_name);
	for (i = 0; i < boxes->n; i++)
		if (boxes->v[i].namespaces)
			qsort(boxes->v[i].ns, boxes->v[i].namespaces, sizeof(*boxes->v[i].ns),
			      by_number);
}

/* Sockets: each can have one dump under way. */
enum { RULES, BOXES, SETS, SOCKETS };

/* Nothing is waited for, so that all dumps begin as good as at once. */
static int ask(struct module nl[], const char *what)
{
	int code;

	policy_ask_status(&nl[RULES]);
	code = policy_ask_rules(&nl[RULES], what, -1);
	if (!code)
		code = module_send(&nl[RULES], what);
	if (code)
		return code;
	sandboxes_ask(&nl[BOXES]);
	code = module_send(&nl[BOXES], what);
	if (!code)
		code = sets_ask(&nl[SETS], what, NULL, false);
	if (code)
		return code;
	policy_ask_status(&nl[SETS]);
	return module_send(&nl[SETS], what);
}

/* *@fits: all of it is of the same generation. Who has nothing to tell, tells no generation. */
static int take(struct module nl[], const char *what, struct whole *w, bool *fits)
{
	struct policy *p = &w->policy, first = { 0 };
	__u64 before;
	int code;

	code = module_dump(&nl[RULES], what, policy_keep_status, &first, &p->rules);
	before = first.generation;
	policy_free(&first);
	if (!code)
		code = sandboxes_take(&nl[BOXES], what, &w->boxes);
	if (!code)
		code = sets_take(&nl[SETS], what, policy_keep_status, p, &w->sets);
	if (code)
		return code;
	/* Generations only grow: what lies between two that are equal is of the same. */
	if (policy_rules(p, -1))
		before = p->generation;
	if (w->boxes.n)
		before = w->boxes.generation;
	*fits = policy_fits(p, -1) && before == p->generation &&
		(w->sets.n ? w->sets.generation == p->generation : !policy_sets(p));
	order(&w->boxes);
	return 0;
}

static int read_on(struct module nl[], const char *what, struct whole *w)
{
	bool fits = false;
	time_t since = 0;
	int code;

	for (;;) {
		code = ask(nl, what);
		if (!code)
			code = take(nl, what, w, &fits);
		if (code || fits)
			return code;
		whole_free(w);
		code = policy_again(what, &since);
		if (code)
			return code;
	}
}

int whole_read(const char *what, struct whole *w)
{
	struct module nl[SOCKETS] = { 0 };
	int code = 0;
	size_t i;

	*w = (struct whole){ 0 };
	for (i = 0; i < SOCKETS && !code; i++)
		code = module_open(&nl[i]);
	if (!code)
		code = read_on(nl, what, w);
	while (i)
		module_close(&nl[--i]);
	return code;
}

void whole_free(struct whole *w)
{
	policy_free(&w->policy);
	sandboxes_free(&w->boxes);
	sets_free(&w->sets);
	*w = (struct whole){ 0 };
}
