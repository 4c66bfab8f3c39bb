/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The difference between the policy in force and a file that says all of one. sync*.c read,
 * compare and show; the command that applies it is cmd-sync.c.
 */
#ifndef NSGUARDCTL_SYNC_H
#define NSGUARDCTL_SYNC_H

#include "command.h"
#include "whole.h"

/**
 * struct sync_rule - a rule of one side
 * @key: what it says, with values in one order: equal for equal rules
 * @handle: in force, else 0
 * @change: what adds it, else NULL
 * @text: in words, with its table; of a file's only once it is known not to be the @same
 * @locks: it is a lock rule
 * @same: the other side has it too, and it may stay
 */
struct sync_rule {
	const char *key;
	__u64 handle;
	const struct change *change;
	const char *text;
	bool locks;
	bool same;
};

struct sync_rules {
	struct sync_rule *v;
	size_t n;
	size_t cap;
};

/* An element of a set; @tok: where the file says it, NULL for what is in force. */
struct sync_element {
	__u32 min;
	__u32 max;
	const struct token *tok;
};

struct sync_elements {
	struct sync_element *v;
	size_t n;
	size_t cap;
};

/**
 * struct sync_set - a set of either side
 * @name: its name
 * @change: what makes it in the file, NULL when it is not there
 * @type: in the file
 * @force: in force, or NULL
 * @file: elements in the file, in order once all of it was taken
 * @gone: elements that go
 * @come: elements that come
 */
struct sync_set {
	const char *name;
	const struct change *change;
	int type;
	const struct set *force;
	struct sync_elements file;
	struct sync_elements gone;
	struct sync_elements come;
};

/**
 * struct sync_box - a sandbox of either side
 * @name: its name
 * @change: what makes it in the file, NULL when it is not there
 * @force: in force, or NULL
 * @gone: namespaces that go, as a list; NULL for none
 * @come: namespaces that come, as the file calls them
 */
struct sync_box {
	const char *name;
	const struct change *change;
	const struct sandbox *force;
	const char *gone;
	const char *come;
};

/**
 * struct sync - both sides
 * @arena: owns the strings
 * @file: rules of the file
 * @force: in force
 * @set: sets of both
 * @sets: how many
 * @box: sandboxes of both
 * @boxes: how many
 * @mode: what the file says of a table, -1 when it says nothing
 * @verdict: the same of defaults
 * @forced: something in the file is
 * @mode_forced: a mode in it is
 */
struct sync {
	struct arena arena;
	struct sync_rules file;
	struct sync_rules force;
	struct sync_set *set;
	unsigned int sets;
	struct sync_box *box;
	unsigned int boxes;
	int mode[TABLES];
	int verdict[TABLES][OPS];
	bool forced;
	bool mode_forced;
};

/* What @ch, all of a file, says in the end. 0, or CODE_USAGE after a complaint. */
int sync_file(struct sync *s, const struct changes *ch);
/* Names in the file are resolved, and compared with @w. 0, or CODE_* after a complaint. */
int sync_compare(struct sync *s, const struct whole *w);
/* Would the difference let somebody out of a sandbox, for all this side of the kernel knows? */
bool sync_lets_go(const struct sync *s, const struct policy *p);
/* What makes @p what the file says, to be sent; @force: although it may lock out or let go. */
void sync_changes(struct sync *s, const struct policy *p, const struct change *as, bool force,
		  struct changes *to);
/* A change of @to for what the file does not say in a command of its own. */
struct change *sync_change(struct changes *to, const struct change *as, __u8 cmd, bool force);
void sync_free(struct sync *s);

/* sync-set.c: the same for sets. */
int sync_set_take(struct sync *s, const struct change *ch);
int sync_sets_taken(struct sync *s);
/* The one of this name, NULL when neither side has it. */
struct sync_set *sync_set_find(const struct sync *s, const char *name);
/* It is another than the one in force: that goes, and rules cannot stay. */
bool sync_set_replaced(const struct sync_set *set);
void sync_sets_compare(struct sync *s, const struct sets *force);
void sync_sets_del(struct sync *s, const struct change *as, struct changes *to);
void sync_sets_add(struct sync *s, const struct change *as, bool force, struct changes *to);
void sync_sets_flush(struct sync *s);

/* sync-sandbox.c: for sandboxes. */
int sync_box_take(struct sync *s, const struct change *ch);
struct sync_box *sync_box_find(const struct sync *s, const char *name);
bool sync_box_differs(const struct sync_box *box);
int sync_boxes_compare(struct sync *s, const struct sandboxes *force);
void sync_boxes_del(struct sync *s, const struct change *as, bool force, struct changes *to);
void sync_boxes_add(const struct sync *s, struct changes *to);

/* sync-show.c: what differed, @ch among it, and what came of it. */
void sync_show(const struct sync *s, const struct changes *ch, const struct policy *p,
	       const struct outcome *o);
void sync_show_json(const struct sync *s, const struct changes *ch, const struct policy *p,
		    const struct outcome *o, bool dry_run);

#endif
