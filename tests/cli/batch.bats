#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `metes layout --batch`: what a line may be, and what becomes of the others.
bats_require_minimum_version 1.5.0
load common

# bad LINE DETAIL: an error object that says so, and the run goes on to the next line.
bad() {
    exits 0 "$METES" layout --batch <<<"$1"$'\n{}'
    [ "${#lines[@]}" = 2 ] || show "not two lines"
    jq -e --arg d "$2" '.error == "bad_input" and .detail == $d and (keys | length == 2)' <<<"${lines[0]}" ||
        show "not this detail: $2"
    jq -e '.peb_offset == 0' <<<"${lines[1]}"
}

@test "an empty object is the default configuration" {
    batch '{}'
    holds '.heap_size == 131072 and .scratch_base_gpa == 68719181824 and .pt_base_scratch_offset == 32768 and .pt_error == null'
    exits 0 "$METES" layout --json
    [ "$output" = "$("$METES" layout --batch <<<'{}')" ]
}

@test "missing keys are as the options say, others as the line says" {
    batch '{"code_size": 8192}' --heap-size 4096 --code-size 1M --profile nub --file-mappings --executable-heap
    holds '.peb_offset == 8192 and .heap_size == 4096 and .file_mappings_array_offset == 8272 and .regions[2].flags == 7'
}

@test "null is the default of permissions and page tables, and of nothing else" {
    batch '{"init_data_size": 1, "init_data_permissions": null, "pt_size": null}' --init-data-permissions rwx --pt-size 4096
    holds '.regions[-1].flags == 1 and .pt_size == 0'
    bad '{"code_size": null}' 'code_size: expected a number'
    bad '{"pt_size": nul}' 'null expected (byte 15)'
}

@test "answers come in the order of the questions, one line each" {
    exits 0 "$METES" layout --batch < <(for i in $(seq 1 1000); do echo "{\"code_size\": $((i * 4096))}"; done)
    [ "${#lines[@]}" = 1000 ]
    [ "$(jq .peb_offset <<<"$output" | awk '{ s += $1 } END { printf "%.0f", s }')" = "$((4096 * 1000 * 1001 / 2))" ]
    [ "$(jq .peb_offset <<<"${lines[633]}")" = $((634 * 4096)) ]
}

@test "blanks, escapes and line ends" {
    batch $' \t{ "code_size"\t:\t4096 , "heap\\u005fsize" : 1 } \r'
    holds '.peb_offset == 4096 and .heap_size == 1'
    exits 0 bash -c 'printf "{}" | "$1" layout --batch' - "$METES"
    holds '.peb_offset == 0'
    exits 0 bash -c 'printf "" | "$1" layout --batch' - "$METES"
    [ -z "$output" ]
}

@test "numbers: exact to 64 bits" {
    batch '{"code_size": 18446744073709551615}'
    grep -q '"requested":18446744073709551615,"limit":17179865088,' <<<"$output"
    batch '{"scratch_size": 9223372036854775809}'
    grep -q '"requested":9223372036854775809,"limit":17179865088,' <<<"$output"
    batch '{"scratch_size": 9007199254740993}'
    grep -q '"requested":9007199254740993,' <<<"$output"
}

@test "numbers that are none of ours" {
    bad '{"code_size": -1}' 'code_size: a negative number'
    bad '{"code_size": 1.5}' 'code_size: a number with a fraction or an exponent'
    bad '{"code_size": 4096.0}' 'code_size: a number with a fraction or an exponent'
    bad '{"code_size": 1e3}' 'code_size: a number with a fraction or an exponent'
    bad '{"code_size": 1E+3}' 'code_size: a number with a fraction or an exponent'
    bad '{"code_size": 18446744073709551616}' 'a number that does not fit 64 bits (byte 35)'
    bad '{"code_size": 18446744073709551616, "heap_size": 1}' 'a number that does not fit 64 bits (byte 35)'
    bad '{"heap_size": 18446744073709551615, "code_size": 18446744073709551616 }' 'a number that does not fit 64 bits (byte 71)'
    bad '{"code_size": 99999999999999999999999999999999}' 'a number that does not fit 64 bits (byte 47)'
    bad '{"code_size": -99999999999999999999}' 'a number that does not fit 64 bits (byte 36)'
    bad '{"code_size": -9223372036854775809}' 'code_size: a negative number'
    bad '{"code_size": 1e400}' 'code_size: a number with a fraction or an exponent'
    bad '{"code_size": 007}' 'number expected (byte 17)'
    bad '{"code_size": 0x10}' 'number expected (byte 15)'
    bad '{"code_size": +1}' 'unexpected character (byte 14)'
    for value in '"4096"' true false '[]' '{}' '[[[[[[1]]]]]]'; do
        bad "{\"code_size\": $value}" 'code_size: expected a number'
    done
    for value in NaN Infinity -Infinity; do # which json-c knows as fractions
        bad "{\"code_size\": $value}" 'code_size: a number with a fraction or an exponent'
    done
    bad '{"code_size": [[[[[[[[1]]]]]]]]}' 'nesting too deep (byte 21)'
}

@test "what json-c takes although it is no JSON: zeros in front of a zero, keys in single quotes" {
    for value in -0 00 -00; do
        batch "{\"code_size\": $value}" --code-size 4096
        holds '.peb_offset == 0'
    done
    bad '{"code_size": 01}' 'number expected (byte 16)'
    batch "{'code_size': 8192}"
    holds '.peb_offset == 8192'
}

