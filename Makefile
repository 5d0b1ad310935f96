# The words that a newcomer needs: demo, setup, check, test; then bench, chaos and lock.
.PHONY: demo setup check test bench chaos lock clean
.DEFAULT_GOAL := demo

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

demo: $(VENV)/.run $(VENV)/.kafka ## watch real sightings become alerts; ARGS=--exit ends by itself
	@$(BIN)/firstseen demo $(ARGS)

setup: $(VENV)/.run $(VENV)/.kafka $(VENV)/.dev ## fetch all that demo and test need; afterwards the network may go

check: $(VENV)/.dev ## format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

test: setup check ## check, then every test, on a real Kafka and a Slack emulator; ARGS are pytest's
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

bench: $(VENV)/.kafka build/bench/.done ## speed and latency beside others; ARGS="--quick"
	@build/bench/bin/python -W ignore -m bench $(ARGS)

chaos: setup ## kill and freeze what runs, then compare everything; ARGS="--seed 7 --faults 20"
	@$(BIN)/python -m tests.faults.chaos $(ARGS)

lock: ## make requirements/*.txt anew from pyproject.toml
	@$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --extra local pyproject.toml -o requirements/run.txt
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --extra local --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --override requirements/bench-override.txt -c requirements/run.txt requirements/bench.in -o requirements/bench.txt

clean: ## remove what setup made here
	rm -rf $(VENV) build *.egg-info

$(VENV)/.run: requirements/run.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and $(PYTHON) is older: name another with make PYTHON=..."; exit 1; }
	@echo "Setting up Python in $(VENV) (250 MB of packages, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PYTHON) tools/install_packages.py $(BIN)/python requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.kafka: $(VENV)/.run
	@$(BIN)/firstseen prepare
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt tests/support/slack_emulator/package-lock.json
	@echo "Setting up what the tests need (150 MB more, once) ..."
	@$(PYTHON) tools/install_packages.py $(BIN)/python requirements/dev.txt
	@$(BIN)/python -m tests.support.slack_emulator.install
	@touch $@

# What the contenders need, and through a .pth file all that the product has.
build/bench/.done: $(VENV)/.run requirements/bench.txt
	@echo "Setting up what the contenders need in build/bench (100 MB, once) ..."
	@$(PYTHON) -m venv build/bench
	@$(PYTHON) tools/install_packages.py build/bench/bin/python requirements/bench.txt --no-deps
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$(build/bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/firstseen.pth"
	@touch $@
