# SPDX-License-Identifier: GPL-2.0-only
#
# The one front door: everything a person or CI does starts with a make here (make help). Kbuild, not
# this file, says what the kernel module consists of; selftests/vm does the work with machines.

VM      := $(CURDIR)/selftests/vm
BUILD   ?= $(CURDIR)/build
KERNEL  ?= debian-6.12
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' $(CURDIR)/dkms.conf 2>/dev/null)
DESTDIR ?=
PREFIX  ?= /usr
export NSGUARD_BUILD := $(abspath $(BUILD))
export MUTATE TEST UPDATE LOAD CMDLINE TIMEOUT

# A name per make process: two runs may go on at once.
run-status := $(NSGUARD_BUILD)/run/status.$(shell echo $$PPID)
run-exit   := $(NSGUARD_BUILD)/run/make-exit.so

# Recipes lock and share caches by themselves; two goals at once would only mix their output.
.NOTPARALLEL:

.PHONY: all help deps cli module kernels kernel demo check check-full check-all run shell fuzz bench lint regen
.PHONY: regen-check patches-check install clean

all: cli
	@if [ -e /lib/modules/$$(uname -r)/build/Makefile ]; then \
		$(VM)/module.sh --kdir /lib/modules/$$(uname -r)/build; \
	else \
		echo "nsguard: no headers of the running kernel, module not built (make module KERNEL=... or KDIR=...)" >&2; \
	fi

help:
	@sed -n 's/^#: //p' $(CURDIR)/Makefile

#: make demo                       three stories on a real kernel in a guest (nine steps)
#: make check                      the kselftests on every stock kernel
#:      KERNEL=a,b TEST=prog[:pattern],... UPDATE=1 MUTATE=allow
#: make check-full                 and on PREEMPT_RT, arm64 and glue-7.3: what CI runs
#: make check-all                  and on the other kernels of our own, one with KASAN and lockdep
#: make run CMD='...'              one command in a guest, or SCRIPT=file
#:      KERNEL=debian-6.12 LOAD=no CMDLINE='...' TIMEOUT=seconds
#: make shell                      an interactive guest (KERNEL=)
#: make                            nsguardctl, and the module for the running kernel
#: make cli                        nsguardctl into build/cli
#: make module KERNEL= | KDIR=     the module for a stock kernel, or against any headers
#: make kernels                    fetch stock kernels and headers into the cache
#: make kernel KERNEL=glue-7.3     build kernels of our own into the cache (ten minutes each):
#:                                 glue-7.3, glue-7.3-debug, glue-7.3-nobpf, glue-6.12, posted-7.3,
#:                                 posted-7.3-nolsm; several by comma
#: make deps                       install what building and testing need (root)
#: make fuzz FUZZ_SECONDS=60       fuzz nsguardctl's parser; FUZZ_FILE=crash for one input
#: make bench BENCH_KERNEL=glue-7.3 what it costs beside peers, in counted instructions
#: make lint                       every style and static check (CHECK=name for one)
#: make regen, make regen-check    generate from uapi/nsguard.yaml; or compare only
#: make patches-check              git am and checkpatch of kernel-glue/patches on Debian's sources
#: make install                    nsguardctl, man page, completion, DKMS source (DESTDIR=, PREFIX=)
#: make clean                      remove build/

deps:
	@$(VM)/deps.sh

cli:
	@$(VM)/deps.sh cli
	@mkdir -p $(NSGUARD_BUILD)/cli
	@$(MAKE) --no-print-directory -s -C cli O=$(NSGUARD_BUILD)/cli

ifneq ($(origin KDIR),undefined)
module:
	@$(VM)/module.sh --kdir "$(KDIR)"
else
module: deps
	@$(VM)/module.sh "$(KERNEL)"
endif

kernels: deps
	@$(VM)/kernels.sh fetch

kernel: deps
	@$(VM)/kernel.sh build $(if $(filter command environment,$(origin KERNEL)),"$(KERNEL)")

demo: deps
	@$(CURDIR)/selftests/demo/demo.sh

check: deps
	@$(VM)/check.sh $(if $(filter command environment,$(origin KERNEL)),$(KERNEL))

check-full: deps
	@$(VM)/check.sh full

check-all: deps
	@$(VM)/check.sh all

# LOAD=no needs no module, so that the machine itself can be tried at any time.
run-prepare: deps
	@if [ -e cli/Makefile ]; then $(VM)/user.sh "$$($(VM)/kernels.sh arch "$(KERNEL)")" cli || [ "$(LOAD)" = no ]; fi
	@if [ "$(LOAD)" != no ]; then $(VM)/module.sh "$(KERNEL)" >&2; fi

.PHONY: run-prepare run-guest
run-guest: export NSG_CMD = $(value CMD)
run-guest: run-prepare
	@rm -f $(run-status)
	@if [ -n "$(SCRIPT)" ]; then \
		$(VM)/run.sh "$(KERNEL)" --script "$(SCRIPT)"; \
	else \
		$(VM)/run.sh "$(KERNEL)" --cmd "$$NSG_CMD"; \
	fi; echo $$? >$(run-status)
	@[ $(run-exit) -nt $(VM)/make-exit.c ] || \
		cc -Wall -Wextra -Werror -O2 -shared -fPIC -o $(run-exit) $(VM)/make-exit.c || true

# Make would end with 2 whatever the command's status was: make-exit.c ends it with that status.
run: run-guest
	$(eval status := $(file <$(run-status)))$(shell rm -f $(run-status))
	$(eval -load $(run-exit)(nsguard_exit_setup))$(nsguard-exit $(status))
	@exit $(status)

shell: run-prepare
	@$(VM)/run.sh "$(KERNEL)" --shell

fuzz: deps
	@$(CURDIR)/selftests/fuzz/fuzz.sh "$(or $(FUZZ_FILE),$(FUZZ_SECONDS),60)"

bench: deps
	@$(VM)/deps.sh bench
	@$(CURDIR)/selftests/bench/bench.sh $(BENCH_KERNEL)

lint: deps
	@$(VM)/lint.sh $(CHECK)

regen: deps
	@uapi/regen.sh "$$($(VM)/kernels.sh source)/tools/net/ynl"

regen-check: deps
	@uapi/regen.sh --check "$$($(VM)/kernels.sh source)/tools/net/ynl"

patches-check: deps
	@$(VM)/patches.sh

install: cli
	@$(VM)/install.sh "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf -- $(NSGUARD_BUILD)
