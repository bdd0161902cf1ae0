#!/usr/bin/env bash
# Tells what the last build cost and why, in the summary of the run too where CI has one.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

make --no-print-directory report
[[ -z ${GITHUB_STEP_SUMMARY:-} ]] || cat build/report/report.md >>"$GITHUB_STEP_SUMMARY"
