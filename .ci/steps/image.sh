#!/usr/bin/env bash
# Builds the image for the architecture of this runner, runs it as production does, and pushes it
# as TAG-ARCHITECTURE. What is pushed is what was tried: nothing is built twice.
#
#   IMAGE            its name and registry (ai-translate)
#   TAG              (latest)
#   PUSH             true: push it, and its cache
#   REGISTRY_CACHE   where the caches of all stages lie, each as REGISTRY_CACHE-ARCHITECTURE;
#                    without PUSH they are only read
#   BUILD_NETWORK    what steps of the build may reach, such as host
#   BUILD_BUDGET     a file of limits: fail if the build grew or slowed beyond them
#   PIP_CONF_TEXT    pip's configuration as text, as CI keeps secrets
#
# All variables of ./build-optimized.sh count too.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) echo "image.sh: There is no image for $(uname -m): only x86_64 and aarch64." >&2 && exit 2 ;;
esac
# Registries know no capitals in names, and no slash in tags; repositories and branches do.
image=${IMAGE:-ai-translate} tag=${TAG:-latest} cache=${REGISTRY_CACHE:-}
name=${image,,}:${tag//[^A-Za-z0-9_.-]/-}-$architecture
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [[ ${PIP_CONF_TEXT:-} ]]; then
  (umask 077 && printf '%s\n' "$PIP_CONF_TEXT" >"$scratch/pip.conf")
  export PIP_CONF=$scratch/pip.conf
fi

arguments=(--tag "$name" --without-cache-export)
[[ -z ${BUILD_NETWORK:-} ]] || arguments+=(--network "$BUILD_NETWORK")
once=()
[[ -z ${BUILD_BUDGET:-} ]] || once+=(--budget "$BUILD_BUDGET")
# The push takes its provenance along: without values of build arguments, which `max` would tell.
last=(--provenance=mode=min)
if [[ $cache && ${PUSH:-} == true ]]; then
  once+=(--registry-cache "${cache,,}-$architecture")
elif [[ $cache ]]; then
  last+=("--cache-from=type=registry,ref=${cache,,}-$architecture")
fi
TEST_IMAGE=true ./build-optimized.sh "${arguments[@]}" "${once[@]}" -- "${last[@]}"
[[ ${PUSH:-} == true ]] || exit 0

# Every step is in the cache of the builder. The history of builds has had this one.
TEST_IMAGE='' BUILD_HISTORY=$scratch/history.jsonl ./build-optimized.sh "${arguments[@]}" \
  --push -- "${last[@]}"
