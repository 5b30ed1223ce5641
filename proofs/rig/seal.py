# SPDX-License-Identifier: Apache-2.0
"""The seal of a unit: that it was proved, and a digest of all that this rests on.

An update that proves a whole unit ends its cache with one line: a digest of the
tools' pinned versions, of how they were asked, of the unit's files, of the
provers' answers, of the names of all goals, and of what the status says of it.
A replay makes the goals anew; where the digest is the same, they are the goals
that were proved. Anything else breaks the seal, and every goal is looked up.
"""
import hashlib
import json

from . import cache, tools

SEAL = "# proved, sealed: "


def digest(unit, packed, how, goals, status):
    """What the seal rests on, as one number."""
    out = hashlib.sha256(repr((how, unit.tree.pinned(), sorted(goals))).encode())
    drivers = sorted((tools.HERE / "why3").iterdir())
    for name, path in [(n, unit.tree.root / n) for n in unit.deps] + [(p.name, p) for p in drivers]:
        out.update(f"\n{name}\n".encode() + path.read_bytes())
    out.update("\n".join([*cache.answers(packed), json.dumps(status, sort_keys=True)]).encode())
    return out.hexdigest()


def write(unit, packed, how, goals, status):
    with packed.open("a") as file:
        file.write(f"{SEAL}{digest(unit, packed, how, goals, status)}\n")


def noted(packed):
    """The digest that the cache ends with, or None."""
    lines = packed.read_text().splitlines() if packed.exists() else []
    lines = [l.removeprefix(SEAL) for l in lines if l.startswith(SEAL)]
    return lines[0] if len(lines) == 1 else None
