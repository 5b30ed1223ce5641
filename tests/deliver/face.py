#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python is told is what the command says; what is refused says why. usage: tests/deliver/face.py METES IMAGE"""
import json
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "core/python")
import metes  # noqa: E402


def refused(status, function, *arguments, **named):
    """The status by which it is refused, and its numbers."""
    try:
        function(*arguments, **named)
    except metes.Refused as error:
        assert error.status == status, f"{error.status}, not {status}"
        return error
    raise AssertionError(f"{function.__name__} is not refused")


def same_as_the_command(name):
    """Each number of `metes layout --json` that has its name in the structure."""
    done = subprocess.run([sys.argv[1], "layout", "--profile", name, "--code-size", "64K", "--json"],
                          capture_output=True, text=True, check=True)
    told, l = {}, metes.layout(metes.profile(name), code_size=65536)
    todo = [json.loads(done.stdout)]
    while todo:
        for key, value in todo.pop().items():
            if isinstance(value, dict):
                todo.append(value)
            elif hasattr(l, key) and isinstance(value, (int, str)):
                told[key] = value if isinstance(value, int) else int(value, 0)
    wrong = {k: v for k, v in told.items() if getattr(l, k) != v}
    assert not wrong and len(told) > 5, f"{name}: {wrong}, of {len(told)}"


def guest():
    """A guest in memory: its PEB read both ways; its door kept shut."""
    with open(sys.argv[2], "rb") as file:
        g = metes.Guest(file.read())
    peb = g.read(g.layout.peb_gpa, 64)
    assert peb == g.read_virtual(g.entry().cr3, g.layout.peb_gva, 64)
    assert int.from_bytes(peb[8:16], "little") == metes.peb(g.layout).input_gva
    refused("unmapped", g.read, g.layout.memory_end_gpa + (1 << 30), 1)
    refused("read_only", g.write, g.layout.peb_gpa, b"x")
    g.write(g.layout.scratch_gpa, b"abc")
    assert g.read(g.layout.scratch_gpa, 3) == b"abc"
    metes.check(g.slots())
    refused("slot_overlap", metes.check, [g.slots()[0], metes.Memslot(5, 0, 0x1000, 4096, 0x1000)])


for profile in metes.PROFILES:
    same_as_the_command(profile)
assert refused("memory_too_big", metes.layout, metes.profile(), code_size=1 << 60).requested > 1 << 60
assert refused("reserved", metes.profile, "hyperlight", [(5, 5)]).limit == 5
assert metes.flaw(metes.profile("nub")) == 0 and metes.flaw(metes.Profile()) == 12
guest()
try:
    metes.config(kode_size=1)
    raise AssertionError("a configuration takes any name")
except TypeError:
    pass
