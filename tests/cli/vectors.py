#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds `metes layout --batch` against the reference's vectors and against the second model; prints TAP.

    tests/cli/vectors.py METES      run from the root

One test for each vector. The answer must be the second model's, and the reference's too, but for the
differences that tests/vectors/README.md allows; each of those must come from where it says.
"""
import json
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))
import model  # noqa: E402

EXPECTED = 2400


def ask(metes, name, lines):
    """All answers to the configurations of one file."""
    profile, *options = name.split("+")
    options = ["--" + o.replace("_", "-") for o in options]
    command = [metes, "layout", "--batch", "--profile", profile, *options]
    asked = "".join(json.dumps(v["in"]) + "\n" for v in lines)
    said = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in said.splitlines()]


def without_detail(out):
    """Errors as they are compared: the words for people taken away, which must be there."""
    out = dict(out)
    if "error" in out:
        assert out.pop("detail"), "an error without detail"
    if out.get("pt_error"):
        out["pt_error"] = without_detail(out["pt_error"])
    return out


def as_reference(name, out):
    """Our answer with the reference's two habits: what is relocated in ours, and the region it lists in vain."""
    out = dict(out)
    if name.startswith("nub") and "file_mappings_array_gva" in out:
        out["file_mappings_array_gva"] = gpa = model.BASE + out["file_mappings_array_offset"]
        if out["peb"]:
            out["peb"] = out["peb"][:144] + gpa.to_bytes(8, "little").hex()
    if out.get("peb_offset") == 0:
        empty = {"start": model.BASE, "end": model.BASE, "flags": 7, "type": "Code"}
        out["regions"] = [empty] + out["regions"]
    return out


def differs(name, config, theirs, ours):
    """Why this answer is not what the reference's allows, or None."""
    error, pt_error = ours.get("error"), ours.get("pt_error") or {}
    if theirs.get("error") == "overflow":
        return None if error else "overflowed there, accepted here"
    if "error" in theirs:
        return None if ours == theirs else "not the reference's refusal"
    if error == "unaligned":
        return None if config["scratch_size"] % 4096 else "unaligned, but it is aligned"
    if error == "overlap":
        return None if theirs["memory_size"] + config["scratch_size"] > ours["limit"] else "overlap, but apart"
    if (theirs["pt_error"] or {}).get("error") == "overflow":
        ours = ours | {"pt_error": theirs["pt_error"]} if pt_error.get("error") == "too_small" else ours
    elif not theirs["pt_error"] and pt_error.get("error") in ("unaligned", "overlap"):
        if pt_error["error"] == "unaligned" and config["pt_size"] % 4096 == 0:
            return "page tables unaligned, but they are aligned"
        return None  # the layout without page tables, which the reference does not have; the model has
    return None if as_reference(name, ours) == theirs else "not the reference's layout"


def judge(name, vector, ours):
    """Why this answer is wrong, or None."""
    profile, *options = name.split("+")
    ours = without_detail(ours)
    expected = model.answer(profile, vector["in"], **{o: True for o in options})
    if ours != expected:
        return f"the model says {expected}, metes says {ours}"
    why = differs(name, vector["in"], vector["out"], ours)
    return why and f"{why}: the reference says {vector['out']}, metes says {ours}"


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    n = failed = 0
    for path in sorted((TESTS / "vectors").glob("*.jsonl")):
        vectors = [json.loads(line) for line in path.read_text().splitlines()]
        answers = ask(sys.argv[1], path.stem, vectors)
        if len(answers) != len(vectors):
            print(f"not ok - {path.stem}: {len(answers)} answers to {len(vectors)} configurations")
            failed += 1
        for i, (vector, ours) in enumerate(zip(vectors, answers), 1):
            why = judge(path.stem, vector, ours)
            n += 1
            failed += bool(why)
            print(f"{'not ok' if why else 'ok'} {n} - {path.stem}, line {i}" + (f": {why}" if why else ""))
    print(f"1..{EXPECTED}")
    return 1 if failed or n != EXPECTED else 0


if __name__ == "__main__":
    sys.exit(main())
