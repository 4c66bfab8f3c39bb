# SPDX-License-Identifier: GPL-2.0-only
"""Runs the tests of make check on every kernel asked for (schedule.py, machine.py), prints what they said as
KTAP and judges it by selftests/expected. Builds nothing, see check.sh."""

import argparse
import os
import signal
import sys
import time

import ktap
from machine import SELFTESTS, VM, Machine, tell
from plan import Boots, kernels_of, programs_known, suites_read
from schedule import Schedule


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
        failed = any(name == machine.name for name, _, _ in bad)
        skipped = "" if failed or machine.programs or not machine.late else " # SKIP no time left"
        print(f"{'not ok' if failed else 'ok'} {number} {machine.name}{skipped}")


def judge(machine, expected):
    """Returns (passed, skipped, [(kernel, what, reason)]). What there was no time for is skipped."""
    results, passed, skipped = machine.results(), 0, 0
    # The causes before what they led to.
    bad = [(machine.name, what, reason) for what, reason in machine.troubles]
    for (program, test), (state, reason) in results.items():
        name = f"{program}:{test}"
        if state == "fail":
            bad.append((machine.name, name, reason))
        elif (program, test) not in expected.entries:
            bad.append((machine.name, name, f"not in {os.path.basename(expected.path)} (make check UPDATE=1)"))
        elif state == "skip" and not expected.entries[(program, test)]:
            bad.append((machine.name, name, f"skipped without being listed as SKIP: {reason}"))
        elif state == "skip":
            skipped += 1
        else:
            passed += 1
    ran = set(machine.planned)
    for (program, test) in expected.entries:
        if (program, test) in results or not machine.selection.wants(program, test):
            continue
        if program in machine.late:
            skipped += 1
            continue
        why = "in the list and not run" if program in ran else "in the list, but there is no such program"
        bad.append((machine.name, f"{program}:{test}", why))
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
            if state == "skip" or key[0] in machine.late:
                continue
            wanted += 1
            if state == "fail":
                failed += 1
            else:
                bad.append((machine.name, ":".join(key), f"{state} although nothing is ever denied"))
        bad += [(machine.name, what, reason) for what, reason in machine.troubles if what.startswith("guest:") or what == "prepare"]
    for item in bad:
        print("# FAILED", item[0], item[1], item[2])
    print(f"mutate allow: {failed} of {wanted} denial tests failed as they must")
    return 0 if wanted and failed == wanted and not bad else 1


def late_print(machines):
    """What there was no time for, by name and reason: nothing is left out in silence."""
    for machine in machines:
        for reason in sorted(set(machine.late.values())):
            names = [n for n in machine.planned if machine.late.get(n) == reason]
            what = "all tests" if len(names) == len(machine.planned) else " ".join(names)
            print(f"# SKIPPED {machine.name} {what}: {reason}")


def arguments():
    """The command line, as check.sh writes it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernels", required=True, help="names by comma, or check, full, all")
    parser.add_argument("--build", required=True)
    parser.add_argument("--test", default="")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--mutate", action="store_true")
    parser.add_argument("--budget", type=int, help="seconds, after which kernels that can wait are skipped")
    return parser.parse_args()


def programs_wanted(selection, known, denial, mutate):
    """The test programs to run."""
    wanted = selection.programs(known)
    if mutate:
        wanted = [n for n in wanted if n in {key[0] for key in denial.entries}]
    if not wanted:
        raise ValueError("there is no test program to run")
    return wanted


def results_print(machines, lists, update, selection):
    """Judges and prints. Returns the exit status."""
    passed, skipped, bad = 0, 0, []
    for machine in machines:
        expected = ktap.Expected(os.path.join(lists, machine.name + ".list"))
        if update and machine.programs:
            broken = {what for what, _ in machine.troubles} | set(machine.late)
            expected.rewrite(machine.results(), selection.wants, broken)
            expected = ktap.Expected(expected.path)
        more = judge(machine, expected)
        passed, skipped, bad = passed + more[0], skipped + more[1], bad + more[2]
    ktap_print(machines, bad)
    for item in bad:
        print("# FAILED", item[0], item[1], item[2])
    late_print(machines)
    print(f"{passed} passed, {len(bad)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if bad else 0


def main():
    """Returns the exit status."""
    begin = time.monotonic()
    args = arguments()
    selection = ktap.Selection(args.test)
    boots = Boots(os.path.join(VM, "boots.list"))
    lists = os.path.join(SELFTESTS, "expected")
    known = programs_known(SELFTESTS)
    for name in boots.where:
        if name not in known:
            tell(f"nsguard: boots.list: there is no test program {name}")
    rows = suites_read(os.path.join(VM, "suites.list"))
    for name in set().union(*(row.only for row in rows)) - set(known):
        tell(f"nsguard: suites.list: there is no test program {name}")
    denial = ktap.Expected(os.path.join(lists, "denial.list"))
    wanted = programs_wanted(selection, known, denial, args.mutate)
    kernels = kernels_of(rows, args.kernels)
    machines = [Machine(kernel, args, selection, boots, wanted) for kernel in kernels]
    os.makedirs(os.path.join(args.build, "check"), exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # A guest has two CPUs, of which one is mostly idle.
        slots = max(2, (os.cpu_count() or 2) // 2)
        Schedule(machines, slots, args.budget and begin + args.budget).run()
    except KeyboardInterrupt:
        return 130
    if args.mutate:
        return judge_mutation(machines, denial)
    return results_print(machines, lists, args.update, selection)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ValueError as problem:
        print(f"nsguard: error: {problem}", file=sys.stderr)
        sys.exit(1)
