# SPDX-License-Identifier: Apache-2.0
"""What is shown while proofs run: one line that is rewritten, on a terminal only."""
import sys
import threading
import time


class Progress:
    def __init__(self, quiet):
        self.count, self.runs, self.shown, self.said = 0, {}, 0.0, set()
        self.on = sys.stderr.isatty() and not quiet
        self.lock = threading.Lock()

    def of(self, path):
        """A watcher for one unit's run."""
        def watch(run):
            with self.lock:
                self.runs[path] = run
                if self.on and time.monotonic() - self.shown > 0.2:
                    self.shown = time.monotonic()
                    self._show(path)
        return watch

    def _show(self, path):
        goals = [g for run in list(self.runs.values()) for g in list(run.goals.values())]
        smoke = sum(len(run.smoke) for run in list(self.runs.values()))
        opened = sum(g[0] != "Valid" for g in goals)
        print(f"\r\033[K[{len(self.runs)}/{self.count}] {path}: {len(goals)} goals so far, "
              f"{opened} open, {smoke} smoke tests", end="", file=sys.stderr, flush=True)

    def say(self, lines):
        with self.lock:
            if self.on and lines:
                print("\r\033[K", end="", file=sys.stderr, flush=True)
            for line in lines:
                if line not in self.said:   # units share headers, and what is wrong with them
                    print(line, flush=True)
            self.said.update(lines)
