# All development tasks start here. `make` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help generate verify setup plugin sidecar run demo test pages test-traefik test-providers test-charts conformance bench-plugin bench-sidecar bench-audit bench-recording bench-verify fuzz-smoke chart generate-charts generate-dashboard lint advisories static test-containers check-arm64 image dist reproducible clean

# tools/setup.sh writes the paths of Traefik, Node.js, Python and Chromium to this file.
ENV := source .tools/env;
export PLUGIN_WASM ?= $(CURDIR)/target/plugin/plugin.wasm
export MCPBOUNCER ?= $(CURDIR)/target/debug/mcpbouncer

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s @

run: ## Install, build and start everything on this machine; print the URL to paste into an MCP client
	@tools/setup.sh run
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar -p e2e --bins
	@$(ENV) exec target/debug/run

demo: ## The same, but a real client logs in by itself and calls a tool; print every HTTP step
	@tools/setup.sh run
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar -p e2e --bins
	@$(ENV) exec target/debug/demo

test: ## Install what the tests need and run all of them, end-to-end tests too; print how many passed
	@tools/setup.sh
	@tools/build-plugin.sh
	@$(ENV) tools/test.sh

pages: ## Visit every page in Chromium and check it, as `make test` does; keep screenshots in target/pages
	@tools/setup.sh
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar -p e2e --bins
	@rm -rf target/pages
	@$(ENV) MCPBOUNCER_PAGES=$(CURDIR)/target/pages cargo test --quiet -p e2e --test pages -- look::
	@echo "$$(ls target/pages | wc -l) screenshots: target/pages/PAGE-LANGUAGE-WIDTH-SCHEME.png"

test-traefik: ## Run the tests that use Traefik on each supported version (or on VERSIONS=); print a table
	@tools/setup.sh traefik
	@tools/build-plugin.sh
	@tools/test-traefik.sh $(VERSIONS)

test-providers: ## Run the tests with real identity providers, Dex and Keycloak, set up as their guides say
	@tools/setup.sh providers
	@tools/build-plugin.sh
	@source .tools/env-providers; tools/test-providers.sh

test-charts: ## Check the Helm chart and the Kubernetes manifests: lint, schemas of Kubernetes, a matrix of values
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar
	@tools/test-charts.sh

test-containers: ## Run the tests with real containers: deploy/compose.yml, by the commands of its guide (needs root)
	@tools/setup.sh containers
	@tools/build-plugin.sh
	@source .tools/env-containers; tools/test-containers.sh

conformance: ## Run the official MCP conformance suite and a strict OAuth client against the whole system
	@tools/setup.sh conformance
	@tools/build-plugin.sh
	@cargo build --quiet -p sidecar -p e2e --bins
	@$(ENV) target/debug/conformance

bench-plugin: ## Measure the plugin's cost in Traefik: prints tables, writes target/bench/plugin.json
	@tools/setup.sh run
	@tools/build-plugin.sh
	@cargo build --quiet --release -p bench
	@$(ENV) target/release/bench-plugin

bench-sidecar: ## Measure the sidecar on each of its stores, empty and full: prints tables, writes target/bench/sidecar.json
	@tools/setup.sh bench
	@tools/build-sidecar.sh
	@cargo build --quiet --release -p bench
	@$(ENV) target/release/bench-sidecar

bench-recording: ## Measure what metrics, audit and traces cost a refresh over HTTP
	@tools/build-sidecar.sh
	@tools/build-sidecar.sh unrecorded
	@cargo build --quiet --release -p bench
	@target/release/bench-recording

bench-audit: ## Measure what the audit table costs a refresh, and how long it takes to find rows among a million
	@tools/setup.sh bench
	@$(ENV) cargo bench --quiet -p store --bench audit

bench-verify: ## Count the instructions the plugin executes for a request
	@tools/build-plugin.sh
	@cargo build --quiet --release -p bench
	@target/release/bench-verify --calls

fuzz-smoke: ## Run each fuzz target for a few seconds (FUZZ_SECONDS)
	@tools/fuzz-smoke.sh

generate: ## Write the tables in docs/ that are generated from the code
	@cargo run --quiet -p sidecar --example reference

verify: ## Check that the generated tables are current
	@cargo run --quiet -p sidecar --example reference -- --check

lint: ## Check formatting, clippy, documentation and its tables, and the licences, versions and sources of dependencies
	@cargo fmt --all --check
	@cargo clippy --quiet --workspace --all-targets -- -D warnings
	@cargo clippy --quiet -p e2e --test keycloak --test containers -- -D warnings
	@python3 tools/check_conformance.py
	@tools/deny.sh licenses bans sources
	@$(MAKE) --no-print-directory verify
	@RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items

advisories: ## Look for known vulnerabilities in the dependencies (fetches the RustSec database)
	@tools/deny.sh advisories

setup: ## Install the pinned tools that tests need into .tools/
	@tools/setup.sh

plugin: ## Build target/plugin/plugin.wasm
	@tools/build-plugin.sh

sidecar: ## Build the sidecar, target/debug/mcpbouncer; the plugin is inside if `make plugin` built it before
	@cargo build --quiet -p sidecar

generate-charts: ## Write the manifests in deploy/kubernetes from the Helm chart
	@cd tools/charts && GOTOOLCHAIN=local go run -trimpath . render

generate-dashboard: ## Write deploy/grafana/dashboards/mcpbouncer.json from tools/dashboard/panels.go
	@cd tools/dashboard && GOTOOLCHAIN=local go run -trimpath .

chart: ## Package the Helm chart with the plugin, target/charts/mcpbouncer-VERSION.tgz
	@tools/build-plugin.sh
	@mkdir -p target/charts
	@cd tools/charts && GOTOOLCHAIN=local go run -trimpath . package ../../target/charts

static: ## Build the sidecar for release, with the plugin inside: target/static/mcpbouncer
	@tools/build-plugin.sh
	@tools/build-sidecar.sh

check-arm64: ## Build the sidecar for arm64 and run it, emulated where the machine is another: version, settings, a login
	@tools/setup.sh release
	@tools/build-plugin.sh
	@tools/build-sidecar.sh arm64
	@tools/check-arm64.sh

image: static ## Build the sidecar's image with podman, buildah or docker
	@tools/build-image.sh

dist: ## Write everything of a release to target/dist/: plugin, static program, image, SBOM, checksums
	@tools/setup.sh release
	@tools/dist.sh

reproducible: ## Build plugin and static program from two clones and compare them byte by byte (or PART=plugin)
	@tools/check_reproducible.sh $(PART)

clean: ## Remove everything that was built or fetched
	@rm -rf target .tools tests/node/node_modules
