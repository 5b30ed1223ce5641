#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Sizes on the command line.
bats_require_minimum_version 1.5.0
load common

# code SIZE BYTES: --code-size SIZE makes room for so many.
code() {
    exits 0 "$METES" layout --json --code-size "$1"
    holds ".peb_offset == $2"
}

@test "decimal, hexadecimal, and units of 1024" {
    code 0 0
    code 4096 4096
    code 4097 8192
    code 0x1000 4096
    code 0XfffF 65536
    code 010 4096 # ten, not eight
    code 4K 4096
    code 4k 4096
    code 16M 16777216
    code 16MiB 16777216
    code 16mib 16777216
    code 1G 1073741824
    code 0x10K 16384
    exits 65 "$METES" layout --json --code-size 1T
    holds '.requested == 1099511762944'
}

@test "what is no size is wrong usage" {
    for size in '' ' ' -1 +1 1.5 1e3 4KB 4Kb 4Q 4KK 0x 0xg K abc ' 4096' '4096 ' 1,000 4Ki 1_000; do
        exits 64 "$METES" layout --code-size "$size"
        complains "--code-size: '$size' is not a size below 2^64"
    done
}

@test "2^64 - 1 is a size, 2^64 is not" {
    for size in 18446744073709551615 0xffffffffffffffff; do
        exits 65 "$METES" layout --code-size $size
        complains "too_big: code, PEB, heap and init data together, 2^64 - 1 bytes or more"
    done
    for size in 18446744073709551616 0x10000000000000000 16777216T 18014398509481984K 99999999999999999999999999; do
        exits 64 "$METES" layout --code-size $size
        complains "'$size' is not a size below 2^64"
    done
    exits 65 "$METES" layout --json --scratch-size 18014398509481983K
    holds '.error == "too_big"'
    grep -q '"requested":18446744073709550592,' <<<"$output"
}

@test "every size option is read, and named when it is wrong" {
    for option in code-size heap-size init-data-size input-data-size output-data-size scratch-size pt-size; do
        exits 64 "$METES" layout --$option x
        complains "--$option: 'x' is not a size"
    done
    exits 0 "$METES" layout --json --code-size 1M --heap-size 2M --init-data-size 3M --input-data-size 32K \
        --output-data-size 64K --scratch-size 4M --pt-size 64K
    holds '.peb_offset == 1048576 and .heap_size == 2097152 and .memory_size == 6295552'
    holds '.output_data_scratch_offset == 32768 and .pt_base_scratch_offset == 98304 and .pt_size == 65536'
    holds '.scratch_base_gpa == 68715282432 and .snapshot_size == 6361088'
}
