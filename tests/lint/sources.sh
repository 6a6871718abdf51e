#!/bin/sh
# Every route names a source that mock/SOURCES.md has, every fixture is explained, every rule that is cited exists.
# usage: sources.sh ROOT MOCKTENANT
set -eu
cd "$1"
fail=0
for id in $("$2" routes | awk '{ print $NF }' | sort -u); do
  grep -qE "^\| *\`?$id\`? *\|" mock/SOURCES.md || { echo "mock/SOURCES.md lacks $id"; fail=1; }
done
for file in $(find fixtures -type f ! -name 'README.md' ! -path '*/corpus/*' -printf '%P\n' | sort); do
  grep -qF "$file" fixtures/README.md || { echo "fixtures/README.md lacks $file"; fail=1; }
done
for rule in $(grep -rhoE 'mock_call_rule\(call, "[^"]+"' mock | sed 's/.*"\(.*\)"/\1/' | sort -u); do
  grep -qE "\b$rule\b" scenarios/RULES.md || { echo "scenarios/RULES.md lacks $rule"; fail=1; }
done
exit $fail
