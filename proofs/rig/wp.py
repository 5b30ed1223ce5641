# SPDX-License-Identifier: Apache-2.0
"""Runs frama-c over one unit and reads what it says, goal by goal."""
import json
import re
import shutil
import subprocess
import time

from . import cache, contracts, seal, status, tools, units

OPTIONS = ["-c11", "-machdep", "gcc_x86_64", "-no-frama-c-stdlib",
           "-cpp-extra-args=" + " ".join(units.CPP_FLAGS),
           "-warn-unsigned-overflow", "-warn-signed-overflow", "-warn-unsigned-downcast",
           "-warn-signed-downcast", "-warn-invalid-pointer"]
GOALS = ["-wp-rte", "-wp-check-memory-model"]
# One prover at a time: two at once would race, and the cache would hold what the loser left. Given once: a
# list named again, at a later run of WP, holds its provers twice and asks each of them twice.
WP = [*GOALS, "-wp-par", "1", "-wp-prover", "cvc4,cvc5,z3"]
# Smoke tests look for a proof of false. Most find none: so one prover, and steps, which are the same on every
# machine; of the goals that this prover proves here, three in four take fewer.
SMOKE = ["-wp-smoke-tests", "-wp-smoke-timeout", "20", "-wp-steps", "40000", "-wp-prover=-cvc5,-z3"]
ASKED = [OPTIONS, WP, SMOKE]
# A success that took 7 s here must not fail on a slower machine: fresh waits longer in the end.
TIMEOUTS = {"replay": 8, "update": 8, "fresh": 25}
# But first fresh asks for a short time, and not in vain: what the first prover does not see at once, the others do.
FIRST, THEN = 2, 8
OTHERS, EACH = "-wp-prover=-cvc4,+cvc5,+z3", "-wp-prover=-cvc5,-z3,+cvc4,+cvc5,+z3"
WP_MODE = {"replay": "offline", "update": "cleanup", "fresh": "none"}

MADE = re.compile(r"\[wp\] Goal (?:typed\w*?_(?=\w))?(\w+) : (?:not tried|trivial)$")
GOAL = re.compile(r"\[wp\] \[(.+?)\] Goal (?:typed\w*?_(?=\w))?(\w+)(?: : (\w+).*)?$")
SMOKE_LINE = re.compile(r"\[wp\] \[(\w+)\] Smoke-test (?:typed_)?(\w+)")
VERDICT = re.compile(r"  (Qed|[A-Z]\w* [\d.]+): (\w+)(.*)$")
WARNING = re.compile(r"\[(kernel|wp|rte|report)(:[\w:-]+)?\] (?:(\S+?):(\d+): )?Warning: ?(.*)$")
ERROR = re.compile(r"\[(?:kernel|wp|rte)[^\]]*\] (?:(\S+?):(\d+): )?(?:User Error|Failure|syntax error)")
TOTAL = re.compile(r"\[wp\] Proved goals:\s+(\d+) / (\d+)")
CACHE = re.compile(r"\[wp\] \[Cache\].*failed:(\d+)")


