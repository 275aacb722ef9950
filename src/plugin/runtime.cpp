#include <sluice/runtime.hpp>

#include "plugin/kernel.hpp"
#include "plugin/kernel_host.hpp"
#include "plugin/runtime_state.hpp"

namespace sluice {

Runtime::State::State(const RuntimeOptions& options) : linker_without_wasi(engine), linker(engine) {
    if (!options.image_cache.empty()) images.emplace(options.image_cache);
    const wasm::Module kernel = compile("kernel", as_bytes(kernel_text()));
    // Plug-ins run on their callers' threads from beginning to end, and so do host functions: on
    // their own stacks, as many a language's runtime demands of code that is called back.
    linker.define_wasi(wasm::Waits::block);
    for (wasm::Linker* each : {&linker, &linker_without_wasi}) {
        define_kernel_host(*each);
        each->add_library(std::string(kernel_imports), kernel);
    }
}

wasm::Module Runtime::State::compile(std::string name, ByteView wasm) const {
    if (images) return images->load(engine, std::move(name), wasm);
    return wasm::Module::compile(engine, std::move(name), wasm);
}

Runtime::Runtime(const RuntimeOptions& options) : state_(std::make_shared<const State>(options)) {}

std::string_view version() noexcept {
    return SLUICE_VERSION;
}

std::string_view engine_version() noexcept {
    return wasm::engine_version();
}

}  // namespace sluice
