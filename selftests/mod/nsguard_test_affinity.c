// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler's own calls of functions that also carry a user's request for CPUs, made for the
 * process that writes to a parameter (H14). What the write returns, the call returned.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define SCA_USER	0x08

/*
 * The kernel's struct affinity_context, 6.2 and later. Before, the function takes other arguments:
 * the parameters "again" and "kernel" are not for those kernels, and who writes to them must know.
 */
struct context {
	const struct cpumask *new_mask;
	struct cpumask *user_mask;
	unsigned int flags;
};

/* Not exported: the address of a probe on it. */
static void *address_of(const char *name)
{
	struct kprobe probe = { .symbol_name = name };

	if (register_kprobe(&probe))
		return NULL;
	unregister_kprobe(&probe);
	return probe.addr;
}

static int set_cpus(struct context *ctx, int cpu)
{
	int (*fn)(struct task_struct *p, struct context *ctx);

	fn = address_of("__set_cpus_allowed_ptr");
	if (!fn)
		return -ENOENT;
	if (cpu < 0 || cpu >= nr_cpu_ids)
		return -EINVAL;
	ctx->new_mask = cpumask_of(cpu);
	return fn(current, ctx);
}

/*
 * As sched_setaffinity() does when the cpuset changes behind its back: "FIRST SECOND" asks for one
 * CPU, and comes again with the same context and another.
 */
static int again_set(const char *val, const struct kernel_param *kp)
{
	struct context ctx = { .flags = SCA_USER };
	int cpu[2], n, i, ret = 0;

	n = sscanf(val, "%d %d", &cpu[0], &cpu[1]);
	if (n < 1)
		return -EINVAL;
	for (i = 0; i < n && !ret; i++)
		ret = set_cpus(&ctx, cpu[i]);
	/* The kernel has swapped it for the one that was remembered before. */
	kfree(ctx.user_mask);
	return ret;
}

/* As the kernel does it for itself. */
static int kernel_set(const char *val, const struct kernel_param *kp)
{
	struct context ctx = { .flags = 0 };
	int cpu, ret = kstrtoint(val, 0, &cpu);

	return ret ? ret : set_cpus(&ctx, cpu);
}

/* A 32-bit program on CPUs of which only some can run it, and another one after it (arm64). */
static int relax_set(const char *val, const struct kernel_param *kp)
{
	void (*force)(struct task_struct *p) = address_of("force_compatible_cpus_allowed_ptr");
	void (*relax)(struct task_struct *p) = address_of("relax_compatible_cpus_allowed_ptr");

	if (!force || !relax)
		return -ENOENT;
	force(current);
	relax(current);
	return 0;
}

static const struct kernel_param_ops again_ops = { .set = again_set };
module_param_cb(again, &again_ops, NULL, 0200);
MODULE_PARM_DESC(again, "two CPUs: a request for one that comes a second time for the other");

static const struct kernel_param_ops kernel_ops = { .set = kernel_set };
module_param_cb(kernel, &kernel_ops, NULL, 0200);
MODULE_PARM_DESC(kernel, "a CPU that the kernel puts the writer on");

static const struct kernel_param_ops relax_ops = { .set = relax_set };
module_param_cb(relax, &relax_ops, NULL, 0200);
MODULE_PARM_DESC(relax, "write: restrict the writer's mask and have it restored");

MODULE_DESCRIPTION("nsguard selftest: the scheduler's own calls about CPUs");
MODULE_LICENSE("GPL");
