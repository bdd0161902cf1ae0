#!/usr/bin/env bash
# Logs in to the registry of images and caches, where CI has no better way of its own.
#
#   REGISTRY             its host
#   REGISTRY_USERNAME
#   REGISTRY_PASSWORD    or a token; neither printed nor an argument of a process
set -euo pipefail

: "${REGISTRY:?is not set: the host of the registry, such as artifactory.example.com}"
: "${REGISTRY_USERNAME:?is not set}" "${REGISTRY_PASSWORD:?is not set}"
"${DOCKER:-docker}" login "$REGISTRY" --username "$REGISTRY_USERNAME" --password-stdin \
  <<<"$REGISTRY_PASSWORD"
