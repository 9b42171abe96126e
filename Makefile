# `make run` sets everything up and serves; `make test` sets everything up and proves it. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

SWIFT ?= swift
# Rows of the benchmark table to run, comma separated.
ROWS ?= P1,P2,P3,P4,P5,P5b,P6,P7,P8,P9,P10
# One test after the other: many of them block a thread, and two cores have few.
TEST_FLAGS := --disable-xctest --no-parallel
# Limit of each sanitizer's run.
SANITIZE_LIMIT ?= 60m
# Seeds of `make simulate`; SEED=n replays one with all that happens in it.
SEEDS ?= 10000
# Length of `make torture`; SEED=n draws the same faults again.
MINUTES ?= 10
# Random cases for each operation of `make conformance`; SEED=n draws others.
EXAMPLES ?= 50
# Seconds for each fuzz target; TARGET="requests events" runs some of them.
SECONDS_EACH := $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),60)

.PHONY: help deps build run test bench guard lint docs conformance fuzz simulate torture sanitize clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

deps: ## install the Debian packages that are missing
	@scripts/deps build test

build: ## the release binary, .build/release/beacongate
	$(SWIFT) build -c release --product beacongate

run: ## install what is missing, build, serve on the embedded queue
	@scripts/deps build
	@$(MAKE) --no-print-directory build
	@exec .build/release/beacongate serve

test: deps ## install what is missing, run every test
	$(SWIFT) test $(TEST_FLAGS)

bench: ## install what is missing, build, measure against references (ROWS=P1, WRITE=1 updates docs/benchmarks.md; ROWS=R7,R8: attacks and overload)
	@scripts/deps build bench
	@$(MAKE) --no-print-directory build
	python3 Benchmarks/bench.py --rows $(ROWS) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(WRITE),--write)

guard: ## what an event costs the release binary in instructions and allocations, against Benchmarks/baseline.json (WRITE=1 makes it anew)
	@scripts/deps build guard
	@$(MAKE) --no-print-directory build
	python3 Benchmarks/guard.py $(if $(WRITE),--write)

lint: ## check form and syntax, change nothing
	@scripts/lint

docs: ## write the generated table of docs/configuration.md
	UPDATE_DOCS=1 $(SWIFT) test $(TEST_FLAGS) --filter ConfigurationDocumentTests

conformance: ## running gateways against openapi.yaml by schemathesis (EXAMPLES=50, SEED=1)
	@scripts/deps build conformance
	@$(MAKE) --no-print-directory build
	python3 Tests/Conformance/conformance.py --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED))

fuzz: deps ## fuzz parsers and writers under the address sanitizer (SECONDS=60 each, TARGET=requests)
	BEACONGATE_FUZZ=1 $(SWIFT) build -c release --product fuzz --sanitize=address --sanitize=fuzzer \
	  -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing --scratch-path .build/fuzz
	Fuzz/run $(SECONDS_EACH) $(TARGET)

simulate: deps ## the delivery core under random faults (SEEDS=10000; SEED=n replays one)
	$(SWIFT) build -c release --product simulate
	SEEDS=$(SEEDS) $(if $(SEED),SEED=$(SEED)) .build/release/simulate

torture: deps build ## the release binary under kills, stops, failing disks and services (MINUTES=10, SEED=n)
	BEACONGATE_BINARY=$(CURDIR)/.build/release/beacongate TORTURE_MINUTES=$(MINUTES) \
	  $(if $(SEED),TORTURE_SEED=$(SEED)) $(SWIFT) test $(TEST_FLAGS) --filter Torture

sanitize: deps ## every test under the thread and the address sanitizer, bounded by SANITIZE_LIMIT
	TSAN_OPTIONS="halt_on_error=1 suppressions=$(CURDIR)/scripts/tsan.suppressions" timeout $(SANITIZE_LIMIT) \
	  $(SWIFT) test $(TEST_FLAGS) --sanitize=thread --scratch-path .build/tsan
	ASAN_OPTIONS=detect_leaks=0 timeout $(SANITIZE_LIMIT) \
	  $(SWIFT) test $(TEST_FLAGS) --sanitize=address --scratch-path .build/asan

clean: ## remove what was built; data stay
	rm -rf .build
