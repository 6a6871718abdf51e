#!/bin/sh
# Runs one real client against a served world; ends with 77 and the reason where the client is missing.
# usage: run.sh CLIENT MOCKTENANT SOURCE-ROOT
set -eu
dir="$3/tests/clients"
case $1 in
node)
  command -v node >/dev/null || { echo "node is not installed"; exit 77; }
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || { echo "msal-node wants Node 20 or newer"; exit 77; }
  [ -d "$dir/node_modules/@azure/msal-node" ] || { echo "npm ci was not run in tests/clients"; exit 77; }
  "$2" exec -- node --test "$dir/msal-node.mjs"
  exec "$2" exec --world "$dir/world.json" -- node --test "$dir/msal-node-grants.mjs" ;;
python)
  python=/usr/bin/python3
  [ -x "$python" ] || { echo "$python is not there"; exit 77; }
  "$python" -c 'import msal' 2>/dev/null || { echo "python3-msal is not installed"; exit 77; }
  "$2" exec -- "$python" "$dir/msal_python.py"
  exec "$2" exec --world "$dir/world.json" -- "$python" "$dir/msal_python_grants.py" ;;
curl)
  command -v curl >/dev/null || { echo "curl is not installed"; exit 77; }
  "$2" exec -- sh "$dir/curl.sh"
  exec "$2" exec --world "$dir/world.json" -- sh "$dir/curl_code.sh" "$3/fixtures" ;;
*)
  echo "no such client: $1"; exit 2 ;;
esac
