#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the picture that `metes layout` draws and holds it against the second model.

    tests/cli/map.py METES OPTION...      exit status 0 if it is right, otherwise says what is not

Every line fits 80 columns; addresses fall from top to bottom, in both spaces, and each area stands where the model has it.
"""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import model  # noqa: E402

RULE = re.compile(r" *(0x[0-9a-f]+) ([+├└┌].*?[+┤┘┐]) (0x[0-9a-f]+)$")
AREA = re.compile(r" {15}[|│] (.{15}) ([r-][w-][x-]) *([0-9.]+ [KMGTPE]?i?B) *([0-9]+) [|│]$")
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50, "EiB": 2**60}


def parse(text):
    """The areas from top to bottom: name, permissions, size, and both addresses of both ends."""
    areas, above, pending = [], None, None
    for line in text.splitlines():
        assert len(line) <= 80, f"{len(line)} columns: {line}"
        if m := RULE.match(line):
            here = int(m[1], 16), int(m[3], 16)
            if pending:
                areas.append((*pending, here, above))
            above, pending = here, None
        elif m := AREA.match(line):
            number, unit = m[3].split()
            assert abs(float(number) * UNITS[unit] - int(m[4])) <= 0.051 * UNITS[unit], f"{m[3]} is not {m[4]}"
            pending = m[1].strip(), m[2], int(m[4])
    return areas


def expected(profile, s):
    """The same from the model."""
    first_gva, last_gva, last_gpa = model.PROFILES[profile]
    scratch = (last_gpa + 1 - s.scratch, last_gva + 1 - s.scratch)
    stack, words = s.scratch - 2 * model.PAGE, s.scratch - 0x30
    parts = [
        (scratch, "bookkeeping", "rw-", words, s.scratch),
        (scratch, "exception stack", "rw-", stack, words),
        (scratch, "free", "rw-", s.pt_offset + s.pt, stack),
        (scratch, "page tables", "rw-", s.pt_offset, s.pt_offset + s.pt),
        (scratch, "unused", "rw-", s.input + s.output, s.pt_offset),
        (scratch, "output buffer", "rw-", s.input, s.input + s.output),
        (scratch, "input buffer", "rw-", 0, s.input),
        ((model.BASE, first_gva), "page tables", "r--", s.memory, s.memory + s.pt),
    ]
    names = {"Code": "code", "Peb": "PEB", "Heap": "heap", "InitData": "init data"}
    for r in reversed(model.regions(s)):
        perms = "".join(c if r["flags"] & bit else "-" for c, bit in (("r", 1), ("w", 2), ("x", 4)))
        parts.append(((model.BASE, first_gva), names[r["type"]], perms, r["start"] - model.BASE, r["end"] - model.BASE))
    return [
        (name, perms, end - start, (at[0] + start, at[1] + start), (at[0] + end, at[1] + end))
        for at, name, perms, start, end in parts
        if start < end
    ]


def config_of(options):
    """Options of the command as a configuration; sizes must be decimal."""
    config, flags, profile = {}, set(), "hyperlight"
    for option in options:
        name, _, value = option[2:].partition("=")
        if name == "profile":
            profile = value
        elif value:
            bits = sum(b for c, b in (("r", 1), ("w", 2), ("x", 4)) if c in value)
            config[name.replace("-", "_")] = bits if name == "init-data-permissions" else int(value)
        else:
            flags.add(name)
    return profile, model.Sizes(config, "file-mappings" in flags, "executable-heap" in flags), "irqchip" in flags


def main():
    metes, *options = sys.argv[1:]
    text = subprocess.run([metes, "layout", *options], capture_output=True, check=True).stdout.decode()
    profile, s, irqchip = config_of(options)
    drawn, wanted = parse(text), expected(profile, s)
    assert drawn == wanted, f"drawn:\n{drawn}\nwanted:\n{wanted}\n{text}"
    for word in model.peb_words(s, profile)[1:8:2]:
        assert f"0x{word:x} " in text, f"the PEB's 0x{word:x} is not there"
    for page in (0xFEC00000, 0xFEC01000, 0xFEE00000, 0xFEE01000) if irqchip and profile != "i686" else ():
        assert re.search(rf"^ *0x{page:x} [:┆]$", text, re.M), f"the reserved 0x{page:x} is not there"


if __name__ == "__main__":
    main()
