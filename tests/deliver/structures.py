#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the structures and names of core/python/metes.py to the C compiler. One line for each difference.

    tests/deliver/structures.py HEADER LIBRARY [plant]      plant: with a field moved, a status renamed
"""
import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HEADER, LIBRARY = map(os.path.abspath, sys.argv[1:3])
os.environ["METES_LIBRARY"] = LIBRARY
sys.path.insert(0, "core/python")
import metes  # noqa: E402  (it wants the library)

NAMES = {"PageTables": "pt"}
CLASSES = {"metes_" + NAMES.get(c.__name__, c.__name__.lower()): c for c in metes.Struct.__subclasses__()}


def plant():
    """Two faults that must be found."""
    metes.STATUS[3], metes.STATUS[4] = metes.STATUS[4], metes.STATUS[3]

    class Error(ctypes.Structure):
        _fields_ = [("limit", ctypes.c_uint64), ("requested", ctypes.c_uint64), ("index", ctypes.c_uint32)]
    CLASSES["metes_error"] = Error


def asked():
    """C that prints every size and offset, and every name's number; what Python has, as the same lines."""
    lines, mine = [], []
    for name, kind in CLASSES.items():
        lines.append(f'printf("{name} %zu\\n", sizeof(struct {name}));')
        mine.append(f"{name} {ctypes.sizeof(kind)}")
        for field, _ in kind._fields_:
            at = getattr(kind, field)
            lines.append(f'printf("{name}.{field} %zu %zu\\n", offsetof(struct {name}, {field}), '
                         f"sizeof((struct {name} *)0)->{field});")
            mine.append(f"{name}.{field} {at.offset} {at.size}")
    names = ["METES_OK"] + ["METES_E_" + n.upper() for n in metes.STATUS[1:]]
    for prefix, found in (("", names), ("METES_PLACE_", [n.upper() for n in metes.PLACES]),
                          ("METES_PROFILE_", [n.upper() for n in metes.PROFILES])):
        for number, name in enumerate(found):
            lines.append(f'printf("{prefix}{name} %d\\n", (int){prefix}{name});')
            mine.append(f"{prefix}{name} {number}")
    return lines, mine


def main():
    if sys.argv[3:] == ["plant"]:
        plant()
    lines, mine = asked()
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder, "ask.c"), pathlib.Path(folder, "ask")
        source.write_text("#include <stddef.h>\n#include <stdio.h>\n#include HEADER\nint main(void)\n{\n"
                          + "\n".join(lines) + "\nreturn 0;\n}\n")
        subprocess.run(["gcc", f'-DHEADER="{HEADER}"', str(source), "-o", str(program)], check=True)
        theirs = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.splitlines()
    wrong = [f"C has {a}, Python {b}" for a, b in zip(theirs, mine) if a != b]
    text = pathlib.Path(HEADER).read_text()
    for number in re.findall(r"\bMETES_E_(\w+),", text):
        if number.lower() not in metes.STATUS:
            wrong.append(f"METES_E_{number} is not known to Python")
    print("\n".join(wrong or [f"{len(mine)} sizes, offsets and names are C's"]))
    return 1 if wrong or len(theirs) != len(mine) else 0


sys.exit(main())
