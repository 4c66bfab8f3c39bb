# SPDX-License-Identifier: GPL-2.0-only
"""Makes a table, a plot and build/bench.json of what the guests of bench.sh counted. What a metric is,
which peer it is held against and what the bar is, is in the tables below.

usage: report.py DECIDE POLICY JSON SVG KERNEL POLICY_KERNEL"""

import json
import os
import sys

WHAT = {"enter": "ns enter (setns)", "create": "ns create (unshare)",
        "create_user": "user ns create", "move": "cgroup move", "affinity": "sched_setaffinity"}
BY = {"target": "target NS", "uid": "uid", "auid": "auid", "cgroup": "cgroup under",
      "to": "to under", "target_cgroup": "target-cgroup under", "cpus": "cpus and uid",
      "gid": "gid"}
# Rules that no index can help: nobody promises anything.
WORST = "gid"
# Two counts of the same thing differ by as much (FACTS.md).
REPEATS = 0.005

PEER_BAR, SCALE_BAR, OFF_BAR = 0.4, 1.1, 1.0
# metric, who, per what, bar
POLICY = [
    ("load", "nsguard", "rule of a policy loaded by -f", 0.5),
    ("list", "nsguard", "rule listed as text", 0.5),
    ("add", "nsguard", "rule added at that size", 2.0),
    ("memory", "nsguard", "rule, bytes of kernel memory", 2.0),
    ("load", "nsguard-set", "element of a named set loaded by -f", None),
    ("add", "nsguard-set", "element added at that size", 2.0),
    ("memory", "nsguard-set", "element of a named set, bytes", 1.0),
]


def short(n):
    """1000 as 1k."""
    for size, letter in ((1000000, "M"), (1000, "k")):
        if n >= size and n % size == 0:
            return f"{n // size}{letter}"
    return str(n)


def read_decide(path):
    """Returns ({(act, by, n, who): instructions added, or in all for states}, [remark])."""
    figures, remarks = {}, []
    if not os.path.exists(path):
        return figures, [f"{path}: not measured"]
    with open(path, encoding="utf-8") as file:
        for line in file:
            word = line.split()
            if line.startswith("#"):
                remarks.append(line[1:].strip())
            elif len(word) == 6:
                figures[word[0], word[1], int(word[2]), word[3]] = float(word[4]) - float(word[5])
    return figures, remarks


def read_policy(path):
    """Returns {(name, who): figure of one}, the number of rules."""
    figures, number = {}, 0
    if not os.path.exists(path):
        return figures, number
    with open(path, encoding="utf-8") as file:
        for line in file:
            word = line.split()
            if len(word) == 4:
                figures[word[0], word[1]] = int(word[2]) / int(word[3])
                number = max(number, int(word[3]))
    return figures, number


def row(metric, ours, peer, peer_name, bar):
    """One entry of the result."""
    # Of counts of the whole operation equal is what differs by no more than a count repeats.
    slack = REPEATS if bar == OFF_BAR and peer_name == "without the module" else 0
    ratio = ours / peer if peer else None
    # Nothing added to nothing is nothing more.
    good = None
    if bar is not None and ratio is not None:
        good = ratio <= bar + slack
    return {"metric": metric, "nsguard": round(ours, 1),
            "peer": None if peer is None else round(peer, 1), "peer_name": peer_name,
            "ratio": None if ratio is None else round(ratio, 3), "bar": bar, "ok": good}


def decisions(figures, kernel):
    """Rows of one kernel's decisions."""
    rows = []
    base = {act: f for (act, by, n, who), f in figures.items() if who == "nobody"}
    added = {k: f for k, f in figures.items() if k[3] in ("nsguard", "peer")}
    for (act, by, n, who), cost in sorted(added.items(), key=lambda x: (x[0][0], x[0][1], x[0][2])):
        if who != "nsguard" or by == WORST:
            continue
        name = f"{WHAT[act]}, by {BY[by]}, {short(n)} rule{'s' * (n > 1)}: instructions added ({kernel})"
        if n == 1:
            peer = added.get((act, by, 1, "peer"))
            rows.append(row(name, cost, peer, "BPF LSM, hash map" if peer else
                            "none: no LSM hook there", PEER_BAR if peer else None))
        elif (act, by, 1, who) in added:
            rows.append(row(name, cost, added[act, by, 1, who], "nsguard, 1 rule", SCALE_BAR))
    for act, cost in base.items():
        off = figures.get((act, "-", 0, "off"))
        if off is not None:
            rows.append(row(f"{WHAT[act]}, table off: instructions in all ({kernel})", off, cost,
                            "without the module", OFF_BAR))
    for (act, by, n, who), cost in sorted(added.items(), key=lambda x: x[0][2]):
        if by == WORST and who == "nsguard":
            rows.append(row(f"worst case: {WHAT[act]}, by gid, {short(n)} rules: instructions added "
                            f"({kernel})", cost, added.get((act, by, 1, who)), "nsguard, 1 rule",
                            None))
    return rows


