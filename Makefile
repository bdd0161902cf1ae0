# `make help` lists the verbs. Nothing but Python 3.11 and make is needed beforehand.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
REFERENCE := .venv-reference
MIRROR := .venv-mirror
BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check --quiet install
export PYTHONDONTWRITEBYTECODE :=

# One recipe makes each environment: $(1) folder, $(2) requirement files, hash-locked.
define install
	@echo "Installing $(1) …" >&2
	@test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
	@$(1)/bin/python $(PIP) --require-hashes $(addprefix -r ,$(2))
	@$(1)/bin/python $(PIP) --no-deps --no-build-isolation --editable .
endef

.PHONY: help
help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements.txt requirements-models.txt requirements-build.txt pyproject.toml
	$(call install,$(VENV),requirements.txt requirements-models.txt requirements-build.txt)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(call install,$(VENV),requirements-dev.txt requirements-build.txt)
	@touch $@

$(REFERENCE)/.installed: requirements-reference.txt requirements-build.txt pyproject.toml
	$(call install,$(REFERENCE),requirements-reference.txt requirements-build.txt)
	@touch $@

$(MIRROR)/.installed: requirements-mirror.txt requirements-build.txt
	$(call install,$(MIRROR),requirements-mirror.txt requirements-build.txt)
	@touch $@

.PHONY: models
models: $(VENV)/.installed ## Bring the model store to what models.lock says
	@$(BIN)/ai-translate models pull

.PHONY: serve
serve: models ## Set everything up and serve on http://127.0.0.1:8002
	@exec $(BIN)/ai-translate serve

.PHONY: test
test: $(VENV)/.installed-dev models ## Set everything up and run the tests
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile
	@echo "Not run: make test-clients, which needs Node, and make test-image and make test-browser, which need Debian packages." >&2

.PHONY: test-reference
test-reference: $(REFERENCE)/.installed ## Hold our conversion against torch and transformers
	$(REFERENCE)/bin/python -m pytest tests/reference

.PHONY: test-mirror
test-mirror: $(VENV)/.installed-dev $(MIRROR)/.installed ## Pull models through a mirror that is not ours
	$(BIN)/python -m pytest tests/mirror

.PHONY: test-clients
test-clients: $(VENV)/.installed-dev ## Talk to a server as curl, JavaScript and clients of others do; needs Node 18 and curl
	tooling/clients/install.sh
	$(BIN)/python -m pytest tests/clients

.PHONY: test-fuzz
test-fuzz: $(VENV)/.installed-dev models ## Send what nobody would write, FUZZ_SECONDS for each kind
	$(BIN)/python -m pytest tests/fuzz

.PHONY: test-operation
test-operation: $(VENV)/.installed-dev models ## Try a server under faults and beside Redis and Prometheus; needs Debian and root
	tooling/operation/install.sh
	$(BIN)/python -m pytest tests/operation

.PHONY: test-image
test-image: $(VENV)/.installed-dev models ## Build and try the image on an engine of its own; needs Debian and root
	tooling/engine/install.sh
	$(BIN)/python -m pytest tests/image

.PHONY: test-browser
test-browser: $(VENV)/.installed-dev ## Open the web page and reports in Chromium; needs Debian and root
	tooling/browser/install.sh
	$(BIN)/python -m pytest tests/browser --numprocesses 2 --dist loadfile

.PHONY: image
image: ## Build the image, from its caches; needs Docker with buildx
	./build-optimized.sh

.PHONY: report
report: ## Tell what the last build cost, and write it as build/report/report.md and .html
	@PYTHONPATH=tooling $(PYTHON) -m build_report show \
		--history "$(or $(BUILD_HISTORY),build/report/history.jsonl)" \
		--markdown build/report/report.md --html build/report/report.html \
		$(if $(BUILD_BASELINE),--baseline "$(BUILD_BASELINE)") $(if $(BUDGET),--budget "$(BUDGET)")

