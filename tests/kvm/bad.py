# SPDX-License-Identifier: Apache-2.0
# What must go wrong on KVM, and how: guests that misbehave, images and options that are refused.
import json
import random

import cases


def ends(status, *texts, output=None):
    """The exit status, texts that the messages hold, and perhaps all of the output."""
    def look(result):
        yield result.status == status, f"exit status {result.status}, expected {status}"
        for text in texts:
            yield text in result.messages, f"no message `{text}`"
        if output is not None:
            yield result.output == output, f"output {result.output!r}, expected {output!r}"
        yield "\033" not in result.messages, "a control character in the messages"
    return look


REGISTERS = ("metes:   rip 0x", "metes:   rax ")

# By seed, as in hostile.c.
HOSTILE = (
    ("halt-3", [], ends(1, "metes: the guest halted with verdict 3")),
    ("hlt", [], ends(0)),
    ("halt-16-bit", [], ends(1, "verdict 258")),
    ("abort", [], ends(1, "aborted with code 7: out of \\x1b[31mideas\\x0a")),
    ("abort-by-words", [], ends(1, "aborted with code 9: hey")),
    ("print", [], ends(0, "guest: warn: mind the \\x01 gap\n", "guest: trace: ~\n",
                       output="abcdefg text ! -5 7 abcdef0123456789 00001234 0x10 %\n")),
    ("triple-fault", [], ends(126, "shut down (triple fault)")),
    ("loop", ["--deadline", "0.2"], ends(124, "ran out of time", "in its code (r-x)", *REGISTERS)),
    ("output", ["--max-output", "10K"], ends(125, "budget of output")),
    ("read-hole", [], ends(126, "the guest read 1 bytes at guest-physical 0x800000000, in no part of its memory",
                           *REGISTERS)),
    ("write-snapshot", [], ends(126, "the guest wrote 1 bytes at guest-physical",
                                "in its heap (rw-), in the read-only slot of the snapshot", *REGISTERS)),
    ("write-below", [], ends(126, "in its null guard, where no slot is", *REGISTERS)),
    ("jump-to-null", [], ends(1, "page fault, fetching from 0x0", "cr2 0x0, in its null guard (not mapped)",
                              "rip 0x0, in its null guard")),
    ("write-peb", [], ends(1, "page fault, writing to", "in its PEB (r--)", "in its code (r-x)", *REGISTERS)),
    ("overflow", [], ends(1, "page fault, writing to", "in its free part of scratch (rw-)", *REGISTERS)),
    ("write-code", [], ends(1, "page fault, writing to", "in its code (r-x)", *REGISTERS)),
    ("run-from-hole", [], ends(126, "metes: KVM could not go on with the guest: internal error 1", *REGISTERS)),
    ("divide", [], ends(1, "aborted with code 14: exception 0", "in its code (r-x)", *REGISTERS)),
    ("call-host", [], ends(126, "metes: the guest called the host (port 101): the buffer is empty (BUF-5)", *REGISTERS)),
    ("read-port", [], ends(126, "read from port 96, which this machine does not have")),
    ("exhaust", [], ends(1, "no page of scratch is left for copy-on-write")),
    ("unknown-port", [], ends(126, "wrote to port 128, which this machine does not have")),
    ("lose-tables", ["--deadline", "0.2"], ends(124, "ran out of time", *REGISTERS)),
)


def hostile(guest):
    for seed, (name, more, look) in enumerate(HOSTILE):
        yield f"hostile-{name}", ["run", guest, "--seed", str(seed), *more], look
    yield "hostile-exits", ["run", guest, "--seed", "8", "--max-exits", "100"], ends(125, "budget of exits")


def spoilt(good, folder, name, change):
    path = f"{folder}/{name}"
    with open(good, "rb") as file:
        data = bytearray(file.read())
    changed = change(data)
    data = data if changed is None else changed
    with open(path, "wb") as file:
        file.write(data)
    return path


def put(at, *values):
    def change(data):
        data[at:at + len(values)] = bytes(values)
    return change


# What is done to a good image, and where the refusal points.
IMAGES = (
    ("empty", lambda data: bytearray(b""), "ELF-1"),
    ("short", lambda data: data[:63], "ELF-1"),
    ("text", lambda data: bytearray(b"#!/bin/sh\n" * 20), "byte 0: not an ELF image"),
    ("class", put(4, 1), "byte 4"),
    ("type", put(16, 1), "byte 16"),
    ("machine", put(18, 3), "byte 18"),
    ("no-headers", put(56, 0, 0), "byte 56"),
    ("headers-beyond", put(32, *[255] * 8), "byte 32"),
    ("interpreter", put(64, 3), "byte 64: program header 0 asks for an interpreter"),
    ("truncated", lambda data: data[:4096], "beyond the file's end"),
    ("address", put(64 + 16, *[255] * 8), "byte 80"),
    ("write-and-execute", put(64 + 56 + 4, 7), "byte 124"),
    ("entry", put(24, *[255] * 8), "byte 24"),
)


