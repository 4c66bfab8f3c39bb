// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds a function that we may not change as well (H7)? ftrace says only -EBUSY; this looks
 * for the livepatch, the kprobe or the sysctl behind it, to name it in the message. And where it
 * is us, a livepatch that is refused is told. It changes nothing.
 */
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include "attach.h"
#include "symbols.h"

#if IS_ENABLED(CONFIG_LIVEPATCH)

static bool patches(struct klp_patch *patch, unsigned long address)
{
	struct klp_object *obj;
	struct klp_func *func;

	klp_for_each_object(patch, obj)
		klp_for_each_func(obj, func)
			if ((unsigned long)func->old_func == address)
				return true;
	return false;
}

/*
 * The livepatch's list is static in the kernel and its lock is not exported: found by name or not
 * at all.
 */
static bool held_by_livepatch(unsigned long address, char *why, size_t size)
{
	struct list_head *list = nsguard_symbol("klp_patches");
	struct mutex *lock = nsguard_symbol("klp_mutex");
	struct klp_patch *patch;
	bool held = false;

	if (!list || !lock)
		return false;
	mutex_lock(lock);
	list_for_each_entry(patch, list, list) {
		held = patches(patch, address);
		if (held) {
			scnprintf(why, size,
				  "livepatch %s holds it; disable that (/sys/kernel/livepatch/%s/enabled)",
				  patch->mod->name, patch->mod->name);
			break;
		}
	}
	mutex_unlock(lock);
	return held;
}

/* The livepatch that is being loaded, to tell one that was refused from one that is unloaded. */
static const struct module *coming;

/*
 * The kernel says which function could not be patched, and not who holds it. It does not say more
 * than that to us either, hence the "if".
 */
static int on_module(struct notifier_block *nb, unsigned long state, void *data)
{
	const struct module *mod = data;

	if (!is_livepatch_module(data))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING)
		WRITE_ONCE(coming, mod);
	else if (state == MODULE_STATE_LIVE)
		cmpxchg(&coming, mod, NULL);
	else if (state == MODULE_STATE_GOING && cmpxchg(&coming, mod, NULL) == mod)
		pr_warn("nsguard: livepatch %s was refused; if it patches a function in nsguardctl status, nsguard holds that: nsguardctl mode TABLE off lets go of it\n",
			mod->name);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = on_module };

int nsguard_holder_init(void)
{
	return register_module_notifier(&notifier);
}

void nsguard_holder_exit(void)
{
	unregister_module_notifier(&notifier);
}

#else

int nsguard_holder_init(void)
{
	return 0;
}

void nsguard_holder_exit(void)
{
}

static bool held_by_livepatch(unsigned long address, char *why, size_t size)
{
	return false;
}

#endif

/* A kprobe with a post handler claims the function as a livepatch does. */
static bool held_by_kprobe(unsigned long address)
{
	static const unsigned int offsets[] = { 0, 4, 8 };	/* behind ENDBR, BTI, or neither */
	struct kprobe *(*get)(void *addr) = nsguard_symbol("get_kprobe");
	bool held = false;
	unsigned int i;

	if (!get)
		return false;
	preempt_disable();
	for (i = 0; i < ARRAY_SIZE(offsets) && !held; i++) {
		struct kprobe *probe = get((void *)(address + offsets[i]));

		held = probe && probe->post_handler;
	}
	preempt_enable();
	return held;
}

void nsguard_holder_explain(unsigned long address, char *why, size_t size)
{
	const int *enabled = nsguard_symbol("ftrace_enabled");

	if (enabled && !READ_ONCE(*enabled))
		scnprintf(why, size, "ftrace is switched off; sysctl kernel.ftrace_enabled=1");
	else if (held_by_livepatch(address, why, size))
		return;
	else if (held_by_kprobe(address))
		scnprintf(why, size,
			  "a kprobe with a post handler holds it; remove that (/sys/kernel/debug/kprobes/list)");
	else
		scnprintf(why, size,
			  "a livepatch or a kprobe with a post handler holds it; remove that");
}
