# netreg: every target sets up what it needs by itself.
.DEFAULT_GOAL := help
.PHONY: help setup demo run test bench wheel pictures lock debian

VENV    := .venv
PYTHON  := $(VENV)/bin/python
READY   := $(VENV)/.ready
LOCKS   := requirements/test.txt requirements/uv.txt pyproject.toml
PEERS   := .venv-bench
# Where the environment forbids it, each process would compile the checkout anew, and each test worker all the tests.
unexport PYTHONDONTWRITEBYTECODE

help:            ## show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 12

demo: setup      ## set up and run the main job once, on a real packet filter where the machine allows
	@$(VENV)/bin/netreg demo

run: setup       ## set up and serve with sample data at http://127.0.0.1:8080
	@exec $(VENV)/bin/netreg demo --serve

test: setup      ## set up and run every test; says what it skipped and why
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/pytest -n 3 --dist worksteal

bench: setup $(PEERS)/.ready  ## measure what should be fast, beside other tools in an environment of their own
	@$(PYTHON) -m bench

wheel: setup     ## make the wheel in dist/, to install elsewhere
	@$(PYTHON) -m pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir dist .

pictures: setup  ## take the pictures of the documents anew, from an office that is made up
	@$(PYTHON) -m docs.pictures

setup: debian $(READY)

# The environment: hashes are checked for every wheel, and nothing is fetched that is not in the lock.
$(READY): $(LOCKS)
	@echo "Preparing $(VENV) ..."
	@python3 -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(VENV)/bin/uv pip sync --quiet --compile-bytecode --python $(PYTHON) --require-hashes requirements/test.txt
	@$(VENV)/bin/uv pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --offline -e .
	@touch $(READY)

# Other people's tools, to be measured beside: they never come near netreg's own environment.
$(PEERS)/.ready: requirements/bench.txt | setup
	@echo "Preparing $(PEERS) ..."
	@python3 -m venv $(PEERS)
	@$(VENV)/bin/uv pip sync --quiet --compile-bytecode --python $(PEERS)/bin/python --require-hashes requirements/bench.txt
	@touch $@

test pictures: BEDS := test
bench: BEDS := bench
debian:          ## install the Debian packages of the demo's lab; for the tests those of every bed
	@sh requirements/debian.sh $(BEDS)

lock:            ## resolve the locks anew
	@for name in run test; do \
	  groups=$$([ $$name = test ] && echo "--group test --group dev"); \
	  $(VENV)/bin/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url --extra postgres --extra firma $$groups \
	    pyproject.toml -o requirements/$$name.txt || exit 1; done
	@$(VENV)/bin/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url --group bench \
	  -o requirements/bench.txt
	@echo uv | $(VENV)/bin/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url - -o requirements/uv.txt
