/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running kernel says about its own functions and structs, where it has BTF. That is
 * a description of types; no BPF program is involved.
 */
#ifndef NSGUARD_BTF_H
#define NSGUARD_BTF_H

#include <linux/types.h>

#define NSGUARD_ARGS	6	/* arguments a point can be checked for */

enum nsguard_btf_answer {
	NSGUARD_BTF_UNKNOWN,	/* no BTF, or it does not mention it */
	NSGUARD_BTF_SAME,
	NSGUARD_BTF_DIFFERENT,
};

/**
 * struct nsguard_btf_function - a question about a function
 * @name: its name
 * @args: what its arguments are to be: the name of the struct pointed to, "int" for a number
 *	of whatever width, NULL for one that does not matter
 * @answer: the answer
 */
struct nsguard_btf_function {
	const char *name;
	const char * const *args;
	enum nsguard_btf_answer answer;
};

/**
 * struct nsguard_btf_member - a question about a member of a struct
 * @structure: the struct's name
 * @member: the member's
 * @offset: where it is to be, in bytes
 * @answer: the answer
 */
struct nsguard_btf_member {
	const char *structure;
	const char *member;
	size_t offset;
	enum nsguard_btf_answer answer;
};

/*
 * Answers all questions in one pass over the kernel's BTF. After nsguard_symbols_init(). May
 * sleep.
 */
void nsguard_btf_ask(struct nsguard_btf_function *functions, unsigned int n_functions,
		     struct nsguard_btf_member *members, unsigned int n_members);

#endif
