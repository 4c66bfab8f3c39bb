// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs by libbpf, see side.h. The objects are part of the test program: the guest gets one
 * file. Built without libbpf, every question is answered by "no".
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "lib/kmod.h"
#include "side.h"

#ifdef HAVE_LIBBPF

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define VMLINUX_BTF	"/sys/kernel/btf/vmlinux"
#define LSM_LIST	"/sys/kernel/security/lsm"

/* BPF_OBJECTS is the folder the objects were built in. */
#define EMBED(name) \
	asm(".pushsection .rodata\n" \
	    ".balign 8\n" \
	    ".globl object_" #name "\n" \
	    "object_" #name ": .incbin \"" BPF_OBJECTS "/" #name ".bpf.o\"\n" \
	    ".globl object_" #name "_end\n" \
	    "object_" #name "_end: .byte 0\n" \
	    ".popsection\n"); \
	extern const char object_##name[], object_##name##_end[]

EMBED(lsm);
EMBED(mask);
EMBED(careless);
EMBED(trace);

/**
 * struct file - an object of this folder
 * @object: NULL until it is loaded
 * @missing: why it is not, empty when nobody wanted it
 */
static struct file {
	const char *name;
	const char *from;
	const char *to;
	struct bpf_object *object;
	struct shared *shared;
	char missing[256];
} files[] = {
	{ .name = "lsm", .from = object_lsm, .to = object_lsm_end },
	{ .name = "mask", .from = object_mask, .to = object_mask_end },
	{ .name = "careless", .from = object_careless, .to = object_careless_end },
	{ .name = "trace", .from = object_trace, .to = object_trace_end },
};

#define FILES (sizeof(files) / sizeof(*files))

/* What libbpf has to say is said where something fails, not as it goes. */
static char said[65536];

static int __attribute__((format(printf, 2, 0)))
keep(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t n = strlen(said);

	if (level != LIBBPF_DEBUG)
		vsnprintf(said + n, sizeof(said) - n, format, args);
	return 0;
}

static struct file *file_find(const char *name)
{
	for (size_t i = 0; i < FILES; i++)
		if (!strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

/* The kernel function a program is for, by its section, or an empty string. */
static void function_of(const struct bpf_program *program, char *name, size_t size)
{
	const char *section = bpf_program__section_name(program);
	const char *slash = strchr(section, '/');

	snprintf(name, size, "%s%s", slash && !strncmp(section, "lsm", 3) ? "bpf_lsm_" : "",
		 slash ? slash + 1 : "");
}

static bool btf_has(const struct btf *btf, const char *function)
{
	return btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;
}

/* The one global variable, in memory of the kernel's that both sides see. */
static struct shared *shared_map(struct bpf_object *object)
{
	struct bpf_map *map;
	void *at;

	bpf_object__for_each_map(map, object) {
		if (!strstr(bpf_map__name(map), ".bss"))
			continue;
		at = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED,
			  bpf_map__fd(map), 0);
		return at == MAP_FAILED ? NULL : at;
	}
	return NULL;
}

static int file_load(struct file *f, const struct btf *btf)
{
	struct bpf_program *program;
	char function[128];
	int ret;

	f->object = bpf_object__open_mem(f->from, f->to - f->from, NULL);
	if (!f->object)
		return -errno;
	bpf_object__for_each_program(program, f->object) {
		function_of(program, function, sizeof(function));
		if (*function)
			bpf_program__set_autoload(program, btf_has(btf, function));
	}
	ret = bpf_object__load(f->object);
	if (!ret) {
		f->shared = shared_map(f->object);
		ret = f->shared ? 0 : -ENOMEM;
	}
	return ret;
}

static void file_unload(struct file *f)
{
	if (f->shared)
		munmap(f->shared, getpagesize());
	bpf_object__close(f->object);
	f->shared = NULL;
	f->object = NULL;
}

void side_prepare(const char *name)
{
	struct file *f = file_find(name);
	struct btf *btf = NULL;
	char list[512];
	int ret;

	libbpf_set_print(keep);
	if (access(VMLINUX_BTF, R_OK)) {
		snprintf(f->missing, sizeof(f->missing), "the kernel has no BTF");
		return;
	}
	if (strcmp(name, "trace") &&
	    (file_read(LSM_LIST, list, sizeof(list)) || !strstr(list, "bpf"))) {
		snprintf(f->missing, sizeof(f->missing), "bpf is not among the LSMs of this boot");
		return;
	}
	btf = btf__load_vmlinux_btf();
	ret = btf ? file_load(f, btf) : -errno;
	btf__free(btf);
	if (ret) {
		file_unload(f);
		snprintf(f->missing, sizeof(f->missing), "BPF programs do not load: %s",
			 strerror(-ret));
	}
}

const char *side_take(struct side *s, const char *name, const char *function)
{
	static char why[160];
	char target[128] = "such program";

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < FILES && !s->program; i++) {
		struct file *f = &files[i];

		if (*f->missing)
			return f->missing;
		if (!f->object)
			continue;
		s->program = bpf_object__find_program_by_name(f->object, name);
		s->shared = f->shared;
	}
	if (s->program && bpf_program__autoload(s->program)) {
		s->function = function;
		memset(s->shared, 0, sizeof(*s->shared));
		return NULL;
	}
	if (s->program)
		function_of(s->program, target, sizeof(target));
	snprintf(why, sizeof(why), "the kernel has no %s", target);
	return why;
}

int side_attach(struct side *s)
{
	said[0] = '\0';
	if (bpf_program__type(s->program) == BPF_PROG_TYPE_KPROBE)
		s->link = bpf_program__attach_kprobe(s->program, false, s->function);
	else
		s->link = bpf_program__attach(s->program);
	if (s->link)
		return 0;
	fprintf(stderr, "# attach: %s\n%s", strerror(errno), said);
	return -errno;
}

int side_detach(struct side *s)
{
	int ret = bpf_link__destroy(s->link);

	s->link = NULL;
	return ret;
}

int side_try(const char *name, char *why, unsigned long size)
{
	struct file *f = file_find(name);
	int ret;

	side_prepare(name);
	ret = *f->missing ? -EACCES : 0;
	snprintf(why, size, "%s%s", f->missing, said);
	f->missing[0] = '\0';
	file_unload(f);
	return ret;
}

#else

void side_prepare(const char *name)
{
}

const char *side_take(struct side *s, const char *name, const char *function)
{
	return "the test was built without libbpf";
}

int side_attach(struct side *s)
{
	return -EOPNOTSUPP;
}

int side_detach(struct side *s)
{
	return -EOPNOTSUPP;
}

int side_try(const char *name, char *why, unsigned long size)
{
	return -EOPNOTSUPP;
}

#endif
