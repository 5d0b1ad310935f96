.PHONY: help demo setup check unit test test-all bench chaos lock clean
.DEFAULT_GOAL := demo

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Without cached bytecode, every process compiles all sources.
unexport PYTHONDONTWRITEBYTECODE

# Five processes run the tests on two cores: four run tests of Kafka, which mostly wait, and one those that compute. They share what is imported and collected (tests/support/forked_run.py).
PYTEST := $(BIN)/python -m pytest --quiet --no-header --processes 5

# Runs `make check` in parallel with the tests, and prints its output afterwards.
define TESTS_BESIDE_CHECK
mkdir -p build; $(MAKE) --no-print-directory check > build/check.txt 2>&1 & check=$$!; \
	trap 'kill $$check 2>/dev/null' EXIT; \
	$(PYTEST) $(ARGS) $(1); tests=$$?; \
	wait $$check; checked=$$?; echo; echo "make check says:"; cat build/check.txt; exit $$((tests || checked))
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.run $(VENV)/.kafka ## watch real sightings become alerts; ARGS=--exit ends by itself
	@$(BIN)/firstseen demo $(ARGS)

setup: $(VENV)/.run $(VENV)/.kafka $(VENV)/.dev ## install everything for demo and test; afterwards you can work offline

check: $(VENV)/.dev ## format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# Unit tests do not wait: two processes are enough for two cores.
unit: $(VENV)/.dev ## the unit tests: about 15 seconds, no Kafka; ARGS go to pytest
	@$(BIN)/python -m pytest --quiet --no-header --processes 2 -p no:schemathesis tests/unit $(ARGS)

test: setup ## check, and test every rule on a real Kafka, Slack emulator and browser: 4 to 8 minutes; ARGS go to pytest
	@$(call TESTS_BESIDE_CHECK)

test-all: setup ## the same with the long tests and over ten times the examples: about a quarter of an hour
	@$(call TESTS_BESIDE_CHECK,--thorough)

bench: $(VENV)/.kafka build/bench/.done ## speed and latency beside other frameworks; ARGS="--quick"
	@build/bench/bin/python -W ignore -m bench $(ARGS)

chaos: setup ## kill and freeze processes under load, then compare every topic; ARGS="--seed 7 --faults 20"
	@$(BIN)/python -m tests.faults.chaos $(ARGS)

lock: ## regenerate requirements/*.txt from pyproject.toml
	@$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --extra local pyproject.toml -o requirements/run.txt
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --extra local --extra dev --override requirements/dev-override.txt -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --override requirements/bench-override.txt -c requirements/run.txt requirements/bench.in -o requirements/bench.txt

clean: ## remove the virtual environment and build files
	rm -rf $(VENV) build *.egg-info

$(VENV)/.run: requirements/run.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Firstseen needs Python 3.11 or newer: install it, or run make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Firstseen needs Python 3.11 or newer, and $(PYTHON) is older: run make PYTHON=/path/to/python"; exit 1; }
	@echo "Setting up Python in $(VENV) (250 MB of packages, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PYTHON) tools/install_packages.py $(BIN)/python requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.kafka: $(VENV)/.run
	@$(BIN)/firstseen prepare
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt $(wildcard tests/support/*/package-lock.json)
	@echo "Setting up the tests (215 MB more, once) ..."
	@$(PYTHON) tools/install_packages.py $(BIN)/python requirements/dev.txt --no-deps
	@# While Node's packages download, mypy reads everything once; `make check` then looks at what has changed.
	@$(BIN)/mypy >/dev/null 2>&1 & types=$$!; trap 'kill $$types 2>/dev/null' EXIT; \
		$(BIN)/python -m tests.support.slack_emulator.install && $(BIN)/python -m tests.support.chromium.install && \
		$(BIN)/python -m tests.support.html_checker.install && $(BIN)/python -m tests.support.interface_checker.install || exit 1; \
		wait $$types || true
	@# Compile the tests, and let hypothesis find the characters of UTF-8: once, not once in each process that runs tests.
	@$(BIN)/python -m pytest --quiet --collect-only >/dev/null || true  # `make test` reports what is wrong
	@$(BIN)/python -c 'from hypothesis.strategies import text; text().validate()'
	@touch $@

# The packages of the contenders; a .pth file adds those of Firstseen.
build/bench/.done: $(VENV)/.run requirements/bench.txt
	@echo "Setting up the contenders in build/bench (100 MB, once) ..."
	@$(PYTHON) -m venv build/bench
	@$(PYTHON) tools/install_packages.py build/bench/bin/python requirements/bench.txt --no-deps
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$(build/bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/firstseen.pth"
	@touch $@
