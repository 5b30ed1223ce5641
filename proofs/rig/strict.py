# SPDX-License-Identifier: Apache-2.0
"""A second opinion: after a fresh proof the provers that did not prove a goal are asked too, with nothing cached.

What Qed simplifies away needs no prover and has one opinion, that of Frama-C: it is not counted here.
"""
import json

from . import judge, wp

SECONDS = 5
OTHERS = ("cvc5", "z3")  # asked for a second opinion on what CVC4 proved, the second where the first has none
REST = ("cvc4", "z3")    # asked where CVC5 or Z3 proved it first, and no other since


class Said(wp.Run):
    """Keeps who proved a goal first, though a later run of WP may leave it open with its like."""

    def __init__(self):
        super().__init__()
        self.proofs, self.by = 3, {}  # two runs of WP, and lemmas may follow; nothing here is a smoke test

    def _goal(self, how, name, verdict):
        super()._goal(how, name, verdict)
        if verdict == "Valid":
            self.by.setdefault(name, prover(how))


def prover(how):
    return how.split()[0].lower()


def kept(unit):
    return unit.tree.build / "strict" / unit.name / "opinions.json"


def opinions(run):
    """{goal: {name of the prover that proved it}}, of all that a prover had to prove."""
    return {name: {prover(g[1])} for name, g in run.goals.items()
            if g[0] == "Valid" and not g[1].startswith(("Qed", "CFG"))}


def ask(unit, work, provers, seconds, fct):
    """{goal: who proves it} of a unit: one prover, and the other where that one does not."""
    one, other = provers
    asked = [*wp.GOALS, "-wp-par", "1", "-wp-session", str(work), "-wp-cache", "none", "-wp-timeout", str(seconds)]
    run = Said()
    argv = wp.proving(unit, work, asked, [["-wp-prover", one], [f"-wp-prover=-{one},+{other}"]], fct,
                      [f"-wp-prover=+{one}"])
    wp.ran(unit.tree, work, run, argv, True, lambda _: None)
    if run.errors:
        raise RuntimeError(f"{unit.path}: {one} and {other}: {run.errors[0]}")
    return run.by


def functions(unit, goals):
    """The functions that have these goals; None where one is a lemma's."""
    found = {judge.owner(goal, unit.own) for goal in goals}
    return None if None in found else ",".join(sorted(found))


def second(unit, first, fct=None, seconds=SECONDS):
    """Asks until every goal that was proved in `first` has two provers, or all were asked; keeps who proved what."""
    said, work = opinions(first), kept(unit).parent
    work.mkdir(parents=True, exist_ok=True)

    def hear(provers, fct):
        for name, by in ask(unit, work, provers, seconds, fct).items():
            if name in said:
                said[name].add(by)
    if said:
        hear(OTHERS, fct)
    rest = [name for name, by in said.items() if len(by) < 2 and "cvc4" not in by]
    if rest:
        hear(REST, fct or functions(unit, rest))
    kept(unit).write_text(json.dumps({n: sorted(by) for n, by in sorted(said.items())}, indent=1) + "\n")


def summary(found):
    """What is printed of units: each goal that has one prover, and how many have two."""
    said = {u.path: json.loads(kept(u).read_text()) for u in found if kept(u).exists()}
    single = [f"{path}: {name}: proved by {by[0]} alone" for path, goals in sorted(said.items())
              for name, by in goals.items() if len(by) < 2]
    total = sum(map(len, said.values()))
    two, one = total - len(single), len(single)
    return [*single, f"of {total} goals that took a prover, {two} are proved by two, {one} by one"]
