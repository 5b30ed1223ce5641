# SPDX-License-Identifier: Apache-2.0
"""Weakened contracts, many judged by one run of frama-c: what stands behind the file for each of them.

A weakened contract stands before a prototype of another name, and who needs it calls that one.
"""
import threading
from dataclasses import dataclass

import batch
import by_proof
import weaken
from batch import renamed
from rig import promises


@dataclass(frozen=True)
class Case:
    """One proof in which the contract that a mutant leaves is put to the test.

    own       the function itself, with what is left
    caller    one that calls it
    implied   a stand-in that calls it and promises the whole contract: does what is left say the same?
    mutant    a mutant of its code: does it pass what is left?
    """
    mutant: weaken.Weakened
    path: str      # the unit that proves it
    function: str  # that is proved
    how: str
    code: object = None

    @property
    def name(self):
        return f"{self.mutant.name} ({self.how} {self.function})"


def prototype(note, head, name, function):
    """Of a function that is nowhere defined: nobody knows more of it than its contract."""
    return note + "\n" + renamed(promises.plain(head), function, name) + ";\n"


class Cases(batch.Batch):
    """The judge of many at once, for whom a mutant is a Case."""

    def judge(self, path, mutants, needs):
        """Of stand-ins alone, all goals at once: they follow in a few steps or not at all."""
        self.stand_ins = all(case.how == "implied" for case in mutants)
        few = {case.function: by_proof.Needs(0) for case in mutants}
        return super().judge(path, mutants, few if self.stand_ins else needs)

    def parts(self, path, functions):
        return [None] if self.stand_ins else super().parts(path, functions)

    def copy(self, path, function, number, case=None):
        if case is None:
            return super().copy(path, function, number)
        write = getattr(self, "_" + case.how)
        return write(case, batch.named(function, number), f"{case.mutant.function}_weak{number}")

    def summed(self, path, case, verdict, why):
        """Of all parts. Where less is promised, goals are less."""
        return (verdict, f"{why} goals" if verdict == "proved" else why) if why else (None, "no goal")

    def declared(self, case, function, read):
        return batch.declared(read, case.path, function, self.exam.units[case.path].deps)

    def weak(self, case, name):
        """The prototype of a function that promises what is left."""
        note, head = self.declared(case, case.mutant.function, case.mutant.left(self.exam.read))
        return prototype(note, head, name, case.mutant.function)

    def _own(self, case, name, _):
        read = case.mutant.left(self.exam.read)
        return self.taken(case.path, case.function, name, read, read(case.path))

    def _caller(self, case, name, weak):
        text = renamed(self.exam.read(case.path), case.mutant.function, weak)
        return self.weak(case, weak) + self.taken(case.path, case.function, name, self.exam.read, text)

    def _implied(self, case, name, weak):
        note, head = self.declared(case, case.function, self.exam.read)
        return self.weak(case, weak) + promises.stand_in(weak, note, renamed(head, case.function, name))

    def _mutant(self, case, name, _):
        text = case.code.apply(self.exam.read(case.path).encode()).decode()
        return self.taken(case.path, case.function, name, case.mutant.left(self.exam.read), text)

    def alone(self, case):
        """(verdict, why) of all provers, of one."""
        name, text = batch.named(case.function, 1), self.copy(case.path, case.function, 1, case)
        return self.prover.run(case.path, (self.exam.read(case.path) + text).encode(), [name], by_proof.WHOLE)[0]


class Task:
    """One mutant under way. `steps` yields cases, is sent their verdicts, and returns who noticed and where."""

    def __init__(self, mutant, steps):
        self.mutant, self.steps, self.result = mutant, steps, None
        self.cases, self.said = [], {}
        self.go(None)

    def go(self, said):
        try:
            self.cases, self.said = self.steps.send(said), {}
        except StopIteration as end:
            self.cases, self.result = [], end.value

    def hear(self, case, said):
        """True if it is the last that was waited for."""
        self.said[case] = said
        if len(self.said) < len(self.cases):
            return False
        self.go([self.said[c] for c in self.cases])
        return True


class Pool:
    """What tasks wait for, a file at a time, `most` by one run of frama-c; stand-ins apart."""

    def __init__(self, tasks, most):
        self.most, self.waiting, self.busy = most, {}, 0
        self.change = threading.Condition()
        for task in tasks:
            self.put(task)

    def put(self, task):
        for case in task.cases:
            self.waiting.setdefault((case.path, case.how == "implied"), []).append((task, case))

    def left(self):
        return sum(map(len, self.waiting.values()))

    def take(self):
        """(file, [(task, case)]): where most wait; None when nothing is left to do."""
        with self.change:
            while not self.waiting and self.busy:
                self.change.wait()
            if not self.waiting:
                return None
            key = max(sorted(self.waiting), key=lambda k: len(self.waiting[k]))
            found = self.waiting.pop(key)
            if found[self.most:]:
                self.waiting[key] = found[self.most:]
            self.busy += 1
            return key[0], found[:self.most]

    def give(self, part, said):
        """Hands out verdicts; the tasks that have come to their end."""
        with self.change:
            heard = [task for task, case in part if task.hear(case, said[case])]
            for task in heard:
                self.put(task)
            return [task for task in heard if task.result]

    def leave(self):
        """After each part, whatever became of it: others may wait for it."""
        with self.change:
            self.busy -= 1
            self.change.notify_all()
