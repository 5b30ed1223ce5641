#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `metes layout GUEST`: code sizes of images, and why an image is refused, with the byte.
bats_require_minimum_version 1.5.0
load common

setup() {
    image=$BATS_TEST_TMPDIR/image
}

# refused CLAUSE TEXT [CHANGE]...: an image spoilt so is refused, by that clause, in these words.
refused() {
    local clause=$1 text=$2
    shift 2
    tests/cli/elf.py "$image" "$@"
    exits 65 "$METES" layout "$image"
    complains "metes: $image: $text"
    [[ $stderr == *" ($clause)" ]] || show "not $clause"
}

@test "the image's span is the code's size" {
    tests/cli/elf.py "$image"
    exits 0 "$METES" layout --json "$image"
    holds '.peb_offset == 12288'
    tests/cli/elf.py "$image" 160:8:0x3001 # memory of the second segment
    exits 0 "$METES" layout --json "$image" --profile nub
    holds '.peb_offset == 24576'
}

@test "metes run reads as much as makes an image, and what is missing is still missing" {
    for length in 24575 24576 24577 49151 49152 49159; do
        tests/cli/elf.py "$image" 128:8:49152 $length # the second segment ends at 49160
        exits 65 "$METES" run "$image"
        complains "metes: $image: byte 128: the segment of program header 1, at 49152 in the file, reaches beyond the file's end"
        exits 65 "$METES" run - <"$image"
        complains "metes: -: byte 128: the segment of program header 1, at 49152 in the file"
    done
    for length in 49160 49161 98304 200000; do
        tests/cli/elf.py "$image" 128:8:49152 $length
        run --separate-stderr "$METES" run "$image"
        [ "$status" != 65 ] || show "refused with $length bytes"
    done
}

@test "an image that is linked at the profile's own address" {
    for pair in hyperlight:0x1000 nub:0x500140000000; do
        base=${pair#*:}
        tests/cli/elf.py "$image" 16:2:2 24:8:$((base + 256)) 80:8:$((base)) 136:8:$((base + 0x2000))
        exits 0 "$METES" layout --json "$image" --profile ${pair%:*}
        holds '.peb_offset == 12288'
    done
    exits 65 "$METES" layout "$image" # nub's, in hyperlight
    complains "byte 80: the segment of program header 0, at address 0x500140000000, lies below the code region or too far above it (ELF-12)"
}

@test "the sample guests" {
    for guest in hello selfcheck; do
        exits 0 "$METES" layout build/guest/$guest
        says "code            rwx"
    done
}

@test "no ELF image" {
    refused ELF-1 "the file has 63 bytes, and the header of an ELF64 image takes 64 bytes" 63
    refused ELF-1 "the file has 0 bytes" 0
    refused ELF-2 "byte 0: not an ELF image: 0x464c4500 stands there" 0:1:0
    exits 65 "$METES" layout tests/cli/guest.bats
    complains "byte 0: not an ELF image"
}

@test "not of this kind" {
    refused ELF-3 "byte 4: not a 64-bit little-endian image of ELF version 1: 1 stands there" 4:1:1
    refused ELF-3 "byte 5: not a 64-bit little-endian image of ELF version 1: 2 stands there" 5:1:2
    refused ELF-3 "byte 6: not a 64-bit little-endian image of ELF version 1: 0 stands there" 6:1:0
    refused ELF-4 "byte 16: neither an executable nor a position-independent one: type 1" 16:2:1
    refused ELF-5 "byte 18: not for x86-64: machine 40" 18:2:40
}

@test "its table of program headers" {
    refused ELF-6 "byte 54: no 1 to 64 program headers of 56 bytes within the file: 57 stands there" 54:2:57
    refused ELF-6 "byte 56: no 1 to 64 program headers of 56 bytes within the file: 0 stands there" 56:2:0
    refused ELF-6 "byte 56: no 1 to 64 program headers of 56 bytes within the file: 65 stands there" 56:2:65
    refused ELF-6 "byte 32: no 1 to 64 program headers of 56 bytes within the file: 18446744073709551615 stands there" \
        32:8:0xffffffffffffffff
    refused ELF-6 "byte 32: no 1 to 64 program headers" 231
}

@test "its segments" {
    refused ELF-7 "byte 176: program header 2 asks for an interpreter: link it statically" 176:4:3
    refused ELF-9 "byte 160: the segment of program header 1 takes no memory" 152:8:0 160:8:0
    refused ELF-10 "byte 152: the segment of program header 1 has more bytes in the file, 17, than in memory" 152:8:17
    refused ELF-11 "byte 128: the segment of program header 1, at 513 in the file, reaches beyond the file's end" 128:8:513
    refused ELF-11 "byte 128: the segment of program header 1, at 18446744073709551615 in the file, reaches" \
        128:8:0xffffffffffffffff
    refused ELF-12 "byte 136: the segment of program header 1, at address 0xffffffffffffffff, lies below" \
        136:8:0xffffffffffffffff
    refused ELF-13 "byte 136: the segment of program header 1, at address 0x1fff, is out of order or shares a page" \
        136:8:0x1fff
    refused ELF-14 "byte 124: the segment of program header 1 is not readable, or both writable and executable: flags 2" \
        124:4:2
    refused ELF-15 "byte 24: the entry point 0x1800 lies in no executable segment" 24:8:0x1800
    refused ELF-15 "byte 24: the entry point 0x2000 lies in no executable segment" 24:8:0x2000
}

@test "more than 16 segments" {
    changes=()
    for i in $(seq 0 16); do
        at=$((64 + 56 * i))
        changes+=($at:4:1 $((at + 4)):4:5 $((at + 16)):8:$((4096 * i)) $((at + 32)):8:0 $((at + 40)):8:1 $((at + 8)):8:0)
    done
    refused ELF-8 "byte 960: program header 16 is the 17th loadable segment; 16 are allowed" 1016 56:2:17 "${changes[@]}"
}

@test "an image and --code-size" {
    tests/cli/elf.py "$image"
    exits 64 "$METES" layout --code-size 4096 "$image"
    complains "either --code-size or a GUEST says how large the code is"
}

@test "a missing image: 66" {
    exits 66 "$METES" layout /nonexistent/guest
    complains "metes: /nonexistent/guest: No such file or directory"
    exits 66 "$METES" layout /
    complains "metes: /: Is a directory"
}

@test "an image too large for the profile is refused as a layout" {
    tests/cli/elf.py "$image" 160:8:0x400000000
    exits 65 "$METES" layout "$image"
    complains "too_big: code, PEB, heap and init data together"
}
