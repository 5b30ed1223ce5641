#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves core: replays the committed cache, updates it, or proves from nothing.

    proofs/prove.py                              replay everything; no prover needed
    proofs/prove.py update                       prove what changed, write cache and status
    proofs/prove.py update core/peb.c            ... of one unit
    proofs/prove.py update core/peb.c --fct F    ... of one function: nothing is recorded
    proofs/prove.py fresh                        no cache: every prover runs
"""
import argparse
import json
import pathlib
import sys
import time

sys.dont_write_bytecode = True
from rig import cache, judge, tools, units, wp  # noqa: E402  (bytecode is switched off first)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("mode", nargs="?", default="replay", choices=["replay", "update", "fresh"])
    p.add_argument("units", nargs="*", help="core/X.c or core/X.h; all of core if none is named")
    p.add_argument("--fct", help="only these functions, with commas between")
    p.add_argument("--timeout", type=int, default=wp.TIMEOUT, help="seconds for each prover run")
    p.add_argument("--retry", action="store_true", help="update: run again what failed before")
    p.add_argument("--no-smoke", action="store_true", help="leave out smoke tests; nothing is recorded")
    p.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    return p.parse_args()


class Progress:
    """One line that is rewritten, on a terminal only."""

    def __init__(self, count):
        self.count, self.index, self.shown = count, 0, 0.0
        self.on = sys.stderr.isatty()

    def unit(self, path):
        self.index, self.path = self.index + 1, path

    def __call__(self, run):
        if self.on and time.monotonic() - self.shown > 0.2:
            self.shown = time.monotonic()
            opened = sum(g[0] != "Valid" for g in run.goals.values())
            print(f"\r\033[K[{self.index}/{self.count}] {self.path}: {len(run.goals)} goals, "
                  f"{opened} open, {len(run.smoke)} smoke tests", end="", file=sys.stderr, flush=True)

    def clear(self):
        if self.on:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def one(tree, path, args, progress):
    """Proves one unit; returns its record and its problems."""
    unit = units.Unit(tree, path)
    progress.unit(path)
    partial = bool(args.fct or args.no_smoke)
    if args.mode == "update" and args.retry:
        cache.forget_failures(tree.build / "update" / unit.name / "cache")
    run, printed, where, seconds = wp.prove(unit, args.mode, progress, fct=args.fct,
                                            timeout=args.timeout, smoke=not args.no_smoke)
    progress.clear()
    problems = judge.unit_problems(unit, args.mode, run, printed, where, partial)
    found = judge.record(unit, run, printed, seconds)
    proved = sum(g[0] == "Valid" for g in run.goals.values())
    print(f"{path}: proved {proved}/{len(run.goals)} goals, {len(run.smoke)} smoke tests, "
          f"in {seconds:.0f} s", flush=True)
    if args.mode == "update" and not partial and not problems:
        cache.pack(tree.build / "update" / unit.name / "cache", tree.cache / (unit.name + ".txt"), path)
    return found, problems


def main():
    args = arguments()
    tree = tools.Tree(args.root)
    problems = tools.check_versions(tree, args.mode != "replay")
    paths = args.units or units.paths(tree)
    progress = Progress(len(paths))
    records = {}
    for path in [] if problems else paths:
        records[path], found = one(tree, path, args, progress)
        problems += found
        for problem in found:
            print(problem, flush=True)
    problems += judge.source_problems(tree)
    (tree.build / "last.json").write_text(json.dumps(records, indent=1))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
