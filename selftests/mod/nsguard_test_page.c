// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/nsguard_test_page: a page to map that does not arrive before "arrive" is written. Whoever
 * touches it sleeps meanwhile, a sleepable BPF program that reads it included (H1).
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/wait.h>

static struct page *page;
static DECLARE_WAIT_QUEUE_HEAD(waiters);
static atomic_t asleep = ATOMIC_INIT(0);
static bool arrive;

static int arrive_set(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_bool(val, kp);

	wake_up_all(&waiters);
	return ret;
}

static const struct kernel_param_ops arrive_ops = { .set = arrive_set, .get = param_get_bool };
module_param_cb(arrive, &arrive_ops, &arrive, 0644);
MODULE_PARM_DESC(arrive, "write 1: let the page arrive");

static int asleep_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&asleep));
}

static const struct kernel_param_ops asleep_ops = { .get = asleep_get };
module_param_cb(asleep, &asleep_ops, NULL, 0444);
MODULE_PARM_DESC(asleep, "read: how many wait for the page");

static vm_fault_t page_fault(struct vm_fault *vmf)
{
	atomic_inc(&asleep);
	/* Killed or not, the page is given: who waits may be in the middle of the kernel. */
	wait_event_killable(waiters, READ_ONCE(arrive));
	atomic_dec(&asleep);
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct page_vm_ops = { .fault = page_fault };

static int page_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &page_vm_ops;
	return 0;
}

/* A mapping keeps the file open, and an open file the module. */
static const struct file_operations page_fops = {
	.owner = THIS_MODULE,
	.mmap = page_mmap,
};

static struct miscdevice page_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nsguard_test_page",
	.fops = &page_fops,
};

static int __init test_init(void)
{
	int ret;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	ret = misc_register(&page_device);
	if (ret)
		__free_page(page);
	return ret;
}

static void __exit test_exit(void)
{
	misc_deregister(&page_device);
	__free_page(page);
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("nsguard selftest: a page that takes its time");
MODULE_LICENSE("GPL");
