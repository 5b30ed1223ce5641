# SPDX-License-Identifier: Apache-2.0
# Faults planted in the monitor, one in each copy of it: selfcheck must find every one from inside.
import concurrent.futures
import os
import random
import subprocess

import cases

FLAGS = "-std=c11 -O1 -I. -Icore -Ivmm -D_GNU_SOURCE".split()
# Beside the library: what `metes run` itself is made of.
PARTS = "run run_calls run_maps run_save run_tell guest_json json_bytes cli_file cli_write cli_layout cli_output cli_size json_write".split()
OBJECTS = [f"build/vmm/{name}.o" for name in PARTS]
LIBRARIES = ["build/libmetes-vmm.a", "build/libmetes.a"]
MAIN = """#include "cli.h"
int main(int argc, char **argv) { return metes_cmd_run(argc - 1, argv + 1); }
"""

# Name, source, text, what stands there instead, what selfcheck or the monitor says.
PLANTS = (
    ("none", "core/mappings.c", "METES_READ + asked", "METES_READ + asked", "0 failed"),
    ("all-executable", "core/mappings.c", "asked / 4 % 2 * METES_EXECUTE", "METES_EXECUTE",
     "FAIL heap: executable only"),
    ("all-writable", "core/mappings.c", "asked / 2 % 2 * METES_COPY_ON_WRITE", "METES_COPY_ON_WRITE",
     "FAIL code: first byte rwx"),
    ("not-copied", "core/mappings.c", "asked / 2 % 2 * METES_COPY_ON_WRITE", "asked / 2 % 2 * METES_WRITE",
     "in the read-only slot of the snapshot"),
    ("scratch-executable", "core/mappings.c", "METES_PAGE_SIZE;\n  m.flags = METES_READ + METES_WRITE;",
     "METES_PAGE_SIZE;\n  m.flags = METES_READ + METES_WRITE + METES_EXECUTE;", "FAIL scratch: first byte rwx"),
    ("heap-elsewhere", "core/mappings.c", "m.gpa = metes_sat_add(l->snapshot_gpa, first * page);",
     "m.gpa = metes_sat_add(l->snapshot_gpa, first * page + (start == l->heap_offset ? 4096 : 0));",
     "FAIL page tables: all"),
    ("segments-longer", "core/mappings.c", "first < last ? last - first : 0", "first < last ? last - first + 1 : 0",
     "page tables"),
    ("null-mapped", "image_tables.c", "  for (uint32_t k = 0;",
     "  (void)metes_pt_map(&b->pt, b->tables, b->level, b->parent,\n"
     "                     (struct metes_mapping){0, l->snapshot_gpa, 1, METES_READ}, err);\n"
     "  for (uint32_t k = 0;", "FAIL null guard: 0x0"),
    ("page-behind", "core/mappings.c", "l->init_data_offset, l->memory_size, l->init_data_permissions",
     "l->init_data_offset, l->memory_size + 1, l->init_data_permissions", "FAIL behind the snapshot"),
    ("no-write-protection", "vm.c", "CR0_NE | CR0_WP | CR0_PG", "CR0_NE | CR0_PG",
     "in the read-only slot of the snapshot"),
    ("no-sse", "vm.c", "CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT", "CR4_PAE", "FAIL SSE works"),
    ("narrow-cpuid", "vm.c", "  return metes_kvm_wide(k,",
     "  struct metes_kvm narrow = *k;\n  for (uint32_t i = 0; i < narrow.cpuid.n; i++)\n"
     "    if (narrow.cpuid.entries[i].function == 0x80000008)\n      narrow.cpuid.entries[i].eax = 32;\n"
     "  k = &narrow;\n  return metes_kvm_wide(k,", "KVM_SET_SREGS: Invalid argument"),
    ("stack-lower", "vm.c", ".rsp = e->rsp", ".rsp = e->rsp - 16", "FAIL rsp"),
    ("page-size", "vm.c", ".rdx = e->rdx", ".rdx = 8192", "FAIL rdx"),
    ("data-changed", "image.c", "  s = metes_init_data_write(",
     "  args->init_data.at[args->init_data.n - 1] ^= 1;\n  s = metes_init_data_write(",
     "FAIL init data: 5000 bytes"),
    ("generation-1", "image.c", "metes_scratch_init(l, 0,", "metes_scratch_init(l, 1,", "FAIL scratch: generation"),
    ("buffer-used", "image.c", "  return status != 0 || metes_guest_own_pages(g)",
     "  g->scratch[l->input_data_size] = 16;\n  return status != 0 || metes_guest_own_pages(g)",
     "FAIL output: empty"),
)


def build_one(plant, folder):
    """The text of what went wrong, or None."""
    name, source, old, new, _ = plant
    with open(source if "/" in source else f"vmm/{source}") as file:
        text = file.read()
    if text.count(old) != 1:
        return f"{source} does not hold {old!r} just once"
    with open(f"{folder}/{name}.c", "w") as file:
        file.write(text.replace(old, new))
    done = subprocess.run(["gcc", *FLAGS, f"{folder}/{name}.c", f"{folder}/main.c", *OBJECTS, *LIBRARIES, "-o",
                           f"{folder}/{name}"], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else None


def build(folder):
    """Builds all monitors. What went wrong, by name."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/main.c", "w") as file:
        file.write(MAIN)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        told = pool.map(lambda plant: build_one(plant, folder), PLANTS)
    return {plant[0]: text for plant, text in zip(PLANTS, told) if text}


def listed(selfcheck, folder, data, seed):
    """(name, program, arguments, what must come of it)"""
    cases.init_data(data, 5000, 0, 3, random.Random(seed))

    def look_for(name, text):
        def look(result):
            yield text in result.output + result.messages, f"no text `{text}`"
            yield (result.status == 0) == (name == "none"), f"exit status {result.status}"
        return look

    for name, _, _, _, text in PLANTS:
        yield (f"planted-{name}", f"{folder}/{name}",
               ["run", selfcheck, "--init-data", data, "--init-data-permissions", "rw"], look_for(name, text))
