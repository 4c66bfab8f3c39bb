// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the running kernel says about its own functions and structs, where it has BTF (H6): reads
 * types and compares, decides nothing. Without BTF the answer is "unknown".
 */
#include <linux/btf.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "btf.h"
#include "symbols.h"

/**
 * struct types - the kernel's BTF and how to read it
 *
 * None of these functions is exported on every kernel, though all have them.
 */
struct types {
	struct btf *btf;
	struct btf *(*get)(void);
	u32 (*count)(const struct btf *btf);
	const struct btf_type *(*by_id)(const struct btf *btf, u32 id);
	const char *(*name)(const struct btf *btf, u32 offset);
};

static bool open(struct types *t)
{
	t->get = nsguard_symbol("bpf_get_btf_vmlinux");
	t->count = nsguard_symbol("btf_nr_types");
	t->by_id = nsguard_symbol("btf_type_by_id");
	t->name = nsguard_symbol("btf_name_by_offset");
	if (!t->get || !t->count || !t->by_id || !t->name)
		return false;
	/* Belongs to the kernel for good, no reference is needed. */
	t->btf = t->get();
	return !IS_ERR_OR_NULL(t->btf);
}

/* Type @id without its const, typedef and the like. */
static const struct btf_type *bare(const struct types *t, u32 id)
{
	const struct btf_type *type = t->by_id(t->btf, id);

	while (type) {
		switch (BTF_INFO_KIND(type->info)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			type = t->by_id(t->btf, type->type);
			continue;
		}
		break;
	}
	return type;
}

/* Is argument type @id what @want says? */
static bool is(const struct types *t, u32 id, const char *want)
{
	const struct btf_type *type = bare(t, id);
	const char *name;

	if (!type)
		return false;
	if (!strcmp(want, "int"))
		return BTF_INFO_KIND(type->info) == BTF_KIND_INT ||
		       BTF_INFO_KIND(type->info) == BTF_KIND_ENUM;
	if (BTF_INFO_KIND(type->info) != BTF_KIND_PTR)
		return false;
	type = bare(t, type->type);
	name = type ? t->name(t->btf, type->name_off) : NULL;
	return name && !strcmp(name, want);
}

static enum nsguard_btf_answer compare_function(const struct types *t, const struct btf_type *type,
						const char * const *args)
{
	const struct btf_type *proto = t->by_id(t->btf, type->type);
	const struct btf_param *param = (const void *)(proto + 1);
	unsigned int i;

	if (!proto || BTF_INFO_KIND(proto->info) != BTF_KIND_FUNC_PROTO)
		return NSGUARD_BTF_UNKNOWN;
	for (i = 0; i < NSGUARD_ARGS; i++) {
		if (!args[i])
			continue;
		if (i >= BTF_INFO_VLEN(proto->info) || !is(t, param[i].type, args[i]))
			return NSGUARD_BTF_DIFFERENT;
	}
	return NSGUARD_BTF_SAME;
}

static enum nsguard_btf_answer compare_member(const struct types *t, const struct btf_type *type,
					      const struct nsguard_btf_member *q)
{
	const struct btf_member *member = (const void *)(type + 1);
	const char *name;
	unsigned int i;
	u32 bits;

	for (i = 0; i < BTF_INFO_VLEN(type->info); i++) {
		name = t->name(t->btf, member[i].name_off);
		if (!name || strcmp(name, q->member))
			continue;
		bits = member[i].offset;
		if (BTF_INFO_KFLAG(type->info))
			bits = BTF_MEMBER_BIT_OFFSET(bits);
		return bits == q->offset * 8 ? NSGUARD_BTF_SAME : NSGUARD_BTF_DIFFERENT;
	}
	return NSGUARD_BTF_DIFFERENT;
}

static void answer_functions(const struct types *t, const struct btf_type *type,
			     struct nsguard_btf_function *q, unsigned int n)
{
	const char *name = t->name(t->btf, type->name_off);
	unsigned int i;

	for (i = 0; name && i < n; i++)
		if (*name == *q[i].name && !strcmp(name, q[i].name))
			q[i].answer = compare_function(t, type, q[i].args);
}

static void answer_members(const struct types *t, const struct btf_type *type,
			   struct nsguard_btf_member *q, unsigned int n)
{
	const char *name = t->name(t->btf, type->name_off);
	unsigned int i;

	for (i = 0; name && i < n; i++)
		if (*name == *q[i].structure && !strcmp(name, q[i].structure))
			q[i].answer = compare_member(t, type, &q[i]);
}

void nsguard_btf_ask(struct nsguard_btf_function *functions, unsigned int n_functions,
		     struct nsguard_btf_member *members, unsigned int n_members)
{
	const struct btf_type *type;
	struct types t;
	u32 id, n;

	if (!open(&t))
		return;
	n = t.count(t.btf);
	for (id = 1; id < n; id++) {
		if (!(id % 4096))
			cond_resched();
		type = t.by_id(t.btf, id);
		if (!type)
			continue;
		switch (BTF_INFO_KIND(type->info)) {
		case BTF_KIND_FUNC:
			answer_functions(&t, type, functions, n_functions);
			break;
		case BTF_KIND_STRUCT:
			answer_members(&t, type, members, n_members);
			break;
		}
	}
}
