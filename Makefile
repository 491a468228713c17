# Uitweg from a fresh clone: `make run` or `make test`. Needs Python 3.11 or newer, make and git; no root, no Node.
# The first word of each target's comment line is shown by `make help`.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
BOOTSTRAP = @test -n "$(PYTHON)" || { \
	echo "Uitweg needs Python 3.11 or newer: install it, or name it with 'make run PYTHON=/path/to/python3.11'." >&2; exit 1; }; \
	"$(PYTHON)" tools/bootstrap.py
BIN = .venv/bin
SOURCES = engine webapp processes tests bench tools
WORKERS ?= 2
CONFORMANCE ?= ../shared/conformance

.DEFAULT_GOAL := help
.PHONY: help setup run demo-data test lint format bench conformance lock clean

help: ## Show what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r target text; do printf '%-18s %s\n' "$$target" "$$text"; done

setup: ## Set up what running needs: packages, front end, translations
	$(BOOTSTRAP) run

run: ## Set up, fill a demo region and start Uitweg on http://127.0.0.1:8000
	$(BOOTSTRAP) run
	@exec $(BIN)/uitweg demo $(ARGS)

demo-data: ## Fill the demo with invented cases at every stage, while Uitweg does not run
	$(BOOTSTRAP) run
	@$(BIN)/uitweg demo-data $(ARGS)

test: ## Set up with PostgreSQL and a browser, and run every test (ARGS="tests/engine -k timer")
	$(BOOTSTRAP) test
	@$(BIN)/pytest -n $(WORKERS) $(ARGS)

lint: ## Check style, types, layers, templates and the shipped processes
	$(BOOTSTRAP) test
	@$(BIN)/python tools/lint.py

format: ## Format the Python sources
	$(BOOTSTRAP) test
	@$(BIN)/ruff check --fix --quiet $(SOURCES); $(BIN)/ruff format $(SOURCES)

bench: ## Measure against the floor and write var/bench.json (TASKS=100000: a long inbox too)
	$(BOOTSTRAP) test
	@$(BIN)/python -m bench $(if $(TASKS),--tasks $(TASKS)) $(ARGS)

conformance: ## Run the public test suites of others, where they lie (CONFORMANCE=folder)
	$(BOOTSTRAP) test
	@test -d "$(CONFORMANCE)" || echo "No test suites in $(CONFORMANCE): name their folder with make conformance CONFORMANCE=..."
	@for script in tests/conformance/[a-z]*.py; do \
		suite=$$(basename $$script .py); folder="$(CONFORMANCE)/$$(echo $$suite | tr _ -)"; \
		test ! -d "$$folder" || $(BIN)/python -m tests.conformance.$$suite "$$folder" || exit 1; \
	done

lock: ## Renew the lock files after a change in pyproject.toml or package.json
	$(BOOTSTRAP) lock

clean: ## Remove what set-up and build made; var/ with its data stays
	rm -rf .venv node_modules webapp/static/dist build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find webapp/locale -name '*.mo' -delete 2>/dev/null || true
