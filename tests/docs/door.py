# SPDX-License-Identifier: Apache-2.0
"""One door to a guest's memory: outside of core nothing reads or writes it, and nothing computes its addresses."""
import pathlib
import re

import traced

# A guest's memory: a member of these names. They may be handed to a function of core, or be one of these forms.
MEMBER = re.compile(r"\b(?:\w+(?:->|\.))+(?:snapshot|scratch)\b(?!\s*\()")
FORMS = (
    re.compile(r"^\w+->(?:\w+(?:->|\.))?\w+ = (?:\(uint8_t \*\)\(uintptr_t\))?metes_host_pages_(?:make|make_shared|copy_of|copy_of_all|share)\("),
    re.compile(r"^\w+->\w+\.\w+ = NULL$"),
    re.compile(r"^if \((?:\w+->)+(?:\w+\.)?\w+ == NULL\)"),
    re.compile(r"^if \(\w+->guest->snapshot != \w+->guest\.snapshot\)"),  # is it the same memory?
    re.compile(r"^(?:if \()?(?:\w+->\w+ (?:!=|==) NULL(?: \|\| |\)$|$| ))+"),
    re.compile(r"^return \(struct metes_table \*\)\(void \*\)\(\w+->scratch \+ \w+->layout\.pt_scratch_offset\)$"),
    re.compile(r"^\w+->\w+ = \w+\[[01]\]\.at$"),  # metes_host_pages_make_two
)
THE_DOOR = re.compile(r"\(struct metes_memory\)\{[^{}]*$")
# Those that never look into it: it is held, or its pages go to a snapshot and back whole.
HOLDERS = {"metes_host_pages_release", "metes_host_pages_seal", "metes_host_pages_count", "metes_host_pages_share", "metes_host_pages_unshare",
           "uintptr_t", "metes_pages_copy", "metes_pages_own", "metes_pages_put", "metes_pages_put_back", "metes_pages_save", "metes_pages_load"}
KNOWS_A_GUEST = re.compile(r'#include "(?:image|vm|kvm|ports|deadline|sandbox|sandbox_parts|stop|guest_report)\.h"')
ADDRESS = r"(?:\w+(?:->|\.))*\w*(?:gpa|gva|cr2|cr3|rip|rsp)"
ARITHMETIC = re.compile(rf"(?<![\w>.]){ADDRESS}\s*(?:[+/%^]|-(?!>)|<<|>>)(?![=+-])|[\w)]\s*(?:[+/%^]|-|<<|>>)\s*{ADDRESS}\b")


def bare(text):
    """The code alone, line by line: no comments, no strings."""
    keep_lines = lambda m: "\n" * m[0].count("\n")
    text = re.sub(r"/\*.*?\*/", keep_lines, text, flags=re.S)
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)


def holder(text, at):
    """The name before the innermost open parenthesis around `at`, where what stands there is an argument of its own."""
    depth = 0
    for i in range(at - 1, -1, -1):
        if text[i] in ")]}":
            depth += 1
        elif text[i] in "([{":
            if depth == 0:
                return (re.search(r"(\w+)\s*$", text[:i]) or [""])[0].strip() if text[i] == "(" else ""
            depth -= 1
        elif text[i] == ";" and depth == 0:
            return ""
    return ""


def allowed(text, m, core):
    before, after = text[:m.start()].rstrip(), text[m.end():].lstrip()
    if before.endswith("(uintptr_t)") or THE_DOOR.search(before):
        return True
    if before[-1:] in "(," and after[:1] in ",)":
        return holder(text, m.start()) in core | HOLDERS
    start = max(text.rfind(c, 0, m.start()) for c in ";}") + 1
    brace = text.rfind("{", start, m.start())
    statement = text[start:]
    if brace >= 0 and "return" not in text[start:brace]:
        statement = text[brace + 1:]
    statement = re.sub(r"\s+", " ", statement.split(";")[0]).strip()
    statement = re.sub(r"^(?:if \([^()]*\) |for \(.*?\) )+(?=\w+->)", "", statement)
    return any(form.search(statement) for form in FORMS)


def checks(_pages):
    core = {f.name for f in traced.functions().values()}
    past, computed = [], []
    for path in sorted(pathlib.Path("vmm").glob("*.[ch]")):
        source = path.read_text()
        text = bare(source)
        line = lambda at, text=text: text.count("\n", 0, at) + 1
        past += [f"{path}:{line(m.start())}: {m[0]} goes past the door (core/gpa.h, core/gva.h)"
                 for m in MEMBER.finditer(text) if not allowed(text, m, core)]
        if KNOWS_A_GUEST.search(source):
            computed += [f"{path}:{line(m.start())}: '{m[0].strip()}' computes an address: ask core"
                         for m in ARITHMETIC.finditer(text)]
    yield past, "vmm: guest memory is reached through core alone"
    yield computed, "vmm: the monitor computes no address of a guest"