class Run:
    """What one run of frama-c said."""

    def __init__(self):
        self.goals = {}      # name: [verdict, prover, [prover verdicts of a failure]]
        self.seen = []       # of each run of WP: {name: proved?}
        self.smoke = {}      # name: passed?
        self.smoke_at = {}   # name of a failed smoke test: file:line
        self.warnings, self.errors, self.text = [], [], []
        self.uncached, self.stage = 0, 0
        self.totals = {}     # of each run of WP: (proved, goals)
        self.proofs = 1      # runs of WP before the smoke tests
        self.last, self.stopped = None, False
        self.sealed = None   # where the seal holds: what the status says of this unit

    def opened(self):
        return sum(g[0] != "Valid" for g in list(self.goals.values()))

    def line(self, row):
        """One line of output; true if it told of a goal."""
        self.text.append(row)
        if "Running WP plugin" in row:
            self.stage += 1
            self.seen.append({})
        goal, smoke, verdict = GOAL.match(row), SMOKE_LINE.match(row), VERDICT.match(row)
        made = MADE.match(row)
        if made:
            self.goals[made.group(1)] = ["Open", None, []]
        elif goal:
            self._goal(*goal.groups())
        elif smoke:
            self.last = ("smoke", smoke.group(2))
            self.smoke[smoke.group(2)] = smoke.group(1) == "Passed" and self.smoke.get(smoke.group(2), True)
        elif verdict and self.last and self.last[0] == "goal":
            took = re.findall(r"\(([^()]*)\)", verdict.group(3))
            took = [t for t in took if not t.startswith(("Qed", "cached"))]
            self.goals[self.last[1]][2].append(" ".join(verdict.group(1, 2)) + (" " + took[0] if took else ""))
        else:
            self._other(row)
        return bool(goal or smoke)

    def _goal(self, how, name, verdict):
        self.last = None
        if self.stage > self.proofs:
            return        # the smoke tests' run: what is open was open before
        self.seen[-1][name] = verdict == "Valid"
        if verdict == "Valid":
            self.goals[name] = ["Valid", how, []]
        else:
            self.goals[name] = ["Open", None, []]
            self.last = ("goal", name)

    def _other(self, row):
        warning, total, missing = WARNING.match(row), TOTAL.match(row), CACHE.match(row)
        if warning and "Failed smoke-test" in row:
            if self.last and self.last[0] == "smoke":
                self.smoke_at[self.last[1]] = f"{warning.group(3)}:{warning.group(4)}"
        elif warning:
            where = f"{warning.group(3)}:{warning.group(4)}" if warning.group(3) else None
            self.warnings.append([where, warning.group(5)])
            self.last = ("warning", None)
        elif self.last and self.last[0] == "warning" and row.startswith("  "):
            self.warnings[-1][1] = (self.warnings[-1][1] + " " + row.strip()).strip()
        elif total:
            self.totals[self.stage] = int(total.group(1)), int(total.group(2))
        elif missing:
            self.uncached += int(missing.group(1))
        elif ERROR.match(row):
            self.errors.append(row)


    def miscounted(self):
        """Where frama-c counts other goals than were read: (its count, ours) of a run of WP."""
        read = {stage: (sum(seen.values()), len(seen)) for stage, seen in enumerate(self.seen[:self.proofs], 1)}
        return [(its, ours) for its, ours in ((self.totals.get(n, (0, 0)), read[n]) for n in read) if its != ours]


def lemmas_apart(unit, fct):
    """Lemmas take a run of their own: with functions left out, frama-c proves none; and it would prove them twice."""
    return not fct and unit.own_lemmas


def runs(unit, mode, fct=None):
    """How often WP runs before the smoke tests."""
    return (3 if mode == "fresh" else 1) + (1 if lemmas_apart(unit, fct) else 0)


def picked(unit, fct=None):
    """The options that name the functions that this unit proves, and no lemma."""
    if fct:
        return ["-wp-fct", fct]
    return ["-wp-skip-fct=" + ",".join(unit.others())] * bool(unit.others()) \
        + ["-wp-prop=" + ",".join("-" + l for l in unit.lemmas)] * bool(unit.lemmas)


def passes(mode, timeout):
    """How the functions' goals are asked, and what is then still open."""
    if mode != "fresh":
        return [["-wp-timeout", str(timeout)]]
    return [["-wp-timeout", str(min(FIRST, timeout)), "-wp-prover=-cvc5,-z3"],
            ["-wp-timeout", str(min(THEN, timeout)), OTHERS], ["-wp-timeout", str(timeout), EACH]]


