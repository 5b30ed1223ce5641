# SPDX-License-Identifier: Apache-2.0
"""What can only be judged when all units are there: nothing assumed of a function
that is not proved, and proved of the same contract."""
import json

from rig import units


def read(paths):
    """{unit's path: record} of record files."""
    records = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        records[record["path"]] = record
    return records


def proved_functions(records):
    """{name: (unit's path, contract)} of what is proved and other units can see."""
    return {name: (path, record["contracts"].get(name)) for path, record in records.items()
            for name in record["functions"]}


def problems(tree, unit_paths, records):
    out = [f"{p}:1: no record: `proofs/prove.py update` gives it an edge in proofs/units.ninja" for p in unit_paths if p not in records]
    out += [f"{p}:1: recorded, but nothing to prove is there" for p in records if p not in unit_paths]
    proved = proved_functions(records)
    for path, record in records.items():
        for name, contract in record["declared"].items():
            out += declaration_problems(path, name, contract, proved)
        for name, file in record["origin"].items():
            if file.startswith("core/") and name not in records.get(file, {"functions": []})["functions"]:
                out.append(f"{file}:1: {name}: defined in {path} as seen by the prover, proved nowhere")
        for lemma, file in record["lemma_files"].items():
            if not any(lemma in r["lemmas"] for r in records.values()):
                out.append(f"{file}:1: lemma {lemma}: proved in no unit")
    out += cycles(records)
    spare = {p.stem for p in tree.cache.glob("*.txt")} - {r["unit"] for r in records.values()}
    out += [f"proofs/cache/{name}.txt:1: cache of nothing that is proved" for name in sorted(spare)]
    return sorted(set(out))


def declaration_problems(path, name, contract, proved):
    """A caller believes the contract of a prototype: it must be the proved one."""
    if name not in proved:
        return [f"{path}:1: {name}: declared here, proved nowhere in core"]
    home, own = proved[name]
    if own != contract:
        return [f"{home}:1: {name}: its contract there is not the one that {path} sees "
                "(contracts belong on the prototype, with the same parameter names)"]
    return []


def cycles(records):
    """Recursion through several units: no single run could see that it ends."""
    calls, home = {}, {}
    for path, record in records.items():
        for name, called in record["calls"].items():
            calls[name], home[name] = called, path
    out = []
    for start in sorted(calls):
        seen, todo = set(), list(calls[start])
        while todo:
            name = todo.pop()
            if name in calls and name not in seen:
                seen.add(name)
                todo += calls[name]
        if start in seen:
            loop = {n for n in seen if start in reach(calls, n)}
            if len({home[n] for n in loop}) > 1:
                out.append(f"{home[start]}:1: {start}: recursion through more than one unit")
    return out


def reach(calls, start):
    seen, todo = set(), list(calls[start])
    while todo:
        name = todo.pop()
        if name in calls and name not in seen:
            seen.add(name)
            todo += calls[name]
    return seen
