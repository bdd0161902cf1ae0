#!/usr/bin/env bash
# Compiles every requirements file from pyproject.toml, each version pinned and each file hashed.
# The other sets are held to the versions that production uses. That of the models is for making them
# without the service: it has what the extra names and nothing of the package's own dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # OUT ARGUMENT…
    local out=$1
    shift
    "${BIN:-.venv/bin}/uv" pip compile --quiet --upgrade --generate-hashes --universal \
        --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate \
        --custom-compile-command "make lock" --output-file "$out" "$@"
}

compile requirements.txt pyproject.toml
compile requirements-models.txt --constraint requirements.txt - < <("${BIN:-.venv/bin}/python" -c '
import pathlib, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
print(*project["optional-dependencies"]["models"], sep="\n")')
compile requirements-dev.txt --extra dev --extra models --extra remote --extra otel \
    --constraint requirements.txt --constraint requirements-models.txt pyproject.toml
compile requirements-build.txt - <<<"flit_core>=3.12,<4"
# A mirror that is not ours, to pull through: a program beside us, so that it shares no version.
compile requirements-mirror.txt - <<<"olah>=0.5.4,<0.6"
# torch comes as the CPU build, from where pip is configured to find wheels (PIP_FIND_LINKS, or
# PyTorch's own CPU index by PIP_EXTRA_INDEX_URL): the build on PyPI brings gigabytes of CUDA.
compile requirements-reference.txt --extra reference --constraint requirements.txt \
    ${PIP_FIND_LINKS:+--find-links "$PIP_FIND_LINKS"} pyproject.toml
