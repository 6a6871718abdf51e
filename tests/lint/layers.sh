#!/bin/sh
# Who may include what: the dependencies between the parts, and the one file for each foreign library.
set -eu
cd "$1"
fail=0
say() { echo "$1"; fail=1; }

# includes PATH... : "file:header" for each #include of the C files below
includes() { find "$@" -name '*.[ch]' -exec grep -H '^ *# *include' {} + | sed -E 's/^([^:]*):[^<"]*[<"]([^>"]*)[>"].*/\1:\2/'; }

# 1. src/base knows only itself.
for pair in $(includes src/base | grep -E ':[a-z_]+/' | grep -vE ':(base|cjson|openssl|sys)/'); do say "base reaches out: $pair"; done
# 2. mock/ and src/ know nothing of each other.
mock_rooms=$(find mock -mindepth 1 -maxdepth 1 -type d ! -name include -printf '%f|'); mock_rooms=${mock_rooms%|}
src_rooms=$(find src -mindepth 1 -maxdepth 1 -type d ! -name include ! -name base -printf '%f|'); src_rooms=${src_rooms%|}
only_mock=$(echo "$mock_rooms" | tr '|' '\n' | grep -vxE "${src_rooms:-none}" | paste -sd'|')
for pair in $(includes src | grep -E ":(($only_mock)/|mocktenant\.h)"); do say "src includes mock: $pair"; done
for pair in $(includes mock | grep -E ':([a-z_]+/|crmsync\.h)' | grep -vE ":(base|sys|netinet|arpa|openssl|libxml|$mock_rooms)/"); do say "mock includes src: $pair"; done
# Rooms of both sides may have one name (entra/): what is included must stand on the side that includes it.
for side in mock src; do
  for pair in $(includes "$side" | grep -E ':[a-z_]+/' | grep -vE ':(sys|netinet|arpa|openssl|libxml|curl|cjson|base)/'); do
    [ -f "$side/${pair#*:}" ] || say "not on its own side: $pair"
  done
done
# 3. scenarios see public headers, base and themselves.
for pair in $(includes scenarios | grep -E ':[a-z_]+/' | grep -vE ':(base|runner|cli|bench|sys|netinet|arpa|curl)/'); do say "scenarios reach inside: $pair"; done
# 4. A foreign library is included by the files named here and no other.
only() { # only HEADER-REGEX FILE-REGEX
  for pair in $(includes src mock scenarios | grep -E ":$1" | grep -vE "^($2):"); do say "only in $2: $pair"; done
}
only 'openssl/' 'src/base/crypto\.c|mock/server/tls\.c'
only 'curl/' 'src/http/client\.c|scenarios/runner/http\.c|scenarios/bench/load\.c'
only 'microhttpd\.h' 'mock/server/listener\.c|scenarios/bench/floor\.c'
only 'sqlite3\.h' 'src/base/db\.c|mock/store/.*|scenarios/bench/floor\.c'
only 'cjson/' 'src/base/json\.h'
only 'libxml/|zip\.h' 'src/setup/package\.c|mock/adfs/xml\.c|mock/dataverse/xml\.c|mock/dataverse/zip\.c'
# 5. Rooms that know no vendor.
for pair in $(includes src/sync src/mapping 2>/dev/null | grep -E ':(dataverse|marketo|entra)/'); do say "knows a vendor: $pair"; done
for pair in $(includes mock/server mock/control | grep -E ':(dataverse|marketo|graph|adfs)/'); do say "knows a vendor: $pair"; done
exit $fail
