# SPDX-License-Identifier: Apache-2.0
# A test is a command that ends well: sourced by the suites of this folder, which call `plan` last.
count=0 failed=0

# ok WHAT COMMAND...: what the command says is shown where it fails.
ok() {
    local what=$1 said
    shift
    count=$((count + 1))
    if said=$("$@" 2>&1); then
        echo "ok $count - $what"
    else
        failed=$((failed + 1))
        printf '%s\n' "$said" | head -12 | sed 's/^/# /'
        echo "not ok $count - $what"
    fi
}

# refused WORDS WHAT COMMAND...: the command fails, and says these words.
refused() {
    local words=$1 what=$2
    shift 2
    ok "$what" fails_with "$words" "$@"
}

fails_with() {
    local words=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "it ended well: $said"
        return 1
    fi
    grep -qF -- "$words" <<<"$said" || {
        echo "it did not say \`$words\` but: $said"
        return 1
    }
}

plan() {
    echo "1..$count"
    [ $failed = 0 ]
}
