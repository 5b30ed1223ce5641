#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a small sound ELF64 image, perhaps with fields spoilt.

    tests/cli/elf.py FILE [AT:BYTES:VALUE]... [LENGTH]     e.g. 18:2:3 writes machine 3; LENGTH cuts or fills the file

Position-independent; headers 0 and 1 (at 64 and 120) are segments r-x [0, 0x1800) and rw- [0x2000, 0x2010),
header 2 (at 176) is none.
"""
import struct
import sys


def program_header(kind, flags, offset, vaddr, file_size, mem_size):
    return struct.pack("<IIQQQQQQ", kind, flags, offset, vaddr, vaddr, file_size, mem_size, 4096)


def image():
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0x100, 64, 0, 0, 64, 56, 3, 0, 0, 0)
    table = program_header(1, 5, 0, 0, 0x200, 0x1800)
    table += program_header(1, 6, 0x200, 0x2000, 0x8, 0x10)
    table += program_header(4, 0, 0, 0, 0, 0)
    return bytearray((header + table).ljust(0x208, b"\xf4"))


def main():
    path, *changes = sys.argv[1:]
    data = image()
    for change in changes:
        if ":" not in change:
            data = data[: int(change)].ljust(int(change), b"\0")
            continue
        at, size, value = (int(x, 0) for x in change.split(":"))
        data[at : at + size] = value.to_bytes(size, "little")
    with open(path, "wb") as file:
        file.write(data)


main()
