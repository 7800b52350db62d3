# make up     set up, train on a made-up company, serve on 127.0.0.1:8000 (PORT=9000 for another)
# make test   set up and run the tests
# make check  lint, types, import contract
# make slow   run the tests that take more than ten seconds each
# make spark  run the tests that need Spark (and Java 17 or 21); installs Spark
# make browser      use the pages in Chromium (Debian's package chromium, or one named in CHROMIUM)
# make screenshots  renew the pictures of the pages in docs/screenshots (needs Chromium)
# make api    hold every answer to the API's description, on SQLite and PostgreSQL; prints the cases and writes api.json
# make bench  benchmarks (ONLY=name for one); prints a table and writes bench.json
# make crash  kill the server 200 times under load on each database (ROUNDS=n, SEED=s to do it again)
# make lock   renew the locks after a change in pyproject.toml (needs uv)

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
READY := .venv/.ready
READY_ALL := .venv/.ready-all

.PHONY: up test slow spark browser screenshots check api bench crash lock generated clean

up: $(READY)
	$(BIN)/leadscore up --port $(PORT)

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not spark and not slow and not browser"

slow: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m slow tests

browser: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m browser tests/browser

screenshots: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/browser/screenshots.py

spark: $(READY_ALL)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m spark tests

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

api: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -s -o faulthandler_timeout=0 tests/api/full.py

bench: $(READY_ALL)
	OMP_NUM_THREADS=1 $(BIN)/python tests/bench/run.py $(ONLY)

ROUNDS ?= 200
crash: $(READY)
	PYTHONPATH=tests/support OMP_NUM_THREADS=1 $(BIN)/python -m crash --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

# Files that are made from the code; a test says when they are not current.
generated: $(READY)
	$(BIN)/python docs/generate.py

LOCKED := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock:
	uv pip compile pyproject.toml --extra dev $(LOCKED) -o requirements.lock
	uv pip compile pyproject.toml --extra dev --extra spark --extra bench $(LOCKED) -c requirements.lock \
		-o requirements-all.lock

clean:
	rm -rf .venv .leadscore build dist

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "leadscore needs Python 3.11 or later; say which: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

$(READY_ALL): requirements-all.lock $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-all.lock
	@touch $(READY_ALL)
