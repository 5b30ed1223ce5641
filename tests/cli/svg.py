#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the pictures that `metes layout --svg` draws and holds them against the second model and `--json`.

    tests/cli/svg.py METES COUNT [SEED]     that many random layouts, of all profiles
    tests/cli/svg.py METES --planted        faults in a picture: each must be found

Exit status 0 if all is well, otherwise says what is not. How wide text is cannot be known, as fonts differ: width() is
not less than what the widest of the usual ones (DejaVu Sans) takes.
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import map as text_map  # noqa: E402
import model  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
RANGE = re.compile(r"(GPA|GVA) \[0x([0-9a-f]+), 0x([0-9a-f]+)\)")
SIZE = re.compile(r"([0-9.]+) ([KMGTPE]?i?B)")
RULER = re.compile(r"M80 \d+v8m0 -4h([0-9.]+)m0 -4v8")
TIE = re.compile(r"M(\d+) ([0-9.]+)L(\d+) (\d+)V(\d+)L(\d+) ([0-9.]+)z")
FONTS = {"title": (18, True), "heading": (13, True), "name": (13, True), "column": (12, True), "exact": (10, False)}
MONOSPACED = {"range", "size", "letters", "exact"}
CLASSES = ("none", "r", "w", "w", "x", "x", "wx", "wx")
LEAST, HAIR = 8, 0.02


class Wrong(Exception):
    """What is wrong with a picture."""


def want(well, what):
    if not well:
        raise Wrong(what)


def number(e, key):
    return float(e.get(key, 0))


def width(text, name):
    """How wide a text of a class is at most."""
    size, bold = FONTS.get(name, (11, False))
    if name in MONOSPACED:
        return 0.62 * size * len(text)
    ems = sum(0.42 if c in "fijlrtIJ .,:;'()[]-" else 1 if c in "mwMW" else 0.79 if c.isupper() else 0.64 for c in text)
    return ems * size * (1.15 if bold else 1)


def box(e):
    """Left, top, right, bottom of a rectangle, or of a text."""
    x, y = number(e, "x"), number(e, "y")
    if e.tag == SVG + "rect":
        return x, y, x + number(e, "width"), y + number(e, "height")
    names = e.get("class").split()
    size, wide = FONTS.get(names[0], (11, False))[0], width(e.text, names[0])
    left = x - wide if "end" in names else x
    return left, y - 0.9 * size, left + wide, y + 0.25 * size


def within(a, b):
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


def meet(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def of_class(e, name, tag="*"):
    """What below e has this class."""
    return [x for x in e.iter(SVG + tag if tag != "*" else None) if name in x.get("class", "").split()]


def text_of(g, name):
    found = of_class(g, name, "text")
    want(len(found) == 1, f"{len(found)} texts of class {name} in one group")
    return found[0].text


def check_document(root, source):
    """Well-formed, it scales, it is accessible, and it asks for nothing from elsewhere."""
    want(root.tag == SVG + "svg" and root.get("role") == "img", "no SVG that is an image")
    want(root.get("width") is None and root.get("height") is None, "a fixed size")
    want(re.fullmatch(r"0 0 480 \d+", root.get("viewBox", "")), "the viewBox")
    for i, (tag, attribute) in enumerate((("title", "aria-labelledby"), ("desc", "aria-describedby"))):
        want(root[i].tag == SVG + tag and root[i].text and root[i].get("id") == root.get(attribute), f"no {tag}")
    tags = {e.tag.removeprefix(SVG) for e in root.iter()}
    want(tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "text"}, f"other elements: {tags}")
    rest = source.replace(' xmlns="http://www.w3.org/2000/svg"', "")
    want(not re.search(r"://|url\(|@import|@font-face|href|\son\w+=", rest), "something from elsewhere, or a script")
    want("prefers-color-scheme:dark" in source and "@media screen" in source, "no dark, or dark paper too")
    for name, (size, _) in FONTS.items():
        want(re.search(rf"^[^\n]*\.{name}\b[^\n]*{{[^\n]*font-size:{size}px", source, re.M), f"{name} has another font")
    want(not set(re.findall(r"font[^;}]*?([0-9.]+)px", source)) - {"18", "13", "12", "11", "10"}, "another font size")


