# SPDX-License-Identifier: Apache-2.0
"""Verdicts, kept in one committed file: a line for each mutant, sorted, with the digest of what it rests on."""
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

    def line(self):
        return "\t".join(" ".join(str(x).split()) or "-" for x in vars(self).values()) + "\n"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Store:
    def __init__(self, path, tree):
        self.path, self.tree = path, tree
        self.resting = rests.Rests(tree.root)
        tests = [p for s in ("unit", "properties") for p in sorted((tree.root / "tests" / s).glob("*.[ch]"))]
        self.tests = digest("".join(tokens.strip_comments(p.read_text()) for p in tests))
        self.rows = {}
        if path.exists():
            for line in path.read_text().splitlines():
                if line and line[0] != "#":
                    row = Verdict(*line.split("\t"))
                    self.rows[row.path, row.name] = row

    @functools.lru_cache(maxsize=None)
    def rests(self, path, function):
        return digest(self.resting.text(path, function))

    def get(self, path, name):
        """What is known of a mutant and still holds."""
        row, now = self.rows.get((path, name)), self.rests(path, name.split()[0])
        if row is None or row.rests != now:
            return Verdict(path, name, rests=now)
        if row.tests == "lives" and row.tested != self.tests:
            row.tests = row.by = row.tested = "-"
        return row

    def put(self, row):
        self.rows[row.path, row.name] = row
        new = self.path.with_suffix(".new")
        new.write_text(HEADER + "".join(r.line() for _, r in sorted(self.rows.items())))
        os.replace(new, self.path)
