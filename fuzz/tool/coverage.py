# SPDX-License-Identifier: Apache-2.0
"""What of core the committed corpora reach, by clang's own counters."""
import json
import os
import pathlib
import subprocess

import targets

OUT = targets.BUILD / "coverage.json"
KINDS = ("branches", "lines", "functions")


def profile(chosen, out):
    """Runs each target's inputs; the counts together."""
    out.mkdir(parents=True, exist_ok=True)
    raw = []
    for target in chosen:
        raw.append(out / f"{target.name}.profraw")
        raw[-1].unlink(missing_ok=True)
        done = subprocess.run([str(target.program("cov").resolve()), *map(str, target.seeds())], capture_output=True,
                              env=os.environ | {"LLVM_PROFILE_FILE": str(raw[-1])}, text=True, check=False)
        if done.returncode:
            raise targets.Stop(f"{target.name}: an input of its corpus does not run well:\n{done.stderr[-1000:]}", 1)
    merged = out / "all.profdata"
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-o", str(merged), *map(str, raw)], check=True)
    return merged


def objects(chosen):
    """The programs, as llvm-cov wants them."""
    first, *others = [str(t.program("cov")) for t in chosen]
    return [first, *(word for path in others for word in ("-object", path))]


def measure(chosen):
    """file -> kind -> (reached, there), of core, headers too; and the branches that no input takes."""
    merged = profile(chosen, targets.BUILD / "cov")
    sources = sorted(str(p) for p in pathlib.Path("core").glob("*.[ch]"))
    done = subprocess.run(["llvm-cov-19", "export", *objects(chosen), f"-instr-profile={merged}", *sources],
                          capture_output=True, text=True, check=True)
    files, missing = {}, []
    for entry in json.loads(done.stdout)["data"][0]["files"]:
        name = "core/" + entry["filename"].rsplit("/core/", 1)[-1]
        taken = {}
        for line, column, _, _, yes, no, *_ in entry["branches"]:
            for way, count in (("true", yes), ("false", no)):
                taken[(line, column, way)] = taken.get((line, column, way), 0) + count
        missing += [f"{name}:{line}:{column} is never {way}"
                    for (line, column, way), n in sorted(taken.items()) if n == 0]
        totals = {kind: (entry["summary"][kind]["covered"], entry["summary"][kind]["count"]) for kind in KINDS[1:]}
        files[name] = {"branches": (sum(n > 0 for n in taken.values()), len(taken))} | totals
    return files, missing


def percent(pair):
    return 100 * pair[0] / pair[1] if pair[1] else 100.0


def cov(args):
    chosen = [t for t in targets.named(args.targets) if targets.files(t.corpus)]
    targets.make([t.program("cov") for t in chosen], args.build)
    files, missing = measure(chosen)
    totals = {kind: [sum(f[kind][i] for f in files.values()) for i in (0, 1)] for kind in KINDS}
    found = {"targets": [t.name for t in chosen], "total": totals, "files": files, "missing": missing}
    OUT.write_text(json.dumps(found))
    reached = percent(totals["branches"])
    well = args.gate is None or reached >= args.gate
    if args.json:
        print(json.dumps(found))
    elif args.tap:
        print(f"1..1\n{'ok' if well else 'not ok'} 1 - the corpora reach {reached:.1f} % of core's branches "
              f"({totals['branches'][0]} of {totals['branches'][1]}), {args.gate or 0:g} % at least")
    else:
        for name, f in files.items():
            print(f"{name:22}" + "".join(f" {kind} {f[kind][0]:>4} of {f[kind][1]:>4}" for kind in KINDS))
        print("all of core           " + "".join(f" {kind} {percent(totals[kind]):.1f} %" for kind in KINDS))
    if args.missing or not well:
        print("".join(f"{'# ' if args.tap else ''}{text}\n" for text in missing), end="")
    return 0 if well else 1
