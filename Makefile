# `make demo` and `make test` each do all of the set-up themselves; a second run starts at once.
# Needs Python 3.11 or newer (with its venv module) and make, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The first of these that runs and is 3.11 or newer. Another: make setup PYTHON=/path/to/python
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

BIN := .venv/bin
UV := $(BIN)/uv
TO_VENV := --python $(BIN)/python
COMPILE := $(UV) pip compile --quiet --python ../$(BIN)/python --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help setup demo test drill check docs bench train-matching lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

setup: .venv/.dev ## make .venv with everything that tests and checks need

demo: .venv/.project ## the whole service on this machine, on sample files (runtime dependencies only)
	$(BIN)/lvws demo

test: .venv/.dev ## all tests
	$(BIN)/pytest -q

drill: .venv/.dev ## a bad week in a sandbox, mended with the runbook's commands alone
	$(BIN)/pytest -q -s -n 0 tests/test_drill.py

check: .venv/.dev ## style, types, direction of imports, freshness of the generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m docs.generate --check

docs: .venv/.project ## write the generated pages of docs/ anew
	$(BIN)/python -m docs.generate

bench: .venv/.bench ## measure speed and matching beside peers (long)
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.matching --folder var/matching

train-matching: .venv/.project ## fit the model of matching anew to made-up people: make train-matching VERSION=2 (a quarter of an hour)
	$(BIN)/python -m synth.training --version "$(VERSION)" --folder var/training

lock: .venv/.uv ## resolve the newest allowed versions anew, with their hashes
	cd requirements && for each in uv runtime dev bench; do ../$(COMPILE) --upgrade $$each.in -o $$each.txt; done

clean: ## remove the environment and what tools left; var/ (the data) stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp says what is in .venv; it is older than its lock when the lock has changed.

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed. Name one: make setup PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module. On Debian: apt-get install python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv .venv

.venv/.uv: requirements/uv.txt .venv/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.runtime: requirements/runtime.txt .venv/.uv
	@echo "Installing what the service needs into .venv (a minute or two the first time)"
	$(UV) pip install $(TO_VENV) --quiet --compile-bytecode --require-hashes -r requirements/runtime.txt
	@touch $@

# Editable, with the locked setuptools: nothing is fetched.
.venv/.project: pyproject.toml .venv/.runtime
	$(UV) pip install $(TO_VENV) --quiet --no-deps --no-build-isolation --offline -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.project
	$(UV) pip install $(TO_VENV) --quiet --compile-bytecode --require-hashes -r requirements/runtime.txt -r requirements/dev.txt
	@touch $@

.venv/.bench: requirements/bench.txt .venv/.project
	$(UV) pip install $(TO_VENV) --quiet --compile-bytecode --require-hashes -r requirements/runtime.txt -r requirements/bench.txt
	@touch $@
