#!/usr/bin/env bash
# Checks an Artifactory repository, item by item, by pulling a model from it: see docs/artifactory.md.
#
#   HF_ENDPOINT=https://HOST/artifactory/api/huggingfaceml/REPO HF_TOKEN=… ./test-artifactory.sh
#
# MODEL chooses the model, Helsinki-NLP/opus-mt-en-fr by default. Arguments are those of
# `ai-translate hub check`: --json, --write, --revision. Exits with 0 if nothing failed, 1 if
# something did, 2 if the call is wrong. Nothing but Python 3.11 and make is needed beforehand.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

for argument in "$@"; do
  if [[ $argument == -h || $argument == --help ]]; then
    sed -n '2,/^set /{s/^# \{0,1\}//;/^set /d;p}' -- "${BASH_SOURCE[0]##*/}"
    exit 0
  fi
done

if [[ -z ${HF_ENDPOINT:-} ]]; then
  echo "test-artifactory.sh: HF_ENDPOINT is not set: it says which repository is checked." >&2
  echo "  export HF_ENDPOINT=https://HOST/artifactory/api/huggingfaceml/REPO" >&2
  echo "  export HF_TOKEN=…    # an identity token that may read it" >&2
  exit 2
fi

# A remote repository fetches a whole file before it answers.
export HF_HUB_ETAG_TIMEOUT=${HF_HUB_ETAG_TIMEOUT:-86400}
export HF_HUB_DOWNLOAD_TIMEOUT=${HF_HUB_DOWNLOAD_TIMEOUT:-86400}

"${MAKE:-make}" --no-print-directory --silent .venv/.installed >&2
exec .venv/bin/ai-translate hub check "${MODEL:-Helsinki-NLP/opus-mt-en-fr}" "$@"
