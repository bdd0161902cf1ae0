#!/usr/bin/env bash
# Builds the image with a cache that outlives the engine's own: see docs/building.md.
#
#   ./build-optimized.sh [OPTION]… [-- ARGUMENT…]        ARGUMENTs go to `docker buildx build`
#
#   --tag NAME              what to call the image (ai-translate:latest)
#   --platform LIST         such as linux/amd64,linux/arm64 (the engine's own)
#   --registry-cache REF    share the cache of all stages by a registry; with several platforms as
#                           REF-amd64, REF-arm64 …
#   --push                  push the image, in place of loading it into the engine
#   --no-cache              build every step anew, and begin the local cache anew
#   --without-cache-export  leave the local cache alone: for an engine that cannot export one
#   --network MODE          what steps of the build may reach, such as host
#   --budget FILE           fail with 3 if the build grew or slowed more than this file allows
#   --pin-base              record the digest of the base image in the Dockerfile, and end
#   --help                  show this
#
# Variables:
#   BASE_IMAGE              base image (that of the Dockerfile)
#   IMAGE                   the same as --tag
#   HF_ENDPOINT, HF_TOKEN   where models come from: secrets of the build, never in the image
#   PIP_CONF                file of pip's configuration, likewise
#   CA_BUNDLE               file of trusted certificates, likewise (SSL_CERT_FILE)
#   AIT_REQUIRE_SIGNATURE   public keys, of which one must have signed each model
#   CACHE_DIR               the local cache (/tmp/.buildx-cache)
#   BUILD_HISTORY           file of what builds cost (build/report/history.jsonl)
#   BUILD_NAME              what this build is called in it (the branch)
#   BUILD_BASELINE          compare it with the last build of this name or commit, too
#   SOURCE_DATE_EPOCH       passed on to the build
#   DOCKER                  client to call (docker)
#   TEST_IMAGE              true: then run the image as production does, and look into its layers
#   TEST_MEMORY_MB          memory that it has there (512)
#
# Exits with 0 if all is well, 1 if the build or a check failed, 2 if it cannot begin, 3 if it is
# over budget. Tells what the build cost, and why, where there is Python 3.11.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

docker=${DOCKER:-docker}
tag=${IMAGE:-ai-translate:latest}
cache=${CACHE_DIR:-/tmp/.buildx-cache}
platforms='' registry='' push='' fresh='' export=yes network='' pin='' budget='' more=()

# stop SENTENCE HINT…
stop() {
  printf 'build-optimized.sh: %s\n' "$1" >&2
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 2
}

while (($#)); do
  case $1 in
    --tag | --platform | --registry-cache | --network | --budget)
      [[ -n ${2:-} ]] || stop "$1 lacks its value." './build-optimized.sh --help lists the options.'
      case $1 in
        --tag) tag=$2 ;;
        --platform) platforms=$2 ;;
        --registry-cache) registry=$2 ;;
        --network) network=$2 ;;
        --budget) budget=$2 ;;
      esac
      shift
      ;;
    --push) push=yes ;;
    --no-cache) fresh=yes ;;
    --without-cache-export) export='' ;;
    --pin-base) pin=yes ;;
    -h | --help) sed -n '2,/^set /{s/^# \{0,1\}//;/^set /d;p;}' build-optimized.sh && exit ;;
    --) shift && more=("$@") && break ;;
    *) stop "There is no option $1." './build-optimized.sh --help lists the options.' ;;
  esac
  shift
done

command -v "$docker" >/dev/null || stop "There is no $docker on PATH." \
  'Install Docker Engine 25 or newer with its buildx plugin, or set DOCKER to the client.'

silent() {
  stop "The engine does not answer: $(tail -n 1 <<<"$1" | sed 's/^Error: *//')" \
    'Start it, or set DOCKER_HOST to where it listens. Then "docker info" answers.'
}

# Tells of the plugin, of the engine and of the builder at once.
builder=$("$docker" buildx inspect 2>&1) || true
driver=$(awk '$1 == "Driver:" {print $2; exit}' <<<"$builder")
if [[ -z $driver ]]; then
  [[ $("$docker" buildx version 2>&1) == *docker/buildx* ]] || stop \
    "$docker has no buildx, and would fall back to a builder that knows no secrets and no caches." \
    'Install its plugin (docker-buildx in Debian, docker-buildx-plugin from Docker), or set DOCKER' \
    'to a client that has it: another one may come earlier on PATH.'
  silent "$builder"
fi
able=yes
if [[ $driver == docker ]]; then
  plugins='{{range .ClientInfo.Plugins}} {{.Name}} {{.Version}}{{end}}'
  store=$("$docker" info --format "{{json .DriverStatus}}$plugins" 2>&1) || silent "$store"
  [[ $store == *io.containerd.snapshotter* ]] || able=''