def proving(unit, work, wp, asked=([],), fct=None, lemmas=()):
    """Parse and print; then WP, as `wp` says, over the functions, once for each of `asked`; then over the lemmas, by
    `lemmas` too."""
    out = ["frama-c", unit.source, *OPTIONS, "-print", "-ocode", str(work / "print.i"), "-then", "-no-print"]
    for n, how in enumerate(asked):
        out += [*["-then"] * (n > 0), "-wp", *(wp if n == 0 else []), *how, *picked(unit, fct)]
    if lemmas_apart(unit, fct):
        out += ["-then", "-wp", "-wp-timeout", str(TIMEOUTS["update"]), *lemmas, "-wp-skip-fct=",
                "-wp-prop=" + ",".join(unit.own_lemmas)]
    return out


def command(unit, mode, work, fct=None, timeout=8, smoke=True):
    """Parse and print; prove; list where each open property is; look for contradictions."""
    cached = "update" if fct and mode == "update" else WP_MODE[mode]
    wp = [*WP, "-wp-session", str(work), "-wp-cache", cached]
    out = proving(unit, work, wp, passes(mode, timeout), fct) + [
        "-then", "-report-classify", "-report-output", str(work / "open.json"),
        "-report-unclassified-untried", "REVIEW"]
    return out + (["-then", "-wp", *SMOKE, *picked(unit, fct)] if smoke else [])


def generation(unit, work):
    """Parse and print; make every goal, and leave it at that."""
    return proving(unit, work, [*GOALS, "-wp-prover", "none"])


def ran(tree, work, run, argv, provers, watch):
    """Runs frama-c and has its lines read as they come."""
    for old in ("print.i", "open.json"):
        (work / old).unlink(missing_ok=True)
    with subprocess.Popen(argv, cwd=tree.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=tools.environment(tree, provers)) as child:
        for row in child.stdout:
            if run.line(row.rstrip("\n")):
                watch(run)
            if run.stage > run.proofs and run.opened():
                child.terminate()   # first the proof; smoke tests of what is open say little
                run.stopped = True
                break
    (work / "frama-c.log").write_text("\n".join(run.text) + "\n")
    if child.returncode != 0 and not run.errors and not run.stopped:
        run.errors.append(f"frama-c ended with {child.returncode}; see {work / 'frama-c.log'}")
    return run


def sealed(unit, work, packed, watch):
    """A run that made the goals anew and found them under an unbroken seal; or None."""
    noted, recorded = seal.noted(packed), status.read(unit.tree).get(unit.path)
    if not noted or not recorded:
        return None
    run = Run()
    run.proofs = 2          # nothing here is a smoke test
    ran(unit.tree, work, run, generation(unit, work), False, watch)
    if run.errors or noted != seal.digest(unit, packed, ASKED, run.goals, recorded):
        return None
    run.goals = {name: ["Valid", "sealed", []] for name in run.goals}
    run.sealed = recorded
    return run


def prepare(mode, work, packed):
    """The folder of a run, with the answers that it may use."""
    if mode == "update":
        cache.add(packed, work / "cache")
    elif mode == "replay":
        cache.unpack(packed, work / "cache")
    else:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)


def prove(unit, mode, watch=lambda run: None, every=False, **choice):
    """Runs one unit; returns (Run, Printed, {property: file:line}, seconds). every: look past the seal."""
    work, packed = unit.tree.build / mode / unit.name, unit.tree.cache / (unit.name + ".txt")
    start, run = time.monotonic(), None
    prepare(mode, work, packed)
    if mode == "replay" and not every and choice.get("smoke", True) and not choice.get("fct"):
        run = sealed(unit, work, packed, watch)
    if run is None:
        run = Run()
        run.proofs = runs(unit, mode, choice.get("fct"))
        ran(unit.tree, work, run, command(unit, mode, work, **choice), mode != "replay", watch)
    printed = contracts.Printed((work / "print.i").read_text() if (work / "print.i").exists() else "")
    return run, printed, places(work / "open.json"), time.monotonic() - start


def places(path):
    """{property: file:line} of everything that is not proved."""
    if not path.exists():
        return {}
    return {e["title"]: f"{e['file']}:{e['line']}" for e in json.loads(path.read_text())
            if "file" in e}
