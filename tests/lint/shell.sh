#!/bin/sh
# The scripts parse, and are what they say they are.
set -eu
cd "$1"
for script in bootstrap .ci/run tests/lint/*.sh; do
  case $(head -n 1 "$script") in
  '#!/bin/sh') sh -n "$script" ;;
  '#!/usr/bin/env bash') bash -n "$script" ;;
  *) echo "$script: no known first line"; exit 1 ;;
  esac
done