.PHONY: image-arm64
image-arm64: $(VENV)/.installed-dev ## Build the image for arm64 under emulation and translate with it; needs Debian and root
	tooling/engine/install.sh
	tooling/engine/emulation.sh
	PYTHONPATH=tests $(BIN)/python benchmarks/arm64.py

.PHONY: dockerfile
dockerfile: $(VENV)/.installed ## Write the models of models.lock into the Dockerfile
	$(BIN)/python tooling/image/dockerfile.py

.PHONY: sbom
sbom: $(VENV)/.installed-dev ## List what the image has, as build/sbom.json in the form of CycloneDX
	@$(BIN)/python tooling/sbom.py

.PHONY: audit
audit: $(VENV)/.installed-dev ## Look for known vulnerabilities, licences that are not allowed, and secrets
	@PYTHONPATH=tooling $(BIN)/python -m audit

.PHONY: check
check: $(VENV)/.installed-dev ## Lint, types and floors; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	BIN=$(BIN) tooling/check_scripts.sh
	$(BIN)/python tooling/docs_tables.py --check
	$(BIN)/python tooling/image/dockerfile.py --check

.PHONY: fix
fix: $(VENV)/.installed-dev ## Repair what can be repaired automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: $(VENV)/.installed-dev ## Compile the hash-locked requirements from pyproject.toml
	BIN=$(BIN) tooling/compile_requirements.sh

.PHONY: ci-cache-keys
ci-cache-keys: ## Print the keys of caches for pip and for models, for CI
	@$(PYTHON) tooling/ci_cache_keys.py

.PHONY: bench
bench: models $(VENV)/.installed-dev ## Measure start, speed, latency and overload; needs wrk
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/throughput.py
	$(BIN)/python benchmarks/throughput.py --opus
	$(BIN)/python benchmarks/request_cost.py
	$(BIN)/python benchmarks/door_cost.py
	PYTHONPATH=tests $(BIN)/python benchmarks/reliability.py

.PHONY: bench-models
bench-models: models $(VENV)/.installed-dev $(REFERENCE)/.installed ## Measure how models come in; needs nginx and curl
	$(BIN)/python benchmarks/conversion.py
	$(BIN)/python benchmarks/download.py
	$(BIN)/python benchmarks/pull.py
	PYTHONPATH=tests $(BIN)/python benchmarks/remote.py

.PHONY: bench-image
bench-image: $(VENV)/.installed-dev models ## Measure builds of the image and of a plain one; needs Debian and root
	tooling/engine/install.sh
	PYTHONPATH=tests $(BIN)/python benchmarks/building.py

.PHONY: bench-insight
bench-insight: $(VENV)/.installed-dev models ## Measure what the report of a build costs; needs Debian and root
	tooling/engine/install.sh
	PYTHONPATH=tests:tooling $(BIN)/python benchmarks/build_insight.py

.PHONY: bench-page
bench-page: $(VENV)/.installed-dev models ## Measure what the web page costs a browser; needs Debian and root
	tooling/browser/install.sh
	PYTHONPATH=tests $(BIN)/python benchmarks/page.py

.PHONY: bench-rivals
bench-rivals: models $(VENV)/.installed-dev ## Measure beside other services; installs them
	$(BIN)/python benchmarks/rivals.py

.PHONY: docs
docs: $(VENV)/.installed-dev ## Write the tables and charts of the docs
	$(BIN)/python tooling/docs_tables.py

.PHONY: clean-caches
clean-caches: ## Show caches and remove them; DRY_RUN=1 only shows, MODELS=1 and PIP=1 take more
	@$(PYTHON) tooling/clean_caches.py $(if $(DRY_RUN),--dry-run) $(if $(MODELS),--models) $(if $(PIP),--pip)

.PHONY: clean
clean: ## Remove environments, models and caches made here
	rm -rf $(VENV) $(REFERENCE) $(MIRROR) .venv-rivals .models .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .engine tests/clients/node_modules
