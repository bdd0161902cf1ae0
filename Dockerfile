# Dependencies, each model and the application are made in stages that do not wait for each other,
# and lie in layers of their own: docs/building.md tells what rebuilds when.
#
# There is no `# syntax=` line: it would fetch a frontend, which a closed network refuses.

ARG BASE_IMAGE=python:3.11-slim-bookworm


# What the service needs, and nothing that only a build needs.
FROM ${BASE_IMAGE} AS dependencies
WORKDIR /build
RUN python3 -m venv /opt/pip
COPY requirements.txt ./
RUN --mount=type=bind,source=docker/with_secrets.sh,target=/run/with_secrets.sh \
    --mount=type=bind,source=docker/trim.sh,target=/run/trim.sh \
    --mount=type=bind,source=docker/seal.sh,target=/run/seal.sh \
    --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip_conf \
    --mount=type=secret,id=ca_bundle \
    python3 -m venv --without-pip /opt/venv \
    && /run/with_secrets.sh /opt/pip/bin/pip --python /opt/venv/bin/python \
        --disable-pip-version-check install --no-compile --require-hashes --only-binary=:all: \
        -r requirements.txt \
    && /run/trim.sh /opt/venv \
    && mkdir -p /layer/opt && mv /opt/venv /layer/opt/ \
    && /run/seal.sh /layer


# What follows is the same on every architecture, so it is made on the one that builds.
FROM --platform=$BUILDPLATFORM ${BASE_IMAGE} AS builder
WORKDIR /build
RUN python3 -m venv /opt/pip


# What makes artifacts of models: the ground and `supply`, no service.
FROM builder AS converter
COPY requirements-models.txt ./
RUN --mount=type=bind,source=docker/with_secrets.sh,target=/run/with_secrets.sh \
    --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip_conf \
    --mount=type=secret,id=ca_bundle \
    /run/with_secrets.sh /opt/pip/bin/pip --disable-pip-version-check install --require-hashes \
        --only-binary=:all: -r requirements-models.txt
# No `__init__.py`: it holds the version, which must not make models anew.
COPY src/ai_translate/artifact.py src/ai_translate/config.py src/ai_translate/errors.py \
    src/ai_translate/languages.py src/ai_translate/
COPY src/ai_translate/supply src/ai_translate/supply
# Public keys, no secret: others must look at every model anew.
ARG AIT_REQUIRE_SIGNATURE=
# Artifactory fetches a whole file before it answers: as long as it recommends to wait.
ENV PYTHONPATH=/build/src \
    AIT_REQUIRE_SIGNATURE=${AIT_REQUIRE_SIGNATURE} \
    AIT_MODELS_DIR=/models \
    HF_HUB_ETAG_TIMEOUT=86400 \
    HF_HUB_DOWNLOAD_TIMEOUT=86400

# models: begin, written by `make dockerfile` from models.lock
FROM converter AS model-starter-en-fr
COPY ["starter/en-fr/config.json", "starter/en-fr/model.safetensors", "starter/en-fr/source.spm", "starter/en-fr/target.spm", "starter/en-fr/tokenizer_config.json", "starter/en-fr/vocab.json", "./starter/en-fr/"]
COPY <<'LOCK' ./models.lock
version = 1

[[model]]
name = "starter-en-fr"
folder = "starter/en-fr"
pairs = ["en:fr"]
licence = "CC BY 2.0 FR"
quantization = "int8"
part_tokens = 28
artifact = "d391866f6c11d85348e022d758d9a807fc657407f8cecad1e43cd620d96125b0"

[model.files]
"config.json" = { size = 991, sha256 = "20b58da2e54608bf5f4bd366023704fc9d21dbde486b51e28c8a8b8bc764df73" }
"model.safetensors" = { size = 14657482, sha256 = "d9ebff49e59251de6dce773a6cbfa4ae11810b55e3e49eacb0f1c75489038345" }
"source.spm" = { size = 381763, sha256 = "867a75531edc338295a5b6f29d249e4ef6da6b7e68dbc97d2093056285535a7a" }
"target.spm" = { size = 381763, sha256 = "867a75531edc338295a5b6f29d249e4ef6da6b7e68dbc97d2093056285535a7a" }
"tokenizer_config.json" = { size = 214, sha256 = "7c75bb07b00321549020098183cb78c38b85ae03f2df84f9ddcfa57c1144e9fa" }
"vocab.json" = { size = 148554, sha256 = "46c67e87f8acdfc3024b1aeaf01a688232042c4d9b31722b7dfbfbbc0210b181" }
LOCK

