# SPDX-License-Identifier: Apache-2.0
"""Judges a mutant by the tests, the cheap ones first: properties and unit tests, then both with ASan and UBSan.

The tests are linked once, against core as a shared library. Of a mutant only what includes its file is compiled, into
a library of its own that is loaded before core's: its functions then stand for the ones that are there. What lives in
a header is the tests' own as well: there all is compiled, and the unit tests are run once more.
"""
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
from dataclasses import dataclass

C = ["-std=c11", "-w", "-I."]
SHARED = ["-shared", "-fPIC"]
SANITIZED = ["gcc", *C, "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FAILED = re.compile(r"^not ok \d+ -? ?(\w+)|AddressSanitizer: (\S+)|: runtime error: ([\w -]+)|"
                    r"^# this does not hold: (.{0,60})")
LINKED = {"unit": ["-lcmocka", "-ljson-c"], "properties": []}
# Compilers that may find that a mutant is the same program.
EQUAL = (["gcc", *C, "-O3", "-ffreestanding", "-fno-builtin"], ["gcc", *C, "-O1", "-ffreestanding", "-fno-builtin"],
         ["clang-19", *C, "-O2", "-ffreestanding"])


@dataclass(frozen=True)
class Stage:
    """How what stays is built, how what changes, and what is run: suite, trials, seconds of a processor."""
    name: str
    stays: list
    changes: list
    suites: tuple


PLAIN = ["gcc", *C, "-O2"]
FIRST = 2  # stages that need no sanitizers
STAGES = (Stage("plain", PLAIN, ["tcc", *C], (("properties", 1000, 5), ("unit", 0, 10))),
          Stage("plain", PLAIN, [*PLAIN], (("properties", 20000, 30),)),
          Stage("sanitized", SANITIZED, SANITIZED, (("unit", 0, 60), ("properties", 20000, 300))),
          Stage("plain", PLAIN, [*PLAIN], (("properties", 400000, 300),)))


class Tester:
    """Core and the tests, built once for each stage in a copy; the mutants, one after the other."""

    def __init__(self, tree, scratch, units, stages=len(STAGES)):
        self.stages = stages
        self.root, self.home = tree.root, scratch / "tested"
        for name in ("core", "spec", "tests/unit", "tests/properties"):
            shutil.rmtree(self.home / name, ignore_errors=True)
            shutil.copytree(self.root / name, self.home / name)
        shutil.copytree(self.root / "tests/vectors", self.home / "tests/vectors", dirs_exist_ok=True)
        self.sources = sorted(str(p.relative_to(self.root)) for p in (self.root / "core").glob("*.c"))
        self.includers = {path: [u.path for u in units.values() if u.path.endswith(".c") and path in u.deps]
                          for path in units}
        self.digest = hashlib.sha256(b"".join(p.read_bytes() for folder in ("core", "tests")
                                              for p in sorted((self.home / folder).rglob("*.[ch]")))).hexdigest()
        self.made = {}

    def prepare(self, stage):
        """Core and the suites of a stage, where they are not there from an earlier run."""
        folder, said = self.home / stage.name, " ".join([self.digest, *stage.stays])
        if (folder / "made").exists() and (folder / "made").read_text() == said:
            return
        folder.mkdir(exist_ok=True)
        self.must([*stage.stays, *SHARED, *self.sources, "-o", f"{stage.name}/libcore.so"])
        for suite, libs in LINKED.items():
            tests = sorted(str(p.relative_to(self.home)) for p in (self.home / "tests" / suite).glob("*.c"))
            self.must([*stage.stays, *tests, "-o", f"{stage.name}/{suite}", "-L" + stage.name, "-lcore", *libs,
                       "-Wl,-rpath,$ORIGIN"])
        (folder / "made").write_text(said)

    def must(self, command):
        subprocess.run(command, cwd=self.home, capture_output=True, check=True)

    def run(self, path, data):
        """(verdict, by): killed, lives, broken or equivalent."""
        changed = self.home / path
        again = [path] if path.endswith(".c") else self.includers[path]
        for stage in STAGES[:self.stages]:
            self.prepare(stage)
        kept = changed.read_bytes()
        try:
            changed.write_bytes(data)
            return self._judge(again, path.endswith(".h"))
        except subprocess.CalledProcessError:
            return "broken", "does not compile"
        finally:
            changed.write_bytes(kept)

    def _judge(self, again, header):
        for n, stage in enumerate(STAGES[:self.stages]):
            if by := self._fails(stage, again) or (self._whole_fails() if header and n == 0 else None):
                return "killed", by
            if n == 0 and self._same(again):
                return "equivalent", "the compiler makes the same bytes of it"
        return "lives", ""

    def _whole_fails(self):
        """As _fails, of the unit tests and core together."""
        tests = sorted(str(p.relative_to(self.home)) for p in (self.home / "tests/unit").glob("*.c"))
        self.must(["gcc", *C, *self.sources, *tests, "-o", "plain/whole", *LINKED["unit"]])
        by = self._first("plain/whole", {}, *STAGES[0].suites[1][1:])
        return f"unit: {by}" if by else None

    def _fails(self, stage, again):
        """Compiles what is another, runs the suites: what failed first, or None."""
        library = f"{stage.name}/mutant.so"
        self.must([*stage.changes, *SHARED, *again, "-o", library])
        loaded = {"LD_PRELOAD": f"{self.home}/{library}"}
        for suite, trials, seconds in stage.suites:
            if by := self._first(f"{stage.name}/{suite}", loaded, trials, seconds):
                return f"{suite}: {by}"
        return None

    def _first(self, program, loaded, trials, seconds):
        """What failed first, or None. A mutant runs as any test does, in its folder, but for so many seconds only."""
        env = os.environ | loaded | {"METES_TRIALS": str(trials),
                                     "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}

        def limited():
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        with subprocess.Popen([program], cwd=self.home, text=True, errors="replace", env=env,
                              preexec_fn=limited, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
            for row in child.stdout:
                if first := FAILED.search(row):
                    child.kill()
                    return next((g for g in first.groups() if g), "")
        ends = {0: None, -signal.SIGXCPU: "does not end", -signal.SIGKILL: "does not end"}
        return ends.get(child.returncode, f"exit {child.returncode}")

    def bytes_of(self, how, source, root):
        """What a compiler makes of a source."""
        out = self.home / "plain/same.o"
        subprocess.run([*how, "-c", source, "-o", str(out)], cwd=root, capture_output=True, check=True)
        return out.read_bytes()

    def original(self, how, source):
        key = " ".join(how), source
        if key not in self.made:
            self.made[key] = self.bytes_of(how, source, self.root)
        return self.made[key]

    def _same(self, again):
        """A mutant that a compiler turns into the same bytes is no other program."""
        return any(all(self.bytes_of(how, s, self.home) == self.original(how, s) for s in again) for how in EQUAL)
