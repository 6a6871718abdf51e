#!/bin/sh
# The program crmsync without a network: words, exit statuses, and files. Prints TAP.
set -u
crmsync=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset CRMSYNC_ADMIN_CLIENT_SECRET CRMSYNC_DYNAMICS_CLIENT_SECRET
n=0

# check NAME STATUS WORDS COMMAND... : runs it without a terminal, looks for the words in what it says
check() {
    name=$1 status=$2 words=$3
    shift 3
    n=$((n + 1))
    said=$("$@" 2>&1 </dev/null)
    got=$?
    if [ "$got" -eq "$status" ] && printf '%s' "$said" | grep -qF -e "$words"; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        printf 'status %s, expected %s with "%s":\n%s\n' "$got" "$status" "$words" "$said" | sed 's/^/# /'
    fi
}

id=d4a3f6c5-8b7b-4eae-9fc9-64c5b3ace404
# Nothing listens on port 1 of the loopback, so the remote is not reachable at once.
printf '{"admin": {"tenant": "contoso.com", "clientId": "%s"},
 "secrets": {"admin.clientSecret": {"file": "admin.secret"}, "dynamics.clientSecret": {"file": "dynamics.secret"}}}' "$id" >"$dir/crmsync.json"
printf '{"admin": {"tenat": "contoso.com"}}' >"$dir/bad.json"
printf 'not a secret\n' >"$dir/admin.secret"
chmod 600 "$dir/admin.secret"

echo 1..29
check 'no command prints the help' 2 'Usage: crmsync COMMAND' "$crmsync"
check 'help' 0 'Exit status: 0 done' "$crmsync" --help
check 'version' 0 'crmsync ' "$crmsync" --version
check 'misspelt command' 2 'did you mean "setup"?' "$crmsync" setpu
check 'help of a command' 0 '--new-secret' "$crmsync" setup --help
check 'help of call lists the operations' 0 'setup.remove-secret' "$crmsync" call --help
check 'options that do not go together' 2 '--once goes with neither --interval nor --for' "$crmsync" run --once --interval PT1M
check 'a pass without an organization' 2 'the organization is not named' "$crmsync" run --once --config "$dir/crmsync.json"
check 'a misspelt option' 2 'did you mean "--dry-run"?' "$crmsync" setup --dry-rum
check 'an option of another command' 2 'unknown option "--dry-run"' "$crmsync" status --dry-run
check 'an option without its value' 2 '--config needs a value' "$crmsync" status --config
check 'a flag with a value' 2 '--json takes no value' "$crmsync" status --json=yes
check 'an argument too many' 2 'unexpected argument "x"' "$crmsync" status x
check 'no configuration' 2 'cannot be read' "$crmsync" status --config "$dir/none.json"
check 'a misspelt member' 2 'did you mean "tenant"?' "$crmsync" status --config "$dir/bad.json"
check 'status' 0 'none was made here' "$crmsync" status --config "$dir/crmsync.json"
check 'status as JSON' 0 '"outcome":	"done"' "$crmsync" status --json --config="$dir/crmsync.json"
check 'a duration that is none' 2 'a duration such as PT5M' "$crmsync" call sync.follow '{"for": "5 minutes"}' --config "$dir/crmsync.json"
check 'parameters that are no JSON' 2 'line 1' "$crmsync" call status '{' --config "$dir/crmsync.json"
check 'no CA file' 2 'cannot be read' "$crmsync" setup --config "$dir/crmsync.json" --cacert "$dir/none.pem"
check 'a machine reads what is wrong with the file' 2 ': configuration at /admin/tenat' "$crmsync" status --json --config "$dir/bad.json"
check 'and that there is none' 2 '"outcome":	"usage"' "$crmsync" status --json --config "$dir/none.json"
check 'by its name' 2 'none.json\" cannot be read: No such file' "$crmsync" status --json --config "$dir/none.json"
printf 'no database at all' >"$dir/letter.db"
printf '{"state": "letter.db"}' >"$dir/letter.json"
check 'a state that is no database is named' 2 'letter.db"' "$crmsync" status --config "$dir/letter.json"
check 'what cannot be written is no success' 1 'the output cannot be written' sh -c '"$1" status --config "$2" >/dev/full' - "$crmsync" "$dir/crmsync.json"
printf '{"dynamics": {"organization": "https://contoso.crm.dynamics.com:443"}, "state": ":memory:"}' >"$dir/port.json"
check 'the port of https may stand there' 2 '/admin/tenant' "$crmsync" call setup.publish --config "$dir/port.json"
chmod 644 "$dir/admin.secret"
check 'a secret that others may read' 2 'has mode 0644, expected 0600' "$crmsync" setup --config "$dir/crmsync.json"
check 'what it says does not hold the secret' 2 'chmod 600' "$crmsync" status --config "$dir/crmsync.json"
n=$((n + 1))
if [ "$(stat -c %a "$dir/crmsync.db")" = 600 ]; then echo "ok $n - the database is private"; else echo "not ok $n - the database is private"; fi
