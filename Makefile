# The tasks of the project; `make` alone lists them. On a Debian base system, only Rust must be
# installed before.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help seed build dist test-packages test-image servers test test-long test-engines test-clusters remote torture fuzz bench lint clean service

BUILT := $(abspath $(or $(CARGO_TARGET_DIR),target))
RELEASE := $(BUILT)/release/reviewseed
DIST := $(BUILT)/dist/reviewseed
# the program of this checkout, or else the one on PATH
PROGRAM := $(or $(wildcard $(RELEASE)),$(wildcard $(DIST)),$(shell type -P reviewseed),$(RELEASE))
# folders of `mysqld` and `mariadbd` that an ordinary user's PATH may lack
SBIN := /usr/sbin:/usr/local/sbin:/opt/homebrew/bin

# more threads than processors, because tests mostly wait for servers, time limits and processes
THREADS := $(shell echo $$((3 * $$(getconf _NPROCESSORS_ONLN))))
# stops the servers that the tests have started
HOMES := *
STOP_SERVERS = for home in $(BUILT)/it/$(HOMES)/; do \
    [[ ! -d "$$home/.reviewseed" ]] || (cd "$$home" && $(BUILT)/debug/reviewseed server stop) || true; done

# `it` may be a link, which scripts/test-folder makes; then its target is removed, too
REMOVE_FILES_OF_TESTS = rm -rf "$$(readlink -f $(BUILT)/it)" $(BUILT)/it

# for a trap at the end of the tests: if all passed, the files that they wrote are removed
END_TESTS = status=$$?; $(STOP_SERVERS); (( status )) || { $(REMOVE_FILES_OF_TESTS); }

# sample data and tests must not get into a database that someone uses
unexport DATABASE_URL
export REVIEWSEED_CONFIG := /dev/null

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 15

seed: ## load the sample data into a private MySQL server, with the reviewseed that is built or installed, or else built now
	@[[ -x $(PROGRAM) ]] || $(MAKE) build
	@[[ -n "$${REVIEWSEED_MYSQLD-}" || -d .servers/mysql || -d .servers/mariadb ]] \
	    || PATH="$$PATH:$(SBIN)" type mysqld mariadbd 2>/dev/null | grep -q . \
	    || scripts/servers mysql
	@echo 'with $(PROGRAM)' && $(PROGRAM) seed sample-data
	@$(PROGRAM) server status
	@echo "open it with '$(PROGRAM) server shell', or any client with the URL of '$(PROGRAM) server url'"

build: ## build the binary for a first look, target/release/reviewseed
	cargo build --release

dist: ## build the packages: archive, .deb, wheel, npm packages, sums in target/packages; target/dist/reviewseed
	@scripts/dist

test-packages: servers ## install each package of `make dist` into an empty Debian and seed there; needs root, mmdebstrap
	@scripts/test-packages

test-image: servers ## build the Dockerfile with buildah and seed from the image; needs root, buildah, mmdebstrap
	@scripts/test-image

servers: ## download MySQL and MariaDB for the tests into .servers
	@scripts/servers

test: servers ## run all tests except the long ones, on both servers; then stop the servers, and remove the tests' files if all passed
	@scripts/test-folder $(BUILT)/it
	@trap '$(END_TESTS)' EXIT; RUST_TEST_THREADS=$(THREADS) cargo test --workspace
	@if [[ -x .servers/oceanbase/bin/seekdb ]]; then \
	    trap 'scripts/oceanbase down' EXIT; cargo test --workspace --test engines oceanbase::short; \
	else echo "OceanBase was not tested: 'scripts/servers oceanbase' downloads its server"; fi

test-long: servers ## run the long tests: random cases, kills at any moment, silent networks, full disks, each type
	@scripts/test-folder $(BUILT)/it
	@trap '$(END_TESTS)' EXIT; \
	RUST_TEST_THREADS=$(THREADS) cargo test --workspace --test it -- --ignored

test-engines: servers ## run the tests on OceanBase and through proxies, then remove OceanBase; PRODUCTS, ROUNDS of kills
	@scripts/servers oceanbase haproxy mysql-router
	@trap 'scripts/oceanbase remove; $(STOP_SERVERS)' EXIT; \
	REVIEWSEED_ENGINES_PRODUCTS=$(PRODUCTS) REVIEWSEED_ENGINES_ROUNDS=$(ROUNDS) \
	cargo test --workspace --test engines -- --test-threads=2

test-clusters: servers ## seed clusters of real servers, then stop them; PRODUCTS, ROUNDS of kills
	@scripts/servers mariadb-cluster
	@trap 'for kind in group-replication galera; do scripts/cluster $$kind down; done; \
	    $(STOP_SERVERS)' EXIT; \
	REVIEWSEED_CLUSTER_PRODUCTS=$(PRODUCTS) REVIEWSEED_CLUSTER_ROUNDS=$(ROUNDS) cargo test --workspace --test clusters

