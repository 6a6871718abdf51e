#!/bin/sh
# clang-format's verdict; ends with 77 where the program is missing.
set -eu
cd "$1"
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
find src mock scenarios tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run --Werror
