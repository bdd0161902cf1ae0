#!/usr/bin/env bash
# Installs what the suite of the image needs, from Debian packages: an engine of version 26 with
# buildx, and the programs that make a base image and serve a registry. Does nothing where they are.
set -euo pipefail

fail() {
    printf 'No engine can be had here: %s\n' "$1" >&2
    exit 1
}

needed() {
    for program in /usr/bin/docker dockerd mmdebstrap docker-registry; do
        command -v "$program" >/dev/null || return 0
    done
    ! /usr/bin/docker buildx version >/dev/null 2>&1
}

needed || exit 0
command -v apt-get >/dev/null || fail 'it is installed from Debian packages, and there is no apt-get.'
[[ $(id -u) == 0 ]] || fail 'installing packages and starting dockerd need root.'

sources=/etc/apt/sources.list.d/trixie.sources
# Debian 12 has no buildx: it comes from Debian 13, and nothing else does unless it is needed.
if grep -q 'VERSION_CODENAME=bookworm' /etc/os-release && [[ ! -e $sources ]]; then
    archive=$(awk '/^URIs:/ {print $2; exit}' /etc/apt/sources.list.d/debian.sources)
    cat >"$sources" <<SOURCES
Types: deb
URIs: $archive
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
    printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' >/etc/apt/preferences.d/trixie
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || fail 'the package lists cannot be read.'
newer=()
[[ ! -e $sources ]] || newer=(-t trixie)
apt-get install -y -qq "${newer[@]}" docker.io docker-cli docker-buildx containerd runc iptables \
    >/dev/null || fail 'its packages cannot be installed.'
apt-get install -y -qq mmdebstrap docker-registry >/dev/null ||
    fail 'mmdebstrap and docker-registry cannot be installed.'
