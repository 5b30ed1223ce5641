#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `metes check`: every rule broken, every way to write a plan wrong.
bats_require_minimum_version 1.5.0
load common

# unsound RULE CLAUSE CODE REQUESTED LIMIT PLACES TEXT PLAN: for people and for programs.
unsound() {
    exits 65 "$METES" check - <<<"$8"
    [[ $output == "unsound: "*" ($1, $2)" ]] || show "not $1, $2"
    says "$7"
    exits 65 "$METES" check --json - <<<"$8"
    holds ".sound == false and .rule == \"$1\" and .clause == \"$2\" and .error == \"$3\" and .requested == $4 and
        .limit == $5 and .places == $6"
    jq -e --arg d "$7" '.detail | contains($d)' <<<"$output" || show "no such detail"
    [ -z "$stderr" ]
}

# bad DETAIL PLAN: no plan at all.
bad() {
    exits 65 "$METES" check - <<<"$2"
    complains "metes: -: bad_input: $1"
    exits 65 "$METES" check --json - <<<"$2"
    jq -e --arg d "$1" '.error == "bad_input" and .detail == $d' <<<"$output" || show "not: $1"
}

# slots TEXT: a plan with these slots; limits LIMITS TEXT: with limits.
slots() {
    echo "{\"slots\": [$1]}"
}
limits() {
    echo "{\"limits\": {$1}, \"slots\": [$2]}"
}

@test "sound plans: 0 and a summary" {
    exits 0 "$METES" check - <<<"$(slots '')"
    [ "$output" = "sound: 0 slots, 0 bytes, nothing overlaps" ]
    exits 0 "$METES" check - <<<"$(slots '{"slot": 7, "gpa": 0, "size": 4096}')"
    [ "$output" = "sound: 1 slot, 4 KiB (4096 bytes), nothing overlaps" ]
    exits 0 "$METES" check --json - <<<"$(slots '{"slot": 0, "flags": 2, "gpa": "0x1000", "size": "132K", "host": "0x7f0000000000"},
        {"slot": 1, "gpa": 139264, "size": 4096}')"
    holds '.sound == true and .slots == 2 and .bytes == 139264'
}

@test "the plan of a layout, from its own answer" {
    exits 0 "$METES" layout --json --code-size 64K
    plan=$(jq '{slots: [{slot: 0, flags: 2, gpa: 4096, size: .snapshot_size},
                        {slot: 1, gpa: .scratch_base_gpa, size: 294912}], limits: {phys_bits: 36}}' <<<"$output")
    exits 0 "$METES" check - <<<"$plan"
    says "sound: 2 slots, 484 KiB (495616 bytes)"
}

@test "a file, and standard input as /dev/stdin" {
    slots '{"slot": 0, "gpa": 0, "size": 4096}' >"$BATS_TEST_TMPDIR/plan.json"
    exits 0 "$METES" check "$BATS_TEST_TMPDIR/plan.json"
    exits 0 "$METES" check /dev/stdin <"$BATS_TEST_TMPDIR/plan.json"
}

@test "K1: size is no page multiple" {
    unsound K1 PLAN-5 unaligned 4097 4096 '[0]' "slot 3 (place 0, 0x1000 to 0x2001) has size 0x1001" \
        "$(slots '{"slot": 3, "gpa": 4096, "size": 4097}')"
}

@test "K2: guest-physical address is no page multiple" {
    unsound K2 PLAN-5 unaligned 4097 4096 '[0]' "has guest-physical address 0x1001, which is not a multiple" \
        "$(slots '{"slot": 0, "gpa": 4097, "size": 4096}')"
}

