# SPDX-License-Identifier: Apache-2.0
"""run: targets, one after the other or side by side, with a line that says how each is doing. status: the same
later."""
import json
import sys
import time

import targets
from engines import ENGINES


def line(name, row):
    """How a target does, in one line."""
    return (f"{name:9} {row['seconds']:5.0f} s {row['executions']:>12,} executions {row['rate']:>8,}/s "
            f"{row['edges']:>5} edges, corpus {row['corpus']:>4}, last find {row['quiet']:.0f} s ago, "
            f"{row['crashes']} crash{'' if row['crashes'] == 1 else 'es'}")


class Screen:
    """A live line for each running target on a terminal; elsewhere one line when each has ended."""

    def __init__(self):
        self.live, self.drawn = sys.stderr.isatty(), 0

    def draw(self, lines):
        if not self.live:
            return
        up = f"\033[{self.drawn}A" if self.drawn else ""
        sys.stderr.write(up + "".join(f"\r\033[K{text}\n" for text in lines))
        sys.stderr.flush()
        self.drawn = len(lines)

    def ended(self, text):
        if self.live:
            sys.stderr.write((f"\033[{self.drawn}A\033[J" if self.drawn else "") + text + "\n")
            self.drawn = 0
        else:
            targets.say(text)


class History:
    """The rows of a run, one JSON object a line: each second at first, later each tenth of its age."""

    def __init__(self, target, engine):
        self.path = target.work / "history.jsonl"
        self.engine, self.next = engine, 0.0

    def write(self, row, last=False):
        if row["seconds"] < self.next and not last:
            return
        self.next = row["seconds"] + max(1.0, row["seconds"] / 10)
        with self.path.open("a") as f:
            f.write(json.dumps({"at": round(time.time()), "engine": self.engine, "ended": last} | row) + "\n")


def campaign(chosen, args):
    """Runs them, at most args.jobs at once; yields each that has ended, with its engine."""
    kind = ENGINES[args.engine][0]
    env = {"METES_FUZZ_MUTATOR": "blind"} if args.blind else {}
    waiting, running, screen = list(chosen), [], Screen()
    try:
        while waiting or running:
            while waiting and len(running) < args.jobs:
                target = waiting.pop(0)
                running.append((target, kind(target, args.seconds, env=env), History(target, args.engine)))
            time.sleep(0.2)
            for entry in list(running):
                target, engine, history = entry
                goes_on = engine.poll()
                history.write(engine.row(), not goes_on)
                if not goes_on:
                    running.remove(entry)
                    screen.ended(line(target.name, engine.row()))
                    yield target, engine
            screen.draw([line(t.name, e.row()) for t, e, _ in running])
    except KeyboardInterrupt:
        for target, engine, history in running:
            engine.stop()
            engine.poll()
            history.write(engine.row(), True)
            screen.ended(line(target.name, engine.row()))
            yield target, engine
    finally:
        for _, engine, _ in running:
            engine.stop()


def run(args):
    chosen = targets.named(args.targets)
    programs = ENGINES[args.engine][1]
    targets.make([t.program(p) for t in chosen for p in programs], args.build)
    if args.tap:
        print(f"1..{len(chosen)}", flush=True)
    bad, rows = 0, {}
    for n, (target, engine) in enumerate(campaign(chosen, args), 1):
        row = rows[target.name] = engine.row()
        well = engine.crashes == 0 and engine.executions > 0
        bad += not well
        if args.tap:
            print(f"{'ok' if well else 'not ok'} {n} - {target.name} by {args.engine}: nothing is found: "
                  f"{row['executions']} executions in {row['seconds']:.0f} s, {row['edges']} edges", flush=True)
            if not well:
                print("".join(f"# {text}\n" for text in engine.tail[-40:]), end="")
        if engine.crashes:
            targets.say(f"{target.name}: {engine.why or 'a crash'}; inputs in {target.work}/crashes; "
                        f"see them with: fuzz/metes-fuzz repro {target.name} {target.work}/crashes/*")
    if args.json:
        print(json.dumps(rows))
    return 1 if bad else 0


def history_of(target):
    path = target.work / "history.jsonl"
    if not path.exists():
        return []
    return [json.loads(text) for text in path.read_text().splitlines()]


def runs_of(target):
    """The rows, run by run."""
    runs, last = [], None
    for row in history_of(target):
        if last is None or row["seconds"] < last["seconds"] or last["ended"] or row["engine"] != last["engine"]:
            runs.append([])
        runs[-1].append(row)
        last = row
    return runs


def status(args):
    """What the last run of each target said, and all of them together."""
    found = {}
    for target in targets.named(args.targets):
        runs = runs_of(target)
        if not runs:
            continue
        row = dict(runs[-1][-1])
        row["all_executions"] = sum(run[-1]["executions"] for run in runs)
        row["running"] = not row["ended"] and time.time() - row["at"] < max(60, row["seconds"] / 5)
        row["findings"] = len(targets.files(target.work / "crashes"))
        found[target.name] = row
    if args.json:
        print(json.dumps(found))
        return 0
    if not found:
        targets.say("nothing has run yet: fuzz/metes-fuzz run")
    for name, row in found.items():
        print(line(name, row) + (", running" if row["running"] else "") +
              f"; {row['all_executions']:,} executions in all runs, {row['findings']} findings kept")
    return 0