def check_boxes(root):
    """Everything lies within the picture; no text meets another or leaves its label; labels are apart."""
    page = tuple(map(float, root.get("viewBox").split()))
    boxes = [(e, box(e)) for e in root.iter() if e.tag in (SVG + "rect", SVG + "text")]
    for e, b in boxes:
        want(within(b, page), f"outside the picture: {e.get('class')} {e.text}")
    texts = [(e, b) for e, b in boxes if e.tag == SVG + "text"]
    labels = [b for e, b in boxes if e.get("class") == "label"]
    for i, (e, b) in enumerate(texts):
        for other, c in texts[:i]:
            want(not meet(b, c), f"text on text: {e.text} and {other.text}")
        for label in labels:
            want(not meet(b, label) or within(b, label), f"text on the edge of a label: {e.text}")
    for above, below in zip(labels, labels[1:]):
        want(above[3] <= below[1], "labels overlap, or are out of order")
    for e in root.iter(SVG + "path"):
        x, y = map(float, re.match(r"M([0-9.]+) ([0-9.]+)", e.get("d")).groups())
        want(page[0] <= x <= page[2] and page[1] <= y <= page[3], "a line outside the picture")


def check_size(said, size):
    value, unit = SIZE.fullmatch(said).groups()
    step = text_map.UNITS[unit]
    want(abs(float(value) * step - size) <= (0.051 * step if "." in value else 0), f"{said} is not {size}")


def ranges(g):
    """The ranges that a label says, by space; its title must say the same."""
    found = {}
    for e in of_class(g, "range", "text"):
        space, start, end = RANGE.fullmatch(e.text).groups()
        want(space not in found and int(start, 16) < int(end, 16), f"a range: {e.text}")
        found[space] = int(start, 16), int(end, 16)
        title = f"guest-{'physical' if space == 'GPA' else 'virtual'} {e.text[4:]}"
        want(title in g[0].text and text_of(g, "name") in g[0].text, f"the title of a group lacks {title}")
    return found


def areas(root):
    """As tests/cli/map.py reads them from the map in text: from the top."""
    for g in of_class(root, "area", "g"):
        name, letters, at = text_of(g, "name"), text_of(g, "letters"), ranges(g)
        want(set(at) == {"GPA", "GVA"}, f"{name} is not in both spaces")
        size = at["GPA"][1] - at["GPA"][0]
        check_size(text_of(g, "size"), size)
        bits = sum(bit for letter, bit in zip(letters, (1, 2, 4)) if letter != "-")
        want(g.get("class").split()[1] == CLASSES[bits], f"the colour of {name} is not that of {letters}")
        want(f", {letters}, " in g[0].text and g[0].text in root[1].text, f"{name} is not described")
        yield name, letters, size, (at["GPA"][0], at["GVA"][0]), (at["GPA"][1], at["GVA"][1])