@test "K3: host address is no page multiple, or beyond user space" {
    unsound K3 PLAN-5 unaligned 1 4096 '[0]' "has host address 0x1, which is not a multiple" \
        "$(slots '{"slot": 0, "gpa": 0, "size": 4096, "host": 1}')"
    unsound K3 PLAN-8 beyond_host 8192 4096 '[0]' "takes 8 KiB (8192 bytes) of the host's user space" \
        "$(slots '{"slot": 0, "gpa": 0, "size": 8192, "host": "0x7fffffffe000"}')"
    unsound K3 PLAN-8 beyond_host 4096 0 '[0]' "from its address on there are 0 bytes" \
        "$(limits '"host_end": "1M"' '{"slot": 0, "gpa": 0, "size": 4096, "host": "2M"}')"
}

@test "K5: slot numbers and their budget" {
    unsound K5 PLAN-2 too_big 32764 32764 '[0]' "has a number that is not below the 32764 that KVM has" \
        "$(slots '{"slot": 32764, "gpa": 0, "size": 4096}')"
    unsound K5 PLAN-1 too_many 2 1 '[]' "the plan has 2 slots, and KVM has 1" \
        "$(limits '"max_slots": 1' '{"slot": 0, "gpa": 0, "size": 4096}, {"slot": 1, "gpa": 4096, "size": 4096}')"
}

@test "K6: the range wraps" {
    unsound K6 PLAN-7 beyond_gpa 8192 0 '[0]' "takes 8 KiB (8192 bytes) of guest-physical space" \
        "$(slots '{"slot": 0, "gpa": "0xfffffffffffff000", "size": 8192}')"
}

@test "K7: more than 2^31 - 1 pages" {
    unsound K7 PLAN-6 too_big 8796093022208 8796093018112 '[0]' "takes 8 TiB (8796093022208 bytes); one slot holds at most" \
        "$(slots '{"slot": 0, "gpa": 0, "size": "8T"}')"
}

@test "K8: an empty slot" {
    unsound K8 PLAN-4 empty 4096 4096 '[1]' "slot 1 (place 1, 0x1000 to 0x1000) is empty" \
        "$(slots '{"slot": 0, "gpa": 0, "size": 4096}, {"slot": 1, "gpa": 4096, "size": 0}')"
}

@test "K10: the same number twice" {
    unsound K10 PLAN-10 duplicate 5 0 '[0,1]' "has the same number as slot 5 (place 0, " \
        "$(slots '{"slot": 5, "gpa": 0, "size": 4096}, {"slot": 5, "gpa": 8192, "size": 4096}')"
}

@test "K11: overlap, by one page, inside, and equal" {
    unsound K11 PLAN-11 overlap 4096 1 '[1,2]' "slot 2 (place 2, 0x1000 to 0x3000) overlaps slot 1 (place 1, 0x2000 to 0x4000)" \
        "$(slots '{"slot": 0, "gpa": 0, "size": 4096}, {"slot": 1, "gpa": 8192, "size": 8192}, {"slot": 2, "gpa": 4096, "size": 8192}')"
    unsound K11 PLAN-11 overlap 8192 0 '[0,1]' "overlaps" \
        "$(slots '{"slot": 0, "gpa": 0, "size": "1M"}, {"slot": 1, "gpa": 8192, "size": 4096}')"
    unsound K11 PLAN-11 overlap 0 0 '[0,1]' "overlaps" \
        "$(slots '{"slot": 0, "gpa": 0, "size": 4096}, {"slot": 1, "gpa": 0, "size": 4096}')"
    exits 0 "$METES" check - <<<"$(slots '{"slot": 0, "gpa": 4096, "size": 4096}, {"slot": 1, "gpa": 0, "size": 4096}')"
}