remote: servers ## run the tests of inputs on web servers, in S3, Google Cloud Storage and Azure; their servers are downloaded from PyPI and npm into the build folder
	@[[ -x $(BUILT)/remote/bin/azurite-blob && -x $(BUILT)/remote/bin/fake-gcs-server ]] || scripts/remote-servers $(BUILT)/remote
	@trap '$(STOP_SERVERS)' EXIT; \
	cargo test --workspace --features remote --test it inputs::remote

service: build ## run the commands of docs/load-testing.md on the service of examples/reviews-service, intact and with a broken front; DURATION and MAX_AVG of each smoke test
	@REVIEWSEED=$(RELEASE) DURATION=$(DURATION) MAX_AVG=$(MAX_AVG) scripts/test-reviews-service

torture: FAULTS := mixed
torture: PRODUCTS = $(if $(filter physical,$(FAULTS)),2001,150)
torture: ROUNDS = $(if $(MINUTES),1000000,50)
torture: HOMES = $(SERVER)*$(if $(filter kills mixed,$(FAULTS)),-torture)
torture: TORTURED_BY_mixed := resume::torture::a_run_disturbed_anywhere_has_the_same_result
torture: TORTURED_BY_kills := resume::torture::a_run_disturbed_anywhere_has_the_same_result
torture: TORTURED_BY_network := resume::torture::a_run_disturbed_anywhere_has_the_same_result
torture: TORTURED_BY_network += resume::network::a_connection_lost_at_any_statement_does_not_end_the_run
torture: TORTURED_BY_physical := physical::killed::a_kill_of_the_loader_or_of_the_server_loses_nothing
torture: TORTURED_BY_physical += resume::torture::a_private_server_that_gets_files_survives_a_kill_at_any_moment
torture: servers ## run ROUNDS of seed with kills and network faults at random moments, or as many as fit in MINUTES; SERVER=mysql or mariadb, else both; PRODUCTS, SEED, FIRST; FAULTS=kills; FAULTS=network: also a connection lost at every statement; FAULTS=physical: kills of physical imports
	@trap '$(STOP_SERVERS)' EXIT; \
	REVIEWSEED_TORTURE_FAULTS=$(FAULTS) REVIEWSEED_TORTURE_MINUTES=$(MINUTES) \
	REVIEWSEED_TORTURE_ROUNDS=$(ROUNDS) REVIEWSEED_TORTURE_PRODUCTS=$(PRODUCTS) \
	REVIEWSEED_TORTURE_SEED=$(or $(SEED),1) REVIEWSEED_TORTURE_FIRST=$(or $(FIRST),0) \
	REVIEWSEED_KILLS=$(ROUNDS) \
	cargo test --workspace --test it -- --include-ignored --nocapture $(addsuffix ::$(SERVER),$(TORTURED_BY_$(FAULTS)))

fuzz: ## run each fuzz target for SECONDS, or only one TARGET (records, pipeline, timestamp, load_data, schema, pages)
	@cargo fuzz --version >/dev/null 2>&1 \
	    || { echo "cargo-fuzz is missing: install it with 'cargo install cargo-fuzz', which needs a C++ compiler" >&2; exit 2; }
	for target in $(or $(TARGET),records pipeline timestamp load_data schema pages); do \
	    mkdir -p fuzz/found/$$target; \
	    needs=$$(case $$target in pipeline|load_data|pages) echo --features program;; esac); \
	    cargo fuzz run --sanitizer none $$needs $$target fuzz/found/$$target fuzz/corpus/$$target -- \
	        -max_total_time=$(or $(SECONDS),60) -timeout=20 -print_final_stats=1 \
	        $$(if [[ -f fuzz/$$target.dict ]]; then echo -dict=fuzz/$$target.dict; fi); done

bench: PRODUCTS := 100001
bench: servers ## compare with other tools; PRODUCTS=1000011 for the real size, SERVER_CONFIG=default for a server with default settings; see benches/bench.py --help
	@if type -P musl-gcc >/dev/null; then scripts/dist binary; else cargo build --profile dist; fi
	benches/bench.py --products $(PRODUCTS) --binary $(DIST) --server-config $(or $(SERVER_CONFIG),private) $(BENCH)

lint: ## check formatting and run clippy; warnings count as errors
	cargo fmt --all --check
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo fmt --check --manifest-path benches/Cargo.toml
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --workspace --test clusters --test engines -- -D warnings
	cargo clippy --workspace --all-targets --features remote -- -D warnings

clean: ## stop the private server and the tests' servers, remove everything built; .servers and .reviewseed stay
	@for binary in $(BUILT)/{release,dist,debug}/reviewseed; do \
	    for home in . $(BUILT)/it/*/; do \
	        [[ ! -x "$$binary" || ! -d "$$home/.reviewseed" ]] || (cd "$$home" && "$$binary" server stop); done; done
	@$(REMOVE_FILES_OF_TESTS)
	cargo clean
