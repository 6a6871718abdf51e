#!/bin/sh
# Installs into a folder, builds a program of an outsider with pkg-config alone, and runs it.
# usage: install.sh SOURCE-ROOT BUILD-ROOT PREFIX
set -eu
command -v pkg-config >/dev/null || { echo "pkg-config is not installed"; exit 77; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
DESTDIR="$dir" meson install -C "$2" --no-rebuild --quiet
pc=$(find "$dir" -name mocktenant.pc -printf '%h\n'); lib=$(dirname "$pc")
export PKG_CONFIG_PATH="$pc" PKG_CONFIG_SYSROOT_DIR="$dir" LD_LIBRARY_PATH="$lib"
# shellcheck disable=SC2046 # the words are meant to be split
cc -std=c17 -Wall -Wextra -Werror "$1/tests/install/outsider.c" -o "$dir/outsider" $(pkg-config --cflags --libs mocktenant) ${SANITIZE:-}
"$dir/outsider"
printf '#include <crmsync.h>\nint main(void) { return crmsync_operations()[0] == 0; }\n' >"$dir/engine.c"
# shellcheck disable=SC2046
cc -std=c17 -Wall -Wextra -Werror "$dir/engine.c" -o "$dir/engine" $(pkg-config --cflags --libs crmsync) ${SANITIZE:-}
"$dir/engine"
# The programs need no library of ours, and the worlds came along.
LD_LIBRARY_PATH='' "$dir$3/bin/mocktenant" routes >"$dir/routes"
grep -q '/oauth2/v2.0/token' "$dir/routes"
LD_LIBRARY_PATH='' "$dir$3/bin/crmsync" --version
test -f "$dir$3/share/mocktenant/worlds/ready.json"
