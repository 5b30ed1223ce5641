# SPDX-License-Identifier: Apache-2.0
# Within the machine: the monitor, the one argument, runs each guest, and refuses itself.
for guest in build/guest/hello build/guest/selfcheck "$1"; do
    echo "guest $guest"
    "$1" "$guest" 2>&1
    echo "exit $?"
done
