# The commands of this project. `make demo` and `make test` need only Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNTIME := $(VENV)/.runtime
TOOLS := $(VENV)/.tools

.PHONY: demo venv check test nightly bench pictures format clean
.DELETE_ON_ERROR:

demo: $(RUNTIME)
	@if test -t 1; then $(BIN)/lunatui demo; else $(BIN)/lunatui demo --headless --json; fi

venv: $(RUNTIME)

check: $(TOOLS)
	@$(BIN)/python dist_scripts/check.py check

test: $(TOOLS)
	@$(BIN)/python dist_scripts/check.py test

nightly: $(TOOLS)
	@$(BIN)/python dist_scripts/nightly.py

bench: $(TOOLS)
	@$(BIN)/python -m tests.bench

pictures: $(TOOLS)
	@$(BIN)/python dist_scripts/pictures.py

format: $(TOOLS)
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

$(RUNTIME): pyproject.toml requirements.lock requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): $(RUNTIME) requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
