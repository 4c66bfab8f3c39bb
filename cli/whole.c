// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads all of the policy in force. Each dump is of one generation; that they are all of the
 * same is what is seen to here.
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

int whole_read(struct module *nl, const char *what, struct whole *w)
{
	unsigned int try;
	__u64 first;
	int code;

	for (try = 0; try < DUMP_TRIES; try++) {
		*w = (struct whole){ 0 };
		code = policy_status(nl, &w->policy);
		first = w->policy.generation;
		if (!code)
			code = sandboxes_read(nl, what, &w->boxes);
		if (!code)
			code = sets_read(nl, what, NULL, false, &w->sets);
		/* Generations only grow: what lies between two that are equal is of the same. */
		if (!code)
			code = policy_read(nl, what, -1, &w->policy);
		order(&w->boxes);
		if (code || w->policy.generation == first)
			return code;
		whole_free(w);
	}
	complain(NULL, "%s: the policy changed during each of %d readings; try again", what,
		 DUMP_TRIES);
	return CODE_REFUSED;
}

void whole_free(struct whole *w)
{
	policy_free(&w->policy);
	sandboxes_free(&w->boxes);
	sets_free(&w->sets);
	*w = (struct whole){ 0 };
}
