#!/bin/sh
# Reports of stories that fail, with odd characters in their names, read by an XML parser. Ends with 77 where none is.
# usage: formats.sh MOCKTENANT SOURCE-ROOT
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail=0
say() { echo "$1"; fail=1; }

# A folder and a file whose names are odd too, one of them no UTF-8, beside a story that passes.
odd="$dir/a & <b> 'c' \"d\""
mkdir "$odd"
cp "$2/tests/stress/odd.json" "$odd/1 # TODO <&>.json"
cp "$2/tests/stress/odd.json" "$odd/$(printf '2 \377\033.json')"
sed 's/"body": *{.*/"status": 200 } } ],/; /^  "also"/s/"repeat"//; s/Odd/Fine/' "$2/tests/stress/odd.json" >"$dir/3.json"

# The values of a path in a report: what PATH of xmllint's --xpath means, in Python where that is missing.
if command -v xmllint >/dev/null; then
  count() { xmllint --nonet --xpath "count(//$2)" "$1"; }
  text() { xmllint --nonet --xpath "string(//testcase[$2]/@$3)" "$1"; }
elif command -v python3 >/dev/null; then
  count() { python3 -c 'import sys, xml.etree.ElementTree as x; print(sum(1 for e in x.parse(sys.argv[1]).iter(sys.argv[2])))' "$1" "$2"; }
  text() { python3 -c 'import sys, xml.etree.ElementTree as x; print(list(x.parse(sys.argv[1]).iter("testcase"))[int(sys.argv[2]) - 1].get(sys.argv[3]))' "$1" "$2" "$3"; }
else
  echo "neither xmllint nor python3 is installed"
  exit 77
fi

for transport in direct wire; do
  status=0
  "$1" run "$dir" --format junit --transport "$transport" --report "$dir/report.html" >"$dir/junit.xml" 2>"$dir/complaints" || status=$?
  [ "$status" -eq 1 ] || say "$transport: status $status, expected 1: $(cat "$dir/complaints")"
  cases=$(count "$dir/junit.xml" testcase) || say "$transport: the report is no XML"
  failures=$(count "$dir/junit.xml" failure) || true
  [ "$cases" = 5 ] || say "$transport: $cases testcases, expected 5"
  [ "$failures" = 4 ] || say "$transport: $failures failures, expected 4"
  case $(text "$dir/junit.xml" 3 name) in
  *"/1 # TODO <&>.json (repeat)"*) ;;
  *) say "$transport: the name of the second case: $(text "$dir/junit.xml" 3 name)" ;;
  esac
  case $(text "$dir/junit.xml" 2 name) in
  *"Odd <b>&\"'</b> ]]> # TODO"*"é 日本"*"end") ;;
  *) say "$transport: the name of the first case: $(text "$dir/junit.xml" 2 name)" ;;
  esac
  grep -q '<h1 class="failed">1 of 5 cases passed</h1>' "$dir/report.html" || say "$transport: the page of --report"
done
exit "$fail"
