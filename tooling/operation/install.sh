#!/usr/bin/env bash
# Installs what the suite of operation needs, from Debian packages. Does nothing where it is.
set -euo pipefail

fail() {
    printf 'What the suite of operation needs cannot be had here: %s\n' "$1" >&2
    exit 1
}

! command -v redis-server >/dev/null || ! command -v promtool >/dev/null || exit 0
command -v apt-get >/dev/null || fail 'it is installed from Debian packages, and there is no apt-get.'
[[ $(id -u) == 0 ]] || fail 'installing packages needs root.'
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || fail 'the package lists cannot be read.'
apt-get install -y -qq --no-install-recommends redis-server prometheus >/dev/null \
    || fail 'redis-server and prometheus cannot be installed.'
