// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guarded functions called by the kernel for itself, none of which the guard
 * may judge (H13): by kernel threads, and in the context of a process that
 * asked for something else. What a write to a parameter returns, the call
 * returned.
 */
#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/task.h>

/* sched_setaffinity() is not exported: found at the address of a probe on it. */
static long (*setaffinity)(pid_t pid, const struct cpumask *mask);

/**
 * struct job - something a kernel thread does once
 * @fn: does it; its return value is the thread's
 * @arg: number that was written to the parameter
 * @done: completed when @fn has returned
 */
struct job {
	int (*fn)(int arg);
	int arg;
	struct completion done;
};

static int job_thread(void *data)
{
	struct job *job = data;
	int ret = job->fn(job->arg);

	complete(&job->done);
	return ret;
}

/* Runs @fn in a kernel thread of its own. Return: what @fn returned, or why there was no thread. */
static int job_run(int (*fn)(int arg), int arg)
{
	struct job job = { .fn = fn, .arg = arg };
	struct task_struct *task;
	int ret;

	init_completion(&job.done);
	task = kthread_create(job_thread, &job, "nsguard-test");
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* Held, so that it may be gone before it is stopped. */
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&job.done);
	ret = kthread_stop(task);
	put_task_struct(task);
	return ret;
}

/* Moves current to where the process @pid is, in every hierarchy, as vhost does for its workers. */
static int follow(int pid)
{
	struct pid *ref = find_get_pid(pid);
	struct task_struct *task = get_pid_task(ref, PIDTYPE_PID);
	int ret = -ESRCH;

	put_pid(ref);
	if (task) {
		ret = cgroup_attach_task_all(task, current);
		put_task_struct(task);
	}
	return ret;
}

static int pin(int cpu)
{
	if (cpu < 0 || cpu >= nr_cpu_ids)
		return -EINVAL;
	return setaffinity(0, cpumask_of(cpu));
}

static int in_caller_follow(const char *val, const struct kernel_param *kp)
{
	int pid, ret = kstrtoint(val, 0, &pid);

	return ret ? ret : follow(pid);
}

static int in_thread_follow(const char *val, const struct kernel_param *kp)
{
	int pid, ret = kstrtoint(val, 0, &pid);

	return ret ? ret : job_run(follow, pid);
}

static int in_thread_pin(const char *val, const struct kernel_param *kp)
{
	int cpu, ret = kstrtoint(val, 0, &cpu);

	return ret ? ret : job_run(pin, cpu);
}

static const struct kernel_param_ops follow_ops = { .set = in_caller_follow };
module_param_cb(follow, &follow_ops, NULL, 0200);
MODULE_PARM_DESC(follow, "move the writer to the cgroups of this process");

static const struct kernel_param_ops thread_follow_ops = { .set = in_thread_follow };
module_param_cb(thread_follow, &thread_follow_ops, NULL, 0200);
MODULE_PARM_DESC(thread_follow, "move a kernel thread to the cgroups of this process");

static const struct kernel_param_ops thread_pin_ops = { .set = in_thread_pin };
module_param_cb(thread_pin, &thread_pin_ops, NULL, 0200);
MODULE_PARM_DESC(thread_pin, "pin a kernel thread to this CPU");

static int __init test_init(void)
{
	struct kprobe probe = { .symbol_name = "sched_setaffinity" };
	int ret = register_kprobe(&probe);

	if (ret)
		return ret;
	setaffinity = (void *)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

static void __exit test_exit(void)
{
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("nsguard selftest: guarded operations of the kernel itself");
MODULE_LICENSE("GPL");
