#!/bin/sh
# The program crmsync against the mock tenant, as a newcomer would: a fresh tenant, then once more. Prints TAP.
set -u
if [ "${1:-}" != inside ]; then
    exec "$1" exec --world fresh -- "$0" inside "$2"
fi
crmsync=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset CRMSYNC_ADMIN_CLIENT_SECRET CRMSYNC_DYNAMICS_CLIENT_SECRET
n=0

ok() { # ok NAME COMMAND... : one line of TAP
    name=$1
    shift
    n=$((n + 1))
    if "$@"; then echo "ok $n - $name"; else
        echo "not ok $n - $name"
        printf '%s\n' "$said" | sed 's/^/# /'
    fi
}

run() { # run ARGUMENT... : said = what it says, got = its status
    said=$("$crmsync" "$@" --config "$dir/crmsync.json" --cacert "$MOCKTENANT_CA_FILE" \
        --connect-to "::127.0.0.1:${MOCKTENANT_BASE##*:}" 2>&1 </dev/null)
    got=$?
}

says() { [ "$got" -eq "$1" ] && printf '%s' "$said" | grep -qF -e "$2"; }
silent() { ! printf '%s' "$said" | grep -qF -e "$1"; }

echo 1..23
cat >"$dir/crmsync.json" <<JSON
{ "dynamics": { "organization": "https://$MOCKTENANT_ORG_HOST", "username": "marketo.integration@contoso.com" },
  "marketo": { "munchkin": "$MOCKTENANT_MUNCHKIN", "clientId": "$MOCKTENANT_MARKETO_CLIENT_ID" },
  "admin": { "tenant": "$MOCKTENANT_TENANT_ID", "clientId": "$MOCKTENANT_ADMIN_CLIENT_ID" },
  "secrets": { "admin.clientSecret": { "env": "MOCKTENANT_ADMIN_CLIENT_SECRET" },
               "marketo.clientSecret": { "env": "MOCKTENANT_MARKETO_CLIENT_ID" },
               "dynamics.clientSecret": { "file": "dynamics.secret" } } }
JSON
run setup
ok 'what a look finds wrong ends setup before it makes anything' says 3 '[ to do] Register the application'
ok 'and is not shown as made' silent '(made now)'
cat >"$dir/crmsync.json" <<JSON
// A domain stands for the tenant as well as its id.
{ "admin": { "tenant": "$MOCKTENANT_TENANT_DOMAIN", "clientId": "$MOCKTENANT_ADMIN_CLIENT_ID" },
  "secrets": { "admin.clientSecret": { "env": "MOCKTENANT_ADMIN_CLIENT_SECRET" },
               "dynamics.clientSecret": { "file": "dynamics.secret" } } }
JSON

run setup --dry-run
ok 'a dry run tells what is to do' says 0 '[ to do] Register the application'
ok 'and does nothing' [ ! -e "$dir/dynamics.secret" ]
run setup
ok 'setup' says 0 '[  done] Register the application (made now)'
ok 'it names the tenant by its id' says 0 "$MOCKTENANT_TENANT_ID"
ok 'the secret is in its file' [ "$(stat -c '%a %F' "$dir/dynamics.secret")" = '600 regular file' ]
value=$(cat "$dir/dynamics.secret")
ok 'and nowhere else' silent "$value"
ok 'nor in the database' [ "$(grep -acF "$value" "$dir/crmsync.db")" = 0 ]
run setup --verbose
ok 'the second time everything was there' says 0 'Add a client secret (was there)'
ok 'nothing was made' silent '(made now)'
ok 'no secret in the events' silent "$MOCKTENANT_ADMIN_CLIENT_SECRET"
ok 'nor a token' silent 'eyJ'
ok 'the secret stays' [ "$(cat "$dir/dynamics.secret")" = "$value" ]
run status
ok 'status tells when it ends' says 0 'days left'
rm "$dir/dynamics.secret"
run setup
ok 'a lost value is noticed' says 0 'crmsync setup --new-secret'
run setup --new-secret --description second --lifetime P30D --json
ok 'and replaced' says 0 '"keyId"'
ok 'without showing it' silent 'secretText'
ok 'in its file' [ "$(cat "$dir/dynamics.secret")" != "$value" ]
printf 'not one of them\n' >"$dir/dynamics.secret"
run setup
ok 'a foreign secret is refused' says 3 'belongs to none'
rm "$dir/dynamics.secret"
MOCKTENANT_ADMIN_CLIENT_SECRET=$MOCKTENANT_ADMIN_CLIENT_ID
export MOCKTENANT_ADMIN_CLIENT_SECRET
run setup
ok 'a wrong secret is explained' says 3 'Value, not its Secret ID'
MOCKTENANT_CA_FILE=/etc/hostname
run setup
ok 'an unknown authority is not trusted' [ "$got" -eq 4 ]
rm "$dir/crmsync.db"
sed -i '/dynamics.clientSecret/d; s/SECRET" },/SECRET" } } }/' "$dir/crmsync.json"
run call status
ok 'the rest of the configuration stays good' says 0 '"secret":	null'
