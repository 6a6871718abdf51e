#!/bin/sh
# What one can hold in mind: files of at most 700 lines, functions of at most 70.
set -eu
cd "$1"
find src mock scenarios tests -name '*.[ch]' -exec awk '
  FNR == 1 { if (inside) inside = 0 }
  FNR == 701 { print FILENAME ": more than 700 lines"; bad = 1 }
  /^{/ { inside = 1; from = FNR }
  /^}/ { if (inside && FNR - from - 1 > 70) { printf "%s:%d: a function of %d lines\n", FILENAME, from, FNR - from - 1; bad = 1 } inside = 0 }
  END { exit bad }' {} +
