#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second model of the layout, in unbounded integers: what must come out, written from the specification alone.

    tests/model.py [--profile P] [--file-mappings] [--executable-heap] [--irqchip] < configurations > answers

Reads and writes the lines of `metes layout --batch`, without its `detail`. As a module: answer(), check_plan().
"""
import argparse
import json
import struct
import sys

PAGE = 4096
U64 = 2**64 - 1
READ, WRITE, EXECUTE = 1, 2, 4
IRQCHIP = ((0xFEC00000, 0xFEC01000), (0xFEE00000, 0xFEE01000))
BASE = 0x1000
MAX = 16 * 2**30 - BASE
SHOWN_PEB_BELOW = 64 * 2**20

# Of snapshot offset 0 the guest-virtual address; of scratch the last guest-virtual and guest-physical one.
PROFILES = {
    "hyperlight": (BASE, 0xFFFF_FFFF_FFFF_EFFF, 2**36 - 1),
    "nub": (0x5000_0000_0000 + 5 * 2**30, 0x5000_0000_0000 + 17 * 2**30 - 1, 2**36 - 1),
    "i686": (BASE, 2**32 - 1, 0xFEE0_0000 - 1),
}
DEFAULTS = {
    "input_data_size": 0x4000,
    "output_data_size": 0x4000,
    "heap_size": 0,
    "scratch_size": 0x48000,
    "code_size": 0,
    "init_data_size": 0,
    "init_data_permissions": None,
    "pt_size": None,
}


class Refused(Exception):
    """Why there is no layout."""

    def __init__(self, error, requested, limit):
        super().__init__(error)
        self.answer = {"error": error, "requested": min(requested, U64), "limit": min(limit, U64)}


def up(x):
    """The least page multiple that is not below x."""
    return -(-x // PAGE) * PAGE


class Sizes:
    """Everything about a configuration that no profile changes."""

    def __init__(self, config, file_mappings, executable_heap):
        c = DEFAULTS | config
        self.file_mappings, self.executable_heap = file_mappings, executable_heap
        self.input, self.output = max(c["input_data_size"], 0x2000), max(c["output_data_size"], 0x2000)
        self.heap_size = c["heap_size"] or 128 * 1024
        self.init_size = c["init_data_size"]
        self.permissions = READ if c["init_data_permissions"] is None else c["init_data_permissions"]
        self.scratch, self.pt = c["scratch_size"], c["pt_size"] or 0
        self.peb = up(c["code_size"])
        self.heap = up(self.peb + (80 + 32 * 80 if file_mappings else 64))
        self.init = up(self.heap + self.heap_size)
        self.memory = up(self.init + self.init_size)
        self.pt_offset = up(self.input + self.output)
        self.min_scratch = self.pt_offset + 12 * PAGE


def refuse_overlap(s, profile, pt, reserved):
    """Snapshot and scratch, with `pt` bytes of page tables, must fit both address spaces, and miss what is reserved."""
    first_gva, last_gva, last_gpa = PROFILES[profile]
    both = s.memory + pt + s.scratch
    for first, last in (BASE, last_gpa), (first_gva, last_gva):
        if both > last + 1 - first:
            raise Refused("overlap", both, last + 1 - first)
    for start, end in reserved:
        if start < BASE + s.memory + pt and BASE < end or start <= last_gpa and last_gpa + 1 - s.scratch < end:
            raise Refused("reserved", start, end)


def refuse(s, profile, reserved):
    """The checks of a layout without page tables, in their order."""
    if s.permissions > 7:
        raise Refused("bad_permissions", s.permissions, 7)
    if s.scratch > MAX:
        raise Refused("too_big", s.scratch, MAX)
    if s.scratch < s.min_scratch:
        raise Refused("too_small", s.scratch, s.min_scratch)
    if s.memory > MAX:
        raise Refused("too_big", s.memory, MAX)
    if s.scratch % PAGE:
        raise Refused("unaligned", s.scratch, PAGE)
    refuse_overlap(s, profile, 0, reserved)


def refuse_pt(s, profile, reserved):
    """The checks of the page tables, given a layout without them."""
    if s.scratch < s.min_scratch + s.pt:
        raise Refused("too_small", s.scratch, s.min_scratch + s.pt)
    if s.pt % PAGE:
        raise Refused("unaligned", s.pt, PAGE)
    refuse_overlap(s, profile, s.pt, reserved)


def regions(s):
    """What lies where in guest-physical space; an area of no bytes is not listed."""
    areas = (
        ("Code", 0, s.peb, READ | WRITE | EXECUTE),
        ("Peb", s.peb, s.heap, READ | (WRITE if s.file_mappings else 0)),
        ("Heap", s.heap, s.init, READ | WRITE | (EXECUTE if s.executable_heap else 0)),
        ("InitData", s.init, s.memory, s.permissions),
    )
    return [
        {"start": BASE + start, "end": BASE + end, "flags": flags, "type": name}
        for name, start, end, flags in areas
        if start < end
    ]


def peb_words(s, profile):
    """The words of the PEB, in wire order."""
    first_gva, last_gva, _ = PROFILES[profile]
    scratch_gva = last_gva + 1 - s.scratch
    words = [s.input, scratch_gva, s.output, scratch_gva + s.input]
    words += [s.init_size, first_gva + s.init, s.heap_size, first_gva + s.heap]
    return words + ([0, first_gva + s.peb + 80] if s.file_mappings else [])


def layout(s, profile, pt, pt_error):
    """All that `metes layout --json` says of a sound configuration."""
    first_gva, last_gva, last_gpa = PROFILES[profile]
    scratch_gva, scratch_gpa = last_gva + 1 - s.scratch, last_gpa + 1 - s.scratch
    words = peb_words(s, profile)
    out = {
        "heap_size": s.heap_size,
        "peb_offset": s.peb,
        "peb_input_data_offset": s.peb,
        "peb_output_data_offset": s.peb + 16,
        "peb_init_data_offset": s.peb + 32,
        "peb_heap_data_offset": s.peb + 48,
        "guest_heap_buffer_offset": s.heap,
        "init_data_offset": s.init,
        "peb_address": BASE + s.peb,
        "guest_code_address": BASE,
        "memory_size": s.memory,
        "snapshot_size": s.memory + pt,
        "pt_size": pt,
        "pt_error": pt_error,
        "output_data_buffer_gva": scratch_gva + s.input,
        "output_data_scratch_offset": s.input,
        "input_data_buffer_gva": scratch_gva,
        "input_data_scratch_offset": 0,
        "pt_base_scratch_offset": s.pt_offset,
        "pt_base_gpa": scratch_gpa + s.pt_offset,
        "first_free_scratch_gpa": scratch_gpa + s.pt_offset + pt,
        "scratch_base_gpa": scratch_gpa,
        "peb": struct.pack(f"<{len(words)}Q", *words).hex() if s.peb < SHOWN_PEB_BELOW else None,
    }
    if s.file_mappings:
        out["peb_file_mappings_offset"] = s.peb + 64
        out["file_mappings_array_offset"] = s.peb + 80
        out["file_mappings_array_gva"] = first_gva + s.peb + 80
    return out | {"regions": regions(s)}


def answer(profile, config, file_mappings=False, executable_heap=False, reserved=()):
    """What `metes layout --batch` must answer to a configuration, without `detail`."""
    s = Sizes(config, file_mappings, executable_heap)
    try:
        refuse(s, profile, reserved)
    except Refused as why:
        return why.answer | {"at": "new"}
    try:
        if s.pt:
            refuse_pt(s, profile, reserved)
    except Refused as why:
        return layout(s, profile, 0, why.answer | {"at": "set_pt_size"})
    return layout(s, profile, s.pt, None)


def broken_rules(slot, limits):
    """Which clauses a slot breaks by itself."""
    gpa, size, host = slot["gpa"], slot["size"], slot.get("host", 0)
    rules = {
        "PLAN-2": slot["slot"] >= limits["max_slots"],
        "PLAN-3": slot.get("flags", 0) > 3,
        "PLAN-4": size == 0,
        "PLAN-5": bool(gpa % PAGE or size % PAGE or host % PAGE),
        "PLAN-6": size > (2**31 - 1) * PAGE,
        "PLAN-7": gpa + size > limits["gpa_end"],
        "PLAN-8": host + size > limits["host_end"],
        "PLAN-9": any(gpa < r["end"] and r["start"] < gpa + size for r in limits["reserved"]),
    }
    return [name for name, broken in rules.items() if broken]


def check_plan(slots, limits):
    """What `metes check` must say: None, or the clause and the places in the plan that break it."""
    if len(slots) > limits["max_slots"]:
        return "PLAN-1", []
    for i, a in enumerate(slots):
        broken = broken_rules(a, limits)
        if broken:
            return broken[0], [i]
        for j, b in enumerate(slots[:i]):
            if a["slot"] == b["slot"]:
                return "PLAN-10", [j, i]
            if a["gpa"] < b["gpa"] + b["size"] and b["gpa"] < a["gpa"] + a["size"]:
                return "PLAN-11", [j, i]
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", default="hyperlight", choices=PROFILES)
    for option in "--file-mappings", "--executable-heap", "--irqchip":
        parser.add_argument(option, action="store_true")
    a = parser.parse_args()
    for line in sys.stdin:
        out = answer(a.profile, json.loads(line), a.file_mappings, a.executable_heap, IRQCHIP if a.irqchip else ())
        print(json.dumps(out, separators=(",", ":")))


if __name__ == "__main__":
    main()
