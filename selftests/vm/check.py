# SPDX-License-Identifier: GPL-2.0-only
"""Boots the guests of make check (kernels side by side), collects what the test programs say, prints
it as KTAP and judges it by selftests/expected. Builds nothing, see check.sh."""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

import ktap

VM = os.path.dirname(os.path.abspath(__file__))
SELFTESTS = os.path.dirname(VM)
PROGRAM_SECONDS = int(os.environ.get("NSGUARD_TEST_SECONDS", "90"))
GUEST_SECONDS = int(os.environ.get("NSGUARD_GUEST_SECONDS", "600"))
LOCK = threading.Lock()


def tell(text):
    """Progress, on stderr, a line at a time."""
    with LOCK:
        print(text, file=sys.stderr, flush=True)


def boots_read(path):
    """Returns ({boot: {load, cmdline}}, {program: boot}, {program: seconds})."""
    boots, programs, seconds = {"default": {}}, {}, {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            word = shlex.split(line, comments=True)
            if not word:
                continue
            if word[0] == "boot" and len(word) >= 2:
                boots[word[1]] = dict(w.split("=", 1) for w in word[2:])
            elif word[0] == "program" and len(word) in (3, 4) and word[2] in boots:
                programs[word[1]] = word[2]
                if len(word) == 4:
                    seconds[word[1]] = int(word[3])
            else:
                raise ValueError(f"{path}:{number}: not understood: {line.strip()}")
    return boots, programs, seconds


class Machine:
    """One kernel: its guests one after the other, and what came out of them."""

    def __init__(self, kernel, args, selection, planned):
        self.kernel, self.args, self.selection, self.planned = kernel, args, selection, planned
        self.programs = {}
        self.troubles = []  # (what, reason)
        self.process = None

    def command_tree(self, boot, names):
        """What the guest gets beside modules and nsguardctl: programs, test modules and the plan."""
        root = os.path.join(self.args.build, "check", f"{self.kernel}-{boot}")
        shutil.rmtree(root, ignore_errors=True)
        tests = os.path.join(root, "usr/lib/nsguard-test")
        os.makedirs(tests)
        os.makedirs(os.path.join(root, "job"))
        for name in names:
            shutil.copy(program_path(self.args, name), tests)
        modules = os.path.join(self.args.build, "testmod", self.kernel, "src")
        if os.path.isdir(modules):
            for name in os.listdir(modules):
                if name.endswith(".ko"):
                    shutil.copy(os.path.join(modules, name), tests)
        with open(os.path.join(root, "job/plan"), "w", encoding="utf-8") as file:
            for name in names:
                limit = self.args.seconds.get(name, PROGRAM_SECONDS)
                print(limit, name, *self.selection.arguments(name), file=file)
        return root

    def boot(self, boot, how, names):
        """One guest, from power-on to its end. True if it said anything at all."""
        root = self.command_tree(boot, names)
        kind = "mutate" if self.args.mutate else "check"
        env = dict(os.environ, FILES=root, WORK=f"{kind}-{self.kernel}-{boot}", NSG_QUIET="1",
                   LOAD=how.get("load", "yes"), CMDLINE=how.get("cmdline", ""),
                   TIMEOUT=str(GUEST_SECONDS))
        if self.args.mutate:
            env["MODULES"] = os.path.join(self.args.build, f"{self.kernel}-mutate-allow")
        else:
            env["MODULES"] = os.path.join(self.args.build, "dkms", self.kernel)
        raw = os.path.join(self.args.build, "check", f"{self.kernel}-{boot}.out")
        errors = os.path.join(self.args.build, "check", f"{self.kernel}-{boot}.err")
        spoke, program = False, None
        with open(raw, "w", encoding="utf-8") as log, open(errors, "w", encoding="utf-8") as err:
            self.process = subprocess.Popen(
                [os.path.join(VM, "run.sh"), self.kernel, "--script", os.path.join(VM, "guest/tests.sh")],
                env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err,
                encoding="utf-8", errors="backslashreplace", start_new_session=True)
            for line in self.process.stdout:
                log.write(line)
                line = line.rstrip("\n")
                word = line.split()
                if line.startswith("@@nsguard begin "):
                    spoke, program = True, ktap.Program(word[2])
                    self.programs[program.name] = program
                elif line.startswith("@@nsguard end ") and program:
                    program.status, program.seconds = int(word[3]), int(word[4]) / 1000
                    self.progress(program)
                    program = None
                elif program and line:
                    program.feed(line)
            status = self.process.wait()
        if status != 0:
            with open(errors, encoding="utf-8", errors="replace") as err:
                said = [l.strip() for l in err if l.startswith("nsguard:")] or [f"exit {status}, {errors}"]
            if not spoke:
                return said[-1]
            self.troubles.append((f"guest:{boot}", said[-1]))
        return None

    def progress(self, program):
        """One line for people who wait."""
        text = f"{program.count('pass')} passed, {program.count('fail')} failed"
        if program.count("skip"):
            text += f", {program.count('skip')} skipped"
        if program.trouble():
            text += f", {program.trouble()}"
        tell(f"[{self.kernel}] {program.name}: {text} ({program.seconds:.1f} s)")

    def run(self, plan, boots):
        """plan: {boot: [program, ...]}."""
        for boot, names in plan.items():
            try:
                silent = self.boot(boot, boots[boot], names)
                if silent and "kernel trouble" not in silent and "did not load" not in silent:
                    # It never came as far as our first line, and that was not the guard's doing.
                    tell(f"[{self.kernel}] guest {boot} did not start the tests ({silent}); once more")
                    silent = self.boot(boot, boots[boot], names)
                if silent:
                    self.troubles.append((f"guest:{boot}", silent))
            except (OSError, ValueError) as error:
                self.troubles.append((f"guest:{boot}", str(error)))
            for name in names:
                if name not in self.programs:
                    self.troubles.append((name, "not run"))
        for program in self.programs.values():
            if program.trouble():
                self.troubles.append((program.name, program.trouble()))

    def results(self):
        """{(program, test): (state, reason)} of what was selected."""
        return {(p.name, t): result for p in self.programs.values() for t, result in p.tests.items()
                if self.selection.wants(p.name, t)}


def program_path(args, name):
    """A built program, or a script of selftests/."""
    if name.endswith(".sh"):
        return os.path.join(SELFTESTS, name)
    return os.path.join(args.build, "tests", name)


def programs_known():
    """Test programs by name, from the sources."""
    return sorted(n[:-2] if n.endswith(".c") else n for n in os.listdir(SELFTESTS)
                  if n.endswith((".c", ".sh")))


def ktap_print(machines, bad):
    """Everything as nested KTAP: a kernel is a test of which the programs are tests."""
    print("KTAP version 1")
    print(f"1..{len(machines)}")
    for number, machine in enumerate(machines, 1):
        print("  KTAP version 1")
        print(f"  1..{len(machine.programs)}")
        for index, program in enumerate(machine.programs.values(), 1):
            for line in program.lines:
                print("    " + line.replace("TAP version 13", "KTAP version 1"))
            failed = program.count("fail") or program.trouble()
            print(f"  {'not ok' if failed else 'ok'} {index} {program.name}")
        failed = any(kernel == machine.kernel for kernel, _, _ in bad)
        print(f"{'not ok' if failed else 'ok'} {number} {machine.kernel}")


def judge(machine, expected):
    """Returns (passed, skipped, [(kernel, what, reason)])."""
    results, bad, passed, skipped = machine.results(), [], 0, 0
    for (program, test), (state, reason) in results.items():
        name = f"{program}:{test}"
        if state == "fail":
            bad.append((machine.kernel, name, reason))
        elif (program, test) not in expected.entries:
            bad.append((machine.kernel, name, f"not in {os.path.basename(expected.path)} (make check UPDATE=1)"))
        elif state == "skip" and not expected.entries[(program, test)]:
            bad.append((machine.kernel, name, f"skipped without being listed as SKIP: {reason}"))
        elif state == "skip":
            skipped += 1
        else:
            passed += 1
    ran = set(machine.planned)
    for (program, test) in expected.entries:
        if (program, test) in results or not machine.selection.wants(program, test):
            continue
        why = "in the list and not run" if program in ran else "in the list, but there is no such program"
        bad.append((machine.kernel, f"{program}:{test}", why))
    bad += [(machine.kernel, what, reason) for what, reason in machine.troubles]
    return passed, skipped, bad


def judge_mutation(machines, denial):
    """Every denial test must fail with a guard that allows everything."""
    wanted = failed = 0
    bad = []
    for machine in machines:
        results = machine.results()
        for key in denial.entries:
            if not machine.selection.wants(*key):
                continue
            state = results.get(key, ("not run", ""))[0]
            if state == "skip":
                continue
            wanted += 1
            if state == "fail":
                failed += 1
            else:
                bad.append((machine.kernel, ":".join(key), f"{state} although nothing is ever denied"))
        bad += [(machine.kernel, what, reason) for what, reason in machine.troubles if what.startswith("guest:")]
    for item in bad:
        print("# FAILED", item[0], item[1], item[2])
    print(f"mutate allow: {failed} of {wanted} denial tests failed as they must")
    return 0 if wanted and failed == wanted and not bad else 1


def main():
    """Returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernels", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--test", default="")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--mutate", action="store_true")
    args = parser.parse_args()
    kernels = args.kernels.split(",")
    selection = ktap.Selection(args.test)
    boots, where, args.seconds = boots_read(os.path.join(VM, "boots.list"))
    lists = os.path.join(SELFTESTS, "expected")
    known = programs_known()
    for name in where:
        if name not in known:
            tell(f"nsguard: boots.list: there is no test program {name}")
    denial = ktap.Expected(os.path.join(lists, "denial.list"))
    wanted = selection.programs(known)
    if args.mutate:
        wanted = [n for n in wanted if n in {key[0] for key in denial.entries}]
    if not wanted:
        raise ValueError("there is no test program to run")
    plan = {}
    for name in wanted:
        plan.setdefault(where.get(name, "default"), []).append(name)

    machines = [Machine(kernel, args, selection, wanted) for kernel in kernels]
    os.makedirs(os.path.join(args.build, "check"), exist_ok=True)
    started = time.monotonic()
    threads = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for machine in machines:
        threads.append(threading.Thread(target=machine.run, args=(plan, boots), daemon=True))
        threads[-1].start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        # The guests have process groups of their own: nobody else would end them.
        for machine in machines:
            if machine.process and machine.process.poll() is None:
                os.killpg(machine.process.pid, signal.SIGTERM)
        return 130
    tell(f"nsguard: guests ended after {time.monotonic() - started:.0f} s")
    if args.mutate:
        return judge_mutation(machines, denial)

    passed, skipped, bad = 0, 0, []
    for machine in machines:
        expected = ktap.Expected(os.path.join(lists, machine.kernel + ".list"))
        if args.update:
            expected.rewrite(machine.results(), selection.wants, {what for what, _ in machine.troubles})
            expected = ktap.Expected(expected.path)
        more = judge(machine, expected)
        passed, skipped, bad = passed + more[0], skipped + more[1], bad + more[2]
    ktap_print(machines, bad)
    for item in bad:
        print("# FAILED", item[0], item[1], item[2])
    print(f"{passed} passed, {len(bad)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ValueError as problem:
        print(f"nsguard: error: {problem}", file=sys.stderr)
        sys.exit(1)
