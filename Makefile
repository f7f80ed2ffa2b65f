# One target a habit. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LANGUAGE ?=

.PHONY: run test check bench test-long test-spark docs pages newcomer install lock format

run: $(VENV)/installed
	@$(BIN)/python -m tools.assets build
	@$(BIN)/python -m tools.messages compile
	@$(BIN)/idic up $(if $(LANGUAGE),--language $(LANGUAGE))

# Everything CI runs: the checks, then the suite on SQLite and, where there is one, on PostgreSQL.
test: $(VENV)/installed-dev check
	$(BIN)/python -m tools.suite

test-long: $(VENV)/installed-dev
	$(BIN)/python -m tools.suite --long

# A minute or two: the metrics on DuckDB and on a Spark master with two workers, row by row.
test-spark: $(VENV)/installed-dev
	$(BIN)/python -m tools.spark

check: $(VENV)/installed-dev
	$(BIN)/python -m tools.check

bench: $(VENV)/installed-dev
	$(BIN)/python -m tools.bench

docs: $(VENV)/installed-dev
	$(BIN)/python -m tools.docs

# Some minutes: every page in Chromium and Lighthouse, into docs/reference/pages.md.
pages: $(VENV)/installed-dev
	$(BIN)/python -m tools.pages

# Some minutes: a newcomer's walk in three languages, into docs/reference/newcomer.md.
newcomer: $(VENV)/installed-dev
	$(BIN)/python -m tools.newcomer

format: $(VENV)/installed-dev
	$(BIN)/ruff format src tests tools benchmarks
	$(BIN)/ruff check --fix src tests tools benchmarks

install: $(VENV)/installed

# Dependencies by hash, then the project itself without asking anybody for anything.
$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("IDIC needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make run PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/installed-dev; touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

# Writes the locks anew; no address of a registry goes into them.
COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header
lock:
	echo "uv" | $(BIN)/$(COMPILE) -o requirements-uv.lock -
	$(BIN)/$(COMPILE) --extra build -o requirements.lock pyproject.toml
	$(BIN)/$(COMPILE) --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
