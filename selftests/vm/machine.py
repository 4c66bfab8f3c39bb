# SPDX-License-Identifier: GPL-2.0-only
"""One kernel of make check: its guests, and what came out of them. When a guest is started is decided
elsewhere (schedule.py), and so is what its results mean (check.py)."""

import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import ktap

VM = os.path.dirname(os.path.abspath(__file__))
SELFTESTS = os.path.dirname(VM)
# Seconds for a program; what boots.list says of it, or who calls, can only make that more.
PROGRAM_SECONDS = int(os.environ.get("NSGUARD_TEST_SECONDS", "90"))
GUEST_SECONDS = int(os.environ.get("NSGUARD_GUEST_SECONDS", "1800"))
LOCK = threading.Lock()


def tell(text):
    """Progress, on stderr, a line at a time."""
    with LOCK:
        print(text, file=sys.stderr, flush=True)


def oracle_parameters(cmdline):
    """What the oracle and the loads are asked to do, as kernel parameters: tests take no arguments."""
    names = ("NSG_SEED", "NSG_PAIRS", "NSG_REAL", "NSG_RULES", "NSG_FORKS")
    words = [f"{name.lower()}={os.environ[name]}" for name in names
             if os.environ.get(name)]
    return " ".join([cmdline] + words)


class Machine:
    """One kernel. Its guests may run side by side."""

    def __init__(self, kernel, args, selection, boots, programs):
        self.kernel, self.args, self.selection, self.boots = kernel, args, selection, boots
        self.name = kernel.name
        self.planned = programs
        runs = [n for n in programs if selection.items or not kernel.only or n in kernel.only]
        self.plan = boots.plan(runs)
        self.built = os.path.join(args.build, "tests")  # where its test programs are
        self.programs = {}
        self.troubles = []  # (what, reason)
        # program -> why there was no time for it
        self.late = {n: f"takes long there, make check KERNEL={kernel.name} has it" for n in programs if n not in runs}
        self.processes = set()

    def give_up(self, reason):
        """Nothing of it will run: there is no time."""
        tell(f"[{self.name}] skipped: {reason}")
        self.late = {name: reason for name in self.planned}

    def kill(self):
        """Its guests have process groups of their own: nobody else would end them."""
        for process in list(self.processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)

    def command_tree(self, boot, names):
        """What the guest gets beside modules and nsguardctl: programs, test modules and the plan."""
        root = os.path.join(self.args.build, "check", f"{self.name}-{boot}")
        shutil.rmtree(root, ignore_errors=True)
        tests = os.path.join(root, "usr/lib/nsguard-test")
        os.makedirs(tests)
        os.makedirs(os.path.join(root, "job"))
        for name in names:
            # A script of selftests/, or a built program.
            folder = SELFTESTS if name.endswith(".sh") else self.built
            shutil.copy(os.path.join(folder, name), tests)
        modules = os.path.join(self.args.build, "testmod", self.name, "src")
        if os.path.isdir(modules):
            for name in os.listdir(modules):
                if name.endswith(".ko"):
                    shutil.copy(os.path.join(modules, name), tests)
        with open(os.path.join(root, "job/plan"), "w", encoding="utf-8") as file:
            for name in names:
                limit = max(self.boots.seconds.get(name, 0), PROGRAM_SECONDS) * self.kernel.slow
                print(limit, name, *self.selection.arguments(name), file=file)
        with open(os.path.join(root, "job/slow"), "w", encoding="utf-8") as file:
            print(self.kernel.slow, file=file)
        return root

    def guest(self, boot, names, seconds):
        """One guest, from power-on to its end. None, or why it never said anything."""
        how = self.boots.how[boot]
        root = self.command_tree(boot, names)
        kind = "mutate" if self.args.mutate else "check"
        env = dict(os.environ, FILES=root, WORK=f"{kind}-{self.name}-{boot}", NSG_QUIET="1",
                   LOAD=how.get("load", "yes"), CMDLINE=oracle_parameters(how.get("cmdline", "")), TIMEOUT=str(seconds))
        if self.args.mutate:
            env["MODULES"] = os.path.join(self.args.build, f"{self.name}-mutate-allow")
        else:
            env["MODULES"] = os.path.join(self.args.build, "dkms", self.name)
        raw = os.path.join(self.args.build, "check", f"{self.name}-{boot}.out")
        errors = os.path.join(self.args.build, "check", f"{self.name}-{boot}.err")
        spoke = False
        with open(raw, "w", encoding="utf-8") as log, open(errors, "w", encoding="utf-8") as err:
            process = subprocess.Popen(
                [os.path.join(VM, "run.sh"), self.name, "--script", os.path.join(VM, "guest/tests.sh")],
                env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err,
                encoding="utf-8", errors="backslashreplace", start_new_session=True)
            self.processes.add(process)
            spoke = self.listen(process.stdout, log)
            status = process.wait()
            self.processes.discard(process)
        if status != 0:
            with open(errors, encoding="utf-8", errors="replace") as err:
                said = [l.strip() for l in err if l.startswith("nsguard:")] or [f"exit {status}, {errors}"]
            if not spoke:
                return said[-1]
            self.troubles.append((f"guest:{boot}", said[-1]))
        return None

    def listen(self, output, log):
        """What the test programs say, live. True if they said anything."""
        spoke, program = False, None
        for line in output:
            log.write(line)
            line = line.rstrip("\n")
            word = line.split()
            if line.startswith("@@nsguard begin "):
                spoke, program = True, ktap.Program(word[2])
                self.programs[program.name] = program
            elif line.startswith("@@nsguard end ") and program:
                program.status, program.seconds = int(word[3]), int(word[4]) / 1000
                log.flush()
                self.progress(program)
                program = None
            elif program and line:
                program.feed(line)
        return spoke

    def progress(self, program):
        """One line for people who wait."""
        text = f"{program.count('pass')} passed, {program.count('fail')} failed"
        if program.count("skip"):
            text += f", {program.count('skip')} skipped"
        if program.trouble():
            text += f", {program.trouble()}"
        tell(f"[{self.name}] {program.name}: {text} ({program.seconds:.1f} s)")

    def run(self, boot, deadline):
        """All programs of one boot. deadline: when time is over for this machine, or None."""
        names = self.plan[boot]
        for last in (False, True):
            seconds = GUEST_SECONDS * self.kernel.slow
            if deadline is not None:
                seconds = max(1, min(seconds, math.ceil(deadline - time.monotonic())))
            try:
                silent = self.guest(boot, names, seconds)
            except (OSError, ValueError) as error:
                silent, last = str(error), True
            # Clocks differ a little: of the last two seconds nothing is expected any more.
            over = deadline is not None and time.monotonic() >= deadline - 2
            if not silent or last or over or "kernel trouble" in silent or "did not load" in silent:
                break
            # It never came as far as our first line, and that was not the guard's doing.
            tell(f"[{self.name}] guest {boot} did not start the tests ({silent}); once more")
        if silent and not (over and "not finished after" in silent):
            self.troubles.append((f"guest:{boot}", silent))
        if over:
            self.cut_short(boot, names)
        for name in names:
            if name not in self.programs and name not in self.late:
                self.troubles.append((name, "not run"))

    def cut_short(self, boot, names):
        """The time was over before the guest was. What failed until then has failed all the same."""
        said = [t for t in self.troubles if t[0] == f"guest:{boot}" and "not finished after" in t[1]]
        self.troubles = [t for t in self.troubles if t not in said]
        for name in names:
            program = self.programs.get(name)
            if program is None or (program.status is None and not program.count("fail")):
                self.programs.pop(name, None)
                self.late[name] = "the time was over before it was through"
        if any(name in self.late for name in names):
            tell(f"[{self.name}] guest {boot} was stopped: the time is over")

    def finish(self):
        """After the last guest: programs that ended badly are troubles too."""
        for program in self.programs.values():
            if program.trouble():
                self.troubles.append((program.name, program.trouble()))

    def results(self):
        """{(program, test): (state, reason)} of what was selected."""
        return {(p.name, t): result for p in self.programs.values() for t, result in p.tests.items()
                if self.selection.wants(p.name, t)}
