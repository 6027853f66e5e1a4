# The two commands of the README are `make demo` and `make test`: each does its own set-up, once.
# What a step made is remembered inside .venv, so deleting .venv starts from nothing.

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
DONE := .venv/done

CATALOGUES := $(wildcard fleet/locale/*/LC_MESSAGES/*.po)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check setup format lock pack clean
.DELETE_ON_ERROR:

demo: setup
	@$(BIN)/ortoo demo $(ARGS)

# One process a core and one more: half of the time a test waits for real processes and lines.
PROCESSES ?= $(shell expr `nproc` + 1)

test: setup $(DONE)/development $(DONE)/browser $(DONE)/peers
	$(BIN)/pytest -n $(PROCESSES) --dist worksteal $(ARGS)

check: setup $(DONE)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_catalogues.py

# Everything needed to run, and nothing more.
setup: $(DONE)/installed $(DONE)/catalogues $(DONE)/assets

format: $(DONE)/development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Pin anew what the ranges of pyproject.toml and package.json allow today.
lock: $(DONE)/development
	@scripts/lock.sh

# One file that installs ortoo on a machine without network.
pack: setup
	@scripts/pack.sh

clean:
	rm -rf .venv node_modules central/static/vendor
	find fleet/locale -name '*.mo' -delete

$(DONE)/venv: scripts/make_venv.sh
	@scripts/make_venv.sh "$(PYTHON)"
	@mkdir -p $(DONE) && touch $@

$(DONE)/runtime: requirements.txt requirements-build.txt | $(DONE)/venv
	@echo "Set-up: pinned packages for running"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements.txt -r requirements-build.txt
	@touch $@

$(DONE)/development: requirements-dev.txt | $(DONE)/installed
	@echo "Set-up: pinned packages for checking and testing"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.txt
	@touch $@

$(DONE)/installed: pyproject.toml hatch_build.py | $(DONE)/runtime
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation --editable .
	@touch $@

$(DONE)/catalogues: $(CATALOGUES) scripts/compile_catalogues.py | $(DONE)/runtime
	@$(BIN)/python scripts/compile_catalogues.py
	@touch $@

# Other people's programs that tests compare ours with, apart from everything we run on: their packages need not agree.
$(DONE)/peers: requirements-peers.txt | $(DONE)/venv
	@echo "Set-up: pinned packages of the peers that tests compare with"
	@$(BIN)/python -m venv .venv/peers
	@.venv/peers/bin/python -m pip install -q --require-hashes -r requirements-peers.txt
	@touch $@

# Not remembered while something is missing: the next run looks again, and says so again.
$(DONE)/assets: package-lock.json scripts/copy_web_assets.sh | $(DONE)/venv
	@if scripts/copy_web_assets.sh; then touch $@; fi

$(DONE)/browser: scripts/find_browser.sh | $(DONE)/venv
	@if scripts/find_browser.sh; then touch $@; fi
