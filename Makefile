# `make demo` opens the dashboard on real data, `make test` runs everything, `make docs` writes the manual.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench docs clean

demo: .venv/ready
	$(BIN)/vitrail demo $(ARGS)

# axe-core and the bundle's tools; without npm the tests that ask axe are skipped.
UI := panels/vitrail_panels/ui

test: lint $(UI)/node_modules
	$(BIN)/python tests/chromium.py
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: lint
	$(BIN)/pytest tests/house

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(UI)/node_modules: $(UI)/package-lock.json
	-if command -v npm >/dev/null; then npm ci --prefix $(UI) --ignore-scripts --no-audit --no-fund && touch $@; fi

bench: .venv/ready
	$(BIN)/python -m benchmarks $(ARGS)

docs: .venv/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo build/docs/index.html

.venv/docs: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[docs]'
	touch $@

.venv/ready: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("vitrail needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[demo,test,check]'
	touch $@

clean:
	rm -rf .venv node_modules build dist shots .mypy_cache .ruff_cache .pytest_cache
