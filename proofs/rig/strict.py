# SPDX-License-Identifier: Apache-2.0
"""A second opinion for every goal: after a fresh proof the other provers are asked too, each by itself, nothing cached.

What Qed simplifies away needs no prover and has one opinion: that of Frama-C.
"""
import json

from . import wp

OTHERS = ("cvc5", "z3")  # who comes first in every run is CVC4
SECONDS = 5


def opinions(run):
    """{goal: {name of a prover that proved it}}, of all that a prover had to prove."""
    return {name: {g[1].split()[0].lower()} for name, g in run.goals.items()
            if g[0] == "Valid" and not g[1].startswith(("Qed", "CFG"))}


def ask(unit, work, prover, seconds, watch):
    """The goals of a unit that one prover proves, by itself."""
    asked = [*wp.GOALS, "-wp-par", "1", "-wp-prover", prover, "-wp-timeout", str(seconds), "-wp-session", str(work),
             "-wp-cache", "none"]
    run = wp.Run()
    run.proofs = 2  # a proof of lemmas may follow; nothing here is a smoke test
    wp.ran(unit, work, run, wp.proving(unit, work, asked), True, watch)
    if run.errors:
        raise RuntimeError(f"{unit.path}: {prover}: {run.errors[0]}")
    return {name for name, g in run.goals.items() if g[0] == "Valid"}


def second(unit, first, watch=lambda run: None, seconds=SECONDS):
    """{goal: sorted names of provers}: of each that one of them proved in the run `first`; at most two are needed."""
    said, work = opinions(first), unit.tree.build / "strict" / unit.name
    work.mkdir(parents=True, exist_ok=True)
    for prover in OTHERS:
        if any(len(by) < 2 and prover not in by for by in said.values()):
            for name in ask(unit, work, prover, seconds, watch) & said.keys():
                said[name].add(prover)
    said = {name: sorted(by) for name, by in sorted(said.items())}
    (work / "opinions.json").write_text(json.dumps(said, indent=1) + "\n")
    return said


def summary(said):
    """What is printed of {unit: opinions}: how many goals have two, and each that has one."""
    single = [f"{path}: {name}: proved by {by[0]} alone" for path, goals in sorted(said.items())
              for name, by in goals.items() if len(by) == 1]
    total = sum(map(len, said.values()))
    return [*single, f"two provers prove {total - len(single)} of {total} goals, one alone {len(single)}"]
