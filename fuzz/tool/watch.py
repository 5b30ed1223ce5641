# SPDX-License-Identifier: Apache-2.0
"""watch: core's contracts, compiled, are asked at every call while the targets run; a fault in core breaks a contract.

Each clause is decided, by all numbers or by samples where a quantifier has too many, or it is not, and counted.
"""
import collections
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

import exam
import rates
import rounds
import targets

TABLE, JSON = pathlib.Path("fuzz/watch.md"), pathlib.Path("fuzz/watch.json")
COUNTS = targets.BUILD / "watch/counts.json"
NOT_CORE = {"filter"}  # it calls nothing of core
LEAST = 95  # percent of the clauses of functions that are called that must be decided
PLANTED = (  # of the exam's faults, by what they mean: which clause breaks; the target; whose
    ("sums wrap (D1, D2, D3)", "layout", "ensures of metes_"),
    ("one slot number twice (PLAN-10, K10)", "slots", "ensures of metes_"),
    ("the heap is executable unasked (MAP-5)", "layout", "ensures of metes_"),
    ("a link that leads to itself is followed (BUF-6)", "buffers", "ensures of metes_buffer_peek, buf_7"),
    ("a 33rd file mapping is written behind the table (FM-5)", "files", "of metes_"),
    ("a field is not written (SNAP-1)", "snapshot", "ensures of metes_"),
)
Clause = collections.namedtuple("Clause", "function kind label where held sampled undecided")


def asked(target, *flags, program=None):
    """Runs the watched program on the committed inputs: how it ended, and its tally."""
    with tempfile.TemporaryDirectory() as scratch:
        tally, new = pathlib.Path(scratch, "tally"), pathlib.Path(scratch, "new")
        new.mkdir()  # the first folder is where libFuzzer writes
        done = subprocess.run([str(program or target.program("watched")), "-detect_leaks=0", "-timeout=60", "-seed=1",
                               f"-max_len={target.options()['max_len']}", f"-artifact_prefix={scratch}/", *flags, str(new),
                               *map(str, target.seeds())], capture_output=True, text=True, errors="replace",
                              check=False, env=os.environ | {"METES_WATCH": str(tally)})
        rows = [text.split("\t") for text in tally.read_text().splitlines()] if tally.exists() else []
    return done, [Clause(*row[:4], *map(int, row[4:])) for row in rows]


def broken(done):
    m = re.search(r"this does not hold: (.*)", done.stderr)
    return m[1] if m else ""


def together(tallies):
    """Each clause over all targets."""
    found = {}
    for row in (c for rows in tallies for c in rows):
        old = found.get(row[:4], row[:4] + (0, 0, 0))
        found[row[:4]] = Clause(*row[:4], *(a + b for a, b in zip(old[4:], row[4:])))
    return list(found.values())


def planted(what, target, wanted):
    """A fault in core, and the watched target on its inputs: the contract says so. "" or what is wrong."""
    fault = next(f for f in exam.faults() if f["what"] == what)
    tree = targets.BUILD / "watch/tree"
    out = tree / "watched"
    exam.build(tree, exam.plant(tree, fault), target, out, "watched")
    done, _ = asked(target, "-runs=0", program=out)
    if not broken(done):  # the inputs do not; others do
        done, _ = asked(target, "-max_total_time=20", program=out)
    said = broken(done)
    well = re.match("(ensures|requires|assigns) of ", said) and wanted in said
    return "" if well else f"it says {said!r}: {done.stderr[-300:]}"


def tap(chosen):
    """The tests: the inputs break no contract, most clauses are decided, planted faults break theirs."""
    kept = [p for p in PLANTED if p[1] in {t.name for t in chosen}]
    print(f"1..{len(chosen) + 1 + len(kept)}", flush=True)
    tallies, bad, n = [], 0, 0

    def tell(wrong, what):
        nonlocal bad, n
        n, bad = n + 1, bad + bool(wrong)
        print("".join(f"# {ascii(line)[1:-1]}\n" for line in wrong.splitlines()), end="")
        print(f"{'not ok' if wrong else 'ok'} {n} - {what}", flush=True)

    for target in chosen:
        done, rows = asked(target, "-runs=0")
        tallies.append(rows)
        well = done.returncode == 0 and any(c.held for c in rows)
        tell("" if well else broken(done) or done.stderr[-500:],
             f"{target.name}: its inputs break no contract: {sum(c.held for c in rows):,} answers of "
             f"{sum(c.held > 0 for c in rows)} clauses")
    every = together(tallies)
    called = {c.function for c in every if c.held}
    every = [c for c in every if c.function in called]
    share = 100 * sum(c.held > 0 for c in every) / max(len(every), 1)
    tell("" if share >= LEAST else "\n".join("never decided: " + named(c)[2:] for c in every if not c.held),
         f"{len(called)} functions are called; of their {len(every)} clauses {share:.1f} % are decided, {LEAST} % at "
         "least")
    for what, name, wanted in kept:
        tell(planted(what, targets.Target(name), wanted), f"planted: {what}: a contract is broken")
    return 1 if bad else 0


