# SPDX-License-Identifier: Apache-2.0
"""A second opinion: after a fresh proof the other provers are asked too, each by itself, with nothing cached.

What Qed simplifies away needs no prover and has one opinion, that of Frama-C: it is not counted here.
"""
import json

from . import wp

OTHERS = ("cvc5", "z3")  # the first to be asked, always, is CVC4
SECONDS = 5


def kept(unit):
    return unit.tree.build / "strict" / unit.name / "opinions.json"


def opinions(run):
    """{goal: {name of the prover that proved it}}, of all that a prover had to prove."""
    return {name: {g[1].split()[0].lower()} for name, g in run.goals.items()
            if g[0] == "Valid" and not g[1].startswith(("Qed", "CFG"))}


def ask(unit, work, prover, seconds, fct):
    """The goals of a unit that one prover proves, by itself."""
    asked = [*wp.GOALS, "-wp-par", "1", "-wp-prover", prover, "-wp-session", str(work), "-wp-cache", "none"]
    run = wp.Run()
    run.proofs = 2  # lemmas may follow; nothing here is a smoke test
    argv = wp.proving(unit, work, asked, [["-wp-timeout", str(seconds)]], fct)
    wp.ran(unit.tree, work, run, argv, True, lambda _: None)
    if run.errors:
        raise RuntimeError(f"{unit.path}: {prover}: {run.errors[0]}")
    return {name for name, g in run.goals.items() if g[0] == "Valid"}


def second(unit, first, fct=None, seconds=SECONDS):
    """Asks until every goal that was proved in `first` has two provers, or all were asked; keeps who proved what."""
    said = opinions(first)
    kept(unit).parent.mkdir(parents=True, exist_ok=True)
    for prover in OTHERS:
        if any(len(by) < 2 and prover not in by for by in said.values()):
            for name in ask(unit, kept(unit).parent, prover, seconds, fct) & said.keys():
                said[name].add(prover)
    kept(unit).write_text(json.dumps({n: sorted(by) for n, by in sorted(said.items())}, indent=1) + "\n")


def summary(found):
    """What is printed of units: each goal that has one prover, and how many have two."""
    said = {u.path: json.loads(kept(u).read_text()) for u in found if kept(u).exists()}
    single = [f"{path}: {name}: proved by {by[0]} alone" for path, goals in sorted(said.items())
              for name, by in goals.items() if len(by) < 2]
    total = sum(map(len, said.values()))
    return [*single, f"of {total} goals that took a prover, {total - len(single)} are proved by two, {len(single)} by one"]
