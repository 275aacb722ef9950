#include "capi/compiled_plugin.hpp"
#include "capi/plugin.hpp"

#include <sluice/error.hpp>

#include <memory>

using sluice::Error;
using sluice::ErrorCode;
using namespace sluice::capi;

namespace {

std::string_view function_name(const char* name) {
    if (name == nullptr) throw Error(ErrorCode::invalid_input, "the function's name is NULL");
    return name;
}

ExtismPlugin* new_plugin(const Ingredients& from, char** errmsg) {
    return make<ExtismPlugin>(errmsg, [&] {
        const auto compiled = compile(from);
        return saying(not_compiled, [&] { return std::make_unique<ExtismPlugin>(compiled); });
    });
}

}  // namespace

ExtismPlugin* extism_plugin_new(const uint8_t* wasm, ExtismSize wasm_size,
                                const ExtismFunction** functions, ExtismSize n_functions,
                                bool with_wasi, char** errmsg) {
    return new_plugin({wasm, wasm_size, functions, n_functions, with_wasi}, errmsg);
}

ExtismPlugin* extism_plugin_new_with_fuel_limit(const uint8_t* wasm, ExtismSize wasm_size,
                                                const ExtismFunction** functions,
                                                ExtismSize n_functions, bool with_wasi,
                                                uint64_t fuel_limit, char** errmsg) {
    return new_plugin({wasm, wasm_size, functions, n_functions, with_wasi, fuel_limit}, errmsg);
}

ExtismPlugin* extism_plugin_new_from_compiled(const ExtismCompiledPlugin* compiled, char** errmsg) {
    return make<ExtismPlugin>(errmsg, [&] {
        return saying(not_created, [&] {
            if (compiled == nullptr)
                throw Error(ErrorCode::invalid_input, "the compiled plug-in is NULL");
            return std::make_unique<ExtismPlugin>(compiled->compiled);
        });
    });
}

void extism_plugin_free(ExtismPlugin* plugin) {
    // Its turn is taken first: a host function cannot free the plug-in that is calling it.
    const bool mine = use(plugin, false, [](ExtismPlugin&) { return true; });
    if (mine) at_border([&] { std::unique_ptr<ExtismPlugin>(plugin).reset(); });
}

const uint8_t* extism_plugin_id(ExtismPlugin* plugin) {
    return plugin == nullptr ? nullptr : plugin->id.data();
}

int32_t extism_plugin_call(ExtismPlugin* plugin, const char* func_name, const uint8_t* data,
                           ExtismSize data_len) {
    return extism_plugin_call_with_host_context(plugin, func_name, data, data_len, nullptr);
}

int32_t extism_plugin_call_with_host_context(ExtismPlugin* plugin, const char* func_name,
                                             const uint8_t* data, ExtismSize data_len,
                                             void* host_context) {
    return use(plugin, -1, [&](ExtismPlugin& self) {
        return self.call(function_name(func_name), bytes_of(data, data_len, "the input"),
                         host_context);
    });
}

const char* extism_plugin_error(ExtismPlugin* plugin) {
    const auto read = [](const ExtismPlugin& self) {
        return self.error.empty() ? nullptr : self.error.c_str();
    };
    // A host function that was just refused may ask why: its own turn further up is enough.
    if (plugin != nullptr && plugin->is_in_use_here()) return read(*plugin);
    return use<const char*>(plugin, nullptr, read);
}

const char* extism_error(ExtismPlugin* plugin) {
    return extism_plugin_error(plugin);
}

ExtismSize extism_plugin_output_length(ExtismPlugin* plugin) {
    return use<ExtismSize>(plugin, 0, [](ExtismPlugin& self) { return self.output.size(); });
}

const uint8_t* extism_plugin_output_data(ExtismPlugin* plugin) {
    static constexpr uint8_t nothing = 0;  // where an empty output is: some cannot read from NULL
    return use<const uint8_t*>(plugin, nullptr, [](ExtismPlugin& self) {
        if (self.output.empty()) return &nothing;
        return reinterpret_cast<const uint8_t*>(self.output.data());
    });
}

bool extism_plugin_function_exists(ExtismPlugin* plugin, const char* func_name) {
    return use(plugin, false, [&](ExtismPlugin& self) {
        self.error.clear();
        return self.plugin.function_exists(function_name(func_name));
    });
}

bool extism_plugin_config(ExtismPlugin* plugin, const uint8_t* json, ExtismSize json_size) {
    return use(plugin, false, [&](ExtismPlugin& self) {
        self.error.clear();
        self.update_config(sluice::as_text(bytes_of(json, json_size, "the configuration")));
        return true;
    });
}

void extism_plugin_allow_http_response_headers(ExtismPlugin* plugin) {
    use(plugin, false, [](ExtismPlugin& self) {
        self.plugin.allow_http_response_headers();
        return true;
    });
}

bool extism_plugin_reset(ExtismPlugin* plugin) {
    return use(plugin, false, [](ExtismPlugin& self) {
        self.error.clear();
        self.output = {};
        self.plugin.forget_call();
        return true;
    });
}

const ExtismCancelHandle* extism_plugin_cancel_handle(const ExtismPlugin* plugin) {
    return plugin == nullptr ? nullptr : &plugin->cancel_handle;
}

const char* extism_version(void) {
    return "1.41.0";
}
