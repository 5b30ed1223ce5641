# SPDX-License-Identifier: Apache-2.0
"""The status of the proofs as data: proofs/status.json, the same bytes for the same proofs."""
import json


def read(tree):
    return json.loads(tree.status.read_text()) if tree.status.exists() else {}


def of_record(record):
    """The part of a unit's record that is committed: nothing that depends on the machine."""
    return {k: record[k] for k in ("functions", "lemmas", "smoke")}


def write(tree, status):
    """Sorted, one function a line."""
    units = []
    for path, unit in sorted(status.items()):
        rows = [f'    {json.dumps(name)}: {json.dumps(f, sort_keys=True)}'
                for name, f in sorted(unit["functions"].items())]
        units.append(f'{json.dumps(path)}: {{\n  "functions": {{\n' + ",\n".join(rows) + "\n  },\n"
                     f'  "lemmas": {json.dumps(unit["lemmas"], sort_keys=True)},\n'
                     f'  "smoke": {unit["smoke"]}\n}}')
    tree.status.write_text("{\n" + ",\n".join(units) + "\n}\n")


def differences(path, recorded, found, exact):
    """How a unit differs from its record. exact: the provers must be the same too."""
    out, hint = [], "run `ninja prove-update`"
    if recorded is None:
        return [f"{path}:1: status: not in proofs/status.json: {hint}"]
    for name in sorted(set(recorded["functions"]) | set(found["functions"])):
        old, new = recorded["functions"].get(name), found["functions"].get(name)
        where = f"{path}:1: {name}: status:"
        if new is None:
            out.append(f"{where} the function has vanished; {old['goals']} goals are recorded: {hint} if meant")
        elif old is None:
            out.append(f"{where} not recorded: {hint}")
        else:
            for key in ("goals", "smoke"):
                if new[key] < old[key]:
                    out.append(f"{where} {new[key]} {key} fall below the recorded {old[key]}: {hint} if meant")
                elif new[key] > old[key]:
                    out.append(f"{where} {new[key]} {key}, recorded are {old[key]}: {hint}")
            if exact and old["goals"] == new["goals"] and old["provers"] != new["provers"]:
                out.append(f"{where} proved by {new['provers']}, recorded is {old['provers']}: {hint}")
    for name in sorted(set(recorded["lemmas"]) ^ set(found["lemmas"])):
        out.append(f"{path}:1: lemma {name}: status: " +
                   ("has vanished" if name in recorded["lemmas"] else "not recorded") + f": {hint}")
    if recorded["smoke"] != found["smoke"] and not out:
        out.append(f"{path}:1: status: {found['smoke']} smoke tests, recorded are {recorded['smoke']}: {hint}")
    return out


def differences_of_all(recorded, records, exact):
    out = []
    for path in sorted(set(recorded) - set(records)):
        out.append(f"{path}:1: status: the file has vanished, "
                   f"{len(recorded[path]['functions'])} functions are recorded: run `ninja prove-update` if meant")
    for path, record in records.items():
        out += differences(path, recorded.get(path), record, exact)
    return out


def summary(records):
    """The numbers of the last line."""
    functions = [f for r in records.values() for f in r["functions"].values()]
    lemmas = [l for r in records.values() for l in r["lemmas"].values()]
    return {"goals": sum(f["goals"] for f in functions) + len(lemmas),
            "proved": sum(f["proved"] for f in functions) + sum(l != "open" for l in lemmas),
            "functions": len(functions), "lemmas": len(lemmas),
            "smoke": sum(r["smoke"] for r in records.values())}
