# The only way to run things here. `make` lists what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help generate verify setup plugin sidecar run demo test test-traefik test-providers conformance bench-plugin bench-sidecar bench-verify fuzz-smoke lint advisories static clean

# tools/setup.sh leaves where Traefik, Node.js, Python and Chromium are.
ENV := source .tools/env;
export PLUGIN_WASM ?= $(CURDIR)/target/plugin/plugin.wasm
export MCPBOUNCER ?= $(CURDIR)/target/debug/mcpbouncer

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s @

run: ## Set up, build and start everything on this machine; prints what to paste into an MCP client
	@tools/setup.sh run
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar -p e2e --bins
	@$(ENV) exec target/debug/run

demo: ## The same without a person: a real client logs in and calls a tool; the transcript is printed
	@tools/setup.sh run
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar -p e2e --bins
	@$(ENV) exec target/debug/demo

test: ## Set up and run every test, end to end too; prints how many ran
	@tools/setup.sh
	@tools/build-plugin.sh
	@$(ENV) tools/test.sh

test-traefik: ## Run the tests that go through Traefik on each Traefik that is promised (or VERSIONS=); prints a table
	@tools/setup.sh traefik
	@tools/build-plugin.sh
	@tools/test-traefik.sh $(VERSIONS)

test-providers: ## Run the tests with real identity providers, Dex and Keycloak, by the commands of their guides
	@tools/setup.sh providers
	@tools/build-plugin.sh
	@source .tools/env-providers; tools/test-providers.sh

conformance: ## Run the official MCP conformance suite and a strict OAuth client against everything together
	@tools/setup.sh conformance
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar -p e2e --bins
	@$(ENV) target/debug/conformance

bench-plugin: ## Measure what the plugin costs in Traefik: tables, and target/bench/plugin.json
	@tools/setup.sh run
	@tools/build-plugin.sh
	@cargo build --quiet --release -p bench
	@$(ENV) target/release/bench-plugin

bench-sidecar: ## Measure the sidecar on each of its stores, empty and full: tables, and target/bench/sidecar.json
	@tools/setup.sh bench
	@tools/build-sidecar.sh
	@cargo build --quiet --release -p bench
	@$(ENV) target/release/bench-sidecar

bench-verify: ## Count the instructions the plugin executes for a request
	@tools/build-plugin.sh
	@cargo build --quiet --release -p bench
	@target/release/bench-verify --calls

fuzz-smoke: ## Run each fuzz target for some seconds (FUZZ_SECONDS)
	@tools/fuzz-smoke.sh

generate: ## Write the tables of docs/ that follow from the code
	@cargo run --quiet -p sidecar --example reference

verify: ## Whether those tables are current
	@cargo run --quiet -p sidecar --example reference -- --check

lint: ## Formatting, clippy, documentation and its tables, licences, duplicate and foreign dependencies; warnings refused
	@cargo fmt --all --check
	@cargo clippy --quiet --workspace --all-targets -- -D warnings
	@cargo clippy --quiet -p e2e --test keycloak -- -D warnings
	@python3 tools/check_conformance.py
	@tools/deny.sh licenses bans sources
	@$(MAKE) --no-print-directory verify
	@RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items

advisories: ## Look for known faults in the dependencies (fetches RustSec's database)
	@tools/deny.sh advisories

setup: ## Fetch the pinned tools that tests need into .tools/
	@tools/setup.sh

plugin: ## Build target/plugin/plugin.wasm
	@tools/build-plugin.sh

sidecar: ## Build the sidecar, target/debug/mcpbouncer
	@cargo build --quiet -p sidecar

static: ## Build the sidecar as it is delivered, target/static/mcpbouncer
	@tools/build-sidecar.sh

clean: ## Remove what was built and fetched
	@rm -rf target .tools tests/node/node_modules
