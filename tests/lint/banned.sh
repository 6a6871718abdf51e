#!/bin/sh
# Functions that overflow, chance and time that do not come from outside, and marks of unfinished work.
set -eu
cd "$1"
fail=0
files=$(find src mock scenarios -name '*.[ch]')
# shellcheck disable=SC2086
{
  grep -nE '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets)\(' $files && fail=1
  grep -nE '(^|[^.>_a-zA-Z])(rand|srand|random|srandom|drand48|rand_r)\(' $files && fail=1
  grep -nE '\b(time|gettimeofday|localtime|gmtime|localtime_r|gmtime_r|mktime|clock)\(|CLOCK_REALTIME' $files |
    grep -vE '^src/base/clock\.c:' && fail=1
  grep -nE '\b(TODO|FIXME|XXX|HACK)\b' $files && fail=1
  grep -nE '\b(sleep|usleep|nanosleep)\(' $files && fail=1
} || true
# SQLite crashes on a table-valued function that was used before sqlite3_deserialize() and is used after it.
grep -rnE '\b(json_each|json_tree|pragma_[a-z_]+|generate_series)\(' mock --include='*.c' && fail=1
# Tests do not wait by the wall clock either.
grep -rnE '\b(sleep|usleep|nanosleep)\(' tests --include='*.c' && fail=1
exit $fail
