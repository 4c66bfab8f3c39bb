# SPDX-License-Identifier: GPL-2.0-only
"""H29: the series change functions that code calls which nothing here compiles: MIPS, LSMs that are not
configured. So every mention in a kernel's source is looked at instead. What the patches do, and whether
they apply, is the business of patches.sh.

usage: callers.py take TARBALL DIR    copies the files with a mention from a source tarball to DIR
       callers.py check DIR           prints what is wrong in them once the patches are on, and fails
"""

import os
import re
import sys
import tarfile

# The hook with the mask, whatever its prefix; and what only one function may do for all namespaces.
HOOK = re.compile(r"\b(\w*task_setscheduler)\b")
INUM = re.compile(r"\b((?:ns|proc)_(?:alloc|free)_inum)\s*\(")
INUM_OK = ("fs/proc/", "include/linux/proc_ns.h", "kernel/nsproxy.c", "kernel/nscommon.c")
# No part of a kernel.
OTHERS = ("Documentation/", "samples/", "scripts/", "tools/")


def is_source(name):
    return name.endswith((".c", ".h", ".S", ".rs")) and not name.startswith(OTHERS)


def mentions(text):
    return HOOK.search(text) or INUM.search(text)


def take(tarball, where):
    """The first folder of the names is the tarball's own."""
    taken = 0
    with tarfile.open(tarball, "r|*") as tar:
        for member in tar:
            name = member.name.partition("/")[2]
            if not member.isfile() or not is_source(name):
                continue
            data = tar.extractfile(member).read()
            if not mentions(data.decode("utf-8", "replace")):
                continue
            path = os.path.join(where, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
            taken += 1
    return taken


def bare(text):
    """Without comments and strings, every character where it was."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', lambda m: re.sub(r"[^\n]", " ", m.group()),
                  text, flags=re.S)


def arguments(text, start):
    """Number of arguments from @start, behind an opening parenthesis, to the one that closes it."""
    depth, commas = 1, 0
    for i in range(start, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
        commas += text[i] == "," and depth == 1
        if not depth:
            return commas + 1 if text[start:i].strip() else 0
    return 0


def look_at_hook(text, match):
    """A mention of the hook. Returns what is wrong, or None."""
    name, behind = match.group(1), text[match.end():].lstrip()
    if behind.startswith("("):
        if arguments(text, text.index("(", match.end()) + 1) != 2:
            return f"{name}() without the mask"
        return None
    within = re.search(r"(\w+)\s*\([^()]*$", text[:match.start()])
    macro = within.group(1) if within else "nothing"
    if macro in ("LSM_HOOK", "call_int_hook"):
        # From the hook's name on: itself, the task and the mask.
        return None if arguments(text, match.start()) == 3 else f"{macro}({name}) without the mask"
    if macro == "LSM_HOOK_INIT":
        # What implements it is found by its name, so that must end alike.
        alike = re.match(r",\s*\w*task_setscheduler\b|\)", behind)
        return None if alike else f"{macro}({name}) with a name of its own"
    return None if macro.startswith("BTF_") else f"{name} in {macro}(), which callers.py does not know"


def check(where):
    wrong, seen = [], 0
    for folder, _, names in os.walk(where):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), where)
            if not is_source(path):
                continue
            with open(os.path.join(where, path), encoding="utf-8", errors="replace") as file:
                text = bare(file.read())
            found = [(m, look_at_hook(text, m)) for m in HOOK.finditer(text)]
            if not path.startswith(INUM_OK):
                found += [(m, f"{m.group(1)}() of a namespace that is set up by itself") for m in INUM.finditer(text)]
            seen += len(found)
            wrong += [f"{path}:{text.count(chr(10), 0, m.start()) + 1}: {why}" for m, why in found if why]
    if not seen:
        wrong.append("no mention anywhere: nothing was looked at")
    print("\n".join(sorted(wrong)) if wrong else f"{seen} mentions")
    return not wrong


def main(args):
    if len(args) == 3 and args[0] == "take":
        return 0 if take(args[1], args[2]) else 1
    if len(args) == 2 and args[0] == "check":
        return 0 if check(args[1]) else 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