def images(good, folder):
    for name, change, text in IMAGES:
        path = spoilt(good, folder, f"image-{name}", change)
        yield f"image-{name}", ["run", path], ends(65, path, text, output="")


def garbage(good, folder, seed, n):
    """Images with bytes of noise in their headers: refused, or run to whatever end; never a crash of ours."""
    rng = random.Random(seed)

    def look(result):
        yield result.status in (0, 1, 65, 124, 125, 126), f"exit status {result.status}"

    def noise(data):
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(64 + 3 * 56)] = rng.randrange(256)

    for i in range(n):
        path = spoilt(good, folder, f"noise-{i}", noise)
        yield f"noise-{i}", ["run", path, "--deadline", "0.3", "--max-output", "100K"], look


def refusals(hello, folder):
    run = ["run", hello]
    data = f"{folder}/refused.bin"
    with open(data, "wb") as file:
        file.write(bytes(100))
    yield "no-guest", ["run"], ends(64, "which guest?")
    yield "two-guests", [*run, hello], ends(64, "one guest at a time")
    yield "bad-deadline", [*run, "--deadline", "soon"], ends(64, "--deadline")
    yield "missing", ["run", f"{folder}/none"], ends(66, f"{folder}/none", "No such file")
    yield "missing-data", [*run, "--init-data", f"{folder}/none"], ends(66, f"{folder}/none")
    yield "scratch", [*run, "--scratch-size", "0x8000"], ends(65, "layout: ", "too_small", "LAY-24")
    yield "scratch-unaligned", [*run, "--scratch-size", "0x48001"], ends(65, "unaligned", "LAY-26")
    yield "pt-size", [*run, "--pt-size", "0x1000"], ends(65, "page tables", "too_small")
    yield "code-size", [*run, "--code-size", "1"], ends(65, "needs", "--code-size is 1")
    yield "data-size", [*run, "--init-data", data, "--init-data-size", "99"], ends(65, "bad_length", "MEM-2")
    yield "heap-size", [*run, "--heap-size", "17G"], ends(65, "too_big", "LAY-25")


def as_json(outcome, exit_status, **members):
    """One object and nothing else; with these members, and its exit status the command's."""
    def look(result):
        try:
            found = json.loads(result.output)
        except ValueError as error:
            yield False, f"{error}: {result.output[:200]!r}"
            return
        yield result.output.count("\n") == 1, "more than one line"
        yield result.status == exit_status == found.get("exit"), f"exit {found.get('exit')}, status {result.status}"
        yield found.get("outcome") == outcome, f"outcome {found.get('outcome')}"
        for key, value in members.items():
            yield value(found.get(key)), f"{key}: {found.get(key)!r}"
    return look


def objects(hello, guest, folder):
    run = ["run", "--json"]
    yield "json-well", [*run, hello], as_json("well", 0, verdict=lambda v: v == 0, exits=lambda n: n > 0,
                                              output=lambda text: text.startswith("Hello from inside."))
    yield "json-failed", [*run, guest, "--seed", "0"], as_json("failed", 1, verdict=lambda v: v == 3)
    yield "json-aborted", [*run, guest, "--seed", "3"], as_json("aborted", 1, code=lambda c: c == 7,
                                                                message=lambda m: m == "out of \033[31mideas\n")
    yield "json-fault", [*run, guest, "--seed", "10"], as_json(
        "fault", 126, access=lambda a: a["write"] and a["length"] == 1 and a["place"] == "heap",
        rip=lambda r: r["place"] == "code" and r["permissions"] == 5)
    yield "json-shutdown", [*run, guest, "--seed", "6"], as_json("shutdown", 126)
    yield "json-not-run", [*run, f"{folder}/none"], as_json("not_run", 66)


def mistaken(selfcheck, folder, seed):
    """selfcheck can fail: it is told something else than what is so."""
    rng = random.Random(seed)
    for name, options, permissions, spoil, line in (
            ("checksum", 0, 1, "checksum", "FAIL init data: 500 bytes"),
            ("heap", 2, 1, None, "FAIL heap: executable only"), ("peb", 1, 1, None, "FAIL PEB: writable only"),
            ("permissions", 0, 3, None, "FAIL init data: permissions")):
        path = f"{folder}/mistaken-{name}.bin"
        cases.init_data(path, 500, options, permissions, rng, spoil)

        def look(result, line=line):
            yield result.status == 1, f"exit status {result.status}, expected 1"
            yield line in result.output and " 1 failed" in result.output, f"no line `{line}`"
        yield f"mistaken-{name}", ["run", selfcheck, "--init-data", path], look
