# SPDX-License-Identifier: GPL-2.0-only
"""Holds the table of requirements in selftests/README.md against the tests: what it names must run
on some kernel (expected/*.list), and a program that says it proves a requirement must be in its row.
What a requirement is about, and whether a test proves it, is not looked at."""

import glob
import os
import re
import sys

SELFTESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REQUIREMENTS = [f"S{n}" for n in range(1, 19)]


def rows_read(path):
    """Returns ({requirement: {program, ...}}, [complaint])."""
    rows, bad = {}, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            cell = [c.strip() for c in line.strip().strip("|").split("|")]
            if not re.fullmatch(r"S\d+", cell[0]):
                continue
            if len(cell) != 3 or cell[0] in rows or cell[0] not in REQUIREMENTS:
                bad.append(f"{path}:{number}: not understood, or {cell[0]} twice")
                continue
            rows[cell[0]] = set(re.findall(r"`([a-z0-9_]+)`", cell[2]))
            if not rows[cell[0]] and not cell[2].startswith("not yet"):
                bad.append(f"{path}:{number}: {cell[0]} names no test and does not say \"not yet\"")
    return rows, bad


def running():
    """Programs of which at least one test runs, and is not skipped, on some kernel."""
    programs = set()
    for path in glob.glob(os.path.join(SELFTESTS, "expected", "*.list")):
        with open(path, encoding="utf-8") as file:
            for line in file:
                word = line.split()
                if len(word) == 2 and not line.startswith("#"):
                    programs.add(word[0])
    return programs


def claimed():
    """{program: {requirement, ...}} as the sources say it."""
    claims = {}
    for path in glob.glob(os.path.join(SELFTESTS, "*.c")):
        with open(path, encoding="utf-8") as file:
            comments = re.findall(r"/\*.*?\*/", file.read(), re.S)
        claims[os.path.basename(path)[:-2]] = set()
        for text in comments:
            for first, last in re.findall(r"\bS(\d+)(?: to S(\d+))?\b", text):
                for n in range(int(first), int(last or first) + 1):
                    claims[os.path.basename(path)[:-2]].add(f"S{n}")
    return claims


def main():
    """Returns the exit status."""
    readme = os.path.join(SELFTESTS, "README.md")
    rows, bad = rows_read(readme)
    programs = running()
    for name in REQUIREMENTS:
        if name not in rows:
            bad.append(f"{readme}: no row for {name}")
        for program in sorted(rows.get(name, set()) - programs):
            bad.append(f"{readme}: {name} names {program}, which runs on no kernel")
    for program, names in claimed().items():
        for name in sorted(names):
            if program not in rows.get(name, set()):
                bad.append(f"selftests/{program}.c says {name}, where {readme} does not name it")
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
