# SPDX-License-Identifier: Apache-2.0
"""rates: executions a second of each target, beside those of an empty target that is built the same way, in one run.

All take turns, several times over, so that what else the machine does meets all of them; a rate is by seconds of
processor time, and the middle one of the turns counts.
"""
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile

import real
import targets

REAL = (" `kvm` is counted in visits of a guest on emulated KVM, beside `kvm/empty`: each in a boot of its own, less "
        "what a boot takes that runs nothing (both without sanitizers); an input has 256 visits.")
JSON, TABLE = pathlib.Path("fuzz/rates.json"), pathlib.Path("fuzz/rates.md")


def turn(target, seconds, program="fuzzer"):
    """One short campaign from the committed inputs: executions for each second of processor time."""
    with tempfile.TemporaryDirectory() as scratch:
        pulse = pathlib.Path(scratch) / "pulse"
        pulse.write_bytes(bytes(4096))
        (pathlib.Path(scratch) / "corpus").mkdir()
        flags = {**target.options(), "max_total_time": seconds, "seed": 1, "reload": 0, "detect_leaks": 0,
                 "artifact_prefix": scratch + "/"}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([str(target.program(program)), *(f"-{k}={v}" for k, v in flags.items()),
                               f"{scratch}/corpus", *map(str, target.seeds())], capture_output=True, text=True,
                              errors="replace", check=False, env=os.environ | {"METES_FUZZ_PULSE": str(pulse)})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise targets.Stop(f"{target.name}: something was found:\n{done.stderr[-1000:]}", 1)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return int.from_bytes(pulse.read_bytes()[:8], "little") / max(spent, 0.01)


def measure(chosen, args):
    """name -> rates of all turns."""
    found = {t.name: [] for t in chosen}
    for _ in range(args.turns):
        for target in chosen:
            found[target.name].append(turn(target, args.seconds))
    return found


def rows_of(found, empty):
    """name -> what the table says of it; the floor first, then the fastest."""
    rows = {}
    for name, turns in sorted(found.items(), key=lambda item: (item[0] != "empty", -statistics.median(item[1]))):
        rate = statistics.median(turns)
        rows[name] = {"rate": round(rate), "least": round(min(turns)), "most": round(max(turns)),
                      "of_empty": round(100 * rate / empty, 2), "microseconds": round(1e6 / rate, 1)}
    return rows


def table(rows, args, with_real):
    lines = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
             "<!-- Executions a second. Written by `fuzz/metes-fuzz rates`: do not edit. -->",
             "# Executions a second", "",
             "Each target beside `empty`, which does nothing and is built the same way (libFuzzer, ASan and UBSan, our "
             f"mutator). All took turns in one run, {args.turns} of {args.seconds} s each, each turn from the "
             "committed inputs; a rate is by seconds of processor time, and the middle one counts." + REAL * with_real,
             "",
             "| target | a second | least and most | of the empty one's | microseconds each |",
             "| --- | ---: | ---: | ---: | ---: |"]
    for name, r in rows.items():
        lines.append(f"| {name} | {r['rate']:,} | {r['least']:,} to {r['most']:,} | {r['of_empty']:.2f} % | "
                     f"{r['microseconds']:,} |")
    return "\n".join(lines) + "\n"


def write(rows, args, with_real):
    """The page, where all were measured."""
    if not args.targets:
        JSON.write_text(json.dumps(rows, indent=1) + "\n")
        TABLE.write_text(table(rows, args, with_real))


def known():
    return json.loads(JSON.read_text()) if JSON.exists() else {}


def rates(args):
    """Measures, tells, and, where all are measured, writes the page."""
    chosen = targets.named(["empty", *[t.name for t in targets.named(args.targets)]])
    programs = [t.program("fuzzer") for t in chosen] + list(real.PROGRAMS if args.real else ())
    targets.make(programs, args.build)
    found = measure(chosen, args)
    rows = rows_of(found, statistics.median(found["empty"]))
    write(rows, args, False)
    if args.real:
        floor = [real.floor(args.seconds * 4) for _ in range(args.turns)]
        pair = {"kvm/empty": [f["empty"] for f in floor], "kvm": [f["kvm"] for f in floor]}
        rows |= rows_of(pair, statistics.median(pair["kvm/empty"]))
        write(rows, args, True)
    if args.json:
        print(json.dumps(rows))
        return 0
    for name, r in rows.items():
        print(f"{name:9} {r['rate']:>9,}/s {r['of_empty']:>7.2f} % of empty, {r['microseconds']:>8,} us each")
    return 0
