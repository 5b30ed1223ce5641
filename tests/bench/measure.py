# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks: here, in a machine with KVM, in the exact machine. A part is core or monitor."""
import os
import pathlib
import subprocess

BUILD = "build/tests/bench/"
PARTS = ("core", "monitor")
PLANTED = "planted:"  # before the name of a figure of a program with a fault
FILES = {
    "core": [BUILD + name for name in ("layout", "layout-one-piece", "functions", "functions-slow")],
    "monitor": [BUILD + name for name in ("bare", "first", "sandbox", "messages", "restore", "clones", "metes-slow")] +
               ["build/metes", "build/guest/hello", "build/guest/calc", "build/tests/snapshots/guest"],
}


def figures(command):
    """Lines of `name number` as a table."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: exit status {done.returncode} from {' '.join(command)}")
    return {name: int(value) for name, value in (line.split() for line in done.stdout.splitlines())}


def native():
    """Nanoseconds a call of core, here."""
    found = figures([BUILD + "layout", "200000", "50"])
    found["one-piece"] = figures([BUILD + "layout-one-piece", "200000", "50"])["one-piece"]
    found |= figures([BUILD + "functions", "20000", "20"])
    return {name: value / 1000 for name, value in found.items()}


def machine(parts, *options):
    """What the parts' scripts say, of one boot."""
    files = [f"tests/bench/{part}.sh" for part in parts] + [name for part in parts for name in FILES[part]]
    bring = [word for name in files for word in ("--file", name)]
    return figures(["tests/machine/kvm-run", *options, *bring, "--script", "tests/bench/inside.sh", *parts])


def exact(parts):
    """Instructions, in the deterministic machine: (of the parts by name, of the programs with a fault)."""
    found = machine(parts, "--exact", "--timeout", "300")
    for name in found:
        if not of_monitor(name):
            found[name] = round(found[name] / 1000)
    planted = {name.removeprefix(PLANTED): n for name, n in found.items() if name.startswith(PLANTED)}
    found = {name: n for name, n in found.items() if not name.startswith(PLANTED)}
    return {part: {name: n for name, n in found.items() if of_monitor(name) == (part == "monitor")}
            for part in parts}, planted


def wall():
    """Nanoseconds of the monitor, where there is KVM with a clock of its own."""
    return machine(["monitor"])


def of_monitor(name):
    name = name.removeprefix(PLANTED)
    return not (name.startswith("metes_") or name.startswith("empty-call") or name in ("library", "one-piece"))


def tools():
    """What the figures depend on beside the sources: the machine's kernel, and who compiled."""
    version = pathlib.Path("build/machine/version").read_text()
    kernel = " ".join(line.split(": ")[1] for line in version.splitlines() if line.startswith(("Package", "Version")))
    compiler = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    emulator = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True)
    return {"kernel": kernel, "compiler": compiler, "emulator": emulator.stdout.splitlines()[0]}


def to_the_root():
    os.chdir(pathlib.Path(__file__).resolve().parent.parent.parent)
