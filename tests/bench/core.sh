# SPDX-License-Identifier: Apache-2.0
# What core costs: `name picoseconds`, in the exact machine thousandths of an instruction. One boot, with monitor.sh.
set -e
b=build/tests/bench
$b/layout 20000 5
$b/layout-one-piece 20000 5 | tail -n 1
$b/functions 1000 3
$b/functions-slow 1000 3 metes_regions | sed -n 's/^metes_/planted:metes_/p'
