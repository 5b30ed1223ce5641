# SPDX-License-Identifier: Apache-2.0
"""What was proved of the amalgamation as it stands: which units, of which tokens, by which answers.

proofs/amalgamation.json has a line for each unit: how many goals, and a digest of the tokens of both files, contracts
and logic included, of which they were made. proofs/amalgamation.txt has the provers' answers that no unit needs.
"""
import hashlib
import json

from . import amalgamated, cache, tokens

FILES = ("metes.h", "metes.c")


class Standing:
    def __init__(self, tree, folder):
        self.tree, self.folder = tree, folder
        self.path = tree.root / "proofs" / "amalgamation.json"
        self.answers = tree.root / "proofs" / "amalgamation.txt"

    def digest(self):
        """Of the tokens of both files, whatever the comments and the machine's own headers say."""
        text = tokens.preprocess(amalgamated.command(str(self.folder / "metes.c")), self.tree.root)
        own = [token for token, file, _ in amalgamated.stream(text) if file.endswith(FILES)]
        return hashlib.sha256("\n".join(own).encode()).hexdigest()[:16]

    def read(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def write(self, path, goals, digest):
        """One unit a line, so that runs can be told apart."""
        rows = self.read() | {path: {"goals": goals, "tokens": digest}}
        lines = [f"{json.dumps(p)}: {json.dumps(row, sort_keys=True)}" for p, row in sorted(rows.items())]
        self.path.write_text("{\n" + ",\n".join(lines) + "\n}\n")

    def keep(self, unit, folder):
        """Adds what succeeded in a run of WP and stands neither here nor in the unit's own cache."""
        kept = self.tree.cache / (unit.name + ".txt"), self.answers
        known = {row.split()[0] for path in kept for row in cache.answers(path)}
        new = [cache.line(path) for path in sorted(folder.glob("*.json"))
               if path.stem not in known and cache.read(path)["verdict"] == "valid"]
        rows = sorted({*cache.answers(self.answers), *new})
        self.answers.write_text(cache.HEADER.format("the amalgamation") + "".join(row + "\n" for row in rows))

    def missing(self, wanted):
        """One line for each unit that was not proved of these very tokens; wanted: {unit: goals}."""
        digest, rows, out = self.digest(), self.read(), []
        for path, goals in wanted.items():
            row = rows.get(path, {"goals": 0, "tokens": "-"})
            if row["tokens"] != digest:
                out.append(f"{path}:1: amalgamation: not proved as it stands now: run `ninja prove-amalgamation`")
            elif row["goals"] != goals:
                out.append(f"{path}:1: amalgamation: {row['goals']} goals were proved, recorded are {goals}")
        return out + [f"{path}:1: amalgamation: no unit has this name" for path in sorted(set(rows) - set(wanted))]
