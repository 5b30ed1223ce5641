# SPDX-License-Identifier: Apache-2.0
"""campaign: round after round over the targets, a slice of time each, for as long as is wished; every slice is written
down (fuzz/campaign.json, fuzz/campaign.md), so that it can be stopped, gone on with, and added up over days and
commits. A row with findings has a word on what became of them, its `fate`, which a person writes."""
import argparse
import datetime
import json
import pathlib
import shutil
import subprocess
import time

import campaign
import real
import targets

LOG = pathlib.Path("fuzz")
KEY = ("date", "commit", "target", "host")
SUMS = ("seconds", "executions", "finds", "crashes", "slices")


def commit():
    """What is fuzzed: the commit, with a plus where a source has changed since."""
    def git(*words):
        return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()
    changed = git("status", "--porcelain", "--", "core", "vmm", "tests/properties", "tests/elf", "tests/faults",
                  "fuzz/*.c", "fuzz/*.h", "fuzz/*.ninja")
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def known(log=LOG):
    path = log / "campaign.json"
    return json.loads(path.read_text()) if path.exists() else []


def key(row):
    return tuple(row.get(k, "") for k in KEY)


def grow(old, row):
    """What two rows make."""
    return old | {n: round(old[n] + row[n], 1) for n in SUMS} | {"edges": max(old["edges"], row["edges"])}


def add(log, row):
    """One slice more: rows of a day, a commit, a target and a host are one."""
    rows = {key(r): r for r in known(log)}
    rows[key(row)] = grow(rows[key(row)], row) if key(row) in rows else row
    write(log, list(rows.values()))


def by_commit(rows):
    """As the page has them: hosts together."""
    found = {}
    for row in rows:
        old = found.get(key(row)[:3])
        found[key(row)[:3]] = grow(old, row) if old else row
    return list(found.values())


def write(log, rows):
    (log / "campaign.json").write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    (log / "campaign.md").write_text(table(rows))


def joined(ours, theirs):
    """Rows of two logs, which may have begun as one. A row only grows, and only on its own host: of two states the
    later counts, so that nothing is there twice. What is neither grew on two hosts of one name: it is refused."""
    mine = {key(r): r for r in ours}
    for row in theirs:
        old = mine.setdefault(key(row), row)
        grown = [row[name] - old[name] for name in SUMS]
        if min(grown) < 0 < max(grown):
            raise targets.Stop(f"both logs have gone on with {row['target']} at {row['commit']} on {row['date']}, as "
                               "one host: campaign --host gives each its name", 65)
        if max(grown) > 0:
            mine[key(row)] = row
    return list(mine.values())


def join(args):
    """The log of another host is made part of this one."""
    for path in args.join:
        if not path.is_file():
            raise targets.Stop(f"{path} is no file", 66)
        write(args.log, joined(known(args.log), json.loads(path.read_text())))
    told = table(known(args.log)).splitlines()
    targets.say(next(line for line in told if line.startswith("In all")))
    return 0


def totals(rows):
    """target -> what all its slices make."""
    found = {}
    for row in rows:
        t = found.setdefault(row["target"], dict.fromkeys(("seconds", "executions", "finds", "crashes", "edges"), 0))
        for name in t:
            t[name] = max(t[name], row[name]) if name == "edges" else t[name] + row[name]
    return found


def in_words(found):
    """How much there was, of totals: a visit on real KVM is no execution."""
    visits = found.get(real.NAME, {"executions": 0})["executions"]
    cheap = sum(t["executions"] for t in found.values()) - visits
    return f"{cheap:,} executions of the targets that need no KVM, and {visits:,} visits of guests on real KVM"


