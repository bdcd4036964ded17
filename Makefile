# `make demo` and `make test` need nothing but python3, make and PyPI.
# PYTHON names the Python to use; ARGS goes to pytest, PYTEST_JOBS says how many at once.

PYTHON ?=
PYTEST_JOBS ?= 3
ARGS ?=
export PYTHON

BIN := .venv/bin

.PHONY: demo demo-service test bench check docs generate lock clean run test-tools dev-tools

demo: run
	@$(BIN)/pinsmith demo $(ARGS)

demo-service: test-tools
	@$(BIN)/python -m tests.service.demo

test: test-tools
	@$(BIN)/python -m pytest -n $(PYTEST_JOBS) --dist worksteal $(ARGS)

bench: test-tools
	@$(BIN)/python -m benchmarks $(ARGS)

check: dev-tools
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/python -m tests.meta.prose
	$(BIN)/mypy --python-version 3.11
	$(BIN)/mypy --python-version 3.14

docs: dev-tools
	$(BIN)/python -m docs.generate --check
	$(BIN)/python -m sphinx -W -n --keep-going -q -b html docs docs/_build/html

generate: run
	@$(BIN)/python -m docs.generate

lock: dev-tools
	@tools/lock $(ARGS)

clean:
	rm -rf .venv .venv-nox .nox .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* build dist docs/_build
	find src tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

run:
	@tools/setup run

test-tools:
	@tools/setup test

dev-tools:
	@tools/setup dev
