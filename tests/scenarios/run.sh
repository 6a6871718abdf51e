#!/bin/sh
# The command `mocktenant run` from outside: its options, its exit statuses, its formats read by others.
# usage: run.sh MOCKTENANT SCENARIOS
set -eu
program=$1 scenarios=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# says STATUS TEXT ARGUMENT... : the command ends so and says that on either output
says() {
  status=0 want=$1 text=$2
  shift 2
  "$program" "$@" >"$dir/out" 2>&1 || status=$?
  if [ "$status" != "$want" ] || ! grep -qF -- "$text" "$dir/out"; then
    echo "mocktenant $*: status $status instead of $want, or without: $text"
    cat "$dir/out"
    failed=1
  fi
}

good=$dir/good.json bad=$dir/bad.json typo=$dir/typo.json torn=$dir/torn.json
echo '{"scenario":"good","rules":["GEN-01"],"steps":[{"clock":"P1D"}]}' >"$good"
echo '{"scenario":"bad <&>","rules":["GEN-02"],"steps":[{"expect":{"clock":"2020-01-01T00:00:00Z"}}]}' >"$bad"
echo '{"scenario":"typo","steps":[{"clok":"P1D"}]}' >"$typo"
printf '{\n "scenario": "torn"\n' >"$torn"

says 0 'ok      good (good.json, wire)' run "$good"
says 0 'ok      good (good.json, direct)' run --transport direct "$good"
says 1 'FAILED  bad <&> (bad.json, direct)' run --transport direct "$good" "$bad"
says 2 "$typo: /steps/0/clok: expected a member of a step, found \"clok\", did you mean \"clock\"?" run "$good" "$typo"
says 2 "$torn:3:1: " run "$torn"
says 2 "$dir/none.json: No such file or directory" run "$dir/none.json"
says 2 "no scenario fits \"zz*\" below $dir/good.json" run --filter 'zz*' "$good"
says 2 'mocktenant run: --format "xml": expected pretty, tap or junit' run --format xml "$good"
says 2 'mocktenant run: --jobs "0": expected a number from 1 to 64' run --jobs 0 "$good"
says 2 'mocktenant run: --variants "x": expected on or off' run --variants x "$good"
says 2 'mocktenant run: --seed "x": expected a number above 0' run --seed x "$good"
says 2 'mocktenant run: --transport "air": expected wire or direct' run --transport air "$good"
says 2 'Try: mocktenant run --help' run --no-such-option "$good"
says 2 "--report $dir/no/where.html: No such file or directory" run --transport direct --report "$dir/no/where.html" "$good"
says 0 'usage: mocktenant run' run --help
says 0 'GEN-01        passed  good.json' run --transport direct --rules "$good"
says 1 'GEN-02        FAILED  bad.json' run --transport direct --rules "$good" "$bad"
says 0 '# GEN-01        passed  good.json' run --transport direct --rules --format tap "$good"
says 1 'not ok 2 - bad.json: bad <&>' run --transport direct --format tap "$good" "$bad"
says 0 '"$defs"' schema scenario
says 2 'expected world or scenario, found scenarios' schema scenarios

"$program" run --transport direct --report "$dir/report.html" "$good" "$bad" >"$dir/out" || true
grep -qF '<h2>bad &lt;&amp;&gt;</h2>' "$dir/report.html" || { echo "the report lacks the story"; failed=1; }

# The same bytes twice, and what other programs make of them.
"$program" run --transport direct --format tap --filter "010*" "$scenarios" >"$dir/one"
"$program" run --transport direct --format tap --filter "010*" --jobs 3 "$scenarios" >"$dir/two"
cmp "$dir/one" "$dir/two" || failed=1
"$program" run --transport direct --format junit "$good" "$bad" >"$dir/junit.xml" || true
python3 - "$dir/junit.xml" <<'PYTHON' || failed=1
import sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
cases = root.findall("./testsuite/testcase")
assert root.get("tests") == "2" and root.get("failures") == "1", root.attrib
assert [case.get("name") for case in cases] == ["good.json: good", "bad.json: bad <&>"]
assert cases[0].find("failure") is None and "2026-01-15" in cases[1].find("failure").text
PYTHON
exit $failed
