#!/usr/bin/env bash
# Makes one image of those that .ci/steps/image.sh has pushed for each architecture, and tells what
# it is: in GitHub Actions as the outputs `image`, its name without a tag, and `digest`.
#
#   IMAGE           its name and registry (ai-translate)
#   TAG             (latest)
#   ARCHITECTURES   (amd64 arm64)
#   LATEST          true: call it latest, too
set -euo pipefail

image=${IMAGE:-ai-translate} tag=${TAG:-latest} docker=${DOCKER:-docker}
image=${image,,} tag=${tag//[^A-Za-z0-9_.-]/-} sources=() tags=(--tag "$image:$tag")
for architecture in ${ARCHITECTURES:-amd64 arm64}; do
  sources+=("$image:$tag-$architecture")
done
[[ ${LATEST:-} != true ]] || tags+=(--tag "$image:latest")
"$docker" buildx imagetools create "${tags[@]}" "${sources[@]}"
told=$("$docker" buildx imagetools inspect "$image:$tag")
digest=$(awk '$1 == "Digest:" {print $2; exit}' <<<"$told")
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || {
  echo "manifest.sh: The registry does not tell the digest of $image:$tag, but: $told" >&2
  exit 1
}
echo "$image:$tag is $digest"
[[ -z ${GITHUB_OUTPUT:-} ]] || printf '%s\n' "image=$image" "digest=$digest" >>"$GITHUB_OUTPUT"
