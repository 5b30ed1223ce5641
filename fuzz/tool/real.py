# SPDX-License-Identifier: Apache-2.0
"""The target `kvm`, where it belongs: in a machine that has /dev/kvm. It looks like an engine that ran one slice."""
import pathlib
import re
import resource
import subprocess
import time

import targets
from engines import PULSE, WHY

NAME = targets.KVM
WORK = targets.BUILD / "work" / NAME
FLAGS = "-max_len=2048 -print_final_stats=1 -timeout=120 -detect_leaks=0 -reload=0"
PROGRAMS = (targets.BUILD / NAME / "fuzzer", targets.BUILD / NAME / "empty")


def boot(lines, limit, programs, dirs=(), outs=()):
    """Runs these lines of sh in one boot; what they said."""
    script = WORK / "inside.sh"
    script.write_text("\n".join(lines) + "\n")
    argv = ["tests/machine/kvm-run", "--timeout", str(limit), "--dir", f"fuzz/corpus/{NAME}"]
    argv += [word for path in programs for word in ("--file", str(path))]
    argv += [word for path in dirs for word in ("--dir", str(path))]
    argv += [word for path in outs for word in ("--out", str(path))]
    done = subprocess.run([*argv, "--script", str(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    return done.stdout


def folders():
    targets.claim(WORK)
    for name in ("corpus", "crashes"):
        (WORK / name).mkdir(parents=True, exist_ok=True)


def findings():
    """How many inputs broke something: one that was slow did not."""
    return sum(not path.name.startswith("slow-unit") for path in targets.files(WORK / "crashes"))


class Real:
    """A campaign of so many seconds; what it found new stays in its work folder."""

    def __init__(self, program, seconds, seed):
        folders()
        corpus, crashes = WORK / "corpus", WORK / "crashes"
        began, known = time.monotonic(), findings()
        said = boot([f"mkdir -p {corpus} {crashes}", f"{program} {FLAGS} -seed={seed} -max_total_time={seconds} "
                     f"-artifact_prefix={crashes}/ {corpus} fuzz/corpus/{NAME} 2>&1", 'echo "status $?"'],
                    4 * seconds + 120, (program,), [corpus] if targets.files(corpus) else (), (corpus, crashes))
        self.spent = time.monotonic() - began
        visits = re.search(r"(\d+) visits \((\d+) of", said)
        tally = re.search(r"^kvm: .* visits.*", said, re.M)
        self.tally = tally[0] if tally else ""
        pulses = [m for m in map(PULSE.search, said.splitlines()) if m]
        verdict = WHY.search(said)
        self.executions = int(visits[1]) - int(visits[2]) if visits else 0
        self.edges = int(pulses[-1][2]) if pulses else 0
        self.crashes = findings() - known
        self.ran = re.search(r"^status \d+", said, re.M) is not None  # or the machine did not
        self.well = "status 0" in said and self.executions > 0
        self.why = next(filter(None, verdict.groups())) if verdict else "" if self.well else said[-2000:]


def processor_time(lines, seconds):
    """What these lines said, and how many seconds of processor time their boot took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = boot(lines, 8 * seconds + 120, PROGRAMS)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return said, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def floor(seconds):
    """Visits a second of the guest, and executions a second of an empty target, by seconds of processor time: of a boot
    of each, less those of a boot that runs nothing."""
    folders()
    found, (_, idle) = {}, processor_time(["true"], seconds)
    for name, program, counted in ((NAME, PROGRAMS[0], r"(\d+) visits"),
                                   ("empty", PROGRAMS[1], r"number_of_executed_units: (\d+)")):
        seeds = f"fuzz/corpus/{NAME}" if name == NAME else ""
        command = f"{program} {FLAGS} -seed=1 -max_total_time={seconds} {seeds} 2>&1"
        said, spent = processor_time([f"mkdir -p {WORK}", command], seconds)
        m = re.search(counted, said)
        if not m:
            raise targets.Stop(f"{name} did not run in the machine:\n{said[-1000:]}", 1)
        found[name] = int(m[1]) / max(spent - idle, 0.01)
    return found
