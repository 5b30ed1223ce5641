# SPDX-License-Identifier: Apache-2.0
"""What the page says, read from where it stands: status, records of the last runs, documents, the exam."""
import collections
import json
import re

import markdown
from rig import contracts

MODES = ("replay", "fresh", "update")


def read(path, otherwise=None):
    return json.loads(path.read_text()) if path.exists() else otherwise


class Facts:
    def __init__(self, root):
        self.root, proofs = root, root / "proofs"
        self.status = read(proofs / "status.json", {})
        self.pinned = read(proofs / "pinned.json", {})
        self.exam = read(proofs / "exam" / "table.json")
        self.stack = read(root / "build" / "proofs" / "second" / "stack.json")
        self.eva = read(root / "build" / "proofs" / "second" / "eva.json")
        self.sound = markdown.sections((proofs / "SOUNDNESS.md").read_text())
        self.seconds = {path: self._seconds(path) for path in self.status}
        self.clauses = self._clauses((root / "spec" / "TRACE.md").read_text())

    def _seconds(self, path):
        """{mode: seconds} of the last run of a unit, as its record says."""
        name = path.removeprefix("core/").removesuffix(".c").replace("/", "_")
        out = {}
        for mode in MODES:
            record = read(self.root / "build" / "proofs" / mode / name / "record.json")
            if record:
                out[mode] = record["seconds"]
        return out

    def _clauses(self, text):
        """{function: clauses} of the page of traces: of each clause's row, the functions before their goals."""
        out = collections.defaultdict(list)
        for clause, cells in re.findall(r"^\| ([A-Z]+-\d+) \|[^|]*\|([^|]*)\|", text, re.M):
            for name in re.findall(r"`(\w+)` \d", cells):
                out[name].append(clause)
        return out

    def axioms(self):
        """What core and spec assume without proof."""
        files = [*(self.root / "core").glob("*.[ch]"), *(self.root / "spec").glob("*.acsl")]
        return sum(1 for path in files for _ in contracts.assumptions(path.read_text()))

    def functions(self):
        """(path, name, numbers) of all."""
        return [(path, name, f) for path, unit in sorted(self.status.items())
                for name, f in sorted(unit["functions"].items())]

    def totals(self):
        functions = [f for _, _, f in self.functions()]
        lemmas = [how for unit in self.status.values() for how in unit["lemmas"].values()]
        provers = collections.Counter()
        for f in functions:
            provers.update(f["provers"])
        provers.update(lemmas)
        return {"functions": len(functions), "lemmas": len(lemmas),
                "goals": sum(f["goals"] for f in functions) + len(lemmas),
                "open": sum(f["goals"] - f["proved"] for f in functions) + lemmas.count("open"),
                "smoke": sum(u["smoke"] for u in self.status.values()), "provers": provers,
                "seconds": {m: sum(s[m] for s in self.seconds.values()) for m in MODES
                            if all(m in s for s in self.seconds.values())}}
