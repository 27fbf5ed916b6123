# PYTHON is the interpreter that creates the environment, PORT the port of the app, HOST what it listens on. Some shells
# export a HOST of their own, so only `make run HOST=0.0.0.0` changes it.
PYTHON ?= python3
PORT ?= 8501
HOST = localhost

VENV := .venv
BIN := $(VENV)/bin
NEWEST_VENV := .venv-newest
NEWEST_BIN := $(NEWEST_VENV)/bin
# The packages that `make test-newest` upgrades to their newest release.
NEWEST := torch torchvision streamlit plotly pydantic numpy

# Two processes, divided by file so that the fixtures of a file are made once; more would compete with the workers that
# tests start. The browser tests follow alone: some of them measure how soon a page responds.
TESTS := -m pytest -n 2 --dist loadfile -m "not browser"
BROWSER_TESTS := -m pytest -m browser

INSTALL := -m pip install --disable-pip-version-check
LOCKED := $(INSTALL) -c constraints.txt
BIOME := node_modules/.bin/biome

.DEFAULT_GOAL := help
.PHONY: help run test test-newest check lint lint-python lint-js types format lock hooks starters docs clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

help:
	@echo "make run          start the app (on another port: PORT=8600 make run; for others: make run HOST=0.0.0.0)"
	@echo "make check        run the linters, the type checker and the fast tests"
	@echo "make test         run all tests"
	@echo "make test-newest  run all tests with the newest releases of $(NEWEST)"
	@echo "make lint         run the linters and the type checker (for JavaScript, if npm is installed)"
	@echo "make format       format the code"
	@echo "make lock         update constraints.txt to the newest release of every package"
	@echo "make hooks        run the linters before each git commit"
	@echo "make starters     train the starter models in assets/ again (3 minutes)"
	@echo "make docs         generate the table of options in docs/options.md"
	@echo "make clean        remove virtual environments and caches (not your runs and data)"

run: $(VENV)/.installed
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(HOST)

test: $(VENV)/.installed-test
	$(BIN)/python $(TESTS)
	$(BIN)/python $(BROWSER_TESTS)

check: lint $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser"

lint: lint-python types lint-js

lint-python: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-lint
	$(BIN)/mypy

lint-js:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(BIOME) && $(BIOME) ci --error-on-warnings; \
	else echo "Skipped the JavaScript linter: npm was not found."; fi

format: $(VENV)/.installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(BIOME) && $(BIOME) format --write; fi

# The locked versions are installed first, then NEWEST and its requirements: a failure comes from one of these releases.
test-newest: $(NEWEST_VENV)/.installed-test
	$(NEWEST_BIN)/python $(INSTALL) --upgrade --upgrade-strategy only-if-needed -e ".[test]" $(NEWEST)
	@$(NEWEST_BIN)/python -m pip list --disable-pip-version-check | grep -E "^($(subst $() ,|,$(NEWEST))) "
	$(NEWEST_BIN)/python $(TESTS)
	$(NEWEST_BIN)/python $(BROWSER_TESTS)

# One set of versions for all platforms and Python versions.
lock: $(VENV)/.created
	$(BIN)/python $(INSTALL) --quiet --upgrade uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --fork-strategy fewest \
	  --upgrade --no-annotate --custom-compile-command "make lock" --quiet --output-file constraints.txt

hooks: $(VENV)/.installed-lint
	$(BIN)/pre-commit install

starters: $(VENV)/.installed
	$(BIN)/python benchmarks/starters.py

docs: $(VENV)/.installed
	$(BIN)/python -c "from pathlib import Path; from aecore.config.reference import with_options; p = Path('docs/options.md'); p.write_text(with_options(p.read_text('utf-8')), 'utf-8')"

clean:
	rm -rf $(VENV) $(NEWEST_VENV) node_modules *.egg-info build .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamp files in a virtual environment: a change of pyproject.toml or constraints.txt installs again.
$(VENV)/.created $(NEWEST_VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { echo "Python was not found: install Python 3.11 or newer, or set PYTHON: make run PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Autoencoder Lab needs Python 3.11 or newer, but $(PYTHON) is `$(PYTHON) --version 2>&1`."; \
	  echo "Use another one: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(@D)
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing; the first time this takes a few minutes ..."
	$(BIN)/python $(LOCKED) -e .
	@touch $@

%/.installed-test: %/.created pyproject.toml constraints.txt
	@echo "Installing; the first time this takes a few minutes ..."
	$(@D)/bin/python $(LOCKED) -e ".[test]"
	@touch $@

%/.installed-lint: %/.created pyproject.toml constraints.txt
	@echo "Installing; the first time this takes a few minutes ..."
	$(@D)/bin/python $(LOCKED) -e ".[lint]"
	@touch $@

# No lock file: package.json pins biome, whose only dependency is its own binary of the same version.
$(BIOME): package.json
	npm install --no-package-lock --no-audit --no-fund --ignore-scripts
	@touch $@
