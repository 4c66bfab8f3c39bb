// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding addresses in the kernel by name. kallsyms_lookup_name() is not exported; a kprobe that
 * is never armed tells where it is. Nothing here knows what the addresses are for.
 */
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>
#include "glue.h"
#include "probed.h"
#include "symbols.h"

static unsigned long (*lookup)(const char *name);
static int (*size_of)(unsigned long address, unsigned long *size, unsigned long *offset);

/**
 * struct search - a walk for one name
 * @name: the name
 * @address: where it was found first
 * @n: how often it was found
 */
struct search {
	const char *name;
	unsigned long address;
	unsigned int n;
};

#ifdef NSGUARD_HAVE_KALLSYMS_MATCH

static int (*walk)(int (*fn)(void *, unsigned long), const char *name, void *data);
#define WALK "kallsyms_on_each_match_symbol"

static int found(void *data, unsigned long address)
{
	struct search *s = data;

	if (!s->n++)
		s->address = address;
	return 0;
}

static void walk_all(struct search *s)
{
	walk(found, s->name, s);
}

#else

#ifdef NSGUARD_HAVE_KALLSYMS_MODULE_ARG
#define MODULE_ARG struct module *,
#else
#define MODULE_ARG
#endif

static int (*walk)(int (*fn)(void *, const char *, MODULE_ARG unsigned long), void *data);
#define WALK "kallsyms_on_each_symbol"

#ifdef NSGUARD_HAVE_KALLSYMS_MODULE_ARG
static int found(void *data, const char *name, struct module *mod, unsigned long address)
#else
static int found(void *data, const char *name, unsigned long address)
#endif
{
	struct search *s = data;

	if (!strcmp(name, s->name) && !s->n++)
		s->address = address;
	return 0;
}

static void walk_all(struct search *s)
{
	walk(found, s);
}

#endif

/*
 * Where IBT is on, a kprobe sits behind the ENDBR and an indirect call to its address would trap:
 * the beginning of the function is what sprint_symbol() counts from.
 */
static unsigned long beginning(unsigned long address)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long offset;
	char *plus;

	sprint_symbol(text, address);
	plus = strchr(text, '+');
	if (!plus || sscanf(plus, "+0x%lx/", &offset) != 1)
		return 0;
	return address - offset;
}

int nsguard_symbols_init(char *why)
{
	struct kprobe probe = {
		.symbol_name = "kallsyms_lookup_name",
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&probe);
	if (err) {
		scnprintf(why, NSGUARD_WHY,
			  "cannot find kallsyms_lookup_name (error %d); a kernel with CONFIG_KPROBES and CONFIG_KALLSYMS is needed",
			  err);
		return err;
	}
	lookup = (void *)beginning((unsigned long)probe.addr);
	unregister_kprobe(&probe);
	if (lookup) {
		walk = (void *)lookup(WALK);
		size_of = (void *)lookup("kallsyms_lookup_size_offset");
	}
	if (!walk || !size_of) {
		scnprintf(why, NSGUARD_WHY,
			  "cannot find " WALK " in this kernel; nsguard was built for another one");
		return -ENOENT;
	}
	return 0;
}

int nsguard_symbol_find(const char *name, unsigned long *address)
{
	struct search s = { .name = name };

	walk_all(&s);
	if (!s.n)
		return -ENOENT;
	if (s.n > 1)
		return -ENOTUNIQ;
	*address = s.address;
	return 0;
}

void *nsguard_symbol(const char *name)
{
	return (void *)lookup(name);
}

void nsguard_text_find(const char *name, struct nsguard_text *text)
{
	static const char * const suffixes[] = {
		"", ".isra.0", ".constprop.0", ".part.0", ".constprop.0.isra.0",
		".isra.0.constprop.0",
	};
	unsigned long address, size, offset;
	char clone[KSYM_NAME_LEN];
	unsigned int i;

	text->start = 0;
	text->end = 0;
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		scnprintf(clone, sizeof(clone), "%s%s", name, suffixes[i]);
		if (nsguard_symbol_find(clone, &address))
			continue;
		if (!size_of(address, &size, &offset))
			return;
		text->start = address - offset;
		text->end = text->start + size;
		return;
	}
}
