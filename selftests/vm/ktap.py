# SPDX-License-Identifier: GPL-2.0-only
"""What test programs say and what was expected of them: KTAP of kselftest_harness.h, and the lists
of selftests/expected. Boots nothing and prints nothing, see check.py."""

import fnmatch
import os
import re

RESULT = re.compile(r"^(not ok|ok) \d+ (?:- )?([^#\s]\S*)(?:\s+#\s*(.*))?$")
PLAN = re.compile(r"^1\.\.(\d+)")


class Program:
    """One run of one test program: its lines and its tests, in the order they came."""

    def __init__(self, name):
        self.name = name
        self.lines = []
        self.tests = {}  # name -> (state, reason); state: pass, fail, skip
        self.plan = None
        self.status = None  # exit status; None: the guest ended before the program did
        self.seconds = 0.0
        self.said = []

    def feed(self, line):
        """One line of output."""
        self.lines.append(line)
        plan = PLAN.match(line)
        if plan and self.plan is None:
            self.plan = int(plan.group(1))
        found = RESULT.match(line)
        if not found:
            if line.startswith("#"):
                self.said.append(line)
            return
        verdict, name, directive = found.groups()
        directive = directive or ""
        word = directive.split(" ")[0].upper()
        if word == "SKIP":
            state, reason = "skip", directive[4:].strip()
        elif verdict == "ok" and word not in ("XFAIL", "XPASS"):
            state, reason = "pass", ""
        else:
            state, reason = "fail", self.reason(name) or directive or "failed"
        self.tests[name] = (state, reason)
        self.said = []

    def reason(self, name):
        """The first thing the test complained about."""
        for line in self.said:
            text = line.lstrip("# ").strip()
            if re.match(r"(RUN|FAIL|OK|Starting)\b", text) or text.endswith(name):
                continue
            return text
        return ""

    def trouble(self):
        """What is wrong with the run as a whole, or None."""
        if self.status is None:
            return "did not finish"
        if self.status in (124, 137, 143):
            return "time limit"
        if self.plan is None and self.status != 4:
            return f"printed no plan (exit {self.status})"
        if self.plan is not None and self.plan != len(self.tests):
            return f"planned {self.plan} tests and reported {len(self.tests)} (exit {self.status})"
        if self.status not in (0, 4) and not any(t[0] == "fail" for t in self.tests.values()):
            return f"exit {self.status} with no failed test"
        return None

    def count(self, state):
        """How many tests ended so."""
        return sum(1 for t in self.tests.values() if t[0] == state)


class Selection:
    """TEST=program[:pattern],... ; empty means everything."""

    def __init__(self, text):
        self.items = []
        for word in filter(None, (text or "").split(",")):
            program, _, pattern = word.partition(":")
            self.items.append((program, pattern))

    def programs(self, known):
        """Those of known that are wanted; an unknown name is an error."""
        if not self.items:
            return list(known)
        for program, _ in self.items:
            if not fnmatch.filter(known, program):
                raise ValueError(f"TEST={program}: no such test program, known are: {' '.join(known)}")
        return [k for k in known if any(fnmatch.fnmatch(k, p) for p, _ in self.items)]

    def arguments(self, program):
        """Options for the harness that leave out what is not wanted, where it can do that."""
        patterns = [pat for p, pat in self.items if fnmatch.fnmatch(program, p)]
        if not patterns or any(not pat or re.search(r"[*?\[]", pat) for pat in patterns):
            return []
        return [w for pat in patterns for w in (["-r", pat] if "." in pat else ["-t", pat])]

    def wants(self, program, test):
        """Is this test of this program selected?"""
        if not self.items:
            return True
        for p, pat in self.items:
            if fnmatch.fnmatch(program, p):
                if not pat or fnmatch.fnmatch(test, pat) or test.endswith("." + pat):
                    return True
        return False


class Expected:
    """One list: `program test` or `program test SKIP reason`, comments kept with what follows them. A first
    line `like KERNEL` takes that kernel's list, of which only what differs is written down."""

    def __init__(self, path):
        self.path = path
        self.entries = {}  # (program, test) -> skip reason or None
        self.comments = {}  # (program, test) -> comment lines above it
        self.head = []
        self.base = {}  # entries of the list this one is like
        self.like = None
        if not os.path.exists(path):
            return
        pending = []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip("\n")
                if not line or line.startswith("#"):
                    pending.append(line)
                    if not line and not self.entries:
                        self.head += pending
                        pending = []
                    continue
                word = line.split(None, 3)
                if word[0] == "like" and len(word) == 2 and not self.like and not self.entries:
                    self.like = word[1]
                    self.base = Expected(os.path.join(os.path.dirname(path), word[1] + ".list")).entries
                    self.head += pending
                    pending = []
                    continue
                if len(word) < 2 or (len(word) > 2 and (word[2] != "SKIP" or len(word) < 4)):
                    raise ValueError(f"{path}:{number}: want `program test [SKIP reason]`: {line}")
                key = (word[0], word[1])
                if key in self.entries:
                    raise ValueError(f"{path}:{number}: listed twice: {line}")
                self.entries[key] = word[3] if len(word) == 4 else None
                self.comments[key] = pending
                pending = []
        self.entries = {**self.base, **self.entries}

    def rewrite(self, results, selected, broken):
        """results: {(program, test): (state, reason)}. What was not selected stays as it is, and so do the
        entries of broken programs: those did not run to their end."""
        new = {}
        for key, skip in self.entries.items():
            if not selected(*key) or key[0] in broken:
                new[key] = skip
        for key, (state, reason) in results.items():
            new[key] = (self.entries.get(key) or reason or "no reason given") if state == "skip" else None
        order = sorted(new, key=lambda k: k[0])
        head = self.head or [
            "# SPDX-License-Identifier: GPL-2.0-only",
            "# Tests that must run on this kernel: program test [SKIP reason]. make check UPDATE=1",
            "",
        ]
        with open(self.path, "w", encoding="utf-8") as file:
            for line in head:
                print(line, file=file)
            if self.like:
                print("like", self.like, file=file)
            for key in order:
                if self.like and key in self.base and new[key] == self.base[key]:
                    continue
                for line in self.comments.get(key, []):
                    print(line, file=file)
                print(*key, *(["SKIP", new[key]] if new[key] else []), file=file)
