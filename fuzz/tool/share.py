# SPDX-License-Identifier: Apache-2.0
"""share: of as many executions, how many inputs get past the first check: by libFuzzer's own mutations, by ours of any
input, and by ours where refused inputs are mostly left for the last sound one (fuzz/kit/mutate.c)."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

import targets

JSON, TABLE = targets.BUILD / "share.json", pathlib.Path("fuzz/share.md")
WAYS = ("blind", "any", "ours")  # METES_FUZZ_MUTATOR
FOUND = re.compile(r"first check: (\d+) of (\d+)")
DONE = re.compile(r"#\d+\s+DONE\s+cov: (\d+) ft: (\d+)")


def measure(target, way, runs):
    """One campaign of so many executions: percent that passed, edges and features that it reached."""
    flags = {**target.options(), "seed": 1, "runs": runs, "reload": 0, "detect_leaks": 0}
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([str(target.program("fuzzer")), *(f"-{k}={v}" for k, v in flags.items()),
                               f"-artifact_prefix={scratch}/", scratch, *map(str, target.seeds())], capture_output=True,
                              env=os.environ | {"METES_FUZZ_TALLY": "1", "METES_FUZZ_MUTATOR": way}, text=True,
                              errors="replace", check=False)
    passed, end = FOUND.search(done.stderr), DONE.search(done.stderr)
    if done.returncode or not end:
        raise targets.Stop(f"{target.name}: something was found:\n{done.stderr[-1000:]}", 1)
    if not passed or passed[2] == "0":
        return None
    return {"share": round(100 * int(passed[1]) / int(passed[2]), 1), "edges": int(end[1]), "features": int(end[2])}


def table(rows, runs):
    lines = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
             "<!-- What the mutator is worth. Written by `fuzz/metes-fuzz share`: do not edit. -->",
             "# How many inputs pass the first check", "",
             f"Of {runs:,} executions that begin with the committed inputs: by libFuzzer's own mutations; by our "
             "mutator of any input, which is then not mended, as it was before; and by our mutator as it is, which "
             "mostly goes back to the last sound input where one was refused, and puts lengths and checksums right. "
             "Behind each share, the features that were reached. What the first check is, each target says "
             "(`fuzz_first_check`).", "",
             "| target | libFuzzer's own | ours, before | ours | features: own | before | ours |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[w]['share']} %" for w in WAYS) + " | " +
                     " | ".join(f"{row[w]['features']:,}" for w in WAYS) + " |")
    return "\n".join(lines) + "\n"


def share(args):
    """Measures, tells, and, where all are measured, writes the page."""
    chosen, rows = targets.named(args.targets), {}
    targets.make([t.program("fuzzer") for t in chosen], args.build)
    for target in chosen:
        row = {way: measure(target, way, args.runs) for way in WAYS}
        if all(row.values()):
            rows[target.name] = row
            targets.say(f"{target.name:9} " + ", ".join(f"{w} {row[w]['share']} % ({row[w]['features']} features)"
                                                        for w in WAYS))
    if not args.targets:
        JSON.write_text(json.dumps(rows))
        TABLE.write_text(table(rows, args.runs))
    if args.json:
        print(json.dumps(rows))
    return 0
