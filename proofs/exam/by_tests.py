# SPDX-License-Identifier: Apache-2.0
"""Judges a mutant by the tests, the cheap ones first: unit tests and properties, then both with ASan and UBSan."""
import hashlib
import os
import re
import shutil
import subprocess

FLAGS = ["-std=c11", "-w", "-I."]
SANITIZED = [*FLAGS, "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
PLAIN = ["-std=c11", "-O3", "-w", "-I.", "-ffreestanding", "-fno-builtin"]
# How what stays is built, how what changes, and what is run of it: suite, trials, seconds.
STAGES = (("plain", [*FLAGS, "-O2"], [*FLAGS, "-O0"], (("unit", 0, 120), ("properties", 20000, 120))),
          ("sanitized", SANITIZED, SANITIZED, (("unit", 0, 300), ("properties", 200000, 600))))
FAILED = re.compile(r"^not ok \d+ -? ?(\w+)|AddressSanitizer: (\S+)|: runtime error: ([\w -]+)|"
                    r"^# this does not hold: (.{0,60})")
LINKED = {"unit": ["-lcmocka", "-ljson-c"], "properties": []}


def compile_all(jobs, cwd):
    """Runs compiler commands, the first failure ends it: True where all went well."""
    return all(subprocess.run(job, cwd=cwd, capture_output=True, check=False).returncode == 0 for job in jobs)


class Tester:
    """The objects of core and of the tests, made once; of a mutant only what includes its file is made anew."""

    def __init__(self, tree, scratch, units, stages=len(STAGES)):
        self.stages = stages
        self.root, self.scratch = tree.root, scratch
        self.home = scratch / "tested"
        for name in ("core", "spec", "tests/unit", "tests/properties"):
            shutil.rmtree(self.home / name, ignore_errors=True)
            shutil.copytree(self.root / name, self.home / name)
        shutil.copytree(self.root / "tests/vectors", self.home / "tests/vectors", dirs_exist_ok=True)
        self.sources = sorted(str(p.relative_to(self.root)) for p in (self.root / "core").glob("*.c"))
        self.includers = {path: [u.path for u in units.values() if u.path.endswith(".c") and path in u.deps]
                          for path in units}
        self.digest = hashlib.sha256(b"".join(p.read_bytes() for folder in ("core", "tests")
                                              for p in sorted((self.home / folder).rglob("*.[ch]")))).hexdigest()

    def prepare(self, stage, flags):
        """All objects of a stage, where they are not there from an earlier run."""
        mark = self.home / stage / "made"
        said = " ".join([self.digest, *flags])
        if mark.exists() and mark.read_text() == said:
            return
        self.objects(f"{stage}/whole", self.sources, flags)
        for suite in LINKED:
            tests = sorted(str(p.relative_to(self.root)) for p in (self.root / "tests" / suite).glob("*.c"))
            self.objects(f"{stage}/{suite}", tests, flags)
        mark.write_text(said)

    def objects(self, folder, sources, flags):
        out = self.home / folder
        out.mkdir(parents=True, exist_ok=True)
        jobs = [["gcc", *flags, "-c", s, "-o", f"{folder}/{os.path.basename(s)}.o"] for s in sources]
        return compile_all(jobs, self.home)

    def run(self, path, data):
        """(verdict, by): killed, lives, broken or equivalent."""
        changed = self.home / path
        kept = changed.read_bytes()
        again = [path] if path.endswith(".c") else self.includers[path]
        try:
            for stage, stays, flags, suites in STAGES[:self.stages]:
                self.prepare(stage, stays)
                changed.write_bytes(data)
                said = self._stage(stage, flags, suites, again)
                changed.write_bytes(kept)
                if said[0] != "lives":
                    return said
            changed.write_bytes(data)
            return self._same(again, kept, changed)
        finally:
            changed.write_bytes(kept)

    def _stage(self, stage, flags, suites, again):
        """Compiles what is another, links it with the rest, runs the suites."""
        if not self.objects("mutant", again, flags):
            return "broken", "does not compile"
        new = {os.path.basename(s) + ".o" for s in again}
        core = [f"mutant/{o}" if o in new else f"{stage}/whole/{o}"
                for o in (os.path.basename(s) + ".o" for s in self.sources)]
        for suite, trials, seconds in suites:
            tests = [f"{stage}/{suite}/{p.name}" for p in sorted((self.home / stage / suite).glob("*.o"))]
            if not compile_all([["gcc", *flags, *core, *tests, *LINKED[suite], "-o", f"mutant/{suite}"]], self.home):
                return "broken", "does not link"
            if by := self._fails(suite, {"METES_TRIALS": str(trials)}, seconds):
                return "killed", f"{suite}: {by}"
        return "lives", ""

    def _fails(self, suite, settings, seconds):
        """What failed first, or None. Nothing that a mutant does may reach beyond its folder: it runs as any test does."""
        with subprocess.Popen(["timeout", "-k", "1", str(seconds), f"mutant/{suite}"], cwd=self.home, text=True,
                              errors="replace", env=os.environ | settings, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as child:
            for row in child.stdout:
                if first := FAILED.search(row):
                    child.terminate()
                    return next((g for g in first.groups() if g), "")
        return {0: None, 124: "does not end", 137: "does not end"}.get(child.returncode, f"exit {child.returncode}")

    def _same(self, again, kept, changed):
        """A mutant that the compiler turns into the same bytes is no other program."""
        data = changed.read_bytes()
        self.objects("mutant", again, PLAIN)
        changed.write_bytes(kept)
        self.objects("original", again, PLAIN)
        changed.write_bytes(data)
        pairs = [(self.home / d / (os.path.basename(s) + ".o") for d in ("mutant", "original")) for s in again]
        same = all(a.read_bytes() == b.read_bytes() for a, b in pairs)
        return ("equivalent", "the compiler makes the same bytes of it") if same else ("lives", "")
