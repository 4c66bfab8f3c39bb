// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sandboxes of a file against those in force, by the namespaces their words stand for now. What
 * tasks have made inside is no part of that: it stays, as long as a sandbox of that name does.
 */
#include <stdlib.h>
#include <string.h>
#include "nsres.h"
#include "sync.h"

struct sync_box *sync_box_find(const struct sync *s, const char *name)
{
	unsigned int i;

	for (i = 0; i < s->boxes; i++)
		if (is_word(s->box[i].name, name))
			return &s->box[i];
	return NULL;
}

static struct sync_box *push(struct sync *s, const char *name)
{
	struct sync_box *box;

	s->box = xrealloc(s->box, (s->boxes + 1) * sizeof(*s->box));
	box = &s->box[s->boxes++];
	*box = (struct sync_box){ .name = name };
	return box;
}

int sync_box_take(struct sync *s, const struct change *ch)
{
	struct sync_box *box = sync_box_find(s, ch->sandbox->name);

	if (box)
		return complain(ch->tok, "the sandbox %s is made in line %u of the file, too",
				box->name, box->change->tok->line);
	push(s, ch->sandbox->name)->change = ch;
	return 0;
}

bool sync_box_differs(const struct sync_box *box)
{
	return box->gone || box->come;
}

/* Of those it was made of, the one with this number; what was made inside is none. */
static const struct sandbox_ns *named(const struct sandbox *box, __u32 inum)
{
	unsigned int i;

	for (i = 0; box && i < box->namespaces; i++)
		if (box->ns[i].inum == inum && !box->ns[i].dead && !box->ns[i].born)
			return &box->ns[i];
	return NULL;
}

/* Is @word the number of one that is in force already? Then nobody has to show it. */
static const struct sandbox_ns *numbered(const struct sandbox *box, const char *word)
{
	const struct sandbox_ns *found = NULL;
	struct buf b = { 0 };
	unsigned int i;

	for (i = 0; box && i < box->namespaces && !found; i++) {
		b.n = 0;
		sandbox_ns_print(&b, &box->ns[i]);
		if (!strcmp(buf_cstr(&b), word))
			found = named(box, box->ns[i].inum);
	}
	buf_free(&b);
	return found;
}

/* Whose is it at present? A namespace cannot go from one sandbox to another in one step. */
static int other(const struct sandboxes *force, const struct sync_box *box, __u32 inum,
		 const char *word, const struct token *tok)
{
	unsigned int i, k;

	for (i = 0; i < force->n; i++)
		for (k = 0; &force->v[i] != box->force && k < force->v[i].namespaces; k++)
			if (force->v[i].ns[k].inum == inum && !force->v[i].ns[k].dead)
				return complain(tok,
						"%s belongs to sandbox %s, which must go before: %s",
						word, force->v[i].name, "by sandbox del");
	return 0;
}

/**
 * struct listing - a sandbox being compared
 * @keep: namespaces in force that the file names, too
 * @kept: how many
 * @gone: those it does not
 * @come: words of the file for others
 */
struct listing {
	const struct sandbox_ns **keep;
	unsigned int kept;
	struct buf gone;
	struct buf come;
};

static void list_add(struct buf *list, const char *word)
{
	buf_fmt(list, "%s%s", list->n ? "," : "", word);
}

static int compare_word(struct listing *l, const struct sync_box *box, unsigned int i,
			const struct sandboxes *force)
{
	const struct sandbox_words *said = box->change->sandbox;
	const struct sandbox_ns *ns = numbered(box->force, said->ns[i]);
	struct nsfds fds = { 0 };
	bool comes = false;
	unsigned int k;
	__u32 inum = 0;
	int code = 0;

	if (ns) {
		l->keep[l->kept++] = ns;
		return 0;
	}
	code = sandbox_open(said->ns[i], said->tok[i], &fds);
	for (k = 0; !code && k < fds.n; k++) {
		nssearch_is_ns(fds.fd[k], &inum);
		ns = named(box->force, inum);
		if (ns)
			l->keep[l->kept++] = ns;
		else
			code = other(force, box, inum, said->ns[i], said->tok[i]);
		comes = comes || !ns;
	}
	if (!code && comes)
		list_add(&l->come, said->ns[i]);
	nsfds_close(&fds);
	free(fds.fd);
	return code;
}

static bool kept(const struct listing *l, const struct sandbox_ns *ns)
{
	unsigned int i;

	for (i = 0; i < l->kept && l->keep[i] != ns; i++)
		;
	return i < l->kept;
}

static void list_gone(struct listing *l, const struct sandbox *force, bool differs)
{
	struct buf word = { 0 };
	unsigned int i;

	for (i = 0; i < force->namespaces && !differs; i++)
		differs = !force->ns[i].born && !force->ns[i].dead && !kept(l, &force->ns[i]);
	/* One that is dead is no difference, and is left out where there is one. */
	for (i = 0; i < force->namespaces && differs; i++) {
		if (force->ns[i].born || kept(l, &force->ns[i]))
			continue;
		word.n = 0;
		sandbox_ns_print(&word, &force->ns[i]);
		list_add(&l->gone, buf_cstr(&word));
	}
	buf_free(&word);
}

static int compare(struct sync *s, struct sync_box *box, const struct sandboxes *force)
{
	const unsigned int n = box->change ? box->change->sandbox->n : 0;
	const size_t room = (n + 1) * words_nstype.n;
	struct listing l = { 0 };
	unsigned int i;
	int code = 0, one;

	l.keep = xrealloc(NULL, room * sizeof(*l.keep));
	for (i = 0; i < n; i++) {
		one = compare_word(&l, box, i, force);
		code = code ? code : one;
	}
	if (box->force && !code)
		list_gone(&l, box->force, !box->change || l.come.n);
	box->gone = l.gone.n ? arena_strndup(&s->arena, l.gone.p, l.gone.n) : NULL;
	box->come = l.come.n ? arena_strndup(&s->arena, l.come.p, l.come.n) : NULL;
	free(l.keep);
	buf_free(&l.gone);
	buf_free(&l.come);
	return code;
}

int sync_boxes_compare(struct sync *s, const struct sandboxes *force)
{
	struct sync_box *box;
	unsigned int i;
	int code = 0, one;

	for (i = 0; i < force->n; i++) {
		box = sync_box_find(s, force->v[i].name);
		if (!box)
			box = push(s, force->v[i].name);
		box->force = &force->v[i];
	}
	for (i = 0; i < s->boxes; i++) {
		one = compare(s, &s->box[i], force);
		code = code ? code : one;
	}
	return code;
}

void sync_boxes_del(struct sync *s, const struct change *as, bool force, struct changes *to)
{
	struct sandbox_words *words;
	unsigned int i;

	for (i = 0; i < s->boxes; i++) {
		if (!s->box[i].force || !sync_box_differs(&s->box[i]))
			continue;
		words = arena_alloc(&s->arena, sizeof(*words));
		memset(words, 0, sizeof(*words));
		words->name = s->box[i].name;
		sync_change(to, as, NSGUARD_CMD_SANDBOX_DEL, force)->sandbox = words;
	}
}

void sync_boxes_add(const struct sync *s, struct changes *to)
{
	unsigned int i;

	for (i = 0; i < s->boxes; i++)
		if (s->box[i].change && sync_box_differs(&s->box[i]))
			*change_add(to, NSGUARD_CMD_SANDBOX_ADD) = *s->box[i].change;
}
