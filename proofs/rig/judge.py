# SPDX-License-Identifier: Apache-2.0
"""Turns what a run said into a record of the unit, and into problems, one line each."""
import re

from . import contracts
from .tokens import strip_comments


def owner(name, functions):
    """The function that a goal belongs to: the longest name that begins it."""
    fits = [f for f in functions if name == f or name.startswith(f + "_")]
    return max(fits, key=len, default=None)


def at(unit, function):
    file, line = unit.origin.get(function, (unit.path, 1))
    return f"{file}:{line}"


def record(unit, run, printed, seconds):
    """What the status says of a unit: goals, smoke tests and provers of each function."""
    counted = run.sealed or count(unit, run, printed)
    functions = counted["functions"]
    declared = {f: c for f, c in printed.declared.items() if f not in printed.defined}
    return {"path": unit.path, "unit": unit.name, "functions": functions, "lemmas": counted["lemmas"],
            "smoke": counted["smoke"], "seconds": round(seconds, 1), "declared": declared,
            "contracts": {f: printed.defined[f] for f in functions},
            "calls": {f: sorted(printed.calls[f]) for f in functions},
            "origin": {f: unit.origin[f][0] for f in printed.defined if f in unit.origin},
            "lemma_files": {l: f for l, f in unit.lemmas.items() if l in printed.lemmas}}


def count(unit, run, printed):
    """Goals, provers and smoke tests of each function, from what the run said."""
    functions = {f: {"goals": 0, "proved": 0, "smoke": 0, "provers": {}}
                 for f in unit.own if f in printed.defined}
    lemmas = {}
    for name, (verdict, prover, _) in sorted(run.goals.items()):
        if name.startswith("lemma_"):
            lemmas[name.removeprefix("lemma_")] = prover if verdict == "Valid" else "open"
            continue
        f = functions.get(owner(name, functions))
        if f is None:
            continue
        f["goals"] += 1
        f["proved"] += verdict == "Valid"
        how = {"CFG": "Qed"}.get(prover, prover) or "open"
        f["provers"][how] = f["provers"].get(how, 0) + 1
    for name in run.smoke:
        f = functions.get(owner(name, functions))
        if f is not None:
            f["smoke"] += 1
    return {"functions": functions, "lemmas": lemmas, "smoke": len(run.smoke)}


def goal_problems(unit, run, printed, where):
    """Open goals and failed smoke tests."""
    out = []
    for name, (verdict, _, tries) in run.goals.items():
        if verdict == "Valid":
            continue
        function = owner(name, printed.defined)
        title = max((t for t in where if name.startswith(t)), key=len, default=None)
        place = where.get(title) or at(unit, function)
        clause = name.removeprefix((function or "") + "_")
        out.append(f"{place}: {function or 'lemma'}: {clause}: open ({', '.join(tries) or 'no result'})")
    for name, passed in run.smoke.items():
        if not passed:
            function = owner(name, list(printed.defined) + list(printed.declared))
            clause = name.removeprefix((function or "") + "_wp_smoke_")
            out.append(f"{run.smoke_at.get(name) or at(unit, function)}: {function}: smoke test failed: "
                       f"{clause} (a contradiction: false can be proved here)")
    return out


NO_RESULT = "open (no result)"


def collapse(problems, most=3):
    """A changed source has many goals that the cache does not know: a few stand for all."""
    more = len(problems) - most
    return problems[:most] + ([f"  ... and {more} more goals with no result"] if more > 0 else [])


def unit_problems(unit, mode, run, printed, where, partial):
    """Every problem of one unit that can be seen without the others."""
    out = [f"{unit.path}:1: frama-c: {e}" for e in run.errors]
    if run.errors:
        return out + [f"  {l}" for l in run.text[-8:]]
    # Of a header that has only lemmas, the runs for functions and for smoke tests are empty.
    empty = "No goal generated" if run.goals else None
    out += [f"{w or unit.path + ':1'}: warning: {text}" for w, text in run.warnings if text != empty]
    out += goal_problems(unit, run, printed, where)
    said = source_problems(unit.tree, unit.deps)
    out += said or [f"{unit.path}:1: `{word}`: an assumption, as frama-c prints it"
                    for word in printed.assumptions]
    if mode == "replay" and run.uncached:
        out = collapse([p for p in out if p.endswith(NO_RESULT)]) + \
              [p for p in out if not p.endswith(NO_RESULT)]
        out.append(f"{unit.path}:1: cache: {run.uncached} prover runs are not in "
                   f"proofs/cache/{unit.name}.txt: the sources are newer: run `ninja prove-update`")
    if not partial:
        out += coverage_problems(unit, run, printed)
    return out


def coverage_problems(unit, run, printed):
    """Is everything that the unit owns there, under contract, and really proved?"""
    out = []
    for f in sorted(set(printed.defined) - set(unit.origin)):
        out.append(f"{unit.path}:1: {f}: defined, but this rig did not find where")
    for f in unit.own:
        if f not in printed.defined:
            out.append(f"{at(unit, f)}: {f}: the prover has not seen this function")
            continue
        missing = contracts.missing_clauses(f, printed)
        out += [f"{at(unit, f)}: {f}: no {clause}" for clause in missing]
        if not missing and not any(owner(g, printed.defined) == f for g in run.goals):
            out.append(f"{at(unit, f)}: {f}: no goal at all")
    for lemma in unit.own_lemmas:
        if "lemma_" + lemma not in run.goals:
            out.append(f"{unit.lemmas[lemma]}:1: lemma {lemma}: not proved")
    for lemma in sorted(set(printed.lemmas) - set(unit.lemmas)):
        out.append(f"{unit.path}:1: lemma {lemma}: stated, but this rig did not find where")
    if run.sealed:
        return out       # frama-c counts what was tried; the seal knows every name
    return out + [f"{unit.path}:1: frama-c counts {its} goals, this rig read {ours}"
                  for its, ours in run.miscounted()]


def all_sources(tree):
    return [str(p.relative_to(tree.root)) for p in
            sorted([*(tree.root / "core").rglob("*.[ch]"), *(tree.root / "spec").rglob("*.acsl")])]


def source_problems(tree, names):
    """Assumptions, and code that only the prover or only the compiler sees."""
    out = []
    for name in names:
        text = (tree.root / name).read_text()
        out += [f"{name}:{line}: `{word}`: an assumption; everything here is proved"
                for line, word in contracts.assumptions(text)]
        for m in re.finditer(r"__FRAMAC__|__FC_\w+|__E_ACSL__", text):
            out.append(f"{name}:{text.count(chr(10), 0, m.start()) + 1}: {m.group(0)}: "
                       "the prover must see what the compiler sees")
        if name.endswith(".acsl") and strip_comments(text).strip():
            out.append(f"{name}:1: code outside ACSL comments")
    return out