@test "an overlap names both ranges, to the byte" {
    plan=$(slots '{"slot": 0, "gpa": 0, "size": 4096}, {"slot": 7, "gpa": "0xffffc000", "size": "16M"}, {"slot": 3, "gpa": "0x100ffb000", "size": 8192}')
    exits 65 "$METES" check - <<<"$plan"
    [ "$output" = "unsound: slot 3 (place 2, 0x100ffb000 to 0x100ffd000) overlaps slot 7 (place 1, 0xffffc000 to 0x100ffc000) (K11, PLAN-11)" ]
    exits 65 "$METES" check --json - <<<"$plan"
    holds '.places == [1, 2] and .ranges == [{"start": 4294950912, "end": 4311728128}, {"start": 4311724032, "end": 4311732224}]'
    exits 65 "$METES" check --json - <<<"$(limits '"max_slots": 1' '{"slot": 0, "gpa": 0, "size": 4096}, {"slot": 1, "gpa": 4096, "size": 4096}')"
    holds '.places == [] and .ranges == []'
    exits 65 "$METES" check --json - <<<"$(slots '{"slot": 0, "gpa": "0xfffffffffffff000", "size": 8192}')"
    holds '.ranges == [{"start": 18446744073709547520, "end": 18446744073709551615}]' # saturated
}

@test "K12: flags that KVM does not have" {
    unsound K12 PLAN-3 bad_flags 4 3 '[0]' "has flags 4; known are LOG_DIRTY_PAGES 1 and READONLY 2" \
        "$(slots '{"slot": 0, "flags": 4, "gpa": 0, "size": 4096}')"
    exits 0 "$METES" check - <<<"$(slots '{"slot": 0, "flags": 3, "gpa": 0, "size": 4096}')"
}

@test "K13: beyond what the MMU can address" {
    unsound K13 PLAN-7 beyond_gpa 8192 4096 '[0]' "from its address on there are 4 KiB (4096 bytes)" \
        "$(limits '"phys_bits": 36' '{"slot": 0, "gpa": "0xffffff000", "size": 8192}')"
    unsound K13 PLAN-7 beyond_gpa 8192 4096 '[0]' "takes" \
        "$(limits '"gpa_end": "4G"' '{"slot": 0, "gpa": "0xfffff000", "size": 8192}')"
    unsound K13 PLAN-7 beyond_gpa 8192 4096 '[0]' "takes" "$(slots '{"slot": 0, "gpa": "0xffffffffff000", "size": 8192}')"
    exits 0 "$METES" check - <<<"$(limits '"phys_bits": 36' '{"slot": 0, "gpa": "0xffffff000", "size": 4096}')"
}

@test "K16: over a reserved range" {
    unsound K16 PLAN-9 reserved 4276092928 4276097024 '[0]' "lies over the reserved guest-physical range from 0xfee00000 to 0xfee01000" \
        "$(limits '"reserved": [{"start": 0, "end": 1}, {"start": "0xfee00000", "end": "0xfee01000"}]' \
            '{"slot": 0, "gpa": "1M", "size": "4G"}')"
    exits 0 "$METES" check - <<<"$(limits '"reserved": [{"start": "0xfee00000", "end": "0xfee01000"}]' \
        '{"slot": 0, "gpa": 0, "size": "0xfee00000"}, {"slot": 1, "gpa": "0xfee01000", "size": 4096}')"
}

@test "what is no plan" {
    bad 'unexpected end of data (byte 1)' ''
    bad 'a plan needs slots' '{}'
    bad 'slots: expected an array' '{"slots": {}}'
    bad 'slots[0]: expected an object' '{"slots": [1]}'
    bad 'unexpected end of data (byte 13)' '{"slots": []'
    bad "array value separator ',' expected (byte 47)" '{"slots": [{"slot": 0, "gpa": 0, "size": 4096} 5]}'
    bad 'slots[0]: a slot needs slot, gpa and size' '{"slots": [{"slot": 0, "size": 1}]}'
    bad 'colour: there is no such key here' '{"colour": 1}'
    bad 'slots[0].gap: there is no such key here' '{"slots": [{"gap": 1}]}'
    bad 'a key comes twice' '{"slots": [{"slot": 0, "gpa": 0, "gpa": 4096, "size": 4096}]}'
    bad 'a key comes twice' '{"limits": {"reserved": [{"start": 1, "end": 3, "end": 2}]}, "slots": []}'
    bad 'a key comes twice' '{"slots": [], "slots": []}'
    bad 'unexpected character (byte 14)' '{"slots": []} {}'
}

