/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sandboxes as the kernel lists them, and as words say one. What they are for, the
 * kernel knows.
 */
#ifndef NSGUARDCTL_SANDBOX_H
#define NSGUARDCTL_SANDBOX_H

#include "lang.h"
#include "module.h"

/**
 * struct sandbox_ns - a namespace of a sandbox
 * @dead: it is gone
 * @born: a task that is locked in has made it
 */
struct sandbox_ns {
	__u32 type;
	__u32 inum;
	bool dead;
	bool born;
};

/**
 * struct sandbox - a sandbox
 * @stale: a namespace it was made of is gone
 * @ns: its namespaces
 * @pid: processes locked in it
 */
struct sandbox {
	char name[NSGUARD_SANDBOX_NAME_MAX + 1];
	bool stale;
	struct sandbox_ns *ns;
	unsigned int namespaces;
	__u32 *pid;
	unsigned int pids;
};

struct sandboxes {
	__u64 generation;	/* 0 when there is none to tell of */
	struct sandbox *v;
	unsigned int n;
};

/* 0, or CODE_* after a complaint. */
int sandboxes_read(struct module *nl, const char *what, struct sandboxes *s);
/* The same in steps: what it queues, and the answer. */
void sandboxes_ask(struct module *nl);
int sandboxes_take(struct module *nl, const char *what, struct sandboxes *s);
void sandboxes_free(struct sandboxes *s);
/* net:[4026532008] */
void sandbox_ns_print(struct buf *b, const struct sandbox_ns *ns);

/**
 * struct sandbox_words - a sandbox as it was said
 * @name: its name, NULL for all there are
 * @ns: what its namespaces were called
 * @tok: where each was said
 * @n: how many
 * @cap: room
 */
struct sandbox_words {
	const char *name;
	const char **ns;
	const struct token **tok;
	unsigned int n;
	unsigned int cap;
};

/* A word that may be a sandbox's name, in *@name; @what for complaints. 0 or CODE_USAGE. */
int sandbox_name_parse(struct cursor *c, const char *what, const char **name);
/*
 * Opens what @word names, behind what is in @fds: one namespace, or for pid:N all of the process's
 * but those of the host, which no sandbox can have. 0, or CODE_* after a complaint.
 */
int sandbox_open(const char *word, const struct token *tok, struct nsfds *fds);
/* Into @msg, with the files of its namespaces in @fds. 0, or CODE_* after a complaint. */
int sandbox_put(struct nl_msg *msg, const struct sandbox_words *s, struct nsfds *fds);

#endif
