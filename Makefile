# Two commands: `make demo` builds and serves a knowledge graph, `make test` checks everything.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test test-again setup debian lint docs bench lock clean

# The system's Python where it will do: distributions build theirs with profiles, which pyenv does not (a third faster).
PYTHON ?= $(shell /usr/bin/python3 -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo /usr/bin/python3 || echo python3)
BIN := .venv/bin
READY := .venv/.ready
DEBIAN := chromium default-jre-headless raptor2-utils rasqal-utils virtuoso-opensource-7-bin
SOURCES := $(shell git ls-files -co --exclude-standard 2>/dev/null)
export HF_HUB_OFFLINE := 1
export TRANSFORMERS_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(READY) ## Install, build the demo knowledge graph and serve it
	@$(BIN)/gnomon demo

test: $(READY) .build/debian .build/tested ## Install and run every check; nothing to do if nothing changed
	@echo "All checks have passed for this tree (make test-again runs them once more)."

test-again: ## Run every check even if nothing changed
	@rm -f .build/tested
	@$(MAKE) --no-print-directory test

.build/tested: $(SOURCES)
	@mkdir -p .build
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 --dist loadgroup --durations 25
	@touch $@

lint: $(READY) ## Style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(READY) ## Write the reference pages of docs/ from the code
	$(BIN)/python -m api.cli.reference docs

bench: $(READY) ## Print throughput, sizes and latencies (FOLDER=path, default the demo corpus)
	$(BIN)/python -m bench.pipeline $(FOLDER)

setup: $(READY) ## Install Python packages into .venv

$(READY): requirements.lock pyproject.toml
	@echo "Installing Python packages into .venv …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; }
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.build/debian: Makefile
	@mkdir -p .build
	@dpkg -s $(DEBIAN) >/dev/null 2>&1 || \
	  { echo "Installing $(DEBIAN) …"; apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null; }
	@touch $@

lock: ## Renew requirements.lock from pyproject.toml (hashes, no addresses; UPGRADE=--upgrade for newer versions)
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate -q --python-version 3.11 \
	  --group dev pyproject.toml -o requirements.lock $(UPGRADE)

clean: ## Remove what was installed and built (not your data)
	rm -rf .venv .build dist
