/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All of a policy at one moment: status, rules, sandboxes and sets of the very same
 * generation. What is made of it is the commands' business.
 */
#ifndef NSGUARDCTL_WHOLE_H
#define NSGUARDCTL_WHOLE_H

#include "policy.h"
#include "sandbox.h"
#include "set.h"

/**
 * struct whole - what was read
 * @policy: status and rules; its generation is that of everything here
 * @boxes: by name
 * @sets: by name, with their elements
 */
struct whole {
	struct policy policy;
	struct sandboxes boxes;
	struct sets sets;
};

/* @what: for complaints. 0, or CODE_* after a complaint; whole_free() is due after both. */
int whole_read(const char *what, struct whole *w);
void whole_free(struct whole *w);

#endif
