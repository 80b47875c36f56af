# Everything below needs only Python 3.11 or newer, git and make. `make` alone lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Where PYTHONDONTWRITEBYTECODE is set nothing would be compiled, and each process would take three seconds to start.
# Some packages carry files that are not quite Python; that those are not compiled is no error.
COMPILED := $(BIN)/python -m compileall -qq -j 0

.DEFAULT_GOAL := help
.PHONY: help setup dev demo test tools serve bench torture fmt lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

# --- installing: once, and again when a lock file changes ------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --no-deps -r requirements.lock
	$(PIP) install --no-deps -e .
	@$(COMPILED) $(VENV)/lib >/dev/null || true
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@$(COMPILED) $(VENV)/lib >/dev/null || true
	@touch $@

setup: $(VENV)/.runtime ## Make .venv with .venv/bin/postroom

dev: $(VENV)/.dev ## The same with what the tests need; then .venv/bin/pytest tests/… runs some of them

# --- using -----------------------------------------------------------------------------------------------

demo: setup ## Send real work through every system of a server made for it, and check every figure
	$(BIN)/python demo/demo.py

serve: setup ## Run a server on ./data, port 8080
	$(BIN)/postroom serve

# --- working on it ---------------------------------------------------------------------------------------

test: dev tools ## What CI runs: format, lint, types, import rules, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(COMPILED) src tests
	$(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder

tools: # What the tests of the conversion desk want of a Debian machine; without it they are skipped, and say so
	@sh tests/tools.sh

bench: dev ## Measure; bench/README.md holds what was found, with dates
	@for file in bench/bench_*.py; do \
		echo "== $$file"; $(BIN)/python -m "$$(echo "$${file%.py}" | tr / .)" || exit 1; done

torture: dev ## Random kills, and random examples of whatever makes examples: many more than CI does
	POSTROOM_TORTURE_KILLS=200 $(BIN)/pytest tests/recovery/test_torture.py
	POSTROOM_EXAMPLES=20 $(BIN)/pytest -n auto --dist loadfile \
		$$(grep -rlE 'from (hypothesis|tests\.example) import' tests --include='test_*.py')

fmt: dev ## Format, and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(BIN)/python ## Choose the newest versions anew; writes both lock files
	$(PIP) install uv
	$(COMPILE) --upgrade -o requirements.lock pyproject.toml
	$(COMPILE) --upgrade -c requirements.lock --group dev -o requirements-dev.lock pyproject.toml

clean: ## Remove what was made here, but no data
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
