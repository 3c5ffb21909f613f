# Every chore of the project, one obvious command each. `make help` lists them.
# Paths stay relative and everything runs as `python -m …`, so that a checkout path with a space in it works.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.installed
PORT ?= 8000
export PORT
# pgserver refuses a socket path that is too long, so test servers live in a short temporary folder (tests/servers.py).
XDIST ?= -n 2

.PHONY: help setup demo test test-postgres faults bench pictures frontend frontend-check lint fix types contracts migrations check lock clean

help: ## List the chores
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make .venv with everything that running and testing needs

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Switchyard needs Python 3.11 or newer; set PYTHON=/path/to/python3")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installing dependencies (once) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $(STAMP)

demo: setup ## Run the example company: web server, worker and all, on SQLite
	@exec $(PY) manage.py demo

test: setup ## The suite on SQLite, and the tests of concurrency on PostgreSQL
	@$(PY) -m tests.run default $(ARGS)

test-postgres: setup ## Everything on PostgreSQL, with a real Redis-compatible broker
	@$(PY) -m tests.run postgres $(ARGS)

faults: setup ## Kill processes in the middle of work (slow)
	@$(PY) -m tests.run faults $(ARGS)

bench: setup .venv/.installed-bench ## Measure; see docs/benchmarks.md
	@$(PY) -m benchmarks.pipeline
	@$(PY) -m benchmarks.first_match
	@$(PY) -m benchmarks.replay
	@$(PY) -m benchmarks.routing
	@$(PY) -m benchmarks.analysis
	@$(PY) -m benchmarks.forms
	@$(PY) -m benchmarks.form_page
	@$(PY) -m benchmarks.account_import
	@$(PY) -m benchmarks.workbench

.venv/.installed-bench: $(STAMP) requirements-bench.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

pictures: setup ## Take the pictures of README and documents (needs Chromium)
	@$(PY) -m tests.pictures

frontend: setup ## Build the browser sources
	@$(PY) -m frontend build

frontend-check: setup ## The browser sources: types, built files as committed, sizes
	@$(PY) -m frontend check

lint: setup ## Style and formatting
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

fix: setup ## Mend style and formatting
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

types: setup ## Strict typing
	@$(PY) -m mypy .

contracts: setup ## The floors of the house
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" --no-cache

migrations: setup ## Refuse model changes without a migration
	@$(PY) manage.py makemigrations --check --dry-run

check: lint types contracts migrations frontend-check test test-postgres ## All that CI runs

lock: setup ## Write the pinned requirements from the .in files
	@$(PY) -m uv pip compile --quiet --no-annotate --no-header requirements.in -o requirements.txt
	@$(PY) -m uv pip compile --quiet --no-annotate --no-header requirements-dev.in -o requirements-dev.txt
	@$(PY) -m uv pip compile --quiet --no-annotate --no-header requirements-bench.in -o requirements-bench.txt

clean: ## Remove .venv and local data
	rm -rf .venv var frontend/node_modules .mypy_cache .ruff_cache .hypothesis
