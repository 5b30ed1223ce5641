# SPDX-License-Identifier: Apache-2.0
"""The target `kvm`, where it belongs: in a machine that has /dev/kvm. It looks like an engine that ran one slice."""
import pathlib
import re
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


def floor(seconds):
    """Visits a second of the guest, and executions a second of an empty target, one after the other in one boot."""
    folders()
    names = (NAME, "empty")
    lines = [f"mkdir -p {WORK}"]
    for name, program in zip(names, PROGRAMS):
        seeds = f"fuzz/corpus/{NAME}" if name == NAME else ""
        lines += [f"echo '= {name}'", f"{program} {FLAGS} -seed=1 -max_total_time={seconds} {seeds} 2>&1", "echo"]
    said = dict(re.findall(r"^= (\w+)$(.*?)(?=^= |\Z)", boot(lines, 8 * seconds + 120, PROGRAMS), re.M | re.S))
    found = {}
    for name in names:
        m = re.search(r"(\d+) visits" if name == NAME else r"number_of_executed_units: (\d+)", said.get(name, ""))
        if not m:
            raise targets.Stop(f"{name} did not run in the machine:\n{said.get(name, '')[-1000:]}", 1)
        took = re.search(r"Done \d+ runs in (\d+) second", said[name])
        found[name] = int(m[1]) / max(int(took[1]) if took else seconds, 1)
    return found
