#!/usr/bin/env bash
# Prints what the caches of pip and of models should be called: in GitHub Actions as outputs.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

keys=$(make --no-print-directory ci-cache-keys)
echo "$keys"
[[ -z ${GITHUB_OUTPUT:-} ]] || echo "$keys" >>"$GITHUB_OUTPUT"
