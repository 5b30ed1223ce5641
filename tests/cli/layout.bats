#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `metes layout`: every refusal, profiles, options, guests.
bats_require_minimum_version 1.5.0
load common

# refused CODE CLAUSE REQUESTED LIMIT TEXT OPTION...: for people and, with --json, for programs.
refused() {
    local code=$1 clause=$2 requested=$3 limit=$4 text=$5
    shift 5
    exits 65 "$METES" layout "$@"
    complains "metes: $code: "
    complains "$text"
    complains "($clause)"
    exits 65 "$METES" layout --json "$@"
    holds "(if .error then . else .pt_error end) |
        .error == \"$code\" and .requested == $requested and .limit == $limit and (.detail | contains(\"$text\"))"
    [ -z "$stderr" ]
}

@test "scratch too big" {
    refused too_big LAY-23 18253611008 17179865088 "the scratch size, 17 GiB (18253611008 bytes), is more than" --scratch-size 17G
}

@test "scratch too small" {
    refused too_small LAY-24 4096 81920 "is less than the 80 KiB (81920 bytes) that the input and output buffers take" \
        --scratch-size 4096
}

@test "memory too big" {
    refused too_big LAY-25 17180004352 17179865088 "code, PEB, heap and init data together" --code-size 16G
}

@test "scratch unaligned" {
    refused unaligned LAY-26 1048577 4096 "not a multiple of the alignment, 4 KiB (4096 bytes)" --scratch-size 1048577
}

@test "overlap in guest-physical space" {
    refused overlap LAY-27 4295397376 4276088832 "overlap in guest-physical space: together they take" \
        --profile i686 --code-size 4G
    window="[0x1000, 0xfedfffff]"
    jq -e --arg w "$window" '.detail | contains($w)' <<<"$output"
}

@test "overlap in guest-virtual space" {
    refused overlap LAY-28 13959073792 12884901888 "overlap in guest-virtual space: together they take" \
        --profile nub --code-size 13G
    jq -e '.detail | contains("[0x500140000000, 0x50043fffffff]")' <<<"$output"
}

@test "page tables too big for scratch" {
    refused too_small LAY-29 294912 1130496 "buffers, page tables and the 12 pages" --pt-size 1M
}

@test "page tables unaligned" {
    refused unaligned LAY-30 5000 4096 "the page-table size, 4.9 KiB (5000 bytes), is not a multiple" --pt-size 5000
}

@test "page tables make them overlap in guest-physical space" {
    refused overlap LAY-31 4429185024 4276088832 "with its page tables the snapshot overlaps scratch in guest-physical space" \
        --profile i686 --scratch-size 1G --pt-size 512M --code-size 2818437120
}

@test "page tables make them overlap in guest-virtual space" {
    refused overlap LAY-32 13421907968 12884901888 "with its page tables the snapshot overlaps scratch in guest-virtual space" \
        --profile nub --scratch-size 8G --pt-size 1G --code-size 3758096384
}

@test "a reserved page" {
    refused reserved LAY-33 4273995776 4273999872 "reserved guest-physical range from 0xfec00000 to 0xfec01000" \
        --irqchip --code-size 5G
    refused reserved LAY-33 4273995776 4273999872 "from 0xfec00000 to 0xfec01000" \
        --irqchip --profile i686 --scratch-size 4M
    exits 0 "$METES" layout --profile i686 --scratch-size 4M
    exits 0 "$METES" layout --irqchip --profile i686 --scratch-size 2093056
    refused reserved LAY-33 4273995776 4273999872 "from 0xfec00000 to 0xfec01000" \
        --profile i686 --irqchip --scratch-size 2M
}

@test "the seed's own configuration" {
    exits 0 "$METES" layout --json --code-size 4096
    holds '.memory_size == 4096 + 4096 + 131072 and .snapshot_size == .memory_size and .pt_error == null'
}

@test "pinned addresses, profile by profile" {
    exits 0 "$METES" layout --json --code-size 64K
    holds '.peb_address == 69632 and .scratch_base_gpa == 68719181824'
    grep -q '"input_data_buffer_gva":18446744073709252608,' <<<"$output" # beyond what jq can say exactly
    exits 0 "$METES" layout --json --code-size 64K --profile nub
    holds '.peb_address == 69632 and .scratch_base_gpa == 68719181824 and .input_data_buffer_gva == 87979183538176'
    exits 0 "$METES" layout --json --code-size 64K --profile i686
    holds '.peb_address == 69632 and .scratch_base_gpa == 4275798016 and .input_data_buffer_gva == 4294672384'
}

@test "an unknown profile is wrong usage" {
    exits 64 "$METES" layout --profile vax
    complains "no profile is called 'vax'; there are hyperlight, nub and i686"
}

@test "permissions of init data" {
    for pair in r:1 w:2 x:4 rw:3 wr:3 RX:5 rwx:7 r-x:5 -:0; do
        exits 0 "$METES" layout --json --init-data-size 1 --init-data-permissions ${pair%:*}
        holds ".regions[-1] | .type == \"InitData\" and .flags == ${pair#*:}"
    done
    for wrong in q rq rr 5 'r w'; do
        exits 64 "$METES" layout --init-data-permissions "$wrong"
        complains "'$wrong' is not some of r, w and x"
    done
}

@test "options change what they say" {
    exits 0 "$METES" layout --json --executable-heap
    holds '[.regions[] | select(.type == "Heap").flags] == [7] and .peb_file_mappings_offset == null'
    exits 0 "$METES" layout --json --file-mappings
    holds '[.regions[] | select(.type == "Peb").flags] == [3] and .file_mappings_array_offset == 80 and (.peb | length) == 160'
    exits 0 "$METES" layout --json --profile nub --file-mappings
    holds '.file_mappings_array_gva == 87966298931280'
}

@test "small buffers are raised, an empty heap is the default one" {
    exits 0 "$METES" layout --json --input-data-size 1 --output-data-size 0 --heap-size 0
    holds '.output_data_scratch_offset == 8192 and .pt_base_scratch_offset == 16384 and .heap_size == 131072'
}

@test "the layout that stays when page tables are refused" {
    exits 65 "$METES" layout --json --pt-size 5000
    holds '.pt_size == 0 and .memory_size == .snapshot_size and .pt_error.at == "set_pt_size"'
}
