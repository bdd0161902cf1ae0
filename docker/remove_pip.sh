#!/bin/sh
# Takes pip and what it would install itself from out of the base image. Its folders are dated, so
# that the layer is the same whenever it is made.
set -eu

for path in /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip \
    /usr/local/lib/python3*/site-packages/* /usr/lib/python3*/ensurepip /usr/share/python-wheels; do
    if test -e "$path"; then
        rm -r "$path"
        touch --date=1980-01-01T00:00:00Z "${path%/*}"
    fi
done
