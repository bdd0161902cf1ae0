#!/bin/sh
# Takes out of the site-packages of a folder what running the service never loads.
#   trim.sh FOLDER
set -eu

# Sources and stubs of what is compiled, headers, and libraries' own tests.
find "$1" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' \
    -o -name '*.a' \) -delete
find "$1" -type d -name tests -prune -exec rm -r {} +
for unused in ctranslate2/converters numpy/f2py; do
    rm -r "$1"/lib/python3*/site-packages/"$unused"
done
