# SPDX-License-Identifier: Apache-2.0
"""The committed cache: one text file for each unit, one line for each prover run.

WP keeps a file per run, named by the digest of the goal as the prover would
get it. A line is `digest prover verdict limit`: the time that a success took is
no fact about the goal and is left out, so that two updates write the same bytes.
"""
import json
import re
import shutil

HEADER = ("# SPDX-License-Identifier: Apache-2.0\n"
          "# Prover runs of {}: digest, prover, verdict, steps, time limit. Written by update.\n")


def unpack(packed, folder):
    """Fills folder with WP's own files; returns how many."""
    shutil.rmtree(folder, ignore_errors=True)
    return add(packed, folder)


def add(packed, folder):
    folder.mkdir(parents=True, exist_ok=True)
    lines = answers(packed)
    for row in lines:
        digest, prover, verdict, steps, limit = row.split()
        entry = {"prover": prover, "verdict": verdict}
        if steps != "-":
            entry["steps"] = int(steps)
        if limit != "-":
            entry["time"] = float(limit)
        elif verdict == "valid":
            entry["time"] = 0.01
        (folder / (digest + ".json")).write_text(json.dumps(entry))
    return len(lines)


def read(path):
    """One of WP's entries. It writes `2.` for two seconds, which is no JSON."""
    return json.loads(re.sub(r"(\d)\.(?!\d)", r"\1.0", path.read_text()))


def answers(packed):
    """The lines of a packed file that are prover runs."""
    return [l for l in packed.read_text().splitlines() if l and not l.startswith("#")] if packed.exists() else []


def line(path):
    """One of WP's entries as a line."""
    e = read(path)
    limit = f"{e['time']:g}" if e["verdict"] == "timeout" else "-"
    return f"{path.stem} {e['prover']} {e['verdict']} {e.get('steps', '-')} {limit}"


def pack(folder, packed, unit):
    """Writes the packed file from WP's own files, sorted."""
    lines = [line(path) + "\n" for path in sorted(folder.glob("*.json"))]
    packed.parent.mkdir(parents=True, exist_ok=True)
    packed.write_text(HEADER.format(unit) + "".join(lines))


def forget_failures(folder):
    """Drops what is not a success, so that the next update tries again."""
    for path in folder.glob("*.json"):
        if read(path)["verdict"] != "valid":
            path.unlink()