def table(rows):
    crashes = sum(r["crashes"] for r in rows)
    lines = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
             "<!-- The log of the campaign. Written by `fuzz/metes-fuzz campaign`: do not edit. -->",
             "# The campaign", "",
             f"In all {in_words(totals(rows))}; {crashes} findings. An execution is of an input that the fuzzer made: "
             "those that it begins with are not counted. Finds are inputs that reached something new; edges are the "
             "most of any slice.",
             "", "| target | seconds | executions | finds | edges | findings |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name, t in sorted(totals(rows).items(), key=lambda item: -item[1]["executions"]):
        lines.append(f"| {name} | {t['seconds']:,.0f} | {t['executions']:,} | {t['finds']:,} | {t['edges']:,} | "
                     f"{t['crashes']} |")
    lines += ["", "## By day and commit", "",
              "| date | commit | target | slices | seconds | executions | finds | edges | findings |",
              "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    lines += [f"| {r['date']} | {r['commit']} | {r['target']} | {r['slices']} | {r['seconds']:,.0f} | "
              f"{r['executions']:,} | {r['finds']:,} | {r['edges']:,} | {r['crashes']} |" for r in by_commit(rows)]
    found = [r for r in rows if r["crashes"]]
    if found:
        lines += ["", "## What was found, and what became of it", ""]
        lines += [f"- {r['date']}, {r['commit']}, {r['target']}: {r.get('fate', 'open')}" for r in found]
    return "\n".join(lines) + "\n"


def aside(target):
    """A copy of its program, which no build replaces meanwhile."""
    place = targets.BUILD / "campaign" / target.name
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy2(target.program("fuzzer"), place / "fuzzer")
    target.build = place


def tell(row, well, why):
    targets.say(f"{row['target']:9} {row['seconds']:5.0f} s {row['executions']:>12,} executions "
                f"{row['finds']:>4} finds {row['edges']:>5} edges" + ("" if well else f": FOUND: {why}"))


def slice_of(target, args):
    """One slice by libFuzzer: (row, well, why)."""
    corpus = target.work / "corpus"
    before = len(targets.files(corpus))
    options = argparse.Namespace(engine="libfuzzer", blind=False, jobs=1, seconds=args.slice, hub=None, workers=1,
                                 seeds=None, reserve=0)
    for _, engine in campaign.campaign([target], options):
        row = {"target": target.name, "seconds": round(engine.age(), 1), "edges": engine.edges, "slices": 1,
               "executions": max(0, engine.executions - engine.loaded), "crashes": engine.crashes,
               "finds": len(targets.files(corpus)) - before}
        return row, engine.crashes == 0 and engine.executions > 0, engine.why


def real_slice(program, args):
    before = len(targets.files(real.WORK / "corpus"))
    engine = real.Real(program, args.real_slice, int(time.time()) % 2**31)
    if not engine.ran:
        raise targets.Stop(f"the machine did not run: {engine.why}", 69)
    row = {"target": real.NAME, "seconds": round(engine.spent, 1), "edges": engine.edges, "slices": 1,
           "executions": engine.executions, "crashes": engine.crashes or int(not engine.well),
           "finds": len(targets.files(real.WORK / "corpus")) - before}
    targets.say(engine.tally)
    return row, engine.well, engine.why


def prepared(args):
    """What takes turns: functions that run a slice each."""
    names = [name for name in args.targets if name != real.NAME]
    chosen = targets.named(names) if names or real.NAME not in args.targets else []
    has_real = real.NAME in args.targets or args.real
    targets.make([t.program("fuzzer") for t in chosen] + list(real.PROGRAMS[:1] if has_real else ()), args.build)
    for target in chosen:
        aside(target)
    turns = [lambda t=target: slice_of(t, args) for target in chosen]
    if has_real:
        copy = targets.Target(real.NAME)
        aside(copy)
        turns.append(lambda: real_slice(copy.program("fuzzer"), args))
    return turns


def run(args):
    if args.join:
        return join(args)
    who = {"host": args.host} if args.host else {}
    fuzzed, bad, turns = commit(), 0, prepared(args)
    until = time.monotonic() + args.seconds
    try:
        while time.monotonic() < until:
            for turn in turns:
                row, well, why = turn()
                bad += not well
                add(args.log, {"date": datetime.date.today().isoformat(), "commit": fuzzed} | who | row)
                tell(row, well, why)
                if time.monotonic() >= until:
                    break
    except KeyboardInterrupt:
        pass
    all_of_it = totals(known(args.log))
    if args.json:
        print(json.dumps(all_of_it))
    else:
        targets.say(f"{in_words(all_of_it)}: {args.log}/campaign.md")
    return 1 if bad else 0
