# What a person does with this checkout; `make` alone lists it.

PYTHON ?= python3
# Processes that run tests side by side: as many as there are cores where tests compute, and more where they
# wait for servers most of the time.
CORES ?= 2
WORKERS ?= 3
# Simulated runs, and the first one's seed.
SEEDS ?= 10000
START ?= 0
# What to test, and further options of pytest.
TESTS ?= tests
PYTEST_OPTIONS ?=
BY_FILE := --dist loadfile --no-loadscope-reorder
# Further options of the bench and the soak, such as --scale 0.1 --runs 1, or --minutes 5.
BENCH_OPTIONS ?=
SOAK_OPTIONS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := uv==0.13.9
GENERATED := schemas docs/api.md docs/domain.md docs/events.md docs/operating.md docker-compose.yml src/casecore/synthetic/shapes.toml src/casecore/web/catalogues

VENV_MADE := .venv/.made
LOCK_INSTALLED := .venv/.lock-installed
PROJECT_INSTALLED := .venv/.project-installed
PEERS_INSTALLED := .venv/peers/.installed
SPARK_INSTALLED := .venv/spark/.installed
KAFKA_FETCHED := .casecore/cache/.fetched
PROVIDER_FETCHED := .casecore/cache/.provider-fetched
BROWSER_FETCHED := .casecore/cache/.browser-fetched
MINING_FETCHED := .casecore/cache/.mining-fetched
EXAMPLES_FETCHED := .casecore/cache/.examples-fetched

.DELETE_ON_ERROR:
.PHONY: help install demo up down status picture screenshots notebook spark invoice-picture bench soak bench-import bench-sla bench-billing check test examples faults simulate nightly lint format format-check types arrows shapes generate check-generated portable ci lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(PROJECT_INSTALLED) $(KAFKA_FETCHED) $(PROVIDER_FETCHED) ## everything into .venv and .casecore/cache of this checkout
	@:

.PHONY: alerts
alerts: install ## promtool on ops/prometheus: what is scraped, the rules, and when each of them fires and does not
	@$(BIN)/python -m tests.ops.promtool

.PHONY: hooks
hooks: install ## before each commit and push of this checkout, what the build server runs and needs no server
	@$(BIN)/pre-commit install

demo: install ## the whole path once, on servers of its own; KEEP=1 leaves it up, with a page to log in to
	@$(BIN)/casecore demo $(if $(KEEP),--keep)

up: install ## servers, relay and projections in the background
	@$(BIN)/casecore up

down: install ## stop them
	@$(BIN)/casecore down

picture: install ## the picture in the README, from a run of the demo
	@$(BIN)/python -m devtools.demo_picture

screenshots: install $(BROWSER_FETCHED) ## the page in the README, from a demo of its own; some minutes
	@$(BIN)/python -m tests.browser.screenshots

notebook: install ## what docs/analysis.ipynb shows, of the export in HISTORIES=histories
	@$(BIN)/python -m devtools.notebook $(or $(HISTORIES),histories)

spark: install $(SPARK_INSTALLED) ## what docs/analysis.md has for Spark, on the export in HISTORIES=histories, beside what_if
	@$(BIN)/python -m devtools.spark $(or $(HISTORIES),histories)

invoice-picture: install ## the invoice in the README, from an example
	@$(BIN)/python -m devtools.invoice_picture

bench: install $(PEERS_INSTALLED) ## everything that is to be fast, beside what people would use instead; 25 minutes
	@$(BIN)/python -m bench $(BENCH_OPTIONS)

soak: install ## half an hour of steady load: memory, lag, and all laws at the end
	@$(BIN)/python -m bench.soak $(SOAK_OPTIONS)

bench-import: install ## how long the help desk log takes from file to both views, with each stage
	@$(BIN)/python -m bench.import_helpdesk

bench-sla: install ## clocks a second, the SLA view from Kafka, and what-if on a million events
	@$(BIN)/python -m bench.service_levels

