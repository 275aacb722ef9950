#pragma once

#include <extism.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// libextism as a C++ program would hold it: through extism.h and nothing else.
namespace extism_tests {

struct Free {
    void operator()(ExtismPlugin* plugin) const { extism_plugin_free(plugin); }
    void operator()(ExtismCompiledPlugin* plugin) const { extism_compiled_plugin_free(plugin); }
    void operator()(ExtismFunction* function) const { extism_function_free(function); }
};
using Plugin = std::unique_ptr<ExtismPlugin, Free>;
using Compiled = std::unique_ptr<ExtismCompiledPlugin, Free>;
using Function = std::unique_ptr<ExtismFunction, Free>;

inline const std::uint8_t* data_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// Takes over the text of an `errmsg`.
inline std::string taken(char* message) {
    std::string text = message == nullptr ? "" : message;
    extism_plugin_new_error_free(message);
    return text;
}

struct Options {
    std::vector<const ExtismFunction*> functions{};
    bool wasi = false;
};

inline Plugin plugin_of(std::string_view wasm, Options options = {}) {
    char* message = nullptr;
    Plugin plugin(extism_plugin_new(data_of(wasm), wasm.size(), options.functions.data(),
                                    options.functions.size(), options.wasi, &message));
    const std::string text = taken(message);
    if (!plugin) ADD_FAILURE() << text;
    return plugin;
}

/// The text with which it is refused.
inline std::string refusal(std::string_view wasm, Options options = {}) {
    char* message = nullptr;
    const Plugin plugin(extism_plugin_new(data_of(wasm), wasm.size(), options.functions.data(),
                                          options.functions.size(), options.wasi, &message));
    EXPECT_EQ(plugin, nullptr);
    return taken(message);
}

inline std::int32_t call(const Plugin& plugin, const char* function, std::string_view input = {},
                         void* context = nullptr) {
    return extism_plugin_call_with_host_context(plugin.get(), function, data_of(input),
                                                input.size(), context);
}

inline std::string output(const Plugin& plugin) {
    const auto size = static_cast<std::size_t>(extism_plugin_output_length(plugin.get()));
    return {reinterpret_cast<const char*>(extism_plugin_output_data(plugin.get())), size};
}

/// The error, or "none".
inline std::string error(const Plugin& plugin) {
    const char* text = extism_plugin_error(plugin.get());
    return text == nullptr ? "none" : text;
}

/// Output of a call that goes well.
inline std::string result(const Plugin& plugin, const char* function, std::string_view input = {}) {
    EXPECT_EQ(call(plugin, function, input), EXTISM_SUCCESS) << error(plugin);
    EXPECT_EQ(error(plugin), "none");
    return output(plugin);
}

}  // namespace extism_tests
