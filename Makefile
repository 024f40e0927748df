# Everything a developer or administrator does with Etap; `make help` lists it.

PYTHON ?= python3
T      ?= tests

VENV := .venv
BIN  := $(VENV)/bin
# One process per core; who is done first takes over from the other.
PARALLEL := -n auto --dist worksteal
PIP  := $(BIN)/python -m pip --disable-pip-version-check --quiet

# What codespell reads; the other checks say in pyproject.toml where they look.
PROSE := app bench docs migrations tests tools config.py run.py Makefile $(wildcard *.md)

.DEFAULT_GOAL := help
.PHONY: help install run test test-full format lint check bench docs migration translations lock clean machine

help:  ## Show these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/base.stamp  ## Etap on this machine: database, first admin, demo data, server
	@exec $(BIN)/python run.py

test: $(VENV)/dev.stamp machine  ## The tests of every day; T=tests/events for a part
	$(BIN)/python -m pytest $(PARALLEL) -m "not full" $(T)

test-full: $(VENV)/dev.stamp machine  ## All tests: full counts, both themes and widths, kills
	$(BIN)/python -m pytest $(PARALLEL) $(T)

install: $(VENV)/dev.stamp machine  ## Everything for development, into .venv

format: $(VENV)/dev.stamp  ## Rewrite sources in the house format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

lint: $(VENV)/dev.stamp  ## ruff, djlint, codespell, import contracts, mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --quiet --lint app/templates
	$(BIN)/codespell $(wildcard $(PROSE))
	$(BIN)/lint-imports
	$(BIN)/mypy

docs: $(VENV)/dev.stamp  ## Build the documentation into site/, strictly
	$(BIN)/mkdocs build --strict --quiet

check: lint test docs  ## All that a change must pass

bench: $(VENV)/dev.stamp machine  ## Measure pages on a large database, beside two other ways; BENCH=lists for 3 million stages, BENCH=features for features, BENCH=all for everything
	$(BIN)/python -m bench

migration: $(VENV)/dev.stamp  ## Write a new migration from the models; M="event closure"
	@test -n "$(M)" || { echo 'Say what it does: make migration M="event closure"'; exit 1; }
	$(BIN)/alembic revision --autogenerate -m "$(M)"

translations: $(VENV)/dev.stamp  ## Collect new texts into the Polish catalogue and compile it
	$(BIN)/pybabel --quiet extract -F babel.cfg -k _l -k lazy_gettext --no-location --omit-header \
	  --sort-output -o app/translations/messages.pot .
	$(BIN)/pybabel --quiet update -i app/translations/messages.pot -d app/translations -l pl \
	  --no-fuzzy-matching --ignore-obsolete --omit-header --no-wrap --init-missing
	rm app/translations/messages.pot
	$(BIN)/pybabel --quiet compile -d app/translations

lock: $(VENV)/dev.stamp  ## Renew requirements/*.txt after a change of the .in files
	cd requirements && for name in base dev; do \
	  CUSTOM_COMPILE_COMMAND="make lock" ../$(BIN)/pip-compile --quiet --no-config \
	    --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	    --no-emit-trusted-host --no-emit-find-links --output-file $$name.txt $$name.in || exit 1; \
	done

clean:  ## Remove what the commands made, except the data in instance/
	rm -rf $(VENV) site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

machine:
	@tools/machine.sh

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Etap needs Python 3.11 to 3.13; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/base.stamp: requirements/base.txt | $(BIN)/python
	$(PIP) install --require-hashes -r $<
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt | $(BIN)/python
	$(PIP) install --require-hashes -r $<
	@touch $@ $(VENV)/base.stamp
