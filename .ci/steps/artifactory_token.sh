#!/usr/bin/env bash
# Exchanges what GitHub says of this run for a token of Artifactory that lives for minutes, so that
# no secret of ours need be kept. Its outputs are `token`, which GitHub masks, and `username`.
#
#   ARTIFACTORY_URL             such as https://artifactory.example.com; without it, nothing is done
#   ARTIFACTORY_OIDC_PROVIDER   what the integration is called in Artifactory
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

[[ ${ARTIFACTORY_URL:-} && ${ARTIFACTORY_OIDC_PROVIDER:-} ]] || exit 0
exec "${PYTHON:-python3}" tooling/artifactory_token.py
