# SPDX-License-Identifier: Apache-2.0
# Inside the machine: each example runs the guest that checks everything; TAP.
# usage: inside.sh GUEST LIBRARY FOLDER PYTHON      (FOLDER has the examples, built)
guest=$1 folder=$3
export METES_LIBRARY=$2 PYTHONPATH=$folder/python PYTHONDONTWRITEBYTECODE=1
n=0
tell() { # STATUS WORDS NAME
    n=$((n + 1))
    if [ "$1" = "$2" ] && grep -q "$3" /tmp/said; then
        echo "ok $n - $4"
    else
        sed 's/^/# /' /tmp/said | tail -5
        echo "not ok $n - $4 (exit status $1)"
    fi
}
for example in c c-bare g++ clang++-19 python; do
    refused=65 why= missing=66
    case $example in
    python) run="$4 -S $folder/guest.py" refused=1 why='Refused: elf_magic' missing=1 ;;
    c-bare) run=$folder/guest-$example missing=71 ;;
    *) run=$folder/guest-$example ;;
    esac
    $run "$guest" >/tmp/said 2>&1
    tell $? 0 '^4[0-9] checks, 0 failed' "$example: selfcheck is content"
    $run /proc/modules >/tmp/said 2>&1 # 64 bytes or more, and no image
    tell $? $refused "$why" "$example: what is no image is refused"
    $run /none >/tmp/said 2>&1
    tell $? $missing '/none' "$example: a file that is missing is named"
done
echo "1..$n"
