/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mode the tables start in and the one they never go beyond.
 */
#ifndef NSGUARD_MODE_H
#define NSGUARD_MODE_H

#include "request.h"

/*
 * Reads the module parameter and the kernel command line. May sleep. -EINVAL when either
 * names no mode, or an errno when the command line cannot be read; logged.
 */
int nsguard_mode_init(void);
/* What the tables start in; never beyond nsguard_ceiling() (decide.h). */
enum nsguard_mode nsguard_mode_initial(void);

#endif
