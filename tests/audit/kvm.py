# SPDX-License-Identifier: Apache-2.0
# What is looked at of the audits that ran on KVM. Each check is (name, what is wrong: a list of sentences).
import json
import pathlib
import re
import subprocess

METES = "build/metes"
TURNS = range(10, 14)  # the slots that threads of the broken monitor change in turns
MACHINES = {"pc-64M": 64, "q35-256M": 256, "pc-5G": 5120, "q35-5G": 5120, "microvm-64M": 64, "microvm-256M": 256}
TEXT = {"broken": 65, "hello": 0, **dict.fromkeys(MACHINES, 33)}  # exit statuses: QEMU's is what its guest says


def read(path):
    return path.read_text() if path.exists() else ""


def lines(path):
    return [json.loads(line) for line in read(path).splitlines()]


def expected(said):
    """Of what the broken monitor says that it did and was answered, what an audit has to say: (rule, answer)."""
    for line in said.splitlines():
        name, answer = line.split()
        rule = name.partition("-")[0]
        if rule.startswith("K"):
            yield rule, answer
        elif rule == "odd":
            yield ("unread" if name == "odd-null" else None), answer


def found(audit):
    """What it says, but for the threads that take turns."""
    for line in audit[:-1]:
        slots = [r["slot"] for r in line.get("ranges", [])] or [line.get("slot")]
        if slots[-1] not in TURNS:
            yield ("unread" if "unread" in line else line["rule"]), line["answer"]


def broken_is_well(out, name, said, status):
    """Sentences: what is wrong with an audit of the broken monitor."""
    try:
        audit, said = lines(out / f"{name}.json"), read(out / said)
        if said != read(out / "plain.out"):
            yield "the monitor was answered otherwise than without an audit"
        if status is not None and read(out / f"{name}.status") != f"{status}\n":
            yield "exit status " + read(out / f"{name}.status")
        want, got = list(expected(said)), list(found(audit))
        if want != got:
            yield f"wanted {want}, got {got}"
        yield from turns_are_well(audit)
        yield from map_is_well(audit[-1])
    except (ValueError, KeyError, IndexError) as error:
        yield f"no report: {error!r}"


def turns_are_well(audit):
    """Whatever the threads ran into has its reason, and the reason is KVM's own."""
    for line in audit[:-1]:
        slots = [r["slot"] for r in line.get("ranges", [])] or [line.get("slot")]
        if slots[-1] in TURNS and (line["rule"], line["answer"]) not in (("K11", "EEXIST"), ("K8", "EINVAL")):
            yield f"in turns: {line}"


def map_is_well(report):
    """The slots that the broken monitor leaves."""
    left = {vm["vm"]: [(s["space"], s["slot"], s["flags"], s["gpa"], s["size"]) for s in vm["slots"]]
            for vm in report["vms"]}
    first = [(0, 0, 2, 0x1000, 0x2000), (0, 1, 0, 0x100000, 0x2000), (0, 3, 0, 0x102000, 0x1000),
             (0, 2, 2, 0x2000000, 0x4000), (1, 0, 0, 0x1000, 0x4000)]
    kept = [{"tss": 0xfffbd000, "identity": 0xfeffc000, "apic": 0xfee00000}, {"tss": 0xfffbd000, "identity": 0xfffbc000}]
    if left.get(1) != first:
        yield f"VM 1 has {left.get(1)}"
    if [vm["vm"] for vm in report["vms"]] != list(range(1, 12)) or any(vm["unseen"] for vm in report["vms"]):
        yield "not the VMs 1 to 11, each seen"
    if [vm["kept"] for vm in report["vms"][1:3]] != kept:
        yield f"kept by KVM: {report['vms'][1:3]}"
    if report["sound"] or not report["complete"] or report["unexplained"] != 2:
        yield "sound, not complete, or not two that no rule explains"


def again(out, name):
    """`metes check --trace` says the same, to the byte, and draws the same."""
    svg = out / f"{name}.again.svg"
    if not (out / f"{name}.report").exists():
        yield "there is no report"
        return
    done = subprocess.run([METES, "check", "--svg", str(svg), "--trace", str(out / f"{name}.trace")],
                          capture_output=True, env={"LC_ALL": "C"}, check=False)
    if done.stdout != (out / f"{name}.report").read_bytes():
        yield "the words differ"
    if done.returncode != (65 if name == "broken" else 0):
        yield f"exit status {done.returncode}"
    if svg.read_bytes() != (out / f"{name}.svg").read_bytes():
        yield "the pictures differ"


QEMU = re.compile(r"kvm_set_user_memory Slot#(\d+) flags=0x(\w+) gpa=0x(\w+) size=0x(\w+) ua=0x(\w+) ret=(-?\d+)")


def qemu_is_well(out, name, memory):
    """QEMU says itself what it asked of KVM; and what it has in the end is its memory and a ROM below 4 GiB."""
    own = [(int(m[1]), *(int(m[i], 16) for i in range(2, 6)), -int(m[6]))
           for m in QEMU.finditer(read(out / f"{name}.log"))]
    trace = [(c["slot"], c["flags"], c["gpa"], c["size"], c["host"], c["answer"])
             for c in lines(out / f"{name}.trace") if "slot" in c]
    if not own or own != trace:
        yield f"QEMU says {own}, the trace {trace}"
    text = read(out / f"{name}.report")
    if f"\nsound: 1 VM, {len(trace)} changes, no rule is broken\n" not in text:
        yield text
    table = {}
    for slot, _, gpa, size, _, answer in trace:
        if answer == 0:
            table.pop(slot, None)
            if size:
                table[slot] = (gpa, size)
    ram = sum(size for slot, (gpa, size) in table.items() if slot < 65536 and not 0xe0000000 <= gpa < 1 << 32)
    if not memory - 1 <= ram / 2**20 <= memory:  # some below 1 MiB is the firmware's, or none
        yield f"{ram} bytes of memory"
    for slot, (gpa, size) in table.items():
        if f"0x{gpa + size:x} +- slot {slot & 0xffff}" not in text:
            yield f"slot {slot} is not on the map"


def checks(out, planted, unbuilt):
    for name, status in TEXT.items():
        got = read(out / f"{name}.status")
        yield f"{name}: exit status {status}", [] if got == f"{status}\n" else [got, read(out / f"{name}.err")]
        yield f"{name}: said again from its trace, to the byte", list(again(out, name))
    yield "the broken monitor: each rule is named, each answer is KVM's", (
        list(broken_is_well(out, "broken", "json.out", None)))
    hello = lines(out / "hello.trace")
    yield "metes run: two slots, and the guest says what it always says", (
        [] if read(out / "hello.out") == read(out / "hello.plain") != "" and
        [c["slot"] for c in hello if "slot" in c] == [0, 1] and "\nsound: 1 VM, 2 changes" in read(out / "hello.report")
        else [read(out / "hello.report"), read(out / "hello.err")])
    for name, memory in MACHINES.items():
        yield f"QEMU {name}: what it says it asked, and no rule is broken", list(qemu_is_well(out, name, memory))
    for name in planted:
        wrong = unbuilt.get(name) or list(broken_is_well(out, name, f"{name}.out", 65))
        yield f"planted {name}: seen", [unbuilt[name]] if name in unbuilt else [] if wrong else ["it passed"]
