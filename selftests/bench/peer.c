// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peers' BPF programs by libbpf: one at a time, with a map of as many entries as there are
 * rules on our side, none of which is about us either.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "bench.h"

#define EMBED(name) \
	asm(".pushsection .rodata\n" \
	    ".balign 8\n" \
	    ".globl object_" #name "\n" \
	    "object_" #name ": .incbin \"" BPF_OBJECTS "/" #name ".bpf.o\"\n" \
	    ".globl object_" #name "_end\n" \
	    "object_" #name "_end: .byte 0\n" \
	    ".popsection\n"); \
	extern const char object_##name[], object_##name##_end[]

EMBED(peers);

#define AT_ONCE	10000

static struct bpf_object *object;
static struct bpf_link *attached;
static char said[8192];

static int __attribute__((format(printf, 2, 0)))
keep(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t n = strlen(said);

	if (level != LIBBPF_DEBUG)
		vsnprintf(said + n, sizeof(said) - n, format, args);
	return 0;
}

void peer_detach(void)
{
	bpf_link__destroy(attached);
	bpf_object__close(object);
	attached = NULL;
	object = NULL;
}

/* Entries of nobody: as many keys in a row from a million on. */
static int map_fill(const struct bpf_map *map, unsigned int n)
{
	const size_t size = bpf_map__key_size(map);
	char *keys = calloc(AT_ONCE, size);
	unsigned int *values = calloc(AT_ONCE, sizeof(*values)), i, done;
	unsigned int count;
	int err = keys && values ? 0 : -ENOMEM;

	for (done = 0; !err && done < n; done += count) {
		count = n - done < AT_ONCE ? n - done : AT_ONCE;
		for (i = 0; i < count; i++) {
			unsigned long long key = 1000000ull + done + i;

			memcpy(keys + i * size, &key, size);
		}
		err = bpf_map_update_batch(bpf_map__fd(map), keys, values, &count, NULL);
	}
	free(keys);
	free(values);
	return err;
}

static bool kernel_has(const char *section)
{
	static struct btf *btf;
	char function[64];

	if (!btf)
		btf = btf__load_vmlinux_btf();
	snprintf(function, sizeof(function), "bpf_lsm_%s", strchr(section, '/') + 1);
	return btf && btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;
}

const char *peer_attach(enum act act, enum by by, unsigned int n)
{
	struct bpf_program *program, *mine = NULL;
	static char why[9000];
	struct bpf_map *map;
	char name[64];

	said[0] = '\0';
	libbpf_set_print(keep);
	snprintf(name, sizeof(name), "%s_%s", act_name[act], by_name[by]);
	object = bpf_object__open_mem(object_peers,
				      (uintptr_t)object_peers_end - (uintptr_t)object_peers, NULL);
	if (!object)
		return "the object cannot be read";
	bpf_object__for_each_program(program, object) {
		bool is = !strcmp(bpf_program__name(program), name);

		bpf_program__set_autoload(program, is);
		if (is)
			mine = program;
	}
	if (!mine || !kernel_has(bpf_program__section_name(mine))) {
		snprintf(why, sizeof(why), "%s", mine ? "this kernel has no LSM hook there" :
			 "no such program");
		peer_detach();
		return why;
	}
	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_HASH)
			bpf_map__set_max_entries(map, n);
	if (bpf_object__load(object)) {
		snprintf(why, sizeof(why), "does not load: %s", said);
		peer_detach();
		return why;
	}
	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_HASH && map_fill(map, n)) {
			peer_detach();
			return "its map cannot be filled";
		}
	attached = bpf_program__attach(mine);
	if (!attached) {
		peer_detach();
		return "cannot be attached";
	}
	return NULL;
}
