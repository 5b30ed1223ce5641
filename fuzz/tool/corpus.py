# SPDX-License-Identifier: Apache-2.0
"""Inputs: listed, explained, made fewer, run again."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile

import image
import targets
from engines import WHY


BUILD_C = {"": "gcc -std=c11 -I. TEST.c core/*.c; where it calls LLVMFuzzerTestOneInput, also\n"
               "  {source} fuzz/kit/target.c tests/properties/agree_*.c",
           targets.KVM: "gcc -std=gnu11 -w -I. -Ivmm TEST.c fuzz/machine/[!p]*.c fuzz/kit/target.c "
                        "build/libmetes-vmm.a build/libmetes.a\n  -o TEST; tests/machine/kvm-run -- ./TEST"}
NO_MACHINE = (97, 98)  # what tests/machine/kvm-run ends with where its machine failed, or took too long


def show_list(args):
    rows = [{"name": t.name, "purpose": t.purpose(), "corpus": len(targets.files(t.corpus)),
             "bytes": sum(p.stat().st_size for p in targets.files(t.corpus)),
             "crashes": len(targets.files(t.crashes))} for t in targets.named(args.targets)]
    if args.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['name']:9} {row['corpus']:>4} inputs, {row['bytes'] / 1024:>6.1f} KiB, "
              f"{row['crashes']} past crashes: {row['purpose']}")
    return 0


def run(program, *inputs, within=()):
    return subprocess.run([*within, str(program), *map(str, inputs)], capture_output=True, text=True, errors="replace",
                          check=False)


def ran(target, path):
    """This input again, where the target belongs."""
    done = run(target.program("replay-clang"), path, within=target.within)
    if target.within and done.returncode in NO_MACHINE:
        raise targets.Stop(f"the machine did not run: {done.stderr.strip()}", 69)
    return done


def why(done):
    """What a run that ended badly said, in a line; None where it ended well."""
    if done.returncode == 0:
        return None
    m = WHY.search(done.stderr)
    return next(filter(None, m.groups())) if m else f"ended with {done.returncode}"


def as_c(target, path):
    """A test of this input, as a whole program."""
    own = run(target.program("replay-clang"), "--c", path)
    if own.returncode == 0:
        return own.stdout
    data = path.read_bytes()
    lines = [", ".join(f"0x{b:02x}" for b in data[i:i + 16]) for i in range(0, len(data), 16)]
    body = ",\n    ".join(lines) or "0"
    return (f"/* Target {target.name}, input {path.name}. */\n#include \"fuzz/kit/target.h\"\n\n"
            f"static const uint8_t input[] = {{\n    {body},\n}};\n\n"
            f"int main(void)\n{{\n  return LLVMFuzzerTestOneInput(input, {len(data)});\n}}\n")


def image_of(target, path):
    """The image that a guest is made of by this input, disassembled; None where there is none."""
    done = subprocess.run([str(target.program("replay-clang")), "--image", str(path)], capture_output=True, check=False)
    return list(image.disassembly(done.stdout)) if done.returncode == 0 and done.stdout else None


def code_of(decoded):
    """Random code that an input brings, as instructions, where it has any."""
    return {str(n): image.code(bytes.fromhex(visit["code"]), 0)
            for n, visit in enumerate(decoded.get("visits", ()), 1) if visit["code"]}


def explain(target, path):
    """All that there is to say of an input."""
    shown = run(target.program("replay-clang"), "--show", path).stdout
    done, decoded = ran(target, path), json.loads(shown)
    command = " ".join(target.within[2:] + [str(target.program("replay-clang")), str(path)])
    return {"target": target.name, "input": str(path), "bytes": path.stat().st_size, "decoded": decoded,
            "holds": done.returncode == 0, "why": why(done), "command": command, "image": image_of(target, path),
            "code": code_of(decoded), "c": as_c(target, path), "build": BUILD_C.get(target.name, BUILD_C[""])}


def repro(args):
    target = targets.one(args.target)
    targets.make([target.program("replay-clang")], args.build)
    bad, found = 0, []
    for name in args.inputs:
        path = pathlib.Path(name)
        if not path.is_file():
            raise targets.Stop(f"{name} is no file", 66)
        found.append(explain(target, path))
        bad += not found[-1]["holds"]
    if args.json:
        print(json.dumps(found))
        return 1 if bad else 0
    for row in found:
        print(f"{row['input']}: {row['bytes']} bytes for {row['target']}")
        print(f"  {'all of it holds' if row['holds'] else 'this does not hold: ' + row['why']}")
        print(f"  again: {row['command']}")
        print("  decoded:\n" + json.dumps(row["decoded"], indent=2))
        if row["image"]:
            print("  its image:\n" + "\n".join(row["image"]))
        for visit, lines in row["code"].items():
            print(f"  code that visit {visit} runs:\n" + "\n".join(lines))
        print(f"  as a C test ({row['build'].format(source=target.source)}):\n\n{row['c']}")
    return 1 if bad else 0


def replay(args):
    """Every committed input, by both compilers with sanitizers."""
    chosen, bad, n = targets.named(args.targets), 0, 0
    kinds = ("replay-clang", "replay-gcc")
    targets.make([t.program(k) for t in chosen for k in kinds], args.build)
    if args.tap:
        print(f"1..{len(chosen) * len(kinds)}", flush=True)
    for target in chosen:
        folders = target.seeds()
        want = sum(len(targets.files(folder)) for folder in folders)
        for kind in kinds:
            n += 1
            done = run(target.program(kind), *folders)
            well = want > 0 and done.returncode == 0 and done.stdout == f"{want} inputs\n"
            bad += not well
            print(f"{'ok' if well else 'not ok'} {n} - {target.name}: all {want} inputs run well, "
                  f"{kind[7:]} with sanitizers", flush=True)
            if not well:
                said = [why(done) or done.stdout.strip(), *done.stderr.splitlines()[-20:]]
                print("".join(f"# {text}\n" for text in said), end="")
    return 1 if bad else 0


def minimise(args):
    """The fewest and smallest inputs that reach every edge that all that is known reaches."""
    from seeds import SEEDS

    chosen = targets.named(args.targets)
    targets.make([t.program("fuzzer") for t in chosen], args.build)
    for target in chosen:
        with tempfile.TemporaryDirectory() as scratch:
            new, first = pathlib.Path(scratch) / "new", pathlib.Path(scratch) / "first"
            new.mkdir()
            first.mkdir()
            for name, data in SEEDS.get(target.name, {}).items():
                (first / name).write_bytes(data)
            known = [target.corpus, target.work / "corpus", *target.work.glob("afl/*/queue"), first]
            flags = {**target.options(), "use_counters": 0, "detect_leaks": 0}
            done = run(target.program("fuzzer"), "-set_cover_merge=1", *(f"-{k}={v}" for k, v in flags.items()), new,
                       *(f for f in known if f.is_dir()))
            if done.returncode or not any(new.iterdir()):
                raise targets.Stop(f"the merge of {target.name} failed:\n{done.stderr[-1000:]}")
            shutil.rmtree(target.corpus, ignore_errors=True)
            target.corpus.mkdir(parents=True)
            for path in new.iterdir():
                data = path.read_bytes()
                (target.corpus / hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]).write_bytes(data)
        kept = targets.files(target.corpus)
        targets.say(f"{target.name:9} {len(kept)} inputs, {sum(p.stat().st_size for p in kept) / 1024:.1f} KiB")
    return 0