def check_spaces(root, s, profile, irqchip):
    """Areas and holes fill both spaces from above, without a gap, down to 0; what is reserved is so called."""
    first_gva, last_gva, last_gpa = model.PROFILES[profile]
    groups = [g for g in root.iter(SVG + "g") if {"area", "hole"} & set(g.get("class").split())]
    reserved = [text_of(g, "name") == "reserved" for g in groups]
    want(reserved == ["reserved" in g.get("class") for g in groups], "the colour of what is reserved")
    got = [ranges(g)["GPA"] for g, r in zip(groups, reserved) if r]
    want(got == ([r for r in reversed(model.IRQCHIP) if r[1] <= last_gpa + 1 or r[0] == last_gpa + 1] if irqchip else []),
         f"reserved: {got}")
    top = max([last_gpa + 1, *(r[1] for r in got)])
    for space, at in ("GPA", top), ("GVA", last_gva + 1):
        for g in groups:
            start, end = ranges(g).get(space, (at, at))
            want(end == at, f"{space}: {text_of(g, 'name')} ends at {end:#x}, not {at:#x}")
            at = start
        want(at == 0, f"{space} ends at {at:#x}")
    for g in groups:
        if "hole" in g.get("class"):
            sizes = [(space, end - start) for space, (start, end) in ranges(g).items()]
            said = [part.removeprefix(s[0] + " ") for part, s in zip(text_of(g, "size").split(", "), sizes)]
            want(len(said) == len(sizes) or len({n for _, n in sizes}) == 1, "the sizes of a hole")
            for part, (_, n) in zip(said, sizes):
                check_size(part, n)


def check_window(window):
    """Blocks lie one on the other, the same in both columns; solid ones are to scale, by the ruler."""
    groups = of_class(window, "area", "g")
    labels = [box(e) for e in of_class(window, "label", "rect")]
    at, scaled = labels[0][1], []
    for g, label in zip(groups, labels):
        name = text_of(g, "name")
        left, right = (box(e) for e in of_class(g, "block", "rect"))
        want((left[0], left[2], right[0], right[2]) == (14, 46, 434, 466), f"the columns of {name}")
        want(left[1::2] == right[1::2], f"the blocks of {name} differ")
        want(abs(left[1] - at) <= HAIR, f"the block of {name} is not at the end of the one above")
        at, height = left[3], left[3] - left[1]
        size = ranges(g)["GPA"][1] - ranges(g)["GPA"][0]
        scaled.append((name, size, height, "small" in g.get("class")))
        ties = [[float(x) for x in TIE.fullmatch(e.get("d")).groups()] for e in of_class(g, "tie", "path")]
        for tie, x, edge in zip(ties, (46, 434), (label[0], label[2])):
            want(tie == [x, left[1], edge, label[1], label[3], x, tie[6]] and abs(tie[6] - left[3]) <= HAIR, f"the tie of {name}")
        want(len(ties) == 2, f"the ties of {name}")
    want(abs(at - labels[-1][3]) <= HAIR, "blocks and labels do not end together")
    solid = [(size, height) for _, size, height, small in scaled if not small]
    scale = sum(h for _, h in solid) / sum(n for n, _ in solid)
    for name, size, height, small in scaled:
        want(abs(height - (LEAST if small else size * scale)) <= HAIR, f"the block of {name} is not to scale")
        want(small == (size * scale < LEAST) or abs(size * scale - LEAST) < HAIR, f"{name} need not be out of scale")
    (ruler,) = (RULER.fullmatch(e.get("d")) for e in of_class(window, "ruler", "path"))
    value, unit = SIZE.fullmatch(text_of(window, "note").removeprefix("this much height is ")).groups()
    length = float(ruler[1])
    want(abs(length - float(value) * text_map.UNITS[unit] * scale) <= HAIR and 24 <= length < 48, "the ruler")


def check_json(drawn, j):
    """Every region and buffer of --json stands there, with the same addresses."""
    names = {"Code": "code", "Peb": "PEB", "Heap": "heap", "InitData": "init data"}
    gpas = [(name, low[0], high[0]) for name, _, _, low, high in drawn]
    gvas = {(name, low[1]) for name, _, _, low, _ in drawn}
    for r in j["regions"]:
        want((names[r["type"]], r["start"], r["end"]) in gpas, f"{r} is not drawn")
    want(("input buffer", j["input_data_buffer_gva"]) in gvas, "the input buffer is elsewhere")
    want(("output buffer", j["output_data_buffer_gva"]) in gvas, "the output buffer is elsewhere")
    want(("free", j["first_free_scratch_gpa"]) in {g[:2] for g in gpas}, "free scratch is elsewhere")
    tables = [(end - start, start) for name, start, end in gpas if name == "page tables"]
    pt, memory_end = j["pt_size"], j["guest_code_address"] + j["memory_size"]
    want(tables == ([(pt, j["pt_base_gpa"]), (pt, memory_end)] if pt else []), "page tables are elsewhere")