bench-billing: install ## maintenance fees a second, from the command to their postings
	@$(BIN)/python -m bench.billing

status: install ## what is running
	@$(BIN)/casecore status

check: install lint format-check types arrows $(MINING_FETCHED) ## all that needs no server, in a minute and a half: tests, lint, form, types, arrows
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-dev} $(BIN)/python -m pytest -m "not servers and not faults" \
		-n $(CORES) $(BY_FILE) $(PYTEST_OPTIONS) $(TESTS)

test: install $(BROWSER_FETCHED) $(MINING_FETCHED) ## all tests; TESTS=tests/store runs some, WORKERS=2 runs fewer at a time
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-dev} $(BIN)/python -m pytest -n $(WORKERS) $(BY_FILE) \
		$(PYTEST_OPTIONS) $(TESTS)

examples: install $(EXAMPLES_FETCHED) ## the subscribers in examples/, in Node and Java too, with a JDK of 17 or later; two minutes
	@$(BIN)/python -m pytest -n $(CORES) --dist load -rs -m "examples or not examples" $(PYTEST_OPTIONS) tests/examples

faults: install ## every real fault: processes, servers and disks are hurt, then all laws checked; within 30 minutes
	@$(BIN)/python -m pytest -n $(CORES) --dist load --maxschedchunk 1 -m faults --timeout 1200 \
		--faults-results bench/results/faults.json $(PYTEST_OPTIONS) tests/faults

simulate: install ## simulated runs full of faults: SEEDS=10000 of them from START=0, or SEED=1234 step by step
	@$(BIN)/python -m tests.simulation.campaign $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --start $(START))

nightly: install ## the clocks against their slow reference on 10,000 random cases, and every property on 1,000
	@HYPOTHESIS_PROFILE=nightly CASES_EXAMPLES=10000 $(BIN)/python -m pytest $(PYTEST_OPTIONS) --timeout 7200 \
		tests/clocks/test_reference.py
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -m "hypothesis and not faults" --timeout 7200 \
		-n $(CORES) $(BY_FILE) $(PYTEST_OPTIONS) $(TESTS)

lint: install ## ruff
	@$(BIN)/ruff check .

format: install ## writes every file in the form that `make check` asks for
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format --quiet .

format-check: install
	@$(BIN)/ruff format --check --quiet --diff .

types: install ## mypy
	@$(BIN)/mypy

arrows: install ## import-linter: which room may import which
	@$(BIN)/lint-imports

shapes: install ## what `casecore generate` takes from the help desk's log: paths, waits and hours
	@$(BIN)/python -m devtools.shapes

generate: install shapes ## write what is generated: schemas, shapes, and sections of docs and docker-compose.yml
	@$(BIN)/python -m devtools.generate

check-generated: generate ## fail when what is generated differs from what is checked in
	@changed="$$(git status --porcelain -- $(GENERATED))"; \
	if [ -n "$$changed" ]; then \
		git --no-pager diff --stat -- $(GENERATED); \
		printf '%s\n' "$$changed" "These files differ from what is checked in; run 'make generate' and commit them." >&2; \
		exit 1; \
	fi

portable: install ## the schemas in JavaScript and Go, where these are installed
	@$(BIN)/python -m devtools.portable

ci: ## what a build server runs
	@.ci/run

lock: $(VENV_MADE) ## requirements.lock, and those for the bench, mining and Spark, again from pyproject.toml
	@folder="$$(mktemp -d)" && trap 'rm -rf "$$folder"' EXIT && \
	$(BIN)/python -m venv "$$folder/uv" && "$$folder/uv/bin/python" -m pip --quiet install $(UV) && \
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		> "$$folder/build-system.in" && \
	"$$folder/uv/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-config --no-annotate --custom-compile-command 'make lock' --extra dev --output-file requirements.lock \
		pyproject.toml "$$folder/build-system.in" > /dev/null && \
	"$$folder/uv/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-config --no-annotate --custom-compile-command 'make lock' --group pyproject.toml:bench \
		--output-file requirements-bench.lock > /dev/null && \
	"$$folder/uv/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-config --no-annotate --custom-compile-command 'make lock' --group pyproject.toml:mining \
		--output-file requirements-mining.lock > /dev/null && \
	"$$folder/uv/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-config --no-annotate --custom-compile-command 'make lock' --group pyproject.toml:spark \
		--output-file requirements-spark.lock > /dev/null

