# SPDX-License-Identifier: Apache-2.0
# Faults planted in what is told of a crash, one in each copy of `metes run`: the checks of cores and backtraces must see each.
import os
import subprocess
import sys

sys.path.insert(0, "tests/kvm")
from planted import FLAGS, LIBRARIES, MAIN, OBJECTS

# Name, source, text, what stands there instead, seed of the crash that shows it; FILE: the one where a file is mapped.
FILE = "poked"
PLANTS = (
    ("no-entry", "core_notes.c", "{AT_ENTRY, {g->entry.rip}}, {AT_NULL, {0}}", "{AT_NULL, {0}}, {AT_NULL, {0}}", 0),
    ("register-offset", "core_notes.c", ".rbp = r->rbp, .rsp = r->rsp", ".rbp = r->rsp, .rsp = r->rbp", 0),
    ("endless-chain", "crash.c", "f.rbp < metes_sat_add(rbp, sizeof f)", "n == METES_FRAMES", 1),
    ("not-copied", "core_file.c", "  return metes_guest_seen(v->g, v->cr3, gva, to, n) == n;",
     "  const struct metes_memory door = metes_guest_door(v->g);\n  struct metes_error err;\n\n"
     "  if (metes_gpa_resolve(&v->g->layout, gva, n).place < METES_PLACE_INPUT)\n"
     "    return metes_gpa_read(&door, gva, to, n, &err) == METES_OK;\n"
     "  return metes_guest_seen(v->g, v->cr3, gva, to, n) == n;", 0),
    ("handlers-registers", "crash.c", "s->told = true;", "s->told = true;\n  return;", 0),
    ("file-left-out", "core_file.c", "metes_file_of_gpa(v->g->files, w.gpa) == NULL", "true", FILE),
    ("file-of-zeros", "files_read.c", "read_file(g, x, cr3, gva, to, n);", "0 * read_file(g, x, cr3, gva, to, 0);", FILE),
)


def build(folder):
    """Builds all of them: their paths, by name. A text that is not there just once is an error of ours."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/main.c", "w") as file:
        file.write(MAIN)
    paths = {}
    for name, source, old, new, _ in PLANTS:
        with open(f"vmm/{source}") as file:
            text = file.read()
        assert text.count(old) == 1, f"{source} does not hold {old!r} just once"
        with open(f"{folder}/{name}.c", "w") as file:
            file.write(text.replace(old, new))
        paths[name] = f"{folder}/{name}"
        subprocess.run(["gcc", *(f for f in FLAGS if f != "-Icore"), f"{folder}/{name}.c", f"{folder}/main.c", *OBJECTS, *LIBRARIES, "-o", paths[name]],
                       check=True)
    return paths