fi
[[ $able || (-z $export && -z $registry) ]] || stop \
  'The store of this engine cannot export the cache of a build. One of these helps:' \
  '- {"features":{"containerd-snapshotter":true}} in /etc/docker/daemon.json, and a restart;' \
  '- docker buildx create --use;' \
  '- --without-cache-export, and no --registry-cache: the cache inside the engine must do.'

base=${BASE_IMAGE:-$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile)}
if [[ $pin ]]; then
  name=${base%%@*}
  said=$("$docker" buildx imagetools inspect "$name" 2>&1) || true
  digest=$(awk '$1 == "Digest:" {print $2; exit}' <<<"$said")
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || stop \
    "The registry does not tell the digest of $name: ${said##*$'\n'}" \
    'Check its name, your login ("docker login") and the network.'
  sed "s|^ARG BASE_IMAGE=.*|ARG BASE_IMAGE=$name@$digest|" Dockerfile >Dockerfile.pinned
  mv Dockerfile.pinned Dockerfile
  echo "Dockerfile: ARG BASE_IMAGE=$name@$digest"
  exit
fi

[[ $platforms != *,* || $push || ($able && $driver == docker) ]] || stop \
  "An image of several platforms ($platforms) cannot be loaded into this engine." \
  'Use --push, or build one platform. An engine that keeps images in containerd can load several.'
# As the interpreter names itself: what is on PATH may be a script that looks for it every time.
for name in .venv/bin/python python3; do
  python=$("$name" -c 'import sys; print(sys.executable) if sys.version_info >= (3, 11) else None' \
    2>/dev/null) && [[ $python ]] && break
done
if [[ ${TEST_IMAGE:-} == true ]]; then
  [[ -z $push && $platforms != *,* ]] || stop 'TEST_IMAGE=true runs the image in the engine.' \
    'Build one platform without --push; then push: nothing is built twice.'
  [[ $python ]] || stop 'TEST_IMAGE=true needs Python 3.11 or newer, as python3.' 'Install it.'
fi
if [[ -x .venv/bin/python ]]; then
  stale=$(.venv/bin/python tooling/image/dockerfile.py --check 2>&1) || true
  [[ $stale != *'out of step'* ]] || stop "$stale" 'The image would not have the models of the lock.'
fi

# Where the log of the last build is kept; without it, nothing is told of the build.
kept=build/report
[[ $python && -d tooling/build_report ]] && mkdir -p $kept 2>/dev/null || kept=''
[[ -z $budget || ($kept && -r $budget) ]] || stop "--budget $budget needs that file, Python 3.11 or \
newer as python3, and a folder build/report that can be written." 'Provide what is missing.'
# Needs no package, and starts sooner without a look for any.
report() {
  PYTHONPATH=tooling PYTHONDONTWRITEBYTECODE='' "$python" -S -m build_report "$@"
}

progress=plain
if [[ $kept ]]; then
  rm -f $kept/log-* $kept/metadata.json
  # What is built, before it is: the next build can then tell what changed.
  report inputs >$kept/inputs.json 2>/dev/null &
  # Only this form tells what waited for what; buildx 0.13 brought it.
  version='buildx v?([0-9]+)\.([0-9]+)'
  [[ ${store:-} =~ $version || $("$docker" buildx version) =~ [/\ ]$version ]] &&
    ((BASH_REMATCH[1] > 0 || BASH_REMATCH[2] >= 13)) && progress=rawjson
fi

arguments=("--progress=$progress" "--tag=$tag")
arguments+=("--build-arg=VERSION=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' src/ai_translate/__init__.py)")
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[[ $revision == unknown ]] || git diff-index --quiet HEAD -- || revision+=-dirty
arguments+=("--build-arg=REVISION=$revision")
[[ -z ${BASE_IMAGE:-} ]] || arguments+=("--build-arg=BASE_IMAGE=$BASE_IMAGE")
[[ -z ${SOURCE_DATE_EPOCH:-} ]] || arguments+=("--build-arg=SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH")
[[ -z ${AIT_REQUIRE_SIGNATURE:-} ]] ||
  arguments+=("--build-arg=AIT_REQUIRE_SIGNATURE=$AIT_REQUIRE_SIGNATURE")
[[ -z $network ]] || arguments+=("--network=$network")
[[ -z ${HF_ENDPOINT:-} ]] || arguments+=("--secret=id=hf_endpoint,env=HF_ENDPOINT")
[[ -z ${HF_TOKEN:-} ]] || arguments+=("--secret=id=hf_token,env=HF_TOKEN")
[[ -n ${CA_BUNDLE:-} || ! -f ${SSL_CERT_FILE:-} ]] || CA_BUNDLE=$SSL_CERT_FILE
for name in PIP_CONF CA_BUNDLE; do
  file=${!name:-}
  [[ -z $file ]] && continue
  [[ -r $file ]] || stop "$name: $file is no file that can be read." 'Correct or unset it.'
  arguments+=("--secret=id=$(tr '[:upper:]' '[:lower:]' <<<"$name"),src=$file")
done

