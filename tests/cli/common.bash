# SPDX-License-Identifier: Apache-2.0
# What the tests of the command share.

METES=$(realpath "${METES:-build/metes}")
unset NO_COLOR
export LC_ALL=C

# exits STATUS COMMAND...: runs it, keeps $output and $stderr apart, and wants that exit status.
exits() {
    local wanted=$1
    shift
    run --separate-stderr "$@"
    [ "$status" = "$wanted" ] || show "exit status $status instead of $wanted of: $*"
}

# says TEXT: it stands in $output.
says() {
    [[ $output == *"$1"* ]] || show "stdout lacks: $1"
}

# complains TEXT: it stands in $stderr, and there is nothing on stdout.
complains() {
    [[ $stderr == *"$1"* ]] || show "stderr lacks: $1"
    [ -z "$output" ] || show "there is something on stdout"
}

# holds FILTER: the one line of JSON on stdout makes jq's filter true.
holds() {
    [ "${#lines[@]}" = 1 ] || show "not one line"
    jq -e "$1" <<<"$output" >/dev/null || show "not so: $1"
}

# ascii: nothing else stands in $output, and no control character.
ascii() {
    if LC_ALL=C grep -q '[^ -~]' <<<"$output"; then
        show "not plain ASCII"
    fi
}

show() {
    printf '%s\nstdout: %s\nstderr: %s\n' "$1" "$output" "$stderr"
    return 1
}

# batch LINE [OPTION...]: one line through --batch.
batch() {
    local line=$1
    shift
    exits 0 "$METES" layout --batch "$@" <<<"$line"
}
