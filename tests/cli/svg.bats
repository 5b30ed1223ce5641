#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `metes layout --svg`: the picture is right, and it is written whole or not at all.
bats_require_minimum_version 1.5.0
load common

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return 1
}

# alone NAME...: there is nothing else in the folder.
alone() {
    [ "$(ls)" = "$*" ] || show "in the folder: $(ls)"
}

@test "200 random layouts: exact, to scale, nothing overlaps" {
    exits 0 "$BATS_TEST_DIRNAME/svg.py" "$METES" 200
}

@test "faults planted in a picture are found" {
    exits 0 "$BATS_TEST_DIRNAME/svg.py" "$METES" --planted
}

@test "into a file, without a word" {
    exits 0 "$METES" layout --code-size 64K --svg map.svg
    [ -z "$output$stderr" ]
    alone map.svg
    exits 0 "$METES" layout --code-size 64K --svg -
    [ "$output" = "$(cat map.svg)" ]
    (umask 022 && "$METES" layout --svg other.svg)
    [ "$(stat -c %a other.svg)" = 644 ]
}

@test "with --json: JSON on stdout, the picture in the file" {
    exits 0 "$METES" layout --svg map.svg
    mv map.svg wanted.svg
    exits 0 "$METES" layout --json --svg map.svg
    holds '.memory_size == 135168'
    cmp map.svg wanted.svg
}

@test "wrong usage: 64" {
    exits 64 "$METES" layout --batch --svg map.svg
    complains "--batch draws no --svg"
    exits 64 "$METES" layout --json --svg -
    complains "cannot both have standard output"
    exits 64 "$METES" layout --svg
    complains "requires an argument"
    alone
}

@test "a file that cannot be written: 74" {
    exits 74 "$METES" layout --svg nowhere/map.svg
    complains "nowhere/map.svg could not be written: No such file or directory"
    mkdir map.svg
    exits 74 "$METES" layout --json --svg map.svg
    complains "map.svg could not be written: Is a directory"
    exits 74 "$METES" layout --svg ""
    complains "could not be written"
    alone map.svg
}

@test "a full disk: 74" {
    exits 74 "$METES" layout --svg /dev/full
    complains "/dev/full could not be written: No space left on device"
    [ -c /dev/full ]
    exits 74 bash -c 'exec "$1" layout --svg - >/dev/full' - "$METES"
    complains "output could not be written: No space left on device"
    exits 74 bash -c 'exec "$1" layout --svg - >&-' - "$METES"
    complains "output could not be written"
}

@test "what was there stays there when the new one does not fit" {
    echo old >map.svg
    exits 74 bash -c 'ulimit -f 1; trap "" XFSZ; exec "$1" layout --svg map.svg' - "$METES"
    complains "map.svg could not be written: File too large"
    alone map.svg
    [ "$(cat map.svg)" = old ]
    exits 74 bash -c 'ulimit -f 1; trap "" XFSZ; exec "$1" layout --svg new.svg' - "$METES"
    alone map.svg
}

@test "no layout, no picture: 65, and what was there stays there" {
    echo old >map.svg
    for options in "--scratch-size 4096" "--pt-size 5000" "--json --pt-size 5000"; do
        # shellcheck disable=SC2086
        exits 65 "$METES" layout $options --svg map.svg
        [ "$(cat map.svg)" = old ]
    done
    exits 65 "$METES" layout --scratch-size 4096 --svg -
    complains "too_small"
    alone map.svg
}

@test "what was there is replaced, a link and its mode stay" {
    echo old >real.svg
    chmod 640 real.svg
    ln real.svg old.svg
    ln -s real.svg map.svg
    exits 0 "$METES" layout --svg map.svg
    [ -L map.svg ]
    [ "$(stat -c %a real.svg)" = 640 ]
    grep -q '</svg>' real.svg
    [ "$(cat old.svg)" = old ] # it was not written into
    rm real.svg
    exits 0 "$METES" layout --svg map.svg # the link led nowhere
    grep -q '</svg>' map.svg
}

@test "through a pipe with a name" {
    mkfifo pipe
    cat pipe >got.svg &
    exits 0 "$METES" layout --svg pipe
    wait $!
    [ -p pipe ]
    [ "$(tail -n 1 got.svg)" = "</svg>" ]
}
