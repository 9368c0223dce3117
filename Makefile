# The ways into the project; `make` alone lists them. Nothing but Rust and Debian's base is needed beforehand.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help seed build servers test bench lint clean

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
RELEASE := $(TARGET)/release/reviewseed
# folders of `mysqld` and `mariadbd` that an ordinary user's PATH may lack
SBIN := /usr/sbin:/usr/local/sbin:/opt/homebrew/bin

# a database that someone works with is no place for sample data or tests
unexport DATABASE_URL
export REVIEWSEED_CONFIG := /dev/null

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

seed: build ## the sample data in a MySQL server of your own
	@[[ -n "$${REVIEWSEED_MYSQLD-}" || -d .servers/mysql || -d .servers/mariadb ]] \
	    || PATH="$$PATH:$(SBIN)" type mysqld mariadbd 2>/dev/null | grep -q . \
	    || scripts/servers mysql
	@$(RELEASE) seed sample-data
	@$(RELEASE) server status
	@echo "open it with '$(RELEASE) server shell', or any client with the URL of '$(RELEASE) server url'"

build: ## the release binary
	cargo build --release

servers: ## MySQL and MariaDB for the tests, in .servers
	@scripts/servers

test: servers ## all tests, on both servers, which are stopped in the end
	@trap 'for home in $(TARGET)/it/*/; do \
	    [[ ! -d "$$home" ]] || (cd "$$home" && $(TARGET)/debug/reviewseed server stop) || true; done' EXIT; \
	cargo test

PRODUCTS := 100001
bench: build servers ## against what people use instead, PRODUCTS=1000011 for the real size; see benches/bench.py --help
	benches/bench.py --products $(PRODUCTS) --binary $(RELEASE) $(BENCH)

lint: ## formatting and clippy, warnings count as errors
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings

clean: ## stop the private server and the tests' servers, remove what was built; .servers and .reviewseed stay
	@for binary in $(TARGET)/release/reviewseed $(TARGET)/debug/reviewseed; do \
	    for home in . $(TARGET)/it/*/; do \
	        [[ ! -x "$$binary" || ! -d "$$home/.reviewseed" ]] || (cd "$$home" && "$$binary" server stop); done; done
	cargo clean
