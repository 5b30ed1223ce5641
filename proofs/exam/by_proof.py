# SPDX-License-Identifier: Apache-2.0
"""Judges a mutant by WP: one function, stopped at the first goal that does not prove.

A mutant is refused where a goal stays open within limits within which all goals of
the function as it is are proved. Those limits are the first of LEVELS that suffice;
the last are the limits of the committed proof.
"""
import shutil
import subprocess

from rig import cache, tools, units, wp

# Provers, steps, seconds. CVC4 counts its steps, so the first is the same limit on every machine; of its committed
# proofs 99 in 100 take fewer. The second has no limit of steps, and is how the committed proof is made.
LEVELS = (("cvc4", 200000, 60), ("cvc4,cvc5,z3", 0, 8))
HOURGLASS = 1200  # seconds for one function, on a machine that may be busy; what takes longer is not decided


class Prover:
    """A copy of core and spec in which one file at a time is another."""

    def __init__(self, tree, scratch):
        self.tree, self.scratch = tree, scratch
        shutil.rmtree(scratch / "tree", ignore_errors=True)
        for name in ("core", "spec"):
            shutil.copytree(tree.root / name, scratch / "tree" / name)
        self.units = {path: units.Unit(tree, path) for path in units.paths(tree)}
        (scratch / "wp").mkdir(parents=True, exist_ok=True)
        for path in sorted(tree.cache.glob("*.txt")):
            self._known(path)

    def _known(self, packed):
        """Answers of the committed proof, so that goals that have not changed cost nothing."""
        folder = self.scratch / "wp" / "cache"
        mark = folder / (packed.name + ".taken")
        if not mark.exists() or mark.stat().st_mtime < packed.stat().st_mtime:
            cache.add(packed, folder)
            mark.touch()

    def command(self, path, functions, level):
        provers, steps, seconds = LEVELS[level]
        unit = self.units[path]
        source = unit.source
        if path.endswith(".h"):
            source = f"unit_{unit.name}.c"
            (self.scratch / "tree" / source).write_text(f'#include "{path}"\n')
        return ["frama-c", source, *wp.OPTIONS, "-wp", "-wp-rte", "-wp-check-memory-model", "-wp-par", "1",
                "-wp-prover", provers, "-wp-steps", str(steps), "-wp-timeout", str(seconds), "-wp-session",
                str(self.scratch / "wp"), "-wp-cache", "update", "-wp-fct", ",".join(functions)]

    def run(self, path, data, functions, level, changed=None):
        """(verdict, why): proved, refused, broken or undecided. `changed` is the file that is another: path's own,
        or one that it includes."""
        changed = self.scratch / "tree" / (changed or path)
        kept = changed.read_bytes()
        changed.write_bytes(data)
        try:
            return self._judge(self.command(path, functions, level))
        finally:
            changed.write_bytes(kept)

    def environment(self):
        """frama-c believes PWD: with another it would read the files that are there."""
        return tools.environment(self.tree, True) | {"PWD": str(self.scratch / "tree")}

    def _judge(self, command):
        run = wp.Run()
        command = ["timeout", str(HOURGLASS), *command]
        with subprocess.Popen(command, cwd=self.scratch / "tree", text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=self.environment()) as child:
            for row in child.stdout:
                run.line(row.rstrip("\n"))
                if run.opened():
                    child.terminate()
                    return "refused", next(n for n, g in run.goals.items() if g[0] != "Valid")
        if run.errors or child.returncode:
            return ("undecided", "time") if child.returncode == 124 else ("broken", (run.errors or run.text)[-1])
        if run.warnings:
            return "refused", "warning: " + run.warnings[0][1]
        return ("proved", f"{len(run.goals)} goals") if run.goals else ("broken", "no goal")
