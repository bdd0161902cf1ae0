#!/usr/bin/env bash
# Lets this machine run programs of arm64, by qemu from Debian packages. Needs root. Does nothing
# where that works already.
set -euo pipefail

fail() {
    printf 'arm64 cannot be emulated here: %s\n' "$1" >&2
    exit 1
}

formats=/proc/sys/fs/binfmt_misc
! grep -qs '^enabled' "$formats/qemu-aarch64" || exit 0
command -v apt-get >/dev/null || fail 'qemu is installed from Debian packages, and there is no apt-get.'
[[ $(id -u) == 0 ]] || fail 'installing packages and registering a format need root.'
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || fail 'the package lists cannot be read.'
apt-get install -y -qq qemu-user-static binfmt-support >/dev/null ||
    fail 'qemu-user-static and binfmt-support cannot be installed.'
[[ -e $formats/register ]] || mount -t binfmt_misc binfmt_misc "$formats" ||
    fail 'the kernel has no binfmt_misc.'
update-binfmts --enable qemu-aarch64
grep -qs '^enabled' "$formats/qemu-aarch64" || fail 'the format was not registered.'