def policies(figures, number, kernel):
    """Rows of loading, listing, adding and memory."""
    rows = []
    for name, who, what, bar in POLICY:
        ours = figures.get((name, who))
        peers = [(f, p) for (m, p), f in figures.items() if m == name and p.startswith("nft")]
        if ours is None or not peers:
            continue
        best, peer = min(peers)
        peer_name = {"nft": "nft set element", "nft-sized": "nft set element (set with size)"}[peer]
        unit = "" if "bytes" in what else ": instructions"
        rows.append(row(f"{what}, {short(number)}{unit} ({kernel})", ours, best, peer_name, bar))
    return rows


def table(rows, remarks):
    """The rows on the terminal."""
    widest = max(len(r["metric"]) for r in rows)
    print(f"{'METRIC':<{widest}}  {'NSGUARD':>10}  {'PEER':>10}  {'RATIO':>6}  {'BAR':>4}     PEER IS")
    for r in rows:
        peer = "-" if r["peer"] is None else f"{r['peer']:.0f}"
        ratio = "-" if r["ratio"] is None else f"{r['ratio']:.2f}"
        bar = "-" if r["bar"] is None else f"{r['bar']:.1f}"
        verdict = {True: "ok", False: "MISSED", None: ""}[r["ok"]]
        print(f"{r['metric']:<{widest}}  {r['nsguard']:>10.0f}  {peer:>10}  {ratio:>6}  {bar:>4}  "
              f"{verdict:<6}  {r['peer_name']}")
    for remark in remarks:
        print(f"# {remark}")
    held = [r["ok"] for r in rows if r["ok"] is not None]
    print(f"bench: {sum(held)} of {len(held)} bars held, {len(rows)} metrics")


def plot(figures, kernel, path):
    """Cost of a decision over the number of rules."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "nsguard", "svg.fonttype": "none"})
    from matplotlib import pyplot
    lines = {}
    for (act, by, n, who), f in figures.items():
        if who in ("nsguard", "peer"):
            lines.setdefault((act, by, who), []).append((n, f))
    acts = [a for a in WHAT if any(k[0] == a for k in lines)]
    if not acts:
        return
    figure, axes = pyplot.subplots(len(acts), 1, figsize=(8, 3 * len(acts)), squeeze=False)
    for axis, act in zip(axes[:, 0], acts):
        top = 0
        for (_, by, who), points in sorted((k, v) for k, v in lines.items() if k[0] == act):
            points.sort()
            top = max(top, *(f for n, f in points if by != WORST or n == 1), 1)
            axis.plot([p[0] for p in points], [p[1] for p in points], marker="o", markersize=3,
                      linestyle="-" if who == "nsguard" else ":", color=f"C{list(BY).index(by)}",
                      label=f"{'nsguard' if who == 'nsguard' else 'BPF LSM'}, {BY[by]}")
        axis.set_xscale("log")
        # The worst case leaves the picture, or nothing else could be told apart.
        axis.set_ylim(0, 1.3 * top)
        axis.set_title(f"{WHAT[act]}: instructions added ({kernel})", fontsize=9)
        axis.set_xlabel("rules, or entries of the map", fontsize=8)
        axis.legend(fontsize=6, ncol=2)
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main():
    """See above."""
    decide_path, policy_path, json_path, svg_path, kernel, policy_kernel = sys.argv[1:]
    figures, remarks = read_decide(decide_path)
    rows = decisions(figures, kernel)
    rows += policies(*read_policy(policy_path), policy_kernel)
    if not rows:
        sys.exit("bench: nothing was measured")
    with open(json_path, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    plot(figures, kernel, svg_path)
    table(rows, sorted(set(remarks)))
    print(f"bench: {json_path} and {svg_path}")


main()
