# SPDX-License-Identifier: Apache-2.0
"""Judges many mutants by one run of frama-c, with the verdicts of by_proof.py.

Each mutant stands as a function of its own, with the contract of the one that it is of, behind the file. Function 0 is
the one as it is: the first time, all its goals must be those of the committed proof, and show what it needs. frama-c
makes their goals, finds the answers of those that have not changed among the committed ones, and has the others laid
aside by a prover that proves nothing. Then CVC4 is asked mutant by mutant, only until one of its goals stays open;
those that CVC4 leaves open in the function as it is are put to the prover that proves them there.
"""
import collections
import hashlib
import os
import re
import resource
import shutil
import subprocess


import by_proof
import weaken
from by_proof import LEAST, MARGIN
from rig import status, tools, wp

LAID = re.compile(r"\[wp\] \[(?:CVC[45]|Z3) [\d.]+\] Goal (?:typed\w*?_(?=\w))?(\w+) : Valid(.*)\((\d+)\)"
                  r"( \(cached\))?")
NOTE = re.compile(r"/\*@.*?\*/", re.S)
UNITS = re.compile(r"(?:resourceUnitsUsed(?:,| =)|:rlimit-count)\s+(\d+)")
ASK = {"cvc4": ("cvc4", "--stats", "--lang=smt2"), "cvc5": ("cvc5", "--stats", "--stats-internal", "--lang=smt2"),
       "z3": ("z3", "-smt2", "-st", "sat.random_seed=42", "nlsat.randomize=false", "smt.random_seed=42")}
LIMIT = {"cvc4": "--rlimit=", "cvc5": "--rlimit=", "z3": "rlimit="}
SAYS = {"cvc4": "smt::SmtEngine::resourceUnitsUsed, $n", "cvc5": "smt::SmtEngine::resourceUnitsUsed, $n",
        "z3": "(:rlimit-count $n)"}  # as Why3 reads them
OWNER = re.compile(r"(\w+_mutant\d+)_+(\w+)")
AT = re.compile(r"^(.*):(\d+)$")
EMPTY = "No goal generated"  # of a part: the others have some
CLAUSE = re.compile(r"\b(?:ensures|assert|invariant)\s+(\w+)\s*:")
CONTRACT = re.compile(r"\b(?:requires|assigns|ensures)\b")  # what no lemma says
# The prover that lays a goal aside under a number, and says the number as its steps.
GRAB = """#!/bin/sh
n=$(cat "$METES_GOALS/last"); n=$((n + 1)); echo $n >"$METES_GOALS/last"
ln "$1" "$METES_GOALS/$n" && echo unsat && echo "{}"
"""


def declared(read, path, function, deps):
    """(contract, head) of a function: the contract before its definition, or before its prototype, and what is declared
    there. `read` gives the text of a file."""
    head = re.compile(rf"^(?!#|  |/)([\w][\w \*]*?\b{function}\([^;{{}}]*\))\s*[;{{]", re.M)
    for name in [path, *deps]:
        text = read(name)
        for m in head.finditer(text):
            notes = [n for n in NOTE.finditer(text, 0, m.start())
                     if text[n.end():m.start()].strip() == "" and CONTRACT.search(n.group(0))]
            if notes:
                return notes[-1].group(0), m.group(1)
    raise SystemExit(f"{path}: {function}: its contract was not found")


def definition(text, function):
    return next(m.group(0) for m in weaken.BODY.finditer(text) if m.group(1) == function)


def renamed(text, old, new):
    return re.sub(rf"\b{old}\(", new + "(", text)


