#!/bin/sh
# src/base is C without a domain: no vendor, no table of ours, no HTTP verb.
set -eu
cd "$1"
! grep -nriE 'dataverse|dynamics|marketo|entra\b|azure|msal|graph\.|contoso|adobe' src/base
