# SPDX-License-Identifier: Apache-2.0
"""Runs frama-c over one unit and reads what it says, goal by goal."""
import json
import re
import shutil
import subprocess
import time

from . import cache, contracts, tools, units

OPTIONS = ["-c11", "-machdep", "gcc_x86_64", "-no-frama-c-stdlib",
           "-cpp-extra-args=" + " ".join(units.CPP_FLAGS),
           "-warn-unsigned-overflow", "-warn-signed-overflow", "-warn-unsigned-downcast",
           "-warn-signed-downcast", "-warn-invalid-pointer"]
# One prover at a time: two at once would race, and the cache would hold what the loser left.
WP = ["-wp-rte", "-wp-check-memory-model", "-wp-par", "1", "-wp-prover", "cvc4,cvc5,z3"]
# Smoke tests look for a proof of false. Most run into the limit, so two provers, one second.
SMOKE = ["-wp-smoke-tests", "-wp-smoke-timeout", "1", "-wp-prover=-cvc5"]
SMOKE_ASKED = [OPTIONS, WP, SMOKE]
# A success that took 7 s here must not fail on a slower machine: fresh waits longer.
TIMEOUTS = {"replay": 8, "update": 8, "fresh": 25}
WP_MODE = {"replay": "offline", "update": "cleanup", "fresh": "none"}

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
        self.smoke = {}      # name: passed?
        self.smoke_at = {}   # name of a failed smoke test: file:line
        self.warnings, self.errors, self.text = [], [], []
        self.uncached, self.totals, self.stage = 0, [], 0
        self.proofs = 1      # runs of WP before the smoke tests
        self.last, self.stopped = None, False
        self.sealed = None   # smoke tests of an earlier run that still hold: {function: how many}

    def opened(self):
        return sum(g[0] != "Valid" for g in list(self.goals.values()))

    def line(self, row):
        """One line of output; true if it told of a goal."""
        self.text.append(row)
        if "Running WP plugin" in row:
            self.stage += 1
        goal, smoke, verdict = GOAL.match(row), SMOKE_LINE.match(row), VERDICT.match(row)
        if goal:
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
            self.totals.append((int(total.group(1)), int(total.group(2))))
        elif missing:
            self.uncached += int(missing.group(1))
        elif ERROR.match(row):
            self.errors.append(row)


def lemmas_apart(unit, fct):
    """With functions left out, frama-c proves no lemma: they take a run of their own."""
    return not fct and unit.own_lemmas and unit.others()


def command(unit, mode, work, fct=None, timeout=8, smoke=True):
    """Parse and print; prove; list where each open property is; look for contradictions."""
    wp = ["-wp", *WP, "-wp-timeout", str(timeout)]
    pick = ["-wp-fct", fct] if fct else []
    if not fct and unit.others():
        pick.append("-wp-skip-fct=" + ",".join(unit.others()))
    if not fct and unit.other_lemmas():
        pick.append("-wp-prop=" + ",".join("-" + l for l in unit.other_lemmas()))
    cached = ["-wp-session", str(work), "-wp-cache",
              "update" if fct and mode == "update" else WP_MODE[mode]]
    out = ["frama-c", unit.source, *OPTIONS, "-print", "-ocode", str(work / "print.i"),
           "-then", "-no-print", *wp, *cached, *pick]
    if lemmas_apart(unit, fct):
        out += ["-then", *wp, *cached, "-wp-skip-fct=", "-wp-prop=" + ",".join(unit.own_lemmas)]
    out += ["-then", "-report-classify", "-report-output", str(work / "open.json"),
            "-report-unclassified-untried", "REVIEW"]
    return out + (["-then", "-wp", *SMOKE, *pick] if smoke else [])


def prove(unit, mode, watch=lambda run: None, **choice):
    """Runs one unit; returns (Run, Printed, {property: file:line}, seconds)."""
    tree = unit.tree
    work = tree.build / mode / unit.name
    packed = tree.cache / (unit.name + ".txt")
    if mode == "update":
        cache.add(packed, work / "cache")
    elif mode == "replay":
        cache.unpack(packed, work / "cache")
    else:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
    start, run = time.monotonic(), Run()
    if mode == "replay" and choice.get("smoke", True) and not choice.get("fct"):
        run.sealed = cache.sealed(unit, packed, SMOKE_ASKED)
        choice["smoke"] = run.sealed is None
    run.proofs = 2 if lemmas_apart(unit, choice.get("fct")) else 1
    for old in ("print.i", "open.json"):
        (work / old).unlink(missing_ok=True)
    with subprocess.Popen(command(unit, mode, work, **choice), cwd=tree.root, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=tools.environment(tree, mode != "replay")) as child:
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
    printed = contracts.Printed((work / "print.i").read_text() if (work / "print.i").exists() else "")
    return run, printed, places(work / "open.json"), time.monotonic() - start


def places(path):
    """{property: file:line} of everything that is not proved."""
    if not path.exists():
        return {}
    return {e["title"]: f"{e['file']}:{e['line']}" for e in json.loads(path.read_text())
            if "file" in e}