RUN --mount=type=bind,source=docker/with_secrets.sh,target=/run/with_secrets.sh \
    --mount=type=bind,source=docker/seal.sh,target=/run/seal.sh \
    --mount=type=cache,target=/models \
    --mount=type=secret,id=hf_endpoint \
    --mount=type=secret,id=hf_token \
    --mount=type=secret,id=ca_bundle \
    /run/with_secrets.sh /opt/pip/bin/python -m ai_translate.supply /layer/app/models \
    && /run/seal.sh /layer
# models: end


FROM builder AS application
COPY requirements-build.txt ./
RUN --mount=type=bind,source=docker/with_secrets.sh,target=/run/with_secrets.sh \
    --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip_conf \
    --mount=type=secret,id=ca_bundle \
    /run/with_secrets.sh /opt/pip/bin/pip --disable-pip-version-check install --require-hashes \
        -r requirements-build.txt
COPY pyproject.toml LICENSE ./
COPY src src
# The package quotes its README, of which no edit shall rebuild anything. Any user may keep state.
RUN --mount=type=bind,source=docker/seal.sh,target=/run/seal.sh \
    touch README.md \
    && /opt/pip/bin/python -m flit_core.wheel --outdir /tmp/wheel . \
    && /opt/pip/bin/pip --disable-pip-version-check install --quiet --no-index --no-deps \
        --no-compile --no-cache-dir --prefix /layer/opt/venv /tmp/wheel/*.whl \
    && sed -i '1s|/opt/pip/|/opt/venv/|' /layer/opt/venv/bin/ai-translate \
    && mkdir -p /layer/app && mkdir -m 1777 /layer/app/state \
    && /run/seal.sh /layer


# Which models there are: apart, so that a change of one leaves the application's layer as it is.
FROM builder AS lock
RUN --mount=type=bind,source=docker/seal.sh,target=/run/seal.sh \
    --mount=type=bind,source=models.lock,target=/run/models.lock \
    mkdir -p /layer/app && install -m 644 /run/models.lock /layer/app/ && /run/seal.sh /layer


# What runs: what changes least lies lowest.
FROM ${BASE_IMAGE} AS service
RUN --mount=type=bind,source=docker/remove_pip.sh,target=/run/remove_pip.sh /run/remove_pip.sh
COPY --link --from=dependencies /layer/ /
# model layers: begin, written by `make dockerfile` from models.lock
COPY --link --from=model-starter-en-fr /layer/ /
# model layers: end
COPY --link --from=lock /layer/ /
COPY --link --from=application /layer/ /
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HOME=/app/models \
    TRANSFORMERS_CACHE=/app/models \
    HF_HUB_OFFLINE=1 \
    TRANSFORMERS_OFFLINE=1 \
    AIT_HOST=0.0.0.0 \
    AIT_PORT=8002 \
    AIT_MODELS_DIR=/app/models \
    AIT_MODELS_LOCK=/app/models.lock \
    AIT_STATE_DIR=/app/state \
    AIT_LOG_FORMAT=json
# Anybody who reaches the port may translate, so that `docker run` alone gives a service. It warns
# of that at start. `-e AIT_AUTH=keys` asks for keys; see docs/keys.md.
ENV AIT_AUTH=none
WORKDIR /app
USER 10001:10001
EXPOSE 8002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["/opt/venv/bin/python", "-m", "ai_translate.server.probe"]
ENTRYPOINT ["/opt/venv/bin/ai-translate"]
CMD ["serve"]
# These change with every commit, and no layer with them.
ARG VERSION=0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="AI Translate" \
    org.opencontainers.image.description="Neural translation with pinned models, offline" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION"
