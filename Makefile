# Headrace: every command a person needs. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
STATE := .localcloud
DATA := examples/sequencing/data examples/tables/data
EXTRAS := controller,dev,examples,function,localcloud,stage,tools

.DEFAULT_GOAL := help
.PHONY: help install images screenshots demo demo-tables up down test check bench schema clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## make .venv with everything in it

demo: $(INSTALLED) ## two samples from upload to verdicts on a local cloud, in minutes
	@$(BIN)/python -m examples.demo

demo-tables: $(INSTALLED) ## the same machinery with tables instead of reads
	@$(BIN)/python -m examples.demo tables

up: $(INSTALLED) ## start a local cloud for your own uploads, and leave it running
	@$(BIN)/python -m examples.local

down: ## stop it
	@if [ -x $(BIN)/localcloud ]; then $(BIN)/localcloud down --state $(STATE); fi

test: check ## every check and every test
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(INSTALLED) ## style, types, arrows between rooms, workflow lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/snakefmt --check workflow examples/tables/workflow
	$(BIN)/snakemake --lint
	cd examples/tables && $(abspath $(BIN))/snakemake --lint
	$(BIN)/headrace lint

bench: $(INSTALLED) ## measure what is claimed, side by side (over an hour; QUICK=1: some minutes)
	PATH="$$PATH:$(abspath $(BIN))" $(BIN)/python -m benchmarks $(if $(QUICK),--quick)

images: $(INSTALLED) ## build our images here, from Debian packages (podman, mmdebstrap)
	$(BIN)/python -m images.build

schema: $(INSTALLED) ## renew the Terraform provider's schema that infra/ is tested against
	$(BIN)/python -m pip install -q --no-deps --target build/provider \
	  cdktn-provider-google==$$($(BIN)/python -c 'from tests.contract.infra.schema import WHEEL; print(WHEEL)')
	$(BIN)/python -m tests.contract.infra.schema build/provider
	@rm -rf build/provider
	@git diff --exit-code --stat tests/contract/infra/google.json && echo "The schema is current."

screenshots: $(INSTALLED) ## make the README's picture of a run's page again, from a recorded run
	$(BIN)/python -m tests.contract.page.picture

clean: down ## remove what the other commands made
	rm -rf $(VENV) .venv-bootstrap $(STATE) $(DATA) .snakemake build dist src/*.egg-info \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian's python3 may come without ensurepip; pip can then fetch virtualenv into a folder.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Headrace needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  rm -rf $(VENV); \
	  $(PYTHON) -m pip install -q --target .venv-bootstrap virtualenv && \
	  PYTHONPATH=.venv-bootstrap $(PYTHON) -m virtualenv -q $(VENV); }

$(INSTALLED): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Headrace and its tools into $(VENV) (about a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@
