#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First inputs of the targets whose input has a format of its own, so that a campaign need not find it by itself.

    fuzz/tool/seeds.py FOLDER     writes FOLDER/TARGET/NAME
"""
import pathlib
import struct
import sys
import zlib

CODE = 0x1000


def image(kind, segments, base):
    """A small ELF64 image; a segment is (flags, bytes in the file, bytes in memory)."""
    table, body, at, offset = b"", b"", base, 64 + 56 * len(segments)
    for flags, filesz, memsz in segments:
        table += struct.pack("<IIQQQQQQ", 1, flags, offset + len(body), at, at, filesz, memsz, 4096)
        body += bytes((i * 7 + flags) % 256 for i in range(filesz))
        at += (memsz + 4095) // 4096 * 4096
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", kind, 62, 1, base, 64, 0, 0, 64, 56, len(segments),
                       64, 0, 0)
    return head + table + body


def asked(file, options=0):
    return struct.pack("<QI", CODE, options) + file


def record(entry=0x1000):
    """A snapshot of the default configuration, with one page of code, in profile hyperlight."""
    words = [0x1000, 0x1000, 0xFFFFFFFFF, 0xFFFFFFFFFFFFEFFF, 0x3FFFF000, 4096, 0, *[0] * 16,
             4096, 131072, 0, 0x4000, 0x4000, 0x48000, 0, 1, 0, 1, entry, 0xFFFFFFFFFFFFEF80]
    body = struct.pack(f"<{len(words)}Q", *words)
    return b"METESNAP" + struct.pack("<QQQ", 1, 32 + len(body), zlib.adler32(body)) + body


def message(kind, code, name, payload):
    rest = struct.pack("<III", kind, code, len(name)) + name + payload
    return struct.pack("<I", len(rest)) + rest


SEEDS = {
    "elf": {
        "one": asked(image(2, [(5, 100, 200)], CODE)),
        "three": asked(image(2, [(5, 300, 5000), (4, 40, 40), (6, 30, 9000)], CODE)),
        "dynamic": asked(image(3, [(5, 64, 64), (6, 0, 100)], 0)),
        "writable": asked(image(2, [(7, 50, 60)], CODE), 1),
        "large": asked(image(2, [(5, 6000, 6100), (6, 4100, 9000)], CODE)),
        "many": asked(image(2, [(5, 9, 20)] + [(6, 5, 300)] * 15, CODE)),
        "too-many": asked(image(2, [(5, 9, 20)] + [(6, 5, 300)] * 16, CODE)),
    },
    "snapshot": {"default": record(), "entry": record(0x1FFF), "behind": record(0x2000)},
    "message": {
        "call": message(1, 0, b"add", b"\x01\x02\x03\x04"),
        "result": message(2, 0, b"", b"payload"),
        "error": message(3, 7, b"", b"why"),
    },
    "json": {
        "request": b'\x00{"code_size": 4096, "heap_size": 131072, "init_data_permissions": null, "pt_size": 20480}',
        "nub": b'\x10{"input_data_size":16384,"output_data_size":16384,"scratch_size":1048576,'
               b'"init_data_permissions":7}',
        "long": b'\x00{"code_size":18446744073709551615,"heap_size":18446744073709551616}',
        "none": b'\x03{}',
        "twice": b'\x00{"pt_size":0,"pt_size":1}',
        "plan": b'\x01{"limits":{"phys_bits":46,"max_slots":32764,'
                b'"reserved":[{"start":"0xfee00000","end":"0xfee01000"}]},'
                b'"slots":[{"slot":0,"flags":2,"gpa":"0x1000","size":"132K","host":"0x7f0000000000"},'
                b'{"slot":1,"gpa":"0xffffb8000","size":"0x48000"}]}',
        "reserved": b'\x01{"limits":{"reserved":[' + b",".join([b'{"start":1,"end":2}'] * 8) + b']},"slots":[]}',
        "nine": b'\x01{"limits":{"reserved":[' + b",".join([b'{"start":1,"end":2}'] * 9) + b']},"slots":[]}',
        "wrong": b'\x01{"limits":{"gpa_end":1,"phys_bits":3},"slots":[{"slot":0}]}',
        "bytes": b'\x02text \xc3\xa4 \xf0\x9f\x98\x80 "quoted" \\ \n',
        "digits": b'\x02\xc0\x80\xff',
    },
}


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    for target, files in SEEDS.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
