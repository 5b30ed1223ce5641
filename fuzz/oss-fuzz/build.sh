#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0
# What the service calls; all of it is in the tree, and fuzz/metes-fuzz contract tries it.
exec "$SRC/metes/fuzz/kit/outside" "$@"
