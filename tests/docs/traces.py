#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Traces every clause to its logic, contracts, proofs and tests, and every function back to its clauses.

    tests/docs/traces.py     (or `ninja trace`) writes spec/TRACE.md; exit status 1 where something is not traced
"""
import pathlib
import re
import sys
from collections import defaultdict

sys.dont_write_bytecode = True
import traced

COMMAND = "run `ninja trace` and commit spec/TRACE.md"
CARRIES = re.compile(r"implements no clause: ([^.]*)\.")


class Trace:
    """All relations, read once."""

    def __init__(self):
        find = self.find = traced.finder()
        self.clauses = list(traced.clauses())
        self.logic = traced.logic(find)
        self.functions = traced.functions()
        self.lemmas = dict(traced.proofs(self.functions))
        self.tests, self.fuzz = traced.tests(find)
        self.decisions, self.decided = dict(traced.decisions()), traced.decided()
        self.bugs = dict(traced.decisions("B"))
        self.kinds = traced.kinds()
        self.bearers = {clause: self._bearers(clause, arrow) for _, clause, arrow in self.clauses}
        self.uses = {name: set(re.findall(r"\b[A-Za-z]\w+\b", text)) & self.logic.keys() - {name}
                     for name, (_, text) in self.logic.items()}
        self.carriers = {clause: self._carriers(clause) for clause in self.bearers}
        self.of_function = defaultdict(set)
        for clause, (_, names) in self.carriers.items():
            for name in names:
                self.of_function[name].add(clause)
        for key, f in self.functions.items():
            said = set(re.findall(r"\w+", f.promises))
            self.of_function[key] |= find(f.prose) & self.bearers.keys()
            self.of_function[key] = self.of_function[key] or {c for c, names in self.bearers.items() if said & set(names)}

    def _bearers(self, clause, arrow):
        """The logic of a clause: what stands behind its arrow, or else beneath its number in the logic."""
        behind = [n for n in arrow if ":" not in n and n in self.logic]
        return behind or sorted(n for n, (said, _) in self.logic.items() if clause in said)

    def _labelled(self, clause, key):
        kind, number = clause.lower().split("-")
        return f"{kind}_{number}" in self.functions[key].labels

    def _carriers(self, clause):
        """How a clause is found in contracts, and the functions: the first of these ways that finds any."""
        arrow = next(names for _, c, names in self.clauses if c == clause)
        promised = [n.split(":")[0] for n in arrow if ":" in n]
        found = [k for k in self.functions if self._labelled(clause, k) or k in promised or k in arrow]
        if found:
            return "promise", found
        names = set(self.bearers[clause])
        found = self._mention(names) + [k for k, f in self.functions.items() if clause in self.find(f.prose)]
        if found:
            return "contract", sorted(set(found))
        while more := {n for n, used in self.uses.items() if used & names} - names:
            if found := self._mention(more):
                return "definition", found
            names |= more
        return "lemma", [f"lemma {n}" for n in self.lemmas if set(self.bearers[clause]) & self.uses.get(n, set())]

    def _mention(self, names):
        pattern = re.compile(r"\b(?:" + "|".join(sorted(names)) + r")\b") if names else re.compile(r"(?!)")
        return [k for k, f in self.functions.items() if pattern.search(f.promises)]

    def goals(self, key):
        if key.startswith("lemma "):
            return (1, 1) if self.lemmas[key[6:]] else (0, 1)
        return self.functions[key].proved, self.functions[key].goals

    def tested(self, clause):
        return {kind: [n for n, said in named.items() if clause in said] for kind, named in self.tests.items()}

    def excused(self, f):
        """A function that says of itself that it implements no clause, and why."""
        said = CARRIES.search(" ".join(re.sub(r"^\s*\* ?", "", f.prose, flags=re.MULTILINE).split()))
        return said and said[1]


def code(names):
    return ", ".join(f"`{n}`" for n in names)


def few(names, most=4):
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def clause_rows(t):
    """A section a kind: the clause, its logic, functions with goals proved, tests, fuzz targets, defects."""
    page = None
    for path, clause, _ in t.clauses:
        if path != page:
            page = path
            yield from ("", f"### [{path.name}]({path.name})", "",
                        "| clause | logic | functions: goals proved | unit tests | properties | KVM and command | "
                        "planted | fuzzed | defect, bug |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        way, names = t.carriers[clause]
        proofs = ", ".join("`{}` {}{}".format(n.removeprefix("lemma ").split(":")[-1], t.goals(n)[0], "" if
                           t.goals(n)[0] == t.goals(n)[1] else f" of {t.goals(n)[1]}") for n in names)
        by = t.tested(clause)
        fuzz = [name for name, reached in sorted(t.fuzz.items()) if clause in reached]
        defects = [d for d, cs in [*t.decisions.items(), *t.bugs.items()] if clause in cs]
        how = "" if way in ("promise", "contract") else f" ({way})"
        yield (f"| {clause} | {code(t.bearers[clause])} | {proofs}{how} | {few(by['unit'])} | {few(by['property'])} | "
               f"{few(by['kvm'] + by['cli'], 3)} | {len(by['planted']) or ''} | {', '.join(fuzz)} | {' '.join(defects)} |")


def function_rows(t):
    for public in (True, False):
        yield from ("", f"### {'Public' if public else 'Internal'}", "", "| function | goals proved | clauses |",
                    "| --- | --- | --- |")
        for key, f in sorted(t.functions.items(), key=lambda item: (item[1].path, item[1].name)):
            if f.public == public:
                said = ", ".join(sorted(t.of_function[key], key=traced.order))
                excuse = t.excused(f)
                said = said or (f"none: {excuse}" if excuse else "" if public else "helper")
                yield f"| `{f.path}` `{f.name}` | {f.proved} | {said} |"


def bug_rows(t):
    """What would have caught a bug: the functions that carry its clauses, the tests and the fuzz targets that reach them."""
    for bug, named in t.bugs.items():
        functions = sorted({n.split(":")[-1] for c in named for n in t.carriers.get(c, ("", []))[1]})
        tests = sorted({n for c in named for n in t.tested(c)["unit"]})
        fuzz = sorted(name for name, reached in t.fuzz.items() if reached & set(named))
        yield f"| {bug} | {', '.join(named)} | {code(functions)} | {few(tests)} | {', '.join(fuzz)} |"


def page(t):
    lines = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
             "<!-- Written by `ninja trace`; do not edit. -->",
             "# Clauses, contracts, proofs and tests", "",
             f"{len(t.clauses)} clauses, {len(t.functions)} functions, {len(t.decisions)} defects of the reference. "
             "All of this is read from the sources by these rules:", "",
             "- *logic*: what stands behind the clause's arrow, or else beneath its number in `spec/*.acsl` and `core/`;",
             "- *functions*: those whose contract promises it by number (`ensures lay_34:`) or behind the arrow; if there is "
             "none, those whose contract ensures its logic or whose words name its number; if none, those that ensure what is "
             "defined by it (*definition*), or the lemmas about it (*lemma*);",
             "- *goals proved*: of `proofs/status.json`, all goals of that function;",
             "- *tests* name the clause in a comment or title, or, where they name none, ask for the status that is its answer "
             "in `core/status.h`: unit tests that are registered, functions that `agree` reaches in the properties "
             "and `compare` in `tests/elf`, tests on KVM (`tests/rules`, `tests/kvm`, the guest's own checks) and of the "
             "command; *planted* counts the faults of `tests/properties/mutants.list` and `tests/elf/planted.list`;",
             "- *fuzzed*: the targets that reach one of these properties.", "",
             "## Clauses", *clause_rows(t), "", "## Functions", *function_rows(t), "",
             "## Defects of the reference", "", "| defect | clauses | tests |", "| --- | --- | --- |"]
    lines += [f"| {d}: | {', '.join(cs)} | {', '.join(t.decided[d])} |" for d, cs in t.decisions.items()]
    lines += ["", "## Bugs of other monitors", "", "What they were: [bugs.md](bugs.md).", "",
              "| bug | clauses | functions whose contract carries them | unit tests | fuzzed |",
              "| --- | --- | --- | --- | --- |", *bug_rows(t)]
    lines += ["", "## Functions without a clause", ""]
    lines += [f"- `{f.name}`: {t.excused(f)}" for f in t.functions.values() if t.excused(f)] or ["None."]
    return "\n".join(lines) + "\n"


def unproved(t):
    for path, clause, _ in t.clauses:
        names = t.carriers[clause][1]
        if not names:
            yield (f"{path}: {clause} is in no contract: name its logic in one, or promise it as "
                   f"`ensures {clause.lower().replace('-', '_')}:`")
        for n in names:
            proved, goals = t.goals(n)
            if goals == 0 or proved < goals:
                yield f"{path}: {clause}: {n} has {proved} of {goals} goals proved: run `ninja prove-update`"


def untested(t):
    for path, clause, _ in t.clauses:
        by = t.tested(clause)
        if not by["unit"] and not by["property"]:
            yield (f"{path}: {clause} has no test: write one in tests/unit or tests/properties, and its number in the "
                   "comment above it")


def unclaimed(t):
    yield from traced.unread(t.functions)
    for key, f in sorted(t.functions.items()):
        if f.public and not t.of_function[key] and not t.excused(f):
            yield (f"{f.path}: {f.name} has no clause: name one above its contract, or promise it by number (a helper says "
                   "`implements no clause: <why>.`)")
        if f.goals == 0:
            yield f"{f.path}: {f.name} is not in proofs/status.json: run `ninja prove-update`"


def undecided(t):
    for d, named in t.decisions.items():
        if not t.decided[d]:
            yield f"{d} has no unit test that is called {d.lower()}_… or says {d} in the comment above it"
    for d, named in [*t.decisions.items(), *t.bugs.items()]:
        for clause in named:
            if clause not in t.bearers:
                yield f"{d} names {clause}, which is not defined"
    for bug, named in t.bugs.items():
        if not any(t.tested(c)["unit"] for c in named):
            yield f"{bug}: none of its clauses has a unit test"


def strangers(t):
    """Numbers in tests that no page defines."""
    for kind, named in t.tests.items():
        for name, said in sorted(named.items()):
            for clause in sorted(said - t.bearers.keys()):
                yield f"{kind} test `{name}` names {clause}, which is not defined"


def stale(t):
    if not traced.PAGE.exists() or traced.PAGE.read_text() != page(t):
        yield f"{traced.PAGE} is not what the sources say: {COMMAND}"


def checks(_pages=()):
    t = Trace()
    yield list(unproved(t)), "every clause is in a contract, and all goals of that function are proved"
    yield list(untested(t)), "every clause has a unit test or a property"
    yield list(unclaimed(t)), "every public function has a clause, and every function its goals"
    yield list(undecided(t)), "every defect of the reference has its unit test, and every bug of other monitors a clause that has one"
    yield list(strangers(t)), "every clause that a test names is defined"
    yield list(stale(t)), "the page of traces is what the sources say"


def main():
    traced.PAGE.write_text(page(Trace()))
    wrong = [line for lines, _ in checks() for line in lines]
    print("\n".join(wrong + [f"{traced.PAGE} written, {len(wrong)} not traced"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    if not pathlib.Path("spec").is_dir() or sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    sys.exit(main())
