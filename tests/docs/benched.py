# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: every public function of core has its row in tests/bench/functions.c, and its figure in the baseline."""
import json
import pathlib
import re

import traced

ROWS, BASELINE = pathlib.Path("tests/bench/functions.c"), pathlib.Path("tests/bench/baseline.json")


def missing(public):
    rows = set(re.findall(r"\b(?:ROW|CURVE)\((metes_\w+)", ROWS.read_text()))
    figures = {name.partition("/")[0] for name in json.loads(BASELINE.read_text())["instructions"]}
    for name in sorted(public - rows):
        yield f"{ROWS}: {name} has no row: add one, its call in tests/bench/calls.h, then `tests/bench/table --record`"
    for name in sorted(rows - public):
        yield f"{ROWS}: {name} is no public function of core"
    for name in sorted(public & rows - figures):
        yield f"{BASELINE}: {name} has no figure: run `tests/bench/table --record`"
    for name in sorted(n for n in figures - rows if n.startswith("metes_")):
        yield f"{BASELINE}: {name} has a figure and no row: run `tests/bench/table --record`"


def checks(_pages):
    public = {f.name for f in traced.functions().values() if f.public}
    yield list(missing(public)), "every public function of core has its benchmark"
