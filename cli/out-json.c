// SPDX-License-Identifier: GPL-2.0-only
/*
 * Little helpers for JSON. What the objects look like is said where they are made, and in
 * schema.json.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "escape.h"
#include "out-json.h"

void json_add(struct json_object *o, const char *key, struct json_object *v)
{
	if (!v || json_object_object_add(o, key, v)) {
		fputs("nsguardctl: out of memory\n", stderr);
		exit(CODE_REFUSED);
	}
}

void json_str(struct json_object *o, const char *key, const char *v)
{
	json_add(o, key, json_object_new_string(v));
}

void json_u64(struct json_object *o, const char *key, __u64 v)
{
	json_add(o, key, json_object_new_uint64(v));
}

void json_s64(struct json_object *o, const char *key, __s64 v)
{
	json_add(o, key, json_object_new_int64(v));
}

void json_flag(struct json_object *o, const char *key, bool v)
{
	json_add(o, key, json_object_new_boolean(v));
}

static struct json_object *hex_of(const char *s, size_t n)
{
	struct json_object *o;
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		buf_fmt(&b, "%02x", (unsigned char)s[i]);
	o = json_object_new_string_len(b.p, (int)b.n);
	buf_free(&b);
	return o;
}

static struct json_object *text_of(const char *s, size_t n, bool *whole)
{
	struct json_object *o;
	struct buf b = { 0 };

	*whole = buf_utf8(&b, s, n);
	o = json_object_new_string_len(b.n ? b.p : "", (int)b.n);
	buf_free(&b);
	return o;
}

struct json_object *json_text(const char *s, size_t n, struct json_object **hex)
{
	struct json_object *o;
	bool whole;

	o = text_of(s, n, &whole);
	if (whole)
		return o;
	if (!*hex)
		*hex = json_object_new_array();
	json_object_array_add(*hex, hex_of(s, n));
	return o;
}

void json_bytes(struct json_object *o, const char *key, const char *v)
{
	struct buf name = { 0 };
	bool whole;

	json_add(o, key, text_of(v, strlen(v), &whole));
	if (whole)
		return;
	buf_fmt(&name, "%s-hex", key);
	json_add(o, buf_cstr(&name), hex_of(v, strlen(v)));
	buf_free(&name);
}

void json_print(struct json_object *o)
{
	size_t n;
	const char *s = json_object_to_json_string_length(o, JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	if (!s) {
		fputs("nsguardctl: out of memory\n", stderr);
		exit(CODE_REFUSED);
	}
	fwrite(s, 1, n, stdout);
	json_object_put(o);
}

void json_print_wrapped(struct json_object *o)
{
	struct json_object *outer = json_object_new_object();

	json_add(outer, "nsguard", o);
	json_print(outer);
	putchar('\n');
}
