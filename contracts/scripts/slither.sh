#!/bin/sh
# Analyses src/ with Slither, which must be on the PATH: pip install slither-analyzer==0.11.6
# What it finds is answered in SECURITY.md. Arguments are passed on to it.
set -eu
cd "$(dirname "$0")/.."
rm -rf out/slither
FOUNDRY_PROFILE=artifacts node_modules/.bin/forge build --build-info \
    --build-info-path out/slither/build-info --out out/slither --cache-path cache/slither >out/slither.log 2>&1 ||
    { cat out/slither.log >&2; exit 1; }
exec slither . "$@"