def check_facts(root, s, profile):
    want(text_of(root, "title").endswith(f"profile {profile}"), "the title")
    got = {}
    for key, short, exact in zip(of_class(root, "key")[:8], of_class(root, "size")[:8], of_class(root, "exact")):
        got[key.text] = int(exact.text)
        check_size(short.text, int(exact.text))
        want(key.get("y") == short.get("y") == exact.get("y"), "a line of the configuration")
    wanted = {"code": s.code, "heap": s.heap_size, "init data": s.init_size, "page tables": s.pt, "input": s.input,
              "output": s.output, "scratch": s.scratch, "snapshot": s.memory + s.pt}
    want(got == wanted, f"the configuration: {got}")
    letters = "".join(c if s.permissions & bit else "-" for c, bit in (("r", 1), ("w", 2), ("x", 4)))
    said = f"init data {letters}, {'with' if s.file_mappings else 'no'} file mappings, "
    want(of_class(root, "key")[8].text == said + f"heap {'' if s.executable_heap else 'not '}executable", "the options")


def check(source, options, j):
    """Raises Wrong where the picture of a layout with these options is not as it should be."""
    try:
        root = ET.fromstring(source)
    except ET.ParseError as why:
        raise Wrong(f"not XML: {why}") from None
    profile, s, irqchip = text_map.config_of(options)
    s.code = next((int(o.partition("=")[2]) for o in options if o.startswith("--code-size=")), 0)
    check_document(root, source)
    check_boxes(root)
    drawn, wanted = list(areas(root)), text_map.expected(profile, s)
    want(drawn == wanted, f"drawn:\n{drawn}\nwanted:\n{wanted}")
    check_spaces(root, s, profile, irqchip)
    windows = of_class(root, "window", "g")
    want(len(windows) == 2, "not two windows")
    for window in windows:
        check_window(window)
    check_json(drawn, j)
    check_facts(root, s, profile)


def draw(metes, options):
    """The picture, and the JSON; None where there is no such layout. Standard output is the file, as a pipe."""
    command = [metes, "layout", *options]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True)
    if done.returncode == 65:
        return None
    j = json.loads(done.stdout)
    return subprocess.run([*command, "--svg", "-"], capture_output=True, text=True, check=True).stdout, j


def some_size(random, most):
    return random.randrange(2 ** random.randrange(1, most + 1))


def options_of(random):
    """Tiny and huge areas, at times all that there is room for."""
    profile = random.choice(list(model.PROFILES))
    options = [f"--profile={profile}"]
    for name, most in ("code", 35), ("heap", 33), ("init-data", 33), ("input-data", 26), ("output-data", 26):
        if random.random() < 0.6:
            options.append(f"--{name}-size={some_size(random, random.choice((14, 20, most)))}")
    if random.random() < 0.5:
        options.append(f"--pt-size={some_size(random, 12) * 4096}")
    if random.random() < 0.8:
        size = random.choice((0x48000, 2093056, 2**25, model.MAX, some_size(random, 22) * 4096))
        options.append(f"--scratch-size={size}")
    if random.random() < 0.5:
        options.append("--init-data-permissions=" + random.choice(("-", "r", "w", "x", "rw", "rx", "rwx")))
    return options + [o for o in ("--file-mappings", "--executable-heap", "--irqchip") if random.random() < 0.4]


