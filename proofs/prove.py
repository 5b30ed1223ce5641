#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves core: replays the committed cache, updates it, or proves from nothing.

    proofs/prove.py                              replay everything; no prover needed
    proofs/prove.py --every                      ... and look every goal up, sealed or not
    proofs/prove.py update                       prove what changed, write cache and status
    proofs/prove.py update core/peb.c            ... of one unit
    proofs/prove.py update core/peb.c --fct F    ... of one function: nothing is recorded
    proofs/prove.py fresh                        no cache: every prover runs
    proofs/prove.py fresh --strict               ... and two are asked for every goal; says which have one only
    proofs/prove.py gate RECORD...               judge the records of all units together
"""
import argparse
import concurrent.futures
import json
import pathlib
import sys
import time

sys.dont_write_bytecode = True
from rig import cache, gate, judge, progress, seal, status, strict, tools, units, wp  # noqa: E402


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mode", nargs="?", default="replay", choices=["replay", "update", "fresh", "gate"])
    p.add_argument("paths", nargs="*", help="core/X.c or core/X.h; all of core if none is named")
    p.add_argument("--fct", help="only these functions, with commas between")
    p.add_argument("--timeout", type=int, help="seconds for each prover run")
    p.add_argument("--retry", action="store_true", help="update: run again what failed before")
    p.add_argument("--no-smoke", action="store_true", help="leave out smoke tests; nothing is recorded")
    p.add_argument("--every", action="store_true", help="replay: look past the seals, ask for every answer again")
    p.add_argument("--strict", action="store_true", help="fresh: a second prover for every goal")
    p.add_argument("-j", type=int, help="units at the same time: 3, since WP naps between goals")
    p.add_argument("--quiet", action="store_true", help="problems only")
    p.add_argument("--depfile", action="store_true", help="write record.d beside the record, for ninja")
    p.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    args = p.parse_args()
    if args.strict and args.mode != "fresh":
        p.error("--strict goes with fresh")
    return args


def one(tree, path, args, watch):
    """Proves one unit; returns its record, its problems, and if it was sealed."""
    unit = units.Unit(tree, path)
    partial = bool(args.fct or args.no_smoke)
    if args.mode == "update" and args.retry:
        cache.forget_failures(tree.build / "update" / unit.name / "cache")
    timeout = args.timeout or wp.TIMEOUTS[args.mode]
    run, printed, where, seconds = wp.prove(unit, args.mode, watch.of(path), every=args.every,
                                            fct=args.fct, timeout=timeout, smoke=not args.no_smoke)
    problems = judge.unit_problems(unit, args.mode, run, printed, where, partial)
    record = judge.record(unit, run, printed, seconds)
    keep(tree, unit, run, record, args, problems or partial)
    strict.kept(unit).unlink(missing_ok=True)
    if args.strict and not problems:
        strict.second(unit, run, args.fct)
    proved = sum(g[0] == "Valid" for g in run.goals.values())
    said = [] if args.quiet else [f"{path}: proved {proved}/{len(run.goals)} goals, "
                                  f"{record['smoke']} smoke tests, in {seconds:.0f} s"
                                  + (" (sealed)" if run.sealed else "")]
    watch.say(said + problems)
    return record, problems, run.sealed is not None


def keep(tree, unit, run, record, args, unwell):
    """Writes the record, and after an update the cache; only of what is whole and well."""
    out = tree.build / args.mode / unit.name
    (out / "record.json").unlink(missing_ok=True)
    if unwell:
        return
    (out / "record.json").write_text(json.dumps(record, indent=1, sort_keys=True))
    if args.depfile:
        files = [*(tools.HERE / "rig").glob("*.py"), *(tools.HERE / "why3").iterdir(),
                 *tree.cache.glob(unit.name + ".txt")]
        files = sorted(str(p.relative_to(tree.root)) for p in files)
        (out / "record.d").write_text(f"{(out / 'record.json').relative_to(tree.root)}: "
                                      + " ".join(unit.deps[1:] + files) + "\n")
    if args.mode == "update":
        packed = tree.cache / (unit.name + ".txt")
        cache.pack(out / "cache", packed, unit.path)
        seal.write(unit, packed, wp.ASKED, run.goals, status.of_record(record))


def update_status(tree, records, whole):
    """Writes what was proved now; says what became less."""
    old = status.read(tree)
    new = {} if whole else dict(old)
    new.update({path: status.of_record(r) for path, r in records.items()})
    for path in sorted(old):
        for line in status.differences(path, old[path], new.get(path) or
                                       {"functions": {}, "lemmas": {}, "smoke": 0}, False):
            if "below" in line or "vanished" in line:
                print("note: " + line.split(": run ")[0])
    status.write(tree, new)
    if whole:
        kept = {r["unit"] for r in records.values()}
        for path in tree.cache.glob("*.txt"):
            if path.stem not in kept:
                path.unlink()


def judge_all(tree, args, records, problems):
    """What needs every unit: the sources, the contracts between units, the status."""
    found = judge.source_problems(tree, judge.all_sources(tree))
    if problems:
        return found                      # the rest would only repeat them
    found += gate.problems(tree, units.paths(tree), records)
    if args.mode != "update":
        found += status.differences_of_all(status.read(tree), records, args.mode != "fresh")
    elif not found:
        update_status(tree, records, True)
    return found


def judge_some(tree, args, records, problems):
    """The status of the units that were named."""
    if problems or args.fct or args.no_smoke or args.depfile or args.mode == "update":
        return []
    recorded = status.read(tree)
    return [d for path, record in records.items()
            for d in status.differences(path, recorded.get(path), record, args.mode == "replay")]


def main():
    args = arguments()
    tree = tools.Tree(args.root)
    start = time.monotonic()
    problems = tools.check_versions(tree, args.mode in ("update", "fresh"))
    watch = progress.Progress(args.quiet)
    watch.say(problems)
    if problems:
        return 1
    whole = args.mode == "gate" or not (args.paths or args.fct)
    if args.mode == "gate":
        records = gate.read(args.paths)
    else:
        paths = args.paths or units.paths(tree)
        watch.count = len(paths)
        if whole and args.mode == "update":
            tools.write_if_changed(tree.root / "proofs" / "units.ninja", units.edges(tree))
        with concurrent.futures.ThreadPoolExecutor(args.j or 3) as pool:
            done = list(pool.map(lambda path: one(tree, path, args, watch), paths))
        records = {r["path"]: r for r, _, _ in done}
        problems = [p for _, found, _ in done for p in found]
        if args.mode == "update" and not (args.fct or args.no_smoke):
            update_status(tree, {r["path"]: r for r, found, _ in done if not found}, False)
    if args.strict:
        watch.say(strict.summary([units.Unit(tree, path) for path in paths]))
    found = (judge_all if whole and not args.no_smoke else judge_some)(tree, args, records, problems)
    watch.say(found)
    problems = list(dict.fromkeys(problems + found))
    finish(args, records, problems, time.monotonic() - start)
    return 1 if problems else 0


def finish(args, records, problems, seconds):
    n = status.summary(records)
    if args.mode == "gate":
        seconds = sum(r["seconds"] for r in records.values())
    if problems:
        print(f"NOT proved: {len(problems)} problems, in {seconds:.0f} s")
    elif not args.quiet:
        print(f"proved {n['proved']}/{n['goals']} goals, {n['functions']} functions, {n['lemmas']} lemmas, "
              f"{n['smoke']} smoke tests, 0 axioms, in {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
