# SPDX-License-Identifier: Apache-2.0
"""Judges a mutant by WP: one function, stopped at the first goal that does not prove.

First by CVC4 alone, within MARGIN times the steps that the function as it is needs: steps are the same on every
machine. A goal that the committed proof leaves to another prover is no matter there; where nothing else is open,
all provers have the last word, with the limits of the committed proof.
"""
import re
import shutil
import subprocess
from dataclasses import dataclass

from rig import cache, conversions, tools, units, wp

MARGIN, LEAST = 3, 60000  # steps; CVC4 takes some 20,000 to read a goal
SECONDS = 20              # for a goal, where steps are slow: the committed proof has 8
WHOLE = ("cvc4,cvc5,z3", 0, 8)
HOURGLASS = 1200          # seconds for one function, on a machine that may be busy; what takes longer is not decided
STEPS = re.compile(r"\[wp\] \[CVC4 [\d.]+\] Goal (?:typed\w*?_(?=\w))?\w+ : Valid.*\((\d+)\)")


@dataclass
class Needs:
    """What the proof of a function as it is takes: CVC4's steps for its hardest goal, and goals of other provers."""
    steps: int
    others: tuple = ()

    def line(self):
        return " ".join(["cvc4", str(self.steps), *self.others])

    @staticmethod
    def known(rows):
        """{function: Needs} of {function: its verdict as it is}, where it was asked."""
        return {f: Needs.read(r.why) for f, r in rows.items() if r.proof == "proved" and r.why.startswith("cvc4 ")}

    @staticmethod
    def read(line):
        _, steps, *others = line.split()
        return Needs(int(steps), tuple(others))

    def limits(self):
        return "cvc4", max(LEAST, MARGIN * self.steps), SECONDS


class Prover:
    """A copy of core and spec in which one file at a time is another. known: start from the committed answers."""

    def __init__(self, tree, scratch, known=True):
        self.tree, self.scratch = tree, scratch
        shutil.rmtree(scratch / "tree", ignore_errors=True)
        for name in ("core", "spec"):
            shutil.copytree(tree.root / name, scratch / "tree" / name)
        self.units = {path: units.Unit(tree, path) for path in units.paths(tree)}
        (scratch / "wp").mkdir(parents=True, exist_ok=True)
        for path in sorted(tree.cache.glob("*.txt")) if known else ():
            self._known(path)

    def _known(self, packed):
        """Answers of the committed proof, so that goals that have not changed cost nothing."""
        folder = self.scratch / "wp" / "cache"
        mark = folder / (packed.name + ".taken")
        if not mark.exists() or mark.stat().st_mtime < packed.stat().st_mtime:
            cache.add(packed, folder)
            mark.touch()

    def source(self, path):
        """What is compiled: a file, or one that includes the header."""
        if not path.endswith(".h"):
            return self.units[path].source
        source = f"unit_{self.units[path].name}.c"
        (self.scratch / "tree" / source).write_text(f'#include "{path}"\n')
        return source

    def command(self, path, functions, limits):
        provers, steps, seconds = limits
        return ["timeout", str(HOURGLASS), "frama-c", self.source(path), *wp.OPTIONS, "-wp", *wp.GOALS, "-wp-par", "1",
                "-wp-prover", provers, "-wp-steps", str(steps), "-wp-timeout", str(seconds), "-wp-session",
                str(self.scratch / "wp"), "-wp-cache", "update", "-wp-fct", ",".join(functions)]

    def needs(self, path, data, functions):
        """(verdict, Needs) of functions as they are; then the judge itself must accept them."""
        said, run = self.run(path, data, functions, WHOLE)
        if said[0] != "proved":
            return said[0], None
        steps = [int(m.group(1)) for m in map(STEPS.match, run.text) if m]
        others = sorted(n.removeprefix(functions[0] + "_") for n, g in run.goals.items()
                        if not g[1].startswith(("Qed", "CFG", "CVC4")))
        needs = Needs(max(steps, default=0), tuple(others))
        return self.judge(path, data, functions, needs)[0], needs

    def judge(self, path, data, functions, needs):
        """(verdict, why): proved, refused, broken or undecided."""
        let = [f"{functions[0]}_{goal}" for goal in needs.others]
        said, run = self.run(path, data, functions, needs.limits(), let)
        if said[0] == "proved" and run.opened():
            said, run = self.run(path, data, functions, WHOLE)
        return self.gated(path, data, said)

    def gated(self, path, data, said):
        """Of some conversions WP proves anything: what is proved must pass their gate, as core must."""
        if said[0] != "proved":
            return said
        found = self.with_other(path, data, lambda: conversions.of(self.scratch / "tree", self.source(path)))
        return ("refused", "conversions: " + min(found)[2]) if found else said

    def run(self, path, data, functions, limits, let=()):
        """((verdict, why), Run) within limits; goals named in `let` may stay open."""
        command = self.command(path, functions, limits)
        return self.with_other(path, data, lambda: self.ask(command, let))

    def with_other(self, path, data, ask):
        """What is said where a file is another."""
        changed = self.scratch / "tree" / path
        kept = changed.read_bytes()
        changed.write_bytes(data)
        try:
            return ask()
        finally:
            changed.write_bytes(kept)

    def environment(self):
        """frama-c believes PWD: with another it would read the files that are there."""
        return tools.environment(self.tree, True) | {"PWD": str(self.scratch / "tree")}

    def ask(self, command, let=()):
        run = wp.Run()
        with subprocess.Popen(command, cwd=self.scratch / "tree", text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=self.environment()) as child:
            for row in child.stdout:
                if not run.line(row.rstrip("\n")):
                    continue
                opened = [n for n, g in run.goals.items() if g[0] != "Valid" and n not in let]
                if opened or run.warnings:
                    child.terminate()
                    return ("refused", opened[0] if opened else "warning: " + run.warnings[0][1]), run
        return self._whole(run, child.returncode), run

    def _whole(self, run, code):
        """What a run that went to its end says."""
        if run.errors or code:
            return ("undecided", "time") if code == 124 else ("broken", (run.errors or run.text)[-1])
        if run.warnings:
            return "refused", "warning: " + run.warnings[0][1]
        return ("proved", f"{len(run.goals)} goals") if run.goals else ("broken", "no goal")
