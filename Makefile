# Every command of the project. `make help` prints the words behind `##`.
# Recipes stay one or two lines; what is longer lives in scripts/.

.DEFAULT_GOAL := help
.PHONY: setup demo try serve test check lint chromium tour coverage bench bench-dispatch fuzz torture machine mutants prism docs lock help

LOCKING := --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11

EXAMPLES := 1000
ENGINE := local
KILLS := 200
REMINDERS := 20000
RUSH := 100000

# Without .pyc files every start of the program takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

setup: ## make .venv with everything from requirements.lock (again only when something changed)
	@scripts/setup

demo: setup ## run the main job on a throw-away clinic: no account, no key, no network
	@.venv/bin/aftercare demo

try: setup ## serve a filled demo clinic to try everything in: an on-screen phone, and a clock that can be moved
	.venv/bin/aftercare serve --demo

serve: setup ## serve the API and send what is due, on SQLite in this folder
	.venv/bin/aftercare serve

test: lint chromium ## everything: lint, types, contracts, all tests on SQLite and PostgreSQL, pages in Chromium
	.venv/bin/pytest -n 2

check: lint ## the inner loop: lint, types, contracts, and the tests that are quick
	.venv/bin/pytest -n 2 -m "not slow"

lint: setup ## lint, format, types, who may import whom, and the container files
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/hadolint Dockerfile
	.venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

chromium: ## see to it that there is a Chromium to test the pages in; as root on Debian it is installed
	@scripts/chromium

tour: setup chromium ## pictures of every page, light and dark, to docs/tour
	.venv/bin/python -m scripts.tour

coverage: setup chromium ## all tests, and the lines and branches that none of them reaches; of the domain there may be none
	.venv/bin/pytest -n 2 --cov --cov-report=term-missing
	.venv/bin/coverage report --include="scheduler/domain/*" --fail-under=100

bench: setup ## the figures of docs/performance.md but those of sending, beside peers that only it installs
	@scripts/bench_setup
	.venv-bench/bin/python -m benchmarks --suite service --write

bench-dispatch: setup ## the figures of sending, beside other queues; QUICK=1 for a first look, BIG=1 for ten million rows
	@scripts/bench_setup
	.venv-bench/bin/python -m benchmarks --suite dispatch $(if $(QUICK),--quick,--write) $(if $(BIG),--big)

fuzz: setup ## Schemathesis against the API for five minutes, and how to see a fault again (make test has a short run)
	@.venv/bin/python -m scripts.fuzz

machine: setup ## people, workers, crashes, the provider and time in any order, against both databases: EXAMPLES=1000 of each
	AFTERCARE_TEST_MACHINE=$(EXAMPLES) .venv/bin/pytest -q -n 2 tests/machine

torture: setup ## workers killed at random while the provider misbehaves; ENGINE=local KILLS=200 REMINDERS=20000 RUSH=100000
	@.venv/bin/python -m scripts.torture --engine $(ENGINE) --kills $(KILLS) --reminders $(REMINDERS) --rush $(RUSH)

mutants: setup ## break the protocol of sending, one promise at a time; a test must notice each (docs/mutants.md)
	.venv/bin/python -m scripts.sending_faults

prism: setup ## the Twilio sender against Twilio's own description, through Prism; needs Node (not part of make test)
	.venv/bin/python -m scripts.prism

docs: setup ## write anew what is generated from the code: settings, example environment and others
	.venv/bin/python -m scripts.docs

lock: setup ## write requirements.lock anew from pyproject.toml, and the part of it that containers need
	.venv/bin/uv pip compile $(LOCKING) --group dev pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile $(LOCKING) -c requirements.lock pyproject.toml -o requirements-runtime.lock
	.venv/bin/uv pip compile $(LOCKING) -c requirements.lock --group bench -o requirements-bench.lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "  %-19s %s\n", $$1, $$2 }'
