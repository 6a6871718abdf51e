#!/bin/sh
# What the libraries show, and that no name of the two sides collides where scenarios link both.
# usage: symbols.sh LIBCRMSYNC.so LIBMOCKTENANT.so libsync.a libmock.a
set -eu
fail=0
shown() { nm -D --defined-only "$1" | awk '{ print $3 }' | grep -vE "^$2" || true; }
for name in $(shown "$1" 'crmsync_'); do echo "libcrmsync shows $name"; fail=1; done
for name in $(shown "$2" 'mocktenant_'); do echo "libmocktenant shows $name"; fail=1; done
globals() { nm --defined-only "$1" | awk 'NF == 3 && $2 ~ /[TDBRC]/ { print $3 }' | sort -u; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
globals "$3" >"$dir/sync"; globals "$4" >"$dir/mock"
for name in $(comm -12 "$dir/sync" "$dir/mock"); do echo "both sides define $name"; fail=1; done
[ -s "$dir/sync" ] && [ -s "$dir/mock" ] || { echo "no symbols were read"; fail=1; }
exit $fail