class Batch:
    """One worker: a copy of core and spec, the committed answers, and what CVC4 has said here."""

    def __init__(self, exam, folder):
        self.exam, self.prover = exam, by_proof.Prover(exam.tree, folder)
        self.home, self.goals = folder / "tree", folder / "goals"
        self.known = status.read(exam.tree)
        self.said, self.fatal = {}, collections.Counter(refusing(exam.store.rows.values()))
        self.took, self.asked = {}, 0
        conf = tools.why3_config(exam.tree, True).read_text()
        for prover, says in SAYS.items():
            grab = folder / ("grab-" + prover)
            grab.write_text(GRAB.format(says))
            grab.chmod(0o755)
            conf = re.sub(rf'"/usr/bin/{prover} [^"]*"', f'"{grab} %f"', conf)
        self.conf = folder / "grab.conf"
        self.conf.write_text(conf)

    def copy(self, path, function, number, mutant=None):
        """The text of a mutant under another name, with its contract."""
        text = self.exam.read(path)
        if mutant:
            text = mutant.apply(text.encode()).decode()
        return self.taken(path, function, named(function, number), self.exam.read, text)

    def taken(self, path, function, name, read, text):
        """A function of a text under another name, with the contract that `read` finds."""
        note, _ = declared(read, path, function, self.exam.units[path].deps)
        return note + "\n" + renamed(definition(text, function), function, name) + "\n"

    def judge(self, path, mutants, needs):
        """{mutant: (verdict, why)} and {function: Needs} of those as they are, where `needs` has not known it yet. None
        stands for a verdict that by_proof.py must give. In halves, where frama-c cannot read all of it."""
        said, new = self.judge_all(path, mutants, needs)
        half = len(mutants) // 2
        if half and not any(verdict for verdict, _ in said.values()):
            said, new = self.judge(path, mutants[:half], needs)
            more, newer = self.judge(path, mutants[half:], needs | new)
            return said | more, new | newer
        return said, new

    def judge_all(self, path, mutants, needs):
        functions = list(dict.fromkeys(m.function for m in mutants))
        parts, new = self.parts(path, functions), [f for f in functions if f not in needs]
        needs = needs | (self.as_they_are(path, new) if new else {})
        names = {named(m.function, n): m for n, m in enumerate(mutants, 1)}
        said = {m: ("proved", 0) for m in mutants}
        for part in parts:
            left = {name: m for name, m in names.items() if said[m][0] == "proved"}
            if left:
                self.settle(path, left, self.ask(path, left, part, needs, said), said)
        return {m: self.summed(path, m, *s) for m, s in said.items()}, {f: needs[f] for f in new if needs.get(f)}

    def summed(self, path, mutant, verdict, why):
        """Of all parts. Where fewer goals than those of the function as it is were proved, by_proof.py looks again."""
        if verdict != "proved":
            return verdict, why
        enough = why >= self.known[path]["functions"][mutant.function]["goals"]
        return ("proved", f"{why} goals") if enough else (None, f"{why} goals, fewer than there were")

    def parts(self, path, functions):
        """WP takes a tenth of a second to simplify a goal, and one open goal is enough: so the clauses that felled most
        mutants come first, each alone, then more at a time (what callees ask is one of them); then what has no name;
        then the run-time errors."""
        names = dict.fromkeys(n for f in functions for n in [*CLAUSE.findall(self.copy(path, f, 0)), "@requires"])
        order = sorted(names, key=lambda n: -self.felled(n))
        parts, at, size = [], 0, 1
        while at < len(order):
            parts.append(",".join(order[at:at + size]))
            at, size = at + size, max(1, at + size)
        return [*parts, ",".join("-" + n for n in [*order, "rte"]), "rte"]

    def felled(self, name):
        """How many mutants a clause felled; a goal has its name, behind what kind of clause it is."""
        goal = re.compile(rf"_{re.escape(kind(name.strip('@')))}(_preserved|_established)?$")
        return sum(n for g, n in self.fatal.items() if goal.search(g))

    def ask(self, path, names, part, needs, said):
        """Puts into `said` what a part of their goals says of mutants. Returns those goals that CVC4 leaves open, as it
        does in the function as it is."""
        run, lines = self.generate(path, names, part)
        if run.errors:
            said.update((m, (None, run.errors[-1])) for m in names.values())
            return {}
        warned, goals = self.warned(run, lines), self.of_each(run, names)
        if None in warned:
            said.update((m, (None, warned[None])) for m in names.values())
            return {}
        owed = {}
        for name, m in names.items():
            verdict, why = self.verdict(goals[name], needs.get(m.function), warned.get(name))
            said[m] = verdict, why + said[m][1] if verdict == "proved" else why
            if verdict == "proved":
                owed[name] = self.open(goals[name], needs[m.function].others)
        return owed

    @staticmethod
    def open(goals, names):
        """Those that no prover was known to prove."""
        return {g for g in names if g in goals and (not goals[g] or goals[g] is not True and goals[g][0] == "laid")}

    def settle(self, path, names, owed, said):
        """Has what CVC4 leaves open proved by who proves it in the function as it is."""
        for prover in ("cvc5", "z3"):
            left = {name: m for name, m in names.items() if said[m][0] == "proved" and owed.get(name)}
            if left:
                self.ask_other(path, left, prover, said, owed)
        said.update((names[name], (None, "open: " + ", ".join(sorted(goals)))) for name, goals in owed.items()
                    if goals and said[names[name]][0] == "proved")

    def ask_other(self, path, names, prover, said, owed):
        """Of goals that CVC4 leaves open in a function as it is: those that this prover proves there, it must prove
        here within MARGIN times the steps. They are owed no more."""
        known = {named(m.function, 0): None for m in names.values()}
        labels = {label(g) for name in names for g in owed[name]}
        run, _ = self.generate(path, known | names, ",".join(sorted(labels)), prover)
        goals = self.of_each(run, known | names)
        for name, m in names.items():
            there = goals[named(m.function, 0)]
            for goal in sorted(owed[name] & set(goals[name]) & set(there)):
                steps = self.proved(there[goal], prover)
                if steps is None:
                    continue
                owed[name].discard(goal)
                if not self.proves(goals[name][goal], steps, prover):
                    said[m] = "refused", goal
                    break

    def proved(self, state, prover):
        """The steps of a goal as it is; 0 where WP alone proves it; None where this prover does not."""
        return self.steps(state[1], prover) if state and state is not True else 0 if state else None

    def proves(self, state, steps, prover):
        return state is True or bool(state) and self.valid(state[1], max(LEAST, MARGIN * steps), prover)

    def as_they_are(self, path, functions):
        """{function: Needs}; None where it is not known. All at once: a part's goals are not those of the cache."""
        names = {named(f, 0): None for f in functions}
        run, _ = self.generate(path, names)
        goals, known = self.of_each(run, names), self.known[path]["functions"]
        return {f: self.needs(goals[named(f, 0)], known[f]["goals"]) for f in functions if not run.errors}

    def gated(self, mutant, verdict, why):
        """A refused goal by its function; what is proved passes the gate of the conversions too."""
        if verdict == "refused":
            return verdict, f"{mutant.function}_{why}"
        if verdict != "proved":
            return verdict, why
        return self.prover.gated(mutant.path, mutant.apply(self.exam.sources[mutant.path].bytes), (verdict, why))

    def text(self, path, names):
        """(the file and the copies behind it, [(last line, name) of each copy])."""
        text, lines = f'#include "{path}"\n', []
        for name, mutant in names.items():
            function, number = name.rsplit("_mutant", 1)
            text += self.copy(path, function, number, mutant)
            lines.append((text.count("\n"), name))
        return text, lines

    def generate(self, path, names, part=None, prover="cvc4"):
        """(Run, lines of the copies): each goal, of a part, made; `laid` says which number one has, or which steps. Of
        another prover than CVC4 no answers are known."""
        shutil.rmtree(self.goals, ignore_errors=True)
        self.goals.mkdir()
        (self.goals / "last").write_text("0\n")
        stub = "batch_" + self.exam.units[path].name.replace(".", "_") + ".c"
        text, lines = self.text(path, names)
        (self.home / stub).write_text(text)
        argv = self.prover.command(path, list(names), (prover, 0, 20)) + (["-wp-prop=" + part] if part else [])
        argv[argv.index("frama-c") + 1] = stub
        argv[argv.index("-wp-cache") + 1] = "replay" if prover == "cvc4" else "none"
        run = wp.Run()
        run.laid = {}
        env = self.prover.environment() | {"WHY3CONFIG": str(self.conf), "METES_GOALS": str(self.goals)}
        with subprocess.Popen(argv, cwd=self.home, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=env) as child:
            for row in child.stdout:
                run.line(row.rstrip("\n"))
                if m := LAID.match(row):
                    run.laid[m.group(1)] = (int(m.group(3)), bool(m.group(4)) or "cached" in m.group(2))
        if child.returncode:
            run.errors.append(f"frama-c ended with {child.returncode}")
        return run, lines

    @staticmethod
    def warned(run, lines):
        """{name of a copy: its first warning}; under None what is said of no copy."""
        out = {}
        for where, text in run.warnings:
            if text == EMPTY:
                continue
            at = AT.match(where or "")
            name = None
            if at and "batch_" in at.group(1):
                name = next((n for last, n in lines if int(at.group(2)) <= last), None)
            out.setdefault(name, text)
        return out

    @staticmethod
    def of_each(run, names):
        """{copy: {goal without the copy's name: state}}: True where proved, its steps where the answer was known, the
        file where it was laid aside, False where it is open."""
        out = {n: {} for n in names}
        for goal, (verdict, how, _) in run.goals.items():
            owner = OWNER.match(goal)
            if not owner or owner.group(1) not in out:
                continue
            state = verdict == "Valid"
            if goal in run.laid:
                number, cached = run.laid[goal]
                state = ("known", number) if cached else ("laid", number)
            out[owner.group(1)][owner.group(2)] = state
        return out

    def needs(self, goals, count):
        """What the function as it is needs; None where not just its goals were made."""
        if len(goals) != count:
            return None
        steps = {g: s[1] if s[0] == "known" else self.steps(s[1]) for g, s in goals.items() if s and s is not True}
        open_now = [g for g, s in goals.items() if not s] + [g for g, n in steps.items() if n is None]
        return by_proof.Needs(max((n for n in steps.values() if n), default=0), tuple(sorted(open_now)))

    def verdict(self, goals, needs, warning):
        if warning:
            return "refused", "warning: " + warning
        if needs is None:
            return None, "the function as it is was not known"
        let, steps = needs.others, needs.limits()[1]
        open_now = [g for g, s in goals.items() if not s and g not in let]
        if open_now:
            self.fatal[kind(open_now[0])] += 1
            return "refused", open_now[0]
        laid = [(g, s[1]) for g, s in goals.items() if s and s is not True and s[0] == "laid" and g not in let]
        for goal, number in sorted(laid, key=lambda x: (-self.fatal[kind(x[0])], x[0].startswith("assert_rte"), x[1])):
            if not self.valid(number, steps):
                self.fatal[kind(goal)] += 1
                return "refused", goal
        return "proved", len(goals)

    def valid(self, number, steps, prover="cvc4"):
        """Does a prover prove a goal within so many steps?"""
        file = self.goals / str(number)
        key = hashlib.sha256(file.read_bytes()).hexdigest(), steps, prover
        if key not in self.said:
            self.said[key] = self.say(prover, file, LIMIT[prover] + str(steps)).startswith("unsat")
        return self.said[key]

    def steps(self, number, prover="cvc4"):
        """That a prover takes to prove a goal; None where it does not."""
        file = self.goals / str(number)
        key = hashlib.sha256(file.read_bytes()).hexdigest(), prover
        if key not in self.took:
            said = self.say(prover, file)
            self.took[key] = int(UNITS.search(said).group(1)) if said.startswith("unsat") else None
        return self.took[key]

    def say(self, prover, file, *limit):
        """What a prover says, and what it counted. What it takes on the clock does not matter."""
        self.asked += 1

        def limited():
            resource.setrlimit(resource.RLIMIT_CPU, (by_proof.SECONDS, by_proof.SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        done = subprocess.run([*ASK[prover], *limit, str(file)], text=True, capture_output=True, check=False,
                              preexec_fn=limited)
        return done.stdout + done.stderr


def named(function, number):
    """Under this name a mutant stands; WP makes one _ of two."""
    return f"{function}_mutant{number}"


def refusing(rows):
    """What kinds of goals have refused mutants."""
    goals = (r.why.removeprefix(r.name.split()[0] + "_") for r in rows if r.proof == "refused")
    return (kind(g) for g in goals if " " not in g)


def label(goal):
    """What -wp-prop calls a goal: its name, or of what kind it is."""
    named = re.fullmatch(r"(?:assert|ensures|loop_invariant)_(?!rte)(\w+?)(?:_preserved|_established)?", goal)
    word = next(w for w in ("rte", "requires", "assigns", "ensures") if named or w in goal)
    return named.group(1) if named else "rte" if word == "rte" else "@" + word


def kind(goal):
    """A goal's name without its number."""
    return re.sub(r"_\d+$", "", goal)
