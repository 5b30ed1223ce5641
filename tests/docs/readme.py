# SPDX-License-Identifier: Apache-2.0
"""README.md: its length, its example, its table of exit statuses; and the links of all pages."""
import pathlib
import re

LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]*)(#[^)\s]+)?\)")


def anchors(path):
    """The names that a page's headings get."""
    heads = re.findall(r"^#+ +(.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def broken(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target, anchor in LINK.findall(text):
        if target.startswith(("http:", "https:")):
            continue
        path = page.parent / target if target else page
        if not path.exists():
            yield f"{page}: there is no {path}"
        elif anchor and path.suffix == ".md" and anchor[1:] not in anchors(path):
            yield f"{page}: {path} has no heading for {anchor}"


def example(page, source):
    """The page's C is this file, but for the two lines of header."""
    text = pathlib.Path(source).read_text().partition("*/\n")[2]
    blocks = re.findall(r"^```c\n(.*?)^```$", pathlib.Path(page).read_text(), re.MULTILINE | re.DOTALL)
    if text.strip() not in [block.strip() for block in blocks]:
        yield f"{page}: no block of C is {source}, word for word"


def statuses(text):
    """Each exit status of vmm/exit.h has its row, and no other number has one."""
    there = {int(n) for n in re.findall(r"METES_EXIT_\w+ = (\d+)", pathlib.Path("vmm/exit.h").read_text())}
    said = {int(n) for n in re.findall(r"\| (\d+) (?=\|)", text)}
    for n in sorted(there ^ said):
        yield f"README.md: exit status {n} is {'not explained' if n in there else 'none of vmm/exit.h'}"


def folders(text):
    """The house: what README calls a folder is one, and none is left out."""
    block = re.search(r"^## The house\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
    said = set(re.findall(r"^    ([\w/]+)/ ", block, re.MULTILINE))
    there = {p.name for p in pathlib.Path(".").iterdir() if p.is_dir() and p.name != "build" and p.name[0] != "."}
    for name in sorted(said - there - {"vmm/guest"}) + sorted(there - said):
        yield f"README.md: {name}/ is {'no folder' if name in said else 'not in the house'}"


def checks(pages):
    for page in pages:
        yield list(broken(page)), f"{page}: all links lead somewhere"
    text = pathlib.Path("README.md").read_text()
    lines = text.count("\n")
    yield [f"README.md has {lines} lines"] if lines >= 200 else [], "README.md can be read in one sitting"
    for page, source in (("README.md", "vmm/examples/plan.c"), ("vmm/calls.md", "tests/docs/embed-calls.c"),
                         ("core/EMBEDDING.md", "vmm/examples/profile.c")):
        yield list(example(page, source)), f"the example in {page} is the one that is compiled and run"
    yield list(statuses(text)), "README.md explains every exit status"
    yield list(folders(text)), "README.md shows every folder"