$(VENV_MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "casecore needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) --version 2>&1);" \
		"name another one: make install PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

$(LOCK_INSTALLED): requirements.lock $(VENV_MADE)
	@echo "Installing the packages in requirements.lock into .venv (a minute or two)"
	@{ $(BIN)/python -m pip --disable-pip-version-check install --root-user-action=ignore --progress-bar off \
		--require-hashes --requirement requirements.lock || touch $@.failed; } | \
		awk -v of="$$(grep -c '==' requirements.lock)" '/^(Collecting|Requirement already)/ { n++; \
		if (n % 10 == 0) print "  " n " of " of " packages" } /^Installing/ { print "  unpacking" } \
		/^ERROR/ { print }'
	@if rm $@.failed 2> /dev/null; then exit 1; fi
	@touch $@

$(PEERS_INSTALLED): requirements-bench.lock $(VENV_MADE)
	@echo "Installing what the bench compares with into .venv/peers (half a minute)"
	@$(PYTHON) -m venv .venv/peers
	@.venv/peers/bin/python -m pip --disable-pip-version-check --quiet install --root-user-action=ignore \
		--require-hashes --requirement requirements-bench.lock
	@touch $@

$(SPARK_INSTALLED): requirements-spark.lock $(LOCK_INSTALLED)
	@echo "Installing PySpark into .venv/spark (500 MB, a minute or two)"
	@rm -rf .venv/spark
	@$(PIP) install --root-user-action=ignore --no-deps --require-hashes --target .venv/spark \
		--requirement requirements-spark.lock
	@touch $@

$(PROJECT_INSTALLED): pyproject.toml $(LOCK_INSTALLED)
	@$(PIP) install --root-user-action=ignore --no-build-isolation --no-deps --editable .
	@touch $@

$(KAFKA_FETCHED): src/casecore/local/jars.toml $(PROJECT_INSTALLED)
	@echo "Fetching Apache Kafka into .casecore/cache"
	@$(BIN)/python -m casecore.local.jars .casecore/cache
	@touch $@

$(PROVIDER_FETCHED): tests/identity/provider/package-lock.json $(PROJECT_INSTALLED)
	@echo "Fetching a provider of identities for the tests into .casecore/cache"
	@$(BIN)/python -m tests.identity.provider.fetch .casecore/cache > /dev/null && touch $@ || \
		echo "Without it all but tests/identity/test_provider.py runs, which tries again." >&2

$(BROWSER_FETCHED): tests/browser/axe/package-lock.json tests/browser/chromium/package-lock.json $(PROJECT_INSTALLED)
	@echo "Looking for a browser for the tests; fetching one into .casecore/cache if there is none"
	@$(BIN)/python -m tests.browser.fetch > /dev/null && touch $@ || \
		echo "Without it all but the tests with a browser run, which try again." >&2

$(MINING_FETCHED): requirements-mining.lock $(PROJECT_INSTALLED)
	@echo "Installing pm4py and r4pm for the tests into .casecore/cache (half a minute)"
	@$(BIN)/python -m tests.analysis.exchange.tools > /dev/null && touch $@ || \
		echo "Without them all but tests/analysis/exchange/test_tools.py runs, which tries again." >&2

$(EXAMPLES_FETCHED): examples/node/package-lock.json examples/java/jars.toml examples/java/pom.xml $(PROJECT_INSTALLED)
	@echo "Fetching the packages of the examples in Node and Java into .casecore/cache"
	@$(BIN)/python -m tests.examples.languages > /dev/null && touch $@
