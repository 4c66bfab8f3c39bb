/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On json-c. Keys are the names of uapi/nsguard.yaml. A JSON string must be Unicode, a
 * path need not be: then KEY has U+FFFD in it and KEY-hex has the exact bytes.
 */
#ifndef NSGUARDCTL_OUT_JSON_H
#define NSGUARDCTL_OUT_JSON_H

#include <json-c/json.h>
#include "util.h"

void json_add(struct json_object *o, const char *key, struct json_object *v);
void json_str(struct json_object *o, const char *key, const char *v);
void json_u64(struct json_object *o, const char *key, __u64 v);
void json_s64(struct json_object *o, const char *key, __s64 v);
void json_flag(struct json_object *o, const char *key, bool v);
/* Bytes from a task, from a file system or from another client. */
void json_bytes(struct json_object *o, const char *key, const char *v);
/* A string for an array; *@hex collects the exact bytes of those that are no Unicode. */
struct json_object *json_text(const char *s, size_t n, struct json_object **hex);
/* On one line to stdout; takes @o over. */
void json_print(struct json_object *o);
/* {"nsguard": @o} */
void json_print_wrapped(struct json_object *o);

#endif
