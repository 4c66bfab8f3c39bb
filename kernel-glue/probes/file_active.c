// SPDX-License-Identifier: GPL-2.0-only
/* 6.7, "file: convert to SLAB_TYPESAFE_BY_RCU": get_file_active(), one try to hold a file. */
#include <linux/fs.h>

static __maybe_unused struct file *nsguard_probe(struct file **f)
{
	return get_file_active(f);
}