# Written beside the cache, which is replaced only after a build that succeeded.
written="$cache.new.$$" log=$(mktemp) calls=0 anew=$fresh
trap 'rm -rf "$written" "$log"' EXIT
trap 'exit 130' INT TERM
last=(--load)
[[ -z $push ]] || last=(--push)
if [[ $export ]]; then
  mkdir -p "$written"
  # Its index names the manifest that was exported last: that of a registry must be the same.
  last+=("--cache-to=type=local,mode=max,image-manifest=true,dest=$written")
  if [[ -z $fresh && -f $cache/index.json ]]; then
    arguments+=("--cache-from=type=local,src=$cache")
    # Blobs that are there need not be written again. Where there are no hard links, they are.
    cp -al "$cache/blobs" "$written/" 2>/dev/null || rm -rf "$written/blobs"
  fi
fi

# Shows the progress of a call, and keeps it. A report that fails must not stop a build.
watched() {
  if [[ $kept ]]; then
    tee "$kept/log-$calls" | { report follow || cat; }
  else
    cat
  fi | tee "$log"
}

build() {
  calls=$((calls + 1))
  "$docker" buildx build "${arguments[@]}" "$@" ${more[@]+"${more[@]}"} . 2>&1 | watched >&2 && return
  record --failed >/dev/null 2>&1
  echo 'build-optimized.sh: The build failed, as told above. The local cache is as it was.' >&2
  exit 1
}

# Adds the build to the history, and tells what it cost. Ends the script if it is over budget.
record() {
  [[ $kept ]] || return 0
  local status=0 call logs=()
  wait
  for ((call = 1; call <= calls; call++)); do logs+=(--log "$kept/log-$call"); done
  # Each platform had a call of its own, if there were several.
  for ((call = 1; call < calls; call++)); do logs+=(--platform "$(cut -d, -f$call <<<"$platforms")"); done
  report record "${logs[@]}" --seconds "$SECONDS" --tag "$tag" \
    --metadata $kept/metadata.json --inputs $kept/inputs.json \
    --history "${BUILD_HISTORY:-$kept/history.jsonl}" --baseline "${BUILD_BASELINE:-}" \
    --name "${BUILD_NAME:-$(git symbolic-ref --short --quiet HEAD 2>/dev/null || true)}" \
    --commit "${revision#unknown}" ${anew:+--fresh} ${budget:+--budget "$budget"} "$@" || status=$?
  ((status != 3)) || exit 3
  ((status == 0)) || echo "build-optimized.sh: What the build cost cannot be told, as said above. \
The image is not concerned." >&2
}

if [[ $registry && $platforms == *,* ]]; then
  for platform in ${platforms//,/ }; do
    ref=$registry-$(tr / - <<<"${platform#*/}")
    arguments+=("--cache-from=type=registry,ref=$ref")
    build "--platform=$platform" --output=type=cacheonly ${fresh:+--no-cache} \
      "--cache-to=type=registry,mode=max,image-manifest=true,ref=$ref"
  done
  fresh=''
elif [[ $registry ]]; then
  arguments+=("--cache-from=type=registry,ref=$registry")
  last+=("--cache-to=type=registry,mode=max,image-manifest=true,ref=$registry")
fi
build ${platforms:+"--platform=$platforms"} "${last[@]}" ${fresh:+--no-cache} \
  ${kept:+"--metadata-file=$kept/metadata.json"}

if [[ $export ]]; then
  # What the manifest does not name is of earlier builds.
  blobs=$written/blobs/sha256
  manifest=$(grep -oE '[0-9a-f]{64}' "$written/index.json")
  named=$(grep -oE '[0-9a-f]{64}' "$blobs/$manifest")
  comm -23 <(cd "$blobs" && printf '%s\n' * | sort) <(printf '%s\n' "$manifest" "$named" | sort) |
    sed "s|^|$blobs/|" | tr '\n' '\0' | xargs -0 rm -f
  [[ ! -e $cache ]] || mv "$cache" "$written.old"
  mv "$written" "$cache"
  rm -rf "$written.old"
fi

awk -v seconds=$SECONDS '
  /^#[0-9]+ \[.* [0-9]+\/[0-9]+\] / && !/\] FROM / {steps[$1]}
  $2 == "CACHED" {cached[$1]}
  /\[internal\] load build context/ {context = $1}
  $1 == context && /transferring context: / {size = $4}
  END {
    for (step in steps) {all++; kept += step in cached}
    printf "built in %d s: %d of %d steps cached, %s of context sent\n", seconds, kept, all, size
  }' "$log"
if [[ -z $push ]]; then
  size=$("$docker" image inspect --format '{{.Size}}' "$tag")
  echo "loaded as $tag, $((size / 1000000)) MB in the store of the engine"
fi
if [[ $push ]]; then
  record --where registry
else
  record --where engine ${export:+--cache "$cache"}
fi
if [[ ${TEST_IMAGE:-} == true ]]; then
  rm "$log"
  export CA_BUNDLE
  PYTHONPATH=tooling exec "$python" -m image_check "$tag"
fi
