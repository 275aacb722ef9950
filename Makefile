# The front door. Everything behind it is a script in tools/ or a CMake preset, and can be called by itself.
.DEFAULT_GOAL := help
.PHONY: run test build bench docs fuzz plugins lint format clean help

run: ## build, then start the gateway on 127.0.0.1:8080 with an example plug-in
	@tools/setup build guest-rust
	@tools/build release sluice
	@tools/build_plugins guardrail_rust
	@exec build/release/bin/sluice serve --plugin build/plugins/guardrail_rust.wasm

test: ## install what is missing, build everything, run all tests
	@tools/setup test
	@tools/build_plugins
	@tests/clients/setup >/dev/null
	@tests/capi/setup >/dev/null
	@tests/capi/setup_java >/dev/null
	@tools/build release
	@tools/with_toolchains ctest --preset release

build: ## build the program, build/release/bin/sluice, and build/release/lib/libextism.so
	@tools/setup build
	@tools/build release sluice extism

bench: ## measure against nginx and the raw engine; writes bench/results/
	@tools/setup bench
	@tools/build_plugins guardrail_rust
	@tools/build release
	@tools/with_toolchains bench/run

docs: ## make the API reference, build/docs/html/index.html
	@tools/setup docs
	@mkdir -p build/docs
	@doxygen docs/Doxyfile

fuzz: ## run each fuzz target for a moment, from its inputs in fuzz/corpus/
	@tools/setup fuzz
	@tools/build fuzz
	@ctest --preset fuzz

plugins: ## build the example plug-ins and the test guests: build/plugins/*.wasm
	@tools/build_plugins

lint: ## check format, layers and clang-tidy
	@tools/lint

format: ## format all C++ sources in place
	@tools/format

clean: ## remove build/ (the engine and the toolchains stay in ~/.cache)
	rm -rf build

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
