#!/usr/bin/env bash
# Installs what the suite of the pages needs, from Debian packages. Does nothing where it is.
set -euo pipefail

fail() {
    printf 'No browser can be had here: %s\n' "$1" >&2
    exit 1
}

! command -v chromium-headless-shell >/dev/null || exit 0
command -v apt-get >/dev/null || fail 'it is installed from Debian packages, and there is no apt-get.'
[[ $(id -u) == 0 ]] || fail 'installing packages needs root.'
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || fail 'the package lists cannot be read.'
apt-get install -y -qq chromium-headless-shell fonts-dejavu >/dev/null || fail 'chromium-headless-shell cannot be installed.'
