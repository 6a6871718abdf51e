#!/bin/sh
# clang-tidy over all of src/, mock/ and scenarios/: minutes, so only `meson test --setup full --suite tidy` runs it.
# usage: tidy.sh ROOT BUILD-ROOT; ends with 77 where the program is missing.
set -eu
command -v run-clang-tidy >/dev/null || { echo "clang-tidy is not installed"; exit 77; }
log=$2/tidy.log
# Of its thousands of lines only the findings tell something.
run-clang-tidy -quiet -p "$2" -j "$(nproc)" "$1/(src|mock|scenarios)/.*\.c$" >"$log" 2>&1 || {
  grep -aE -A 4 'error:' "$log"
  exit 1
}
