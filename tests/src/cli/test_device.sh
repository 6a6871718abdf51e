#!/bin/sh
# crmsync setup without admin.clientId: the administrator signs in by a code. Ends with 77 where curl is missing.
# usage: test_device.sh MOCKTENANT CRMSYNC
set -eu
if [ "${1:-}" != inside ]; then
    command -v curl >/dev/null || { echo "curl is not installed"; exit 77; }
    exec "$1" exec --world fresh -- "$0" inside "$2"
fi
crmsync=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset CRMSYNC_ADMIN_CLIENT_SECRET CRMSYNC_DYNAMICS_CLIENT_SECRET
printf '{ "admin": { "tenant": "%s" }, "secrets": { "dynamics.clientSecret": { "file": "dynamics.secret" } } }\n' \
    "$MOCKTENANT_TENANT_ID" >"$dir/crmsync.json"

person() { # person ACTION JSON
    curl -fsS --cacert "$MOCKTENANT_CA_FILE" "$MOCKTENANT_CONTROL/actions/azure-user/$1" -d "$2" >/dev/null
}

run() { # run STATUS ARGUMENT... : $dir/out and $dir/said are what it says
    want=$1
    shift
    got=0
    "$crmsync" "$@" --config "$dir/crmsync.json" --cacert "$MOCKTENANT_CA_FILE" \
        --connect-to "::127.0.0.1:${MOCKTENANT_BASE##*:}" >"$dir/out" 2>"$dir/said" </dev/null || got=$?
    [ "$got" -eq "$want" ] || { echo "status $got, expected $want"; cat "$dir/out" "$dir/said"; exit 1; }
}

# Who cancels at the page is not asked again.
person answer-device-codes '{"user": "admin@contoso.onmicrosoft.com", "decline": true}'
run 3 setup --dry-run
grep -q 'open the page https://microsoft.com/devicelogin in a browser and enter the code [A-Z0-9]*$' "$dir/said"
grep -q 'allow the application when you have entered the code' "$dir/said"
# The administrator allows it, and the machine's output stays machine output.
person answer-device-codes '{"user": "admin@contoso.onmicrosoft.com"}'
run 0 setup --json
grep -q '"appId"' "$dir/out"
! grep -q 'devicelogin' "$dir/out"
[ -s "$dir/dynamics.secret" ]
run 0 setup
grep -q 'Register the application (was there)' "$dir/out"
