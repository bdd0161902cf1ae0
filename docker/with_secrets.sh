#!/bin/sh
# Runs a command with the secrets that this step of a build was given, as the variables that it
# reads. One that was not given, or is empty, changes nothing.
set -eu

secrets=/run/secrets

given() {
    test -s "$secrets/$1"
}

if given hf_endpoint; then
    HF_ENDPOINT=$(cat "$secrets/hf_endpoint")
    export HF_ENDPOINT
fi
if given hf_token; then
    HF_TOKEN=$(cat "$secrets/hf_token")
    export HF_TOKEN
fi
if given ca_bundle; then
    export SSL_CERT_FILE="$secrets/ca_bundle" PIP_CERT="$secrets/ca_bundle"
fi
if given pip_conf; then
    export PIP_CONFIG_FILE="$secrets/pip_conf"
fi
exec "$@"
