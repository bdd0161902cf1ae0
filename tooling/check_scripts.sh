#!/usr/bin/env bash
# Lints what no Python tool reads: shell scripts, the Dockerfile, and what tells CI its work. Asks
# nobody over the network, and changes nothing.
#   check_scripts.sh [FOLDER]
# FOLDER is a checkout, by default this one.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
bin=$(cd -- "$here" && cd -- "${BIN:-.venv/bin}" && pwd)
cd -- "${1:-$here}"

failed=()
# check WHAT COMMAND…: tells of every tool that finds something, not of the first alone.
check() {
  local what=$1 said
  shift
  said=$("$@" 2>&1) || {
    printf '%s\n' "$said" >&2
    failed+=("$what")
  }
}

scripts=() workflows=()
shebang='^#!.*[/ ](ba|da)?sh( |$)'
while IFS= read -r -d '' path; do
  [[ -f $path ]] || continue
  case $path in
    .github/workflows/*.yml | .github/workflows/*.yaml) workflows+=("$path") ;;
    *.sh) scripts+=("$path") ;;
    *)
      first=''
      IFS= read -r first <"$path" 2>/dev/null || true
      [[ ! $first =~ $shebang ]] || scripts+=("$path")
      ;;
  esac
done < <(git ls-files -z --cached --others --exclude-standard)

check shellcheck "$bin/shellcheck" --external-sources "${scripts[@]}"
check hadolint "$bin/hadolint" --no-color Dockerfile
if ((${#workflows[@]})); then
  check 'the schema of GitHub workflows' \
    "$bin/check-jsonschema" --builtin-schema vendor.github-workflows "${workflows[@]}"
  check zizmor "$bin/zizmor" --offline --no-progress --strict-collection --persona=pedantic \
    "${workflows[@]}"
fi
if [[ -f .gitlab-ci.yml ]]; then
  check 'the schema of GitLab CI' \
    "$bin/check-jsonschema" --builtin-schema vendor.gitlab-ci .gitlab-ci.yml
fi

((${#failed[@]} == 0)) || {
  printf 'check_scripts.sh: found something: %s\n' "${failed[@]}" >&2
  exit 1
}
