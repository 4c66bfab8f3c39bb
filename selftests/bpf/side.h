/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A BPF program at the guard's side: loaded, attached, told and asked. Linked only with the tests
 * called beside_*; what is expected of the two together is said there.
 */
#ifndef NSG_TEST_BPF_SIDE_H
#define NSG_TEST_BPF_SIDE_H

#include "shared.h"

struct bpf_program;
struct bpf_link;

/**
 * struct side - a BPF program at the guard's side
 * @shared: what it and the test tell each other, the same for all programs of its file
 * @function: where a kprobe goes
 */
struct side {
	struct bpf_program *program;
	struct bpf_link *link;
	struct shared *shared;
	const char *function;
};

/*
 * Loads all programs of @file ("lsm", "trace", ...) whose functions this kernel has. Done once,
 * before there are tests, since every time the whole BTF of the kernel is read: tests are
 * children, and find the programs loaded.
 */
void side_prepare(const char *file);
#define SIDE_PREPARE(file) \
	static void __attribute__((constructor)) side_prepare_##file(void) { side_prepare(#file); }

/*
 * Takes @program for a test, for a kprobe on @function. Return: NULL, or why this kernel does not
 * have it.
 */
const char *side_take(struct side *s, const char *program, const char *function);
/* Return: 0 or -errno, which it explains. */
int side_attach(struct side *s);
/* It is detached when this returns; one that sleeps finishes. Return: 0 or -errno. */
int side_detach(struct side *s);

/* Loads @file and forgets it. Return: 0 or -errno, and at most @size bytes of @why. */
int side_try(const char *file, char *why, unsigned long size);

#endif