@test "keys: unknown ones and those that come twice" {
    bad '{"code-size": 1}' 'code-size: there is no such key'
    bad '{"code_size": 1, "code_size": 1}' 'a key comes twice'
    bad '{"code_size": 1, "code\u005fsize": 1}' 'a key comes twice'
    bad '{"code_size": 1, "heap_size": 1, "code_size": null}' 'code_size: expected a number'
    bad '{"pt_size": null, "pt_size": null}' 'a key comes twice'
    bad '{"pt_size": "a:b", "pt_size": {"a": 1}, "pt_size": 1}' 'a key comes twice'
    bad '{"code_size\u0000": 1}' '\u0000 in a string (byte 11)'
    bad '{"": 1}' 'there is no such key'
    bad '{"CODE_SIZE": 1}' 'CODE_SIZE: there is no such key'
    bad '{"a\"b\\\u0007é": 1}' 'a"b\???: there is no such key'
    bad "{\"$(printf 'x%.0s' $(seq 100))\": 1}" "$(printf 'x%.0s' $(seq 44))...: there is no such key"
}

@test "what is no object" {
    bad '' 'unexpected end of data (byte 0)'
    bad '   ' 'unexpected end of data (byte 3)'
    bad 'hello' 'unexpected character (byte 0)'
    bad '[]' 'expected an object (byte 2)'
    bad '4096' 'unexpected end of data (byte 4)'
    bad 'null' 'unexpected end of data (byte 4)'
    bad '{' 'unexpected end of data (byte 1)'
    bad '{"code_size"' 'unexpected end of data (byte 12)'
    bad '{"code_size": ' 'unexpected end of data (byte 14)'
    bad '{"code_size": 1' 'unexpected end of data (byte 15)'
    bad '{"code_size": 1,}' 'unexpected character (byte 16)'
    bad '{,}' 'quoted object property name expected (byte 1)'
    bad '{"code_size": 1 "heap_size": 1}' "object value separator ',' expected (byte 16)"
    bad '{} {}' 'unexpected character (byte 3)'
    bad '{},{}' 'unexpected character (byte 2)'
    bad '{}x' 'unexpected character (byte 2)'
    bad '{"code_size' 'unexpected end of data (byte 11)'
    bad '{"a\q": 1}' 'invalid string sequence (byte 4)'
    bad '{"a\u12": 1}' 'invalid string sequence (byte 7)'
    bad $'{"a\tb": 1}' 'a?b: there is no such key'
    bad $'\xef\xbb\xbf{}' 'unexpected character (byte 0)'
    bad '/* */ {}' 'unexpected character (byte 0)'
}

@test "a NUL byte ends no line" {
    exits 0 bash -c 'printf "{}\0\n\0\n{}\n" | "$1" layout --batch' - "$METES"
    [ "${#lines[@]}" = 3 ]
    jq -e '.detail == "something after the end of the object (byte 2)"' <<<"${lines[0]}"
    jq -e '.detail == "unexpected end of data (byte 0)"' <<<"${lines[1]}"
    jq -e '.peb_offset == 0' <<<"${lines[2]}"
}

@test "a line without end is refused, and no memory is spent on it" {
    exits 0 python3 - "$METES" <<'END'
import resource, subprocess, sys
metes = subprocess.Popen([sys.argv[1], "layout", "--batch"], stdin=subprocess.PIPE)
metes.stdin.write(b" " * 65536 + b"{}\n")
for _ in range(300):
    metes.stdin.write(bytes(1000000))
metes.stdin.write(b"\n{}\n")
metes.stdin.close()
assert metes.wait() == 0
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert used < 100000, f"{used} KiB"
END
    [ "${#lines[@]}" = 3 ]
    jq -e '.error == "bad_input" and .detail == "a line of more than 65536 bytes"' <<<"${lines[0]}"
    jq -e '.error == "bad_input"' <<<"${lines[1]}"
    jq -e '.peb_offset == 0' <<<"${lines[2]}"
}

@test "a line of just 65536 bytes is read" {
    exits 0 bash -c 'printf "%65536s\n" "{\"code_size\": 1}" | "$1" layout --batch' - "$METES"
    holds '.peb_offset == 4096'
}

@test "refusals of the core, and the exit status stays 0" {
    batch '{"init_data_permissions": 8}'
    holds '.error == "bad_permissions" and .requested == 8 and .limit == 7 and .at == "new"'
    batch '{"init_data_permissions": 4294967297}'
    holds '.error == "bad_permissions" and .requested == 4294967297 and .limit == 7'
    batch '{"init_data_permissions": 4294967297, "scratch_size": 1}'
    holds '.error == "bad_permissions"'
    batch '{"scratch_size": 1}'
    holds '.error == "too_small" and .requested == 1 and .limit == 81920 and (.detail | length) > 20'
    batch '{"pt_size": 1}'
    holds '.pt_error.error == "unaligned" and .pt_error.requested == 1 and .pt_size == 0'
}

@test "the PEB is shown below 64 MiB" {
    batch '{"code_size": 67104768}'
    holds '.peb | length == 128'
    batch '{"code_size": 67104769}'
    holds '.peb == null and .peb_offset == 67108864'
}

@test "it answers before it is asked again" {
    coproc ASKED { "$METES" layout --batch; }
    for size in 4096 8192; do
        echo "{\"code_size\": $size}" >&"${ASKED[1]}"
        read -r -t 5 line <&"${ASKED[0]}"
        jq -e ".peb_offset == $size" <<<"$line"
    done
    pid=$ASKED_PID
    exec {ASKED[1]}>&-
    wait "$pid"
}

@test "--batch takes no GUEST" {
    exits 64 "$METES" layout --batch guest
    complains "--batch takes no GUEST"
}

@test "a directory instead of input: 66" {
    exits 66 bash -c '"$1" layout --batch </' - "$METES"
    complains "standard input could not be read: Is a directory"
}

@test "closed input: 71" {
    exits 71 bash -c '"$1" layout --batch <&-' - "$METES"
    complains "standard input could not be read"
}
