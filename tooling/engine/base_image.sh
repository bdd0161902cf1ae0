#!/usr/bin/env bash
# Makes a base image where no registry can be asked: a small Debian with its Python.
#   base_image.sh OUT [ARCHITECTURE]
# OUT is a tar archive for `docker import`. The same packages give the same bytes.
set -euo pipefail
out=$1
architecture=${2:-$(dpkg --print-architecture)}

# Every file is dated alike, so that its layer is the same wherever it is made.
export SOURCE_DATE_EPOCH=315532800
partial="$out.partial"
trap 'rm -f "$partial"' EXIT
mmdebstrap --quiet --variant=minbase --architectures="$architecture" \
    --include=python3,python3-venv,ca-certificates --format=tar bookworm "$partial"
mv "$partial" "$out"
