// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process's name may hold terminal codes and a path may be no UTF-8: everything printed
 * goes through here. Not for numbers and words of our own.
 */
#include <string.h>
#include "escape.h"

/* Length of the UTF-8 sequence at @s with its code point, 0 when there is none. */
static size_t utf8_next(const char *s, size_t n, __u32 *point)
{
	const unsigned char *p = (const unsigned char *)s;
	static const __u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;
	__u32 c;

	if (p[0] < 0x80) {
		*point = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (n < len)
		return 0;
	c = p[0] & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*point = c;
	return len;
}

/* Would it change what the terminal or the reader makes of the rest of the line? */
static bool unprintable(__u32 c)
{
	if (c >= 0x20 && c < 0x7f)
		return false;
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

static void hex(struct buf *b, const char *s, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		buf_str(b, "\\x");
		buf_chr(b, digit[(unsigned char)s[i] >> 4]);
		buf_chr(b, digit[(unsigned char)s[i] & 15]);
	}
}

/* @extra: characters that get a backslash before them. */
static void escaped(struct buf *b, const char *s, size_t n, const char *extra)
{
	size_t i, len;
	__u32 c;

	for (i = 0; i < n; i += len) {
		len = utf8_next(s + i, n - i, &c);
		if (!len || unprintable(c)) {
			len = len ? len : 1;
			hex(b, s + i, len);
			continue;
		}
		if (c < 0x80 && strchr(extra, (int)c))
			buf_chr(b, '\\');
		buf_add(b, s + i, len);
	}
}

static bool all_printable(const char *s, size_t n)
{
	size_t i, len;
	__u32 c;

	for (i = 0; i < n; i += len) {
		len = utf8_next(s + i, n - i, &c);
		if (!len || unprintable(c))
			return false;
	}
	return true;
}

/* Needs no quotes, neither in a policy file nor (but for brackets) in a shell. */
static bool plain(const char *s, size_t n)
{
	static const char marks[] = "_./:@%+=,-[]";
	size_t i;

	for (i = 0; i < n; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= '0' && s[i] <= '9') && (!s[i] || !strchr(marks, s[i])))
			return false;
	return n;
}

void buf_printable(struct buf *b, const char *s, size_t n)
{
	escaped(b, s, n, "");
}

void buf_quoted(struct buf *b, const char *s)
{
	buf_chr(b, '"');
	escaped(b, s, strlen(s), "\\\"");
	buf_chr(b, '"');
}

void buf_path(struct buf *b, const char *s)
{
	if (plain(s, strlen(s)))
		buf_str(b, s);
	else
		buf_quoted(b, s);
}

static void ansi_c(struct buf *b, const char *s, size_t n)
{
	buf_str(b, "$'");
	escaped(b, s, n, "\\'");
	buf_chr(b, '\'');
}

void buf_token(struct buf *b, const char *s, size_t n)
{
	if (plain(s, n)) {
		buf_add(b, s, n);
	} else if (!all_printable(s, n)) {
		ansi_c(b, s, n);
	} else if (!memchr(s, '\'', n)) {
		buf_chr(b, '\'');
		buf_add(b, s, n);
		buf_chr(b, '\'');
	} else {
		ansi_c(b, s, n);
	}
}

void buf_token_quoted(struct buf *b, const char *s, size_t n)
{
	if (!all_printable(s, n)) {
		ansi_c(b, s, n);
		return;
	}
	buf_chr(b, '"');
	escaped(b, s, n, "\\\"");
	buf_chr(b, '"');
}

bool buf_utf8(struct buf *b, const char *s, size_t n)
{
	bool whole = true;
	size_t i, len;
	__u32 c;

	for (i = 0; i < n; i += len) {
		len = utf8_next(s + i, n - i, &c);
		if (len) {
			buf_add(b, s + i, len);
			continue;
		}
		buf_str(b, "\xef\xbf\xbd");
		whole = false;
		len = 1;
	}
	return whole;
}
