# The front door. Every target sets up what it needs first; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run test build bench plugins lint format clean
SLUICE := build/release/bin/sluice

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build, then start the gateway on 127.0.0.1:8080 with the Rust guardrail
	@tools/setup guest-rust
	@tools/build_plugins guardrail_rust
	@exec $(SLUICE) serve --plugin build/plugins/guardrail_rust.wasm

test: ## build everything and run all tests
	@tools/setup test
	@tools/compile release
	@tools/build_plugins
	@ctest --preset release

build: ## the program: build/release/bin/sluice
	@tools/setup build
	@tools/compile release sluice

bench: ## measure against the peers; tables on the terminal, JSON in bench/results/
	@tools/setup bench
	@tools/compile release
	@tools/build_plugins guardrail_rust
	@bench/run

plugins: ## the example plug-ins and test fixtures: build/plugins/*.wasm
	@tools/setup guests
	@tools/build_plugins

lint: ## format, layers and clang-tidy
	@tools/setup build lint
	@tools/compile release
	@tools/lint

format: ## mend the format of all C++ files
	@tools/setup lint
	@git ls-files '*.cpp' '*.hpp' ':!:plugins' ':!:tests/fixtures' | xargs clang-format-19 -i

clean: ## remove build/; the engine and toolchains in ~/.cache stay
	rm -rf build
