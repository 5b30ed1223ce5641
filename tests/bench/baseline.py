# SPDX-License-Identifier: Apache-2.0
"""What was measured when it was last recorded, and what counts as worse.

Figures of the same tools are the same to the instruction, but for the few that a timer's tick adds: 3 % is a
change of the sources. With another kernel, compiler or emulator that would be noise. Then the monitor's are
compared as ratios to bare, measured in the same boot, and 10 % are allowed; core's, which another compiler
makes other code of, may be worse by a quarter."""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
PATHS = {"core": HERE / "baseline.json", "monitor": HERE / "monitor.json"}
SAME, OTHER = 1.03, {"core": 1.25, "monitor": 1.10}
FLOOR = "bare"


def exact(figures):
    """Without what memory was taken: that depends on what the kernel did before, and is told, not compared."""
    return {name: n for name, n in figures.items() if not name.endswith("-memory")}


class Baseline:
    def __init__(self, part, tools):
        """Of one part; `tools` are those of now."""
        self.part = part
        kept = json.loads(PATHS[part].read_text()) if PATHS[part].exists() else {}
        self.figures, then = kept.get("instructions", {}), kept.get("tools", {})
        self.differs = [f"{name}: recorded with {then.get(name, 'nothing')}, this is {now}"
                        for name, now in tools.items() if then.get(name) != now]
        self.allowed = OTHER[part] if self.differs else SAME

    def change(self, name, now):
        """1.05: five per cent more than recorded. None: never recorded."""
        then = self.figures.get(name)
        if then is None:
            return None
        if self.differs and self.part == "monitor" and not name.endswith("-exits"):
            return now[name] / then * self.figures[FLOOR] / now[FLOOR]
        return 1.0 if abs(now[name] - then) <= 1 else now[name] / max(then, 1)  # an instruction is rounding

    def worse(self, name, now):
        change = self.change(name, now)
        return change is not None and change > self.allowed

    def better(self, name, now):
        change = self.change(name, now)
        return change is not None and change * self.allowed < 1


def record(part, figures, tools):
    PATHS[part].write_text(json.dumps({"what": "exact instructions, written by tests/bench/table --record",
                                       "tools": tools, "instructions": exact(figures)}, indent=1) + "\n")
