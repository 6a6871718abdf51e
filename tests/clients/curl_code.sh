#!/bin/sh
# curl as a browser and as a client: an authorization code with PKCE. With openssl a client assertion of its making, and its look at a signature.
# usage: curl_code.sh FIXTURES
set -eu
fixtures=$1
port=${MOCKTENANT_BASE##*:}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cloud() { curl -fsS --cacert "$MOCKTENANT_CA_FILE" --connect-to "::127.0.0.1:$port" "$@"; }
login=https://login.microsoftonline.com/$MOCKTENANT_TENANT_ID
member() { sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'; }
hidden() { # hidden FILE: the fields that a page carries along, as arguments for curl
  tr '<' '\n' <"$1" | sed -n 's/^input type="hidden" name="\([^"]*\)" value="\([^"]*\)">.*/\1=\2/p' | sed 's/&amp;/\&/g' |
    while IFS= read -r field; do printf 'data-urlencode = "%s"\n' "$field"; done
}

# RFC 7636, appendix B.
verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM
client=7e2a8d91-a4b3-4f1c-9e66-1d7a7a1d2b22
cloud -G -o "$dir/page" -c "$dir/jar" "$login/oauth2/v2.0/authorize" -d "client_id=$client" -d response_type=code -d state=xyz \
  --data-urlencode redirect_uri=http://localhost:8400 --data-urlencode "scope=https://$MOCKTENANT_ORG_HOST/user_impersonation offline_access" \
  -d "code_challenge=$challenge" -d code_challenge_method=S256
grep -q 'Sign in to your account' "$dir/page"
hidden "$dir/page" >"$dir/form"
cloud -K "$dir/form" -o "$dir/page" -b "$dir/jar" -c "$dir/jar" "$login/oauth2/v2.0/authorize" -d action=signin \
  --data-urlencode "login=$MOCKTENANT_USERNAME" --data-urlencode 'passwd=sync horse'
grep -q 'Permissions requested' "$dir/page"
hidden "$dir/page" >"$dir/form"
location=$(cloud -K "$dir/form" -o /dev/null -w '%{redirect_url}' -b "$dir/jar" "$login/oauth2/v2.0/authorize" -d action=accept)
case $location in http://localhost:8400/?code=*'state=xyz'* | http://localhost:8400?code=*'state=xyz'*) ;; *) echo "sent to $location"; exit 1 ;; esac
code=${location#*code=}
code=${code%%&*}
cloud "$login/oauth2/v2.0/token" -d grant_type=authorization_code -d "client_id=$client" -d "code=$code" -d "code_verifier=$verifier" \
  --data-urlencode redirect_uri=http://localhost:8400 >"$dir/tokens"
grep -q '"refresh_token":"1\.A' "$dir/tokens"

command -v openssl >/dev/null || { echo "without openssl: its part is left out"; exit 0; }
# The signature of that token, by openssl and the published certificate.
token=$(member access_token <"$dir/tokens")
cloud "$login/discovery/v2.0/keys" | tr '{' '\n' | sed -n 's/.*"x5c":\["\([^"]*\)".*/\1/p' >"$dir/certificates"
unpad() { tr '_-' '/+' | sed 's/$/===/' | sed 's/\(\(....\)*\).*/\1/' | base64 -d; }
printf '%s' "${token%.*}" >"$dir/signed"
printf '%s' "${token##*.}" | unpad >"$dir/signature"
good=no
while IFS= read -r certificate; do
  printf '%s' "$certificate" | base64 -d | openssl x509 -inform DER -noout -pubkey >"$dir/key.pem"
  ! openssl dgst -sha256 -verify "$dir/key.pem" -signature "$dir/signature" "$dir/signed" >/dev/null 2>&1 || good=yes
done <"$dir/certificates"
[ "$good" = yes ]
# A client assertion that openssl signs.
b64url() { base64 -w0 | tr '/+' '_-' | tr -d '='; }
now=$(date +%s)
x5t=$(openssl x509 -in "$fixtures/entra/client.cert.pem" -outform DER | openssl dgst -sha1 -binary | b64url)
head=$(printf '{"alg":"RS256","typ":"JWT","x5t":"%s"}' "$x5t" | b64url)
body=$(printf '{"aud":"%s/oauth2/v2.0/token","iss":"%s","sub":"%s","jti":"%s","nbf":%s,"exp":%s}' \
  "$login" "$MOCKTENANT_CLIENT_ID" "$MOCKTENANT_CLIENT_ID" "$now" "$now" "$((now + 300))" | b64url)
sign=$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$fixtures/entra/client.key.pem" -binary | b64url)
cloud "$login/oauth2/v2.0/token" -d grant_type=client_credentials -d "client_id=$MOCKTENANT_CLIENT_ID" \
  --data-urlencode "scope=https://$MOCKTENANT_ORG_HOST/.default" -d "client_assertion=$head.$body.$sign" \
  --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer | grep -q '"access_token":"eyJ'
