# SPDX-License-Identifier: Apache-2.0
"""Verdicts, kept in one committed file: a line for each mutant, sorted, with the digest of what it rests on."""
import fcntl
import functools
import hashlib
import os
from dataclasses import dataclass

import rests
from rig import tokens

HEADER = ("# SPDX-License-Identifier: Apache-2.0\n"
          "# Mutants judged: file, mutant, proof, why, tests, by, rests on, tests were. Written by proofs/exam/run.\n")


@dataclass
class Verdict:
    path: str
    name: str
    proof: str = "-"
    why: str = "-"
    tests: str = "-"
    by: str = "-"
    rests: str = "-"
    tested: str = "-"

    def take(self, other):
        """What another judge has said of the same."""
        if other and other.rests == self.rests:
            if self.proof == "-":
                self.proof, self.why = other.proof, other.why
            if self.tests == "-" or self.tests == "waits" and other.tests != "-":
                self.tests, self.by, self.tested = other.tests, other.by, other.tested

    def line(self):
        return "\t".join(" ".join(str(x).split()) or "-" for x in vars(self).values()) + "\n"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Store:
    def __init__(self, path, tree, resting=None, header=HEADER):
        """resting: what a verdict rests on, where that is more than the function."""
        self.path, self.tree = path, tree
        self.more = resting
        self.resting = rests.Rests(tree.root)
        tests = [p for s in ("unit", "properties") for p in sorted((tree.root / "tests" / s).glob("*.[ch]"))]
        self.tests = digest("".join(tokens.strip_comments(p.read_text()) for p in tests))
        self.header = header
        self.read()

    def read(self):
        self.rows = {}
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            if line and line[0] != "#":
                row = Verdict(*line.split("\t"))
                self.rows[row.path, row.name] = row

    @functools.lru_cache(maxsize=None)
    def rests(self, path, function):
        return self.more(path, function) if self.more else digest(self.resting.text(path, function))

    def get(self, path, name):
        """What is known of a mutant and still holds."""
        row, now = self.rows.get((path, name)), self.rests(path, name.split()[0])
        if row is None or row.rests != now:
            return Verdict(path, name, rests=now)
        if row.tests == "lives" and row.tested != self.tests:
            row.tests = row.by = row.tested = "-"
        return row

    def put(self, *rows):
        """Written beside what others may have written meanwhile: one run may ask the proof, another the tests."""
        self.tree.build.mkdir(parents=True, exist_ok=True)
        with (self.tree.build / "exam.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.read()
            for row in rows:
                row.take(self.rows.get((row.path, row.name)))
                self.rows[row.path, row.name] = row
            new = self.path.with_suffix(".new")
            new.write_text(self.header + "".join(r.line() for _, r in sorted(self.rows.items())))
            os.replace(new, self.path)
