# SPDX-License-Identifier: Apache-2.0
"""An input's image as a person reads it: its segments, and what of it the guest can execute, disassembled."""
import pathlib
import re
import struct
import subprocess
import tempfile

MOST_LINES = 200


def segments(image):
    """(flags, offset, address, size in the file) of each PT_LOAD that lies in the file; none where it is no such file."""
    if len(image) < 64 or image[:5] != b"\x7fELF\x02":
        return
    offset, = struct.unpack_from("<Q", image, 32)
    each, count = struct.unpack_from("<HH", image, 54)
    for k in range(min(count, 64)):
        at = offset + k * each
        if at + 56 > len(image):
            return
        kind, flags, start, address, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", image, at)
        if kind == 1 and start < len(image):
            yield flags, start, address, min(size, len(image) - start)


def code(data, address):
    """These bytes as instructions; the same one again and again is told once."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "code"
        path.write_bytes(data)
        done = subprocess.run(["objdump", "-D", "-z", "-b", "binary", "-m", "i386:x86-64", f"--adjust-vma={address:#x}", str(path)],
                              capture_output=True, text=True, check=False)
    if done.returncode:
        return [f"objdump: {done.stderr.strip()}"]
    lines, last, again = [], None, 0
    for line in re.findall(r"^ *[0-9a-f]+:\t.*$", done.stdout, re.M) + [""]:
        _, _, what = line.partition(":")
        if what == last and what:
            again += 1
            continue
        if again:
            lines.append(f"      ... and {again} more of it")
        lines, last, again = lines + [line.rstrip()], what, 0
    more = len(lines) - 1 - MOST_LINES
    return lines[:-1] if more <= 0 else lines[:MOST_LINES] + [f"      ... and {more} more lines"]


def disassembly(image):
    """All lines; an image that has no segment that can be executed is taken from its first byte."""
    found = [s for s in segments(image) if s[0] & 1 and s[3]]
    for flags, start, address, size in found or [(1, 0, 0, len(image))]:
        yield (f"{size} bytes of {len(image)}, from {start:#x} in the file, at {address:#x}" if found else
               f"{size} bytes, which have no segment that can be executed")
        skip = 64 if start == 0 and image[:4] == b"\x7fELF" and size > 64 else 0
        yield from code(image[start + skip:start + size], (address + skip) % 2**64)
