#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command itself: help, version, unknown commands, output that cannot be written.
bats_require_minimum_version 1.5.0
load common

@test "no command: help on stderr, 64" {
    exits 64 "$METES"
    complains "metes COMMAND"
}

@test "--help, -h and help begin with examples" {
    for word in --help -h help; do
        exits 0 "$METES" $word
        [ "${lines[0]}" = "examples:" ]
        says "metes layout"
        [ -z "$stderr" ]
    done
}

@test "every command's --help begins with examples and names its exit statuses" {
    for command in layout check; do
        exits 0 "$METES" $command --help
        [ "${lines[0]}" = "examples:" ]
        [[ ${lines[1]} == "  metes $command "* ]]
        says "Usage: metes $command"
        says "Exit status: 0"
        exits 0 "$METES" $command --usage
        [ "${lines[0]}" = "examples:" ]
    done
}

@test "help fits 80 columns of ASCII, but for examples" {
    for command in layout check; do
        exits 0 "$METES" $command --help
        ascii
        sed '1,/^$/d' <<<"$output" | awk 'length > 80 { print; bad = 1 } END { exit bad }'
    done
}

@test "--version" {
    exits 0 "$METES" --version
    [[ $output =~ ^metes\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "an unknown command: 64" {
    exits 64 "$METES" frobnicate
    complains "there is no command 'frobnicate'"
}

@test "wrong usage: 64, and what to type instead" {
    exits 64 "$METES" layout --frobnicate
    complains "unrecognized option '--frobnicate'"
    complains "Try \`metes layout --help'"
    exits 64 "$METES" layout --code-size
    complains "requires an argument"
    exits 64 "$METES" layout one two
    complains "more than one GUEST: 'two'"
    exits 64 "$METES" check
    complains "which PLAN?"
    exits 64 "$METES" check one two
    complains "more than one PLAN: 'two'"
}

@test "a full disk: 74" {
    for words in --version --help "layout" "layout --json" "layout --help" "check --help"; do
        # shellcheck disable=SC2086
        exits 74 bash -c 'exec "$@" >/dev/full' - "$METES" $words
        complains "output could not be written: No space left on device"
    done
    exits 74 bash -c 'echo "{}" | "$1" layout --batch >/dev/full' - "$METES"
    complains "No space left on device"
}

@test "a closed stdout: 74" {
    exits 74 bash -c 'exec "$1" layout >&-' - "$METES"
    complains "output could not be written"
    exits 74 bash -c 'echo "{}" | "$1" layout --batch >&-' - "$METES"
    complains "output could not be written"
}

@test "a file opened does not take the place of a closed stdout" {
    echo '{"slots": []}' >"$BATS_TEST_TMPDIR/plan.json"
    exits 74 bash -c 'exec "$1" check "$2" >&-' - "$METES" "$BATS_TEST_TMPDIR/plan.json"
    complains "output could not be written"
    [ "$(cat "$BATS_TEST_TMPDIR/plan.json")" = '{"slots": []}' ]
}

@test "a reader that goes away: 74, without a word" {
    exits 0 bash -c 'yes "{}" | "$1" layout --batch | head -n 1; exit ${PIPESTATUS[1]:+0}' - "$METES"
    [ -z "$stderr" ]
    exits 74 bash -c 'set -o pipefail; trap "" PIPE; (sleep 0.3; "$1" layout) | true' - "$METES"
    [ -z "$stderr" ]
}

@test "results go to stdout, talk to stderr" {
    exits 0 "$METES" layout
    [ -n "$output" ] && [ -z "$stderr" ]
    exits 65 "$METES" layout --scratch-size 1G --pt-size 2G
    [ -z "$output" ] && [ -n "$stderr" ]
}
