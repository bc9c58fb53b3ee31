# The skills passport: one command each. Needs Python 3.11+ and make, nothing else.
#
#   make demo     the whole road on this machine: issue, claim, present, verify (ONCE=1 ends after the last verdict)
#   make test     every test; the browser tests use the system's Chromium or fetch one
#   make vectors  every shared test vector through the engine: passed of total, each exception with its reason
#   make conformance-server PORT=8443   a server for the public test suites; says in build/conformance.json what there is
#   make lint     ruff and the strict type checker
#   make bench    measure, beside the plain library and the bare signature
#   make lock     write requirements/*.txt anew (UPGRADE=1 takes newer releases)

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --require-hashes
PACKAGES := $(wildcard */__init__.py)

.PHONY: conformance-server demo test vectors lint bench lock clean

# The environment, by a Python that is new enough: what pip says of an older one names a library, not the reason.
NEEDED := import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, and $(PYTHON) is %s. \
Name one: make demo PYTHON=python3.12" % sys.version.split()[0])
ENVIRONMENT = test -x $(PY) || { $(PYTHON) -c '$(NEEDED)' && $(PYTHON) -m venv $(VENV); }

# What runs: the locked libraries and the `passport` command, which reads the work tree.
RUNTIME := $(VENV)/.runtime
$(RUNTIME): requirements/build.txt requirements/runtime.txt pyproject.toml $(PACKAGES)
	@$(ENVIRONMENT)
	@echo "Installing the locked libraries into $(VENV)"
	@$(PIP) -r requirements/build.txt -r requirements/runtime.txt
	@$(PY) -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

# What tests and checks, on top.
DEVELOPMENT := $(VENV)/.development
$(DEVELOPMENT): $(RUNTIME) requirements/dev.txt
	@$(PIP) -r requirements/dev.txt
	@touch $@

# The demo's data stay in .demo, so that a second run goes on where the first ended; `rm -r .demo` begins anew.
demo: $(RUNTIME)
	@$(PY) -m passport demo $(if $(ONCE),--once)

# One process more than cores, at most five; a file stays in one process, which keeps its browser; long files first.
TESTS ?= tests
test: $(DEVELOPMENT)
	@$(PY) -m tests.chromium
	$(PY) -m pytest -n auto --maxprocesses 5 --dist loadfile --no-loadscope-reorder $(TESTS)

vectors: $(DEVELOPMENT)
	@$(PY) -m tests.vectors_table

PORT ?= 8443
conformance-server: $(RUNTIME)
	@$(VENV)/bin/passport conformance --port $(PORT)

lint: $(DEVELOPMENT)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check --quiet .
	$(PY) -m mypy

bench: $(DEVELOPMENT)
	$(PY) -m bench

# Hashes of the registry's own files, for every platform and Python from 3.11 up; no address is written down.
COMPILE = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade) \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-config
lock:
	@$(ENVIRONMENT)
	@$(PIP) -r requirements/lock.txt
	$(COMPILE) --group lock --output-file requirements/lock.txt
	$(COMPILE) --group build --output-file requirements/build.txt
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --group dev --constraints requirements/runtime.txt --output-file requirements/dev.txt
	@! grep -nE '://|^--?(index|extra|find|trusted)' requirements/*.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
