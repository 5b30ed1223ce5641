#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds `metes` against the second model on random input; prints TAP.

    tests/cli/agree.py METES [SEED]

Configurations of `metes layout --batch`, drawn near every limit, in each profile with each option; plans of
`metes check`, drawn so that about half are sound; and lines of spoilt JSON, which Python's own parser judges too.
The seed is printed, and is the same unless given.
"""
import json
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import model  # noqa: E402

CONFIGURATIONS = 4000
PLANS = 400
LINES = 20000
OPTIONS = (), ("--file-mappings",), ("--executable-heap",), ("--irqchip",), ("--file-mappings", "--irqchip")
ZEROS = re.compile(r"(?<=[:\s])-?0+(?=[,}\s])")
LIMITS = (0, 0x2000, 2**17, 2**20, 0xFEC00000, 0xFEE00000, 2**32, 12 * 2**30, model.MAX, 2**36, 2**63, 2**64 - 1)


def near(random, points):
    """A number by one of the points, or somewhere between, or a page multiple."""
    x = random.choice(points) + random.choice((-4096, -1, 0, 0, 1, 4095, 4096)) * random.randrange(4)
    x = random.choice((x, x, x // 4096 * 4096, random.randrange(2 ** random.randrange(1, 40))))
    return min(max(x, 0), 2**64 - 1)


def size(random, most):
    """Usually a size that fits, sometimes anything."""
    if random.random() < 0.15:
        return near(random, LIMITS)
    x = random.randrange(2 ** random.randrange(1, most))
    return random.choice((x, x // 4096 * 4096))


def configuration(random, profile):
    """A configuration; half of them have the scratch size that is just enough or just fits."""
    c = {k: size(random, 24) for k in ("input_data_size", "output_data_size", "heap_size", "init_data_size")}
    c["code_size"] = size(random, 36)
    c["pt_size"] = random.choice((None, 0, size(random, 24) // 4096 * 4096, size(random, 20)))
    c["init_data_permissions"] = random.choice((None, *range(9)))
    s = model.Sizes(c, False, False)
    room = (model.PROFILES[profile][1] + 1 - model.PROFILES[profile][0], model.PROFILES[profile][2] + 1 - model.BASE)
    points = [s.min_scratch, s.min_scratch + s.pt, model.MAX, *(r - s.memory for r in room), *(r - s.memory - s.pt for r in room)]
    c["scratch_size"] = near(random, points) if random.random() < 0.5 else size(random, 34) // 4096 * 4096
    return {k: v for k, v in c.items() if random.random() < 0.9}


def compare(metes, random, profile, options):
    """The first difference, or None, and how many configurations had a layout."""
    asked = [configuration(random, profile) for _ in range(CONFIGURATIONS)]
    command = [metes, "layout", "--batch", "--profile", profile, *options]
    text = "".join(json.dumps(c) + "\n" for c in asked)
    said = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    sound = 0
    if len(said) != len(asked):
        return f"{len(said)} answers to {len(asked)} configurations", 0
    flags = {o[2:].replace("-", "_"): True for o in options if o != "--irqchip"}
    for c, line in zip(asked, said):
        ours = json.loads(line)
        for refusal in ours, ours.get("pt_error") or {}:
            if "error" in refusal and not refusal.pop("detail", None):
                return f"an error without detail: {line}", sound
        wanted = model.answer(profile, c, reserved=model.IRQCHIP if "--irqchip" in options else (), **flags)
        if ours != wanted:
            return f"{json.dumps(c)}: the model says {wanted}, metes says {ours}", sound
        sound += "error" not in ours and not ours["pt_error"]
    return None, sound


def plan(random):
    """A plan of a few slots that mostly follow each other, and its limits."""
    limits = {"gpa_end": 2 ** random.choice((32, 36, 46, 52)), "host_end": 2**47 - 4096, "max_slots": random.choice((4, 509, 32764))}
    limits["reserved"] = [{"start": r[0], "end": r[1]} for r in model.IRQCHIP[: random.randrange(3)]]
    slots, at = [], random.choice((0, 4096, 0xFEC00000 - 0x10000, limits["gpa_end"] - 0x40000))
    for i in range(random.randrange(6)):
        length = random.randrange(1, 17) * 4096
        slots.append({"slot": i, "flags": random.randrange(4), "gpa": at, "size": length, "host": random.randrange(2**34) * 4096})
        at += length + random.randrange(3) * 4096
    for _ in range(random.choice((0, 0, 1)) if slots else 0):
        key = random.choice(("slot", "flags", "gpa", "size", "host"))
        wrong = {"slot": (0, 1, limits["max_slots"]), "flags": (4, 2**32 - 1)}.get(key)
        wrong = wrong or (0, 1, slots[0]["gpa"], 4097, 2**43, 2**52, 2**64 - 4096, 2**64 - 1)
        random.choice(slots)[key] = random.choice(wrong)
    random.shuffle(slots)
    return {"limits": limits, "slots": slots}


def judge_plan(metes, p):
    """Why this verdict is wrong, or None; and whether the plan was sound."""
    wanted = model.check_plan(p["slots"], p["limits"])
    run = subprocess.run([metes, "check", "--json", "-"], input=json.dumps(p), capture_output=True, text=True)
    said = json.loads(run.stdout)
    if run.returncode != (65 if wanted else 0) or said["sound"] == bool(wanted):
        return f"exit status {run.returncode}, {said}: the model says {wanted}: {json.dumps(p)}", not wanted
    if wanted and (said["clause"], said["places"]) != (wanted[0], wanted[1]):
        return f"{said}: the model says {wanted}: {json.dumps(p)}", False
    return None, not wanted


def spoilt(random):
    """A line of a configuration with up to three bytes changed, lost or added."""
    profile = random.choice(list(model.PROFILES))
    line = json.dumps(configuration(random, profile), separators=random.choice(((",", ":"), (" , ", ": "))))
    for _ in range(random.randrange(4)):
        at = random.randrange(len(line) + 1)
        new = random.choice(("", "", " ", "0", "-", ".", "e", "1", ",", "{", "}", '"', "\\u0065", "\\", "null", ":", "\t", "[", "_"))
        line = line[:at] + new + line[at + random.randrange(2) :]
    return line


def readable(line):
    """Whether a line is a configuration, as far as Python's parser is asked: the values are checked here.
    json-c takes zeros in front of a zero, which Python does not."""
    try:
        pairs = json.loads(ZEROS.sub("0", line), object_pairs_hook=lambda pairs: pairs)
    except ValueError:
        return False
    if not line.lstrip().startswith("{") or len({k for k, _ in pairs}) != len(pairs):
        return False
    return all(
        k in model.DEFAULTS
        and (type(v) is int and 0 <= v < 2**64 or v is None and k in ("pt_size", "init_data_permissions"))
        for k, v in pairs
    )


def judge_lines(metes, random):
    """The first line that is wrongly read or refused, or None; and how many were read."""
    lines = [spoilt(random) for _ in range(LINES)]
    run = subprocess.run([metes, "layout", "--batch"], input="\n".join(lines), capture_output=True, text=True, check=True)
    said = run.stdout.splitlines()
    if len(said) != len(lines):
        return f"{len(said)} answers to {len(lines)} lines", 0
    for line, answer in zip(lines, said):
        if (json.loads(answer).get("error") != "bad_input") != readable(line):
            return f"{line}: {answer}", 0
    return None, sum(map(readable, lines))


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 64
    metes, seed = sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else "metes"
    cases = [(profile, options) for profile in model.PROFILES for options in OPTIONS]
    print(f"# seed {seed}\n1..{len(cases) + 2}")
    failed = 0
    for n, (profile, options) in enumerate(cases, 1):
        why, sound = compare(metes, random.Random(f"{seed} {n}"), profile, options)
        if not why and not CONFIGURATIONS // 20 < sound < CONFIGURATIONS * 19 // 20:
            why = f"{sound} of them have a layout: that examines little"
        failed += bool(why)
        name = f"{CONFIGURATIONS} configurations in {' '.join((profile, *options))}, {sound} sound"
        print(f"{'not ok' if why else 'ok'} {n} - {name}" + (f": {why}" if why else ""))
    source = random.Random(f"{seed} plans")
    verdicts = [judge_plan(metes, plan(source)) for _ in range(PLANS)]
    wrong = [why for why, _ in verdicts if why]
    sound = sum(good for _, good in verdicts)
    if not PLANS // 4 < sound < PLANS * 3 // 4:
        wrong.append(f"{sound} of {PLANS} plans are sound: that examines little")
    print(f"{'not ok' if wrong else 'ok'} {len(cases) + 1} - {PLANS} plans, {sound} sound" + "".join(": " + w for w in wrong[:1]))
    why, read = judge_lines(metes, random.Random(f"{seed} lines"))
    if not why and not LINES // 4 < read < LINES * 3 // 4:
        why = "that examines little"
    print(f"{'not ok' if why else 'ok'} {len(cases) + 2} - {LINES} spoilt lines, {read} readable" + (f": {why}" if why else ""))
    return 1 if failed or wrong or why else 0


sys.exit(main())
