#include "capi/compiled_plugin.hpp"

#include "capi/function.hpp"
#include "capi/log.hpp"
#include "capi/wasm_input.hpp"
#include "wasm/image_cache.hpp"
#include "wasm/image_file.hpp"

#include <sluice/error.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

namespace sluice::capi {
namespace {

/// Compiled code is kept in the user's own cache, as Extism does it and by the same switch.
std::filesystem::path image_folder() {
    const char* configuration = std::getenv("EXTISM_CACHE_CONFIG");
    if (configuration != nullptr && *configuration == '\0') return {};
    std::filesystem::path folder = wasm::ImageCache::default_folder();
    // Asked here, as somebody else's program does not want to be told on its standard output.
    if (folder.empty() || wasm::refuse_folder(folder)) return {};
    return folder;
}

/// All plug-ins of the process share one engine, as it costs a thread and milliseconds to make.
const Runtime& process_runtime() {
    static const Runtime runtime({.image_cache = image_folder()});
    return runtime;
}

/// Straight to the process's own descriptors, so that nothing waits in a buffer of ours.
void print(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written <= 0) return;  // nobody listens: no reason to fail the guest
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

PluginOptions options_for(std::vector<HostFunction> functions, const Ingredients& from) {
    PluginOptions options{.functions = std::move(functions), .wasi = from.with_wasi};
    options.fuel = from.fuel;
    // For start functions; each plug-in gets a log of its own, which knows its id.
    options.log = [](LogLevel level, std::string_view message) {
        process_log().write(level, message, {});
    };
    options.log_level = process_log().level();
    if (std::getenv("EXTISM_ENABLE_WASI_OUTPUT") != nullptr) options.output = print;
    return options;
}

std::vector<HostFunction> functions_of(const Ingredients& from) {
    if (from.n_functions == 0) return {};
    if (from.functions == nullptr)
        throw Error(ErrorCode::invalid_input, "Cannot pass null pointer");
    // Declared const, but they are the caller's to give away: whoever takes one empties its shell.
    auto* const* shells = const_cast<ExtismFunction* const*>(from.functions);
    return take_functions(std::span(shells, static_cast<std::size_t>(from.n_functions)));
}

}  // namespace

CompiledPlugin compile(const Ingredients& from) {
    std::vector<HostFunction> functions = functions_of(from);
    return saying(not_compiled, [&] {
        Manifest manifest =
            read_wasm_input(bytes_of(from.wasm, from.wasm_size, "the WebAssembly module"));
        return CompiledPlugin(process_runtime(), std::move(manifest),
                              options_for(std::move(functions), from));
    });
}

}  // namespace sluice::capi

using namespace sluice::capi;

ExtismCompiledPlugin* extism_compiled_plugin_new(const uint8_t* wasm, ExtismSize wasm_size,
                                                 const ExtismFunction** functions,
                                                 ExtismSize n_functions, bool with_wasi,
                                                 char** errmsg) {
    return make<ExtismCompiledPlugin>(errmsg, [&] {
        return std::make_unique<ExtismCompiledPlugin>(
            compile({wasm, wasm_size, functions, n_functions, with_wasi}));
    });
}

ExtismCompiledPlugin* extism_compiled_plugin_new_with_fuel_limit(
    const uint8_t* wasm, ExtismSize wasm_size, const ExtismFunction** functions,
    ExtismSize n_functions, bool with_wasi, uint64_t fuel_limit, char** errmsg) {
    return make<ExtismCompiledPlugin>(errmsg, [&] {
        return std::make_unique<ExtismCompiledPlugin>(
            compile({wasm, wasm_size, functions, n_functions, with_wasi, fuel_limit}));
    });
}

void extism_compiled_plugin_free(ExtismCompiledPlugin* plugin) {
    at_border([&] { std::unique_ptr<ExtismCompiledPlugin>(plugin).reset(); });
}
