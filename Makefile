# PYTHON picks the interpreter, PORT the app's port. TORCH may name builds of torch to install first,
# for example: make test TORCH="torch==2.13.0 torchvision==0.28.0"
PYTHON ?= python3
PORT ?= 8501
TORCH ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test lint format starters readme clean
.DELETE_ON_ERROR:

help:
	@echo "make run        start the app (PORT=8600 make run picks the port)"
	@echo "make test       style, types and all tests"
	@echo "make lint       style and types only"
	@echo "make format     format the code"
	@echo "make starters   train the starter models in assets/ anew"
	@echo "make readme     bring the README's table of options up to date"
	@echo "make clean      remove .venv and caches (never your runs or data)"

run: $(VENV)/.installed
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

starters: $(VENV)/.installed
	$(BIN)/python benchmarks/starters.py

readme: $(VENV)/.installed
	$(BIN)/python -c "from pathlib import Path; from aecore.config.reference import with_options; p = Path('README.md'); p.write_text(with_options(p.read_text()))"

clean:
	rm -rf $(VENV) *.egg-info build .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps inside .venv: a change of pyproject.toml, or a new .venv, installs again.
$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { echo "Python was not found: install Python 3.11 or newer, or name one: make run PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Autoencoder Lab needs Python 3.11 or newer, but $(PYTHON) is `$(PYTHON) --version 2>&1`."; \
	  echo "Name another one: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	@echo "Installing: the first time this takes a few minutes ..."
	$(if $(strip $(TORCH)),$(PIP) $(TORCH))
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) -e ".[test]"
	@touch $@
