# SPDX-License-Identifier: Apache-2.0
# Several parts in one boot. usage: inside.sh PART...
set -e
for part; do
    sh "tests/bench/$part.sh"
done