@test "numbers that are none" {
    bad 'slots[0].gpa: a negative number' '{"slots": [{"gpa": -1}]}'
    bad 'slots[0].gpa: a number with a fraction or an exponent' '{"slots": [{"gpa": 1.0}]}'
    bad 'a number that does not fit 64 bits (byte 43)' '{"slots": [{"gpa": 18446744073709551616}]}'
    bad 'slots[0].gpa: this string is no number below 2^64' '{"slots": [{"gpa": "0x10000000000000000"}]}'
    bad 'slots[0].gpa: this string is no number below 2^64' '{"slots": [{"gpa": ""}]}'
    bad 'slots[0].gpa: expected a number' '{"slots": [{"gpa": null}]}'
    bad 'slots[0].slot: a number above 2^32 - 1' '{"slots": [{"slot": 4294967296}]}'
    bad 'slots[0].flags: a number above 2^32 - 1' '{"slots": [{"flags": "0x100000000"}]}'
}

@test "a plan of more than 8 MiB" {
    exits 65 "$METES" check - < <(head -c 8388609 /dev/zero | tr '\0' ' ')
    complains "metes: -: bad_input: more than 8 MiB (byte 8388608)"
}

@test "limits that are none" {
    bad 'limits: expected an object' '{"limits": null, "slots": []}'
    bad 'reserved: expected an array' '{"limits": {"reserved": 1}, "slots": []}'
    bad 'reserved[0].end: a negative number' '{"limits": {"reserved": [{"start": 1, "end": -1}]}}'
    bad 'max_slots: a number above 2^32 - 1' '{"limits": {"max_slots": 4294967296}}'
    bad 'phys_bits: physical addresses have 1 to 52 bits' '{"limits": {"phys_bits": 0}, "slots": []}'
    bad 'phys_bits: physical addresses have 1 to 52 bits' '{"limits": {"phys_bits": 53}, "slots": []}'
    bad 'limits: either phys_bits or gpa_end says where guest-physical space ends' \
        '{"limits": {"phys_bits": 36, "gpa_end": 1}, "slots": []}'
    bad 'reserved[0]: a reserved range needs start and end' '{"limits": {"reserved": [{"start": 1}]}}'
    bad 'reserved[0]: a reserved range that is empty or inverted' '{"limits": {"reserved": [{"start": 1, "end": 1}]}}'
    bad 'reserved: more than 8 reserved ranges' \
        '{"limits": {"reserved": [{"start":0,"end":1},{"start":0,"end":1},{"start":0,"end":1},{"start":0,"end":1},{"start":0,"end":1},{"start":0,"end":1},{"start":0,"end":1},{"start":0,"end":1},{"start":0,"end":1}]}}'
}

@test "a missing file: 66; a directory: 66; a forbidden one: 77" {
    exits 66 "$METES" check /nonexistent/plan.json
    complains "metes: /nonexistent/plan.json: No such file or directory"
    exits 66 "$METES" check "$BATS_TEST_TMPDIR"
    complains "Is a directory"
    touch "$BATS_TEST_TMPDIR/secret" && chmod 0 "$BATS_TEST_TMPDIR/secret" && chmod 755 "$BATS_TEST_TMPDIR"
    if [ "$(id -u)" = 0 ]; then # root may read everything, so let somebody else try
        cp "$METES" "$BATS_TEST_TMPDIR/metes"
        for d in "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"; do
            chmod a+x "$d"
        done
        exits 77 setpriv --reuid 65534 --clear-groups "$BATS_TEST_TMPDIR/metes" check "$BATS_TEST_TMPDIR/secret"
    else
        exits 77 "$METES" check "$BATS_TEST_TMPDIR/secret"
    fi
    complains "Permission denied"
}

@test "closed input: 71" {
    exits 71 bash -c '"$1" check - <&-' - "$METES"
    complains "metes: standard input: Bad file descriptor"
}
