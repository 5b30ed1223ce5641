# SPDX-License-Identifier: Apache-2.0
"""The map of the default configuration, as core/metes.h and the pages draw it, against `metes layout --json`."""
import json
import pathlib
import re
import subprocess

ROW = re.compile(r"[ *]*(0x[0-9a-f]+) .* (0x[0-9a-f]+)$")
AREA = re.compile(r"[ *]*[|│] (bookkeeping|exception stack|free|\w+ buffer|page tables|init data|heap|PEB|code) .*[|│]")
DRAWN = ("core/metes.h", "README.md", "spec/layout.md")
COMMAND = ["build/metes", "layout", "--code-size", "4096"]


def run(argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def expected():
    """Pairs (GPA, GVA) of all bounds, from above, and what lies between them: by arithmetic from the JSON."""
    j = json.loads(run([*COMMAND, "--json"]).stdout)
    words = [int.from_bytes(bytes.fromhex(j["peb"])[i : i + 8], "little") for i in range(0, 64, 8)]
    header = pathlib.Path("core/layout.h").read_text()
    size = int(re.search(r"METES_DEFAULT_SCRATCH_SIZE (0x[0-9a-fA-F]+)u", header)[1], 0)
    scratch = [size, size - 0x30, size - 0x2000, j["pt_base_scratch_offset"], j["output_data_scratch_offset"], 0]
    snapshot = [j["snapshot_size"], j["guest_heap_buffer_offset"], j["peb_offset"], 0]
    gva = words[7] - j["guest_heap_buffer_offset"]
    rows = [(j["scratch_base_gpa"] + o, words[1] + o) for o in scratch]
    rows += [(j["guest_code_address"] + o, gva + o) for o in snapshot]
    areas = ["bookkeeping", "exception stack", "free", "output buffer", "input buffer", "heap", "PEB", "code"]
    return [*rows, (0, 0)], areas


def drawn(text):
    """The first map in a text: its bounds and its areas, up to the bound that is 0."""
    rows, areas = [], []
    for line in text.splitlines():
        if m := ROW.match(line.rstrip()):
            rows.append((int(m[1], 16), int(m[2], 16)))
            if rows[-1][0] == 0:
                break
        elif m := AREA.match(line):
            areas.append(m[1])
    return rows, areas


def compare(path, want):
    rows, areas = drawn(pathlib.Path(path).read_text())
    for i, row in enumerate(want[0]):
        got = rows[i] if i < len(rows) else ("nothing", "nothing")
        if got != row:
            yield f"{path}: bound {i} from above: drawn {show(got)}, `metes layout --json` says {show(row)}"
    if len(rows) > len(want[0]):
        yield f"{path}: {len(rows)} bounds are drawn, there are {len(want[0])}"
    if areas != want[1]:
        yield f"{path}: areas {areas}, expected {want[1]}"


def show(row):
    return " ".join(hex(x) if isinstance(x, int) else x for x in row)


def sizes(path, want):
    """The sizes in the header's boxes: each is the difference of its bounds."""
    text = pathlib.Path(path).read_text()
    bounds = [gpa for gpa, _ in want[0]]
    places = {name: i if i < 5 else i + 1 for i, name in enumerate(want[1])}
    for name, said in re.findall(r"\| (\w+(?: buffer)?) +rwx? +(0x[0-9a-f]+) ", text):
        high, low = bounds[places[name]], bounds[places[name] + 1]
        if int(said, 16) != high - low:
            yield f"{path}: {name} is {said} in the map, and {high - low:#x} long"


def profile_rows(path):
    """The table of PRO-10 against what the command makes of the smallest layout of each profile."""
    table = {}
    for line in pathlib.Path(path).read_text().splitlines():
        cells = [c.strip(" `") for c in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] in ("snapshot_gpa", "snapshot_gva", "last_gpa", "last_gva", "max_size", "alignment"):
            table[cells[0]] = [int(c, 16) for c in cells[1:]]
    for i, profile in enumerate(("hyperlight", "nub", "i686")):
        argv = ["build/metes", "layout", "--json", "--profile", profile, "--scratch-size"]
        j = json.loads(run([*argv, "0x48000"]).stdout)
        word = lambda k: int.from_bytes(bytes.fromhex(j["peb"])[8 * k : 8 * k + 8], "little")
        most, unit = (json.loads(run([*argv, size]).stdout)["limit"] for size in ("1024G", "0x48001"))
        want = {"snapshot_gpa": j["guest_code_address"], "snapshot_gva": word(7) - j["guest_heap_buffer_offset"],
                "last_gpa": j["scratch_base_gpa"] + 0x47FFF, "last_gva": word(1) + 0x47FFF, "max_size": most,
                "alignment": unit}
        for key, value in want.items():
            if table.get(key, [None] * 3)[i] != value:
                yield f"{path}: {key} of {profile}: {table.get(key)}, `metes layout` says {value:#x}"


def checks(_pages):
    want = expected()
    for path in DRAWN:
        yield list(compare(path, want)), f"the map in {path} is that of the default configuration"
    yield list(sizes("core/metes.h", want)), "the sizes in the map of core/metes.h are right"
    yield list(profile_rows("spec/layout.md")), "the profiles in spec/layout.md are those that ship"
