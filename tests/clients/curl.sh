#!/bin/sh
# curl against the served mock: on its port, and under the production names by --connect-to.
set -eu
port=${MOCKTENANT_BASE##*:}
cloud() { curl -fsS --cacert "$MOCKTENANT_CA_FILE" --connect-to "::127.0.0.1:$port" "$@"; }

curl -fsS --cacert "$MOCKTENANT_CA_FILE" "$MOCKTENANT_CONTROL/health" | grep -q '"status":"ok"'
curl -fsS --cacert "$MOCKTENANT_CA_FILE" "$MOCKTENANT_CONTROL/ca.pem" | cmp - "$MOCKTENANT_CA_FILE"
# Under a cloud name every URL carries production hosts.
cloud "https://login.microsoftonline.com/$MOCKTENANT_TENANT_ID/v2.0/.well-known/openid-configuration" |
  grep -q "\"issuer\":\"https://login.microsoftonline.com/$MOCKTENANT_TENANT_ID/v2.0\""
# On the port the issuer is the origin's.
curl -fsS --cacert "$MOCKTENANT_CA_FILE" "$MOCKTENANT_AUTHORITY/v2.0/.well-known/openid-configuration" |
  grep -q "\"issuer\":\"$MOCKTENANT_BASE/$MOCKTENANT_TENANT_ID/v2.0\""
token=$(cloud "https://login.microsoftonline.com/$MOCKTENANT_TENANT_ID/oauth2/v2.0/token" \
  --data-urlencode "client_id=$MOCKTENANT_ADMIN_CLIENT_ID" --data-urlencode "client_secret=$MOCKTENANT_ADMIN_CLIENT_SECRET" \
  -d grant_type=client_credentials -d scope=https%3A%2F%2Fgraph.microsoft.com%2F.default |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')
printf 'header = "Authorization: Bearer %s"\n' "$token" >"${TMPDIR:-/tmp}/mocktenant-curl.$$"
trap 'rm -f "${TMPDIR:-/tmp}/mocktenant-curl.$$"' EXIT
cloud -K "${TMPDIR:-/tmp}/mocktenant-curl.$$" "https://graph.microsoft.com/v1.0/applications?\$filter=appId%20eq%20'$MOCKTENANT_CLIENT_ID'" |
  grep -q '"displayName":"Marketo Integration"'
# A cloud name has no control API, an unknown certificate no trust.
test "$(cloud -o /dev/null -w '%{http_code}' https://graph.microsoft.com/_mock/health 2>/dev/null || true)" != 200
! curl -fsS "$MOCKTENANT_CONTROL/health" 2>/dev/null
