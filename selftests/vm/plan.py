# SPDX-License-Identifier: GPL-2.0-only
"""What is to run where, from boots.list and suites.list. Runs nothing, see check.py."""

import os
import shlex

GOALS = ("check", "full", "all", "none")


class Kernel:
    """A row of suites.list; seconds are estimates."""

    def __init__(self, name, goal="none", build=0, suite=300, slow=1):
        self.name, self.goal = name, goal
        self.build, self.suite, self.slow = int(build), int(suite), int(slow)
        self.only = set()  # the programs that a goal runs here; none: all of them
        if goal not in GOALS or self.slow < 1:
            raise ValueError("goal or slow")


def suites_read(path):
    """Returns [Kernel]."""
    rows = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            word = line.split()
            if not word or word[0].startswith("#"):
                continue
            try:
                if word[0] == "only":
                    rows[word[1]].only.update(word[2:])
                else:
                    rows[word[0]] = Kernel(*word)
            except (IndexError, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}:{number}: not understood: {line.strip()}") from error
    return list(rows.values())


def kernels_of(rows, wanted):
    """wanted: a goal, or names by comma. What is in no row is taken as it comes."""
    if wanted in GOALS:
        return [k for k in rows if GOALS.index(k.goal) <= GOALS.index(wanted)]
    known = {k.name: k for k in rows}
    # Who names a kernel has the time it takes.
    for kernel in rows:
        kernel.only.clear()
    return [known.get(name) or Kernel(name) for name in dict.fromkeys(wanted.split(","))]


class Boots:
    """boots.list: which programs share a guest, and how that is started."""

    def __init__(self, path):
        self.how, self.where, self.seconds = {"default": {}}, {}, {}
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                word = shlex.split(line, comments=True)
                if not word:
                    continue
                if word[0] == "boot" and len(word) >= 2:
                    self.how[word[1]] = dict(w.split("=", 1) for w in word[2:])
                elif word[0] == "program" and len(word) in (3, 4) and word[2] in self.how:
                    self.where[word[1]] = word[2]
                    if len(word) == 4:
                        self.seconds[word[1]] = int(word[3])
                else:
                    raise ValueError(f"{path}:{number}: not understood: {line.strip()}")

    def plan(self, programs):
        """{boot: [program, ...]}; those named in the list come first, in its order."""
        order = list(self.where)
        plan = {}
        for name in sorted(programs, key=lambda n: (order.index(n) if n in order else len(order), n)):
            plan.setdefault(self.where.get(name, "default"), []).append(name)
        return plan


def programs_known(folder):
    """Test programs by name, from the sources."""
    return sorted(n[:-2] if n.endswith(".c") else n for n in os.listdir(folder)
                  if n.endswith((".c", ".sh")))