def known():
    return json.loads(JSON.read_text()) if JSON.exists() else []


def measured(target, args):
    """Executions a second, plain and watched, in turns; and the clauses that were asked meanwhile."""
    turns = [(rates.turn(target, args.seconds), rates.turn(target, args.seconds, "watched")) for _ in range(args.turns)]
    plain, watched = (statistics.median(turn[i] for turn in turns) for i in (0, 1))
    done, rows = asked(target, f"-max_total_time={args.seconds}")
    if done.returncode:
        raise targets.Stop(f"{target.name}: {broken(done) or done.stderr[-500:]}", 1)
    return {"target": target.name, "plain": round(plain), "watched": round(watched),
            "times": round(plain / max(watched, 1), 1), "clauses": sum(c.held > 0 for c in rows),
            "answers": sum(c.held for c in rows)}, rows


def named(clause):
    return f"- {clause.kind} of `{clause.function}`{', ' + clause.label if clause.label else ''} ({clause.where})"


def summary(every, counts, args):
    decided, left = [c for c in every if c.held], len(counts["left"])
    return [f"Measured on {datetime.date.today().isoformat()} at {rounds.commit()}: each target plain and watched, "
            f"{args.turns} turns of {args.seconds} s each from the committed inputs, by seconds of processor time, the "
            "middle ones; answers are of one more turn.", "",
            f"{counts['functions']} functions that the headers declare have {counts['clauses'] + left} clauses of "
            f"`requires`, `ensures` and `assigns`; {left} of them cannot be compiled; {len(decided)} were decided, "
            f"{sum(c.sampled > 0 for c in decided)} of these at times by samples alone. {counts['inside']} contracts "
            "are of functions inside headers: they are not asked by themselves.", ""]


def table(rows, every, counts, args):
    asked_of = {c.function for c in every if c.held or c.undecided}
    lines = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
             "<!-- Core under its own contracts. Written by `fuzz/metes-fuzz watch`: do not edit. -->",
             "# The contracts as checks", "", *summary(every, counts, args),
             "| target | plain, a second | watched, a second | times slower | clauses decided | answers |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    lines += [f"| {r['target']} | {r['plain']:,} | {r['watched']:,} | {r['times']:,} | {r['clauses']} | "
              f"{r['answers']:,} |" for r in rows]
    lines += ["", "Asked, and never decided, for there are too many numbers, or memory that the contract does not say "
              "is there:", "", *(named(c) for c in every if c.undecided and not c.held)]
    lines += ["", "Never asked by any target:", ""]
    lines += [f"- `{name}`" for name in sorted({c.function for c in every} - asked_of)]
    lines += ["", "Not compiled:", "", *(named(Clause(*row[:4], 0, 0, 0)) + ": " + row[4] for row in counts["left"])]
    return "\n".join(lines) + "\n"


def watch(args):
    chosen = [t for t in targets.named(args.targets) if t.name not in NOT_CORE]
    kinds = ("watched",) if args.tap else ("watched", "fuzzer")
    targets.make([t.program(k) for t in chosen for k in kinds], args.build)
    if args.tap:
        return tap(chosen)
    found = [measured(target, args) for target in chosen]
    rows, every = [row for row, _ in found], together(rows for _, rows in found)
    if args.json:
        print(json.dumps(rows))
    for r in rows:
        targets.say(f"{r['target']:9} {r['plain']:>9,}/s plain {r['watched']:>9,}/s watched, {r['times']} times "
                    f"slower; {r['clauses']} clauses, {r['answers']:,} answers")
    if args.write or not args.targets:
        JSON.write_text(json.dumps(rows, indent=1) + "\n")
        TABLE.write_text(table(rows, every, json.loads(COUNTS.read_text()), args))
    return 0
