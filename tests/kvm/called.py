# SPDX-License-Identifier: Apache-2.0
# Calls on the command line: `metes run GUEST --call NAME --input FILE`, what it writes and how it ends.
import cases
from bad import as_json, ends

FILES = {"sum": b"1 2 39", "text": 'h\u00e4 "q"\n\U0001f600'.encode(), "bytes": b"\xff\0\1", "large": bytes(40000),
         "almost": b"\xed\xa0\x80", "none": b""}


def answers(*texts, messages=""):
    """Just these bytes on standard output, one behind the other."""
    def look(result):
        yield from cases.well(result)
        yield result.output.rstrip("\n") == "".join(texts).rstrip("\n"), f"output {result.output!r}"
        yield result.messages == messages, f"messages {result.messages!r}"
    return look


def made(*pairs):
    return lambda calls: calls == [{"call": name, key: value} for name, key, value in pairs]


def of_calc(calc, path):
    run, logged = ["run", calc], "guest: error: an error\nguest: warn: a warning\nguest: info: for information\n"
    yield "call-add", [*run, "--call", "add", "--input", path["sum"]], answers("42")
    yield "call-nothing", [*run, "--call", "echo"], answers("")
    yield "call-empty", [*run, "--call", "echo", "--input", path["none"]], answers("")
    yield "call-host-echo", [*run, "--input", path["sum"], "--call", "relay"], answers("1 2 39")
    yield "call-two", [*run, "--call", "echo", "--input", path["sum"], "--call", "add", "--input", path["sum"]], answers(
        "1 2 39", "42")
    yield "call-talk", [*run, "--call", "talk"], answers("printed, with an argument of 0 bytes\nsaid", messages=logged)
    yield "call-quiet", [*run, "--call", "talk", "--log-level", "0"], answers(
        "printed, with an argument of 0 bytes\nsaid")
    yield "call-error", [*run, "--call", "add", "--input", path["bytes"]], ends(
        1, "metes: the guest answered 'add' with error 2: byte 0: only digits", output="")
    yield "call-unknown", [*run, "--call", "nobody"], ends(1, "error 0xffffff01: the guest has no function")
    yield "call-abort", [*run, "--call", "add", "--input", path["sum"], "--call", "stop", "--call", "add"], ends(
        1, "aborted with code 9: as it was told", output="42\n")
    yield "call-too-large", [*run, "--call", "echo", "--input", path["large"]], ends(
        65, "a call of 'echo' with 40000 bytes: an input buffer of 16384 has room for 16348 (--input-data-size)")
    yield "call-large", [*run, "--call", "echo", "--input", path["large"], "--input-data-size", "64K",
                         "--output-data-size", "64K", "--scratch-size", "1M", "--json"], as_json(
        "well", 0, calls=lambda calls: calls[0]["answer"] == "\0" * 40000)
    yield "call-name", [*run, "--call", "\x7f"], ends(65, "characters of 0x21 to 0x7e alone: its byte 0 is 0x7f")
    yield "call-budget", [*run, *["--call", "talk"] * 3, "--max-exits", "30", "--log-level", "0"], ends(
        125, "budget of exits", output=None)
    yield "call-output", [*run, *["--call", "talk"] * 3, "--max-output", "100", "--log-level", "0"], ends(
        125, "budget of output", output=None)
    yield "call-missing", [*run, "--call", "add", "--input", f"{path['sum']}.none"], ends(66, "No such file")
    yield "call-inputs", [*run, "--call", "add", "--input", path["sum"], "--input", path["sum"]], ends(
        64, "for one call")
    yield "call-inputs-before", [*run, "--input", path["sum"], "--call", "add", "--input", path["sum"]], ends(
        64, "for one call")
    yield "call-17", [*run, *["--call", "echo"] * 17], ends(64, "16 calls are the most")


def of_json(calc, path):
    run = ["run", calc, "--json"]
    two = ["--call", "echo", "--input", path["text"], "--call", "add", "--input", path["sum"]]
    yield "call-json", [*run, *two], as_json(
        "well", 0, exits=lambda n: n == 3,
        calls=made(("echo", "answer", FILES["text"].decode()), ("add", "answer", "42")))
    yield "call-json-hex", [*run, "--call", "echo", "--input", path["bytes"]], as_json(
        "well", 0, calls=made(("echo", "answer_hex", "ff0001")))
    yield "call-json-surrogate", [*run, "--call", "echo", "--input", path["almost"]], as_json(
        "well", 0, calls=made(("echo", "answer_hex", "eda080")))
    yield "call-json-error", [*run, "--call", "echo", "--call", "add", "--input", path["bytes"]], as_json(
        "failed", 1, code=lambda c: c == 2, message=lambda m: m.startswith("byte 0: only digits"),
        verdict=lambda v: v is None, calls=made(("echo", "answer", "")))
    yield "call-json-refused", [*run, "--call", "echo", "--input", path["large"]], as_json("not_run", 65)


def of_others(hello, liar, path):
    yield "call-not-ready", ["run", hello, "--call", "x"], ends(
        65, "the guest cannot be called: it ended (port 108) and does not wait (HLT)")
    yield "call-no-function", ["run", liar, "--seed", "1", "--call", "x"], ends(65, "in rax, which is no function")
    yield "call-no-answer", ["run", liar, "--call", "poke"], ends(126, "left no answer: the buffer is empty (BUF-5)")
    yield "input-at-start", ["run", liar, "--input", path["sum"], "--json"], as_json(
        "well", 0, calls=lambda calls: calls is None, output=lambda text: text == "given 6 bytes\n")


def called(calc, hello, liar, folder):
    path = {}
    for name, data in FILES.items():
        path[name] = f"{folder}/call-{name}.bin"
        with open(path[name], "wb") as file:
            file.write(data)
    yield from of_calc(calc, path)
    yield from of_json(calc, path)
    yield from of_others(hello, liar, path)