def check_many(metes, count, seed):
    source, seen, tried = random.Random(f"{seed} pictures"), set(), 0
    while count > 0:
        options = options_of(source)
        tried += 1
        want(tried < 100000, "hardly any of the options have a layout")
        if (drawn := draw(metes, options)) is None:
            continue
        count -= 1
        try:
            check(drawn[0], options, drawn[1])
        except Wrong as why:
            raise Wrong(f"metes layout {' '.join(options)}: {why}") from None
        seen |= set(re.findall(r"class=\"area (\w+) small|class=\"hole none (reserved)|<text class=\"name\"[^>]*>([^<]+)<", drawn[0]))
        seen.add(options[0])
    flat = {x for found in seen for x in ([found] if isinstance(found, str) else found) if x}
    lack = {"r", "w", "x", "wx", "none", "reserved", "unused", "page tables", "init data", "no memory",
            *(f"--profile={p}" for p in model.PROFILES)} - flat
    want(not lack, f"never drawn: {lack}")


PLANTED = (
    # what is changed, how often, by what, and what must be found
    ("swapped areas", r'(class="name"[^>]*>)heap<(.*?class="name"[^>]*>)PEB<', r"\1PEB<\2heap<", "title of a group"),
    ("an end one too high", r"GPA \[0x12000, 0x22000\)", "GPA [0x12000, 0x22001)", "title of a group"),
    ("the same, everywhere", r"\[0x12000, 0x22000\)", "[0x11000, 0x21000)", "drawn:"),
    ("a lower block", r'(class="block" x="14" y="[0-9.]+" width="32" height=")4', r"\g<1>3", "differ"),
    ("small, and said to be to scale", r' small"', '"', "not to scale"),
    ("to scale, and said to be small", r'"area wx"', '"area wx small"', "not to scale"),
    ("another ruler", r"height is 32 KiB", "height is 64 KiB", "the ruler"),
    ("a name too long", r">exception stack<", ">exception stack of the guest<", "text on text"),
    ("a label on another", r'(class="label" x="80" y=")(\d)', r"\g<1>9\2", "outside the picture"),
    ("text below its label", r'y="256">GVA', 'y="261">GVA', "edge of a label"),
    ("other permissions", r">rwx</text>\n<text class=\"size", ">r-x</text>\n<text class=\"size", "colour of code"),
    ("another colour", r'"area wx"', '"area w"', "colour of code"),
    ("a tie to another label", r'(class="tie" d="M46 [0-9.]+L80 )\d+', r"\g<1>700", "the tie of"),
    ("a hole that is not drawn", r'<g class="hole none">.*?</g>\n', "", "ends at"),
    ("an area that is not drawn", r'<g class="area r">.*?</g>\n', "", "drawn:"),
    ("an element that is not closed", r"</desc>", "", "not XML"),
    ("a script", r"</svg>", "<script>1</script></svg>", "other elements"),
    ("a fixed width", r"<svg ", '<svg width="480" ', "a fixed size"),
    ("a font from elsewhere", r"<style>", "<style>@import 'x';", "something from elsewhere"),
    ("a larger font", r"font-size:13px", "font-size:15px", "another font"),
    ("another size", r">64 KiB<", ">65 KiB<", "65 KiB is not"),
    ("another profile", r"profile hyperlight</text>", "profile nub</text>", "the title"),
)
SAMPLE = ["--code-size=65536", "--init-data-size=32768", "--heap-size=65536", "--pt-size=32768", "--file-mappings"]


def check_planted(metes):
    sample, j = draw(metes, SAMPLE)
    check(sample, SAMPLE, j)
    for what, old, new, expected in PLANTED:
        spoilt, n = re.subn(old, new, sample, count=0 if what == "the same, everywhere" else 1, flags=re.S)
        want(n > 0, f"nothing to plant: {what}")
        try:
            check(spoilt, SAMPLE, j)
        except Wrong as why:
            want(expected in str(why), f"{what}: found for another reason: {why}")
        else:
            raise Wrong(f"not found: {what}")


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 64
    try:
        if sys.argv[2] == "--planted":
            check_planted(sys.argv[1])
        else:
            check_many(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) == 4 else "metes")
    except Wrong as why:
        print(why)
        return 1
    return 0


sys.exit(main())
