#!/usr/bin/env bash
# Installs what the suite of clients needs: Node and curl from Debian packages where they are
# missing, and the packages of tests/clients/package-lock.json, none of whose scripts runs.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../tests/clients"

fail() {
    printf 'Clients of others cannot be had here: %s\n' "$1" >&2
    exit 1
}

needed() {
    for program in node npm curl; do
        command -v "$program" >/dev/null || return 0
    done
    return 1
}

if needed; then
    command -v apt-get >/dev/null ||
        fail 'node, npm and curl are installed from Debian packages, and there is no apt-get.'
    [[ $(id -u) == 0 ]] || fail 'installing packages needs root.'
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || fail 'the package lists cannot be read.'
    apt-get install -y -qq --no-install-recommends nodejs npm curl ca-certificates >/dev/null ||
        fail 'nodejs, npm and curl cannot be installed.'
fi
# fetch and what reads its streams came with 18.
major=$(node --print 'process.versions.node.split(".")[0]') || fail 'node does not run.'
((major >= 18)) || fail "node is $(node --version), and must be 18 or newer."
# What npm has put there last time is the same as long as the lock is.
if [[ ! -e node_modules/.installed || package-lock.json -nt node_modules/.installed ]]; then
    npm ci --ignore-scripts --loglevel=error >/dev/null || fail 'npm cannot install its packages.'
    touch node_modules/.installed
fi
