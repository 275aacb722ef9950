#pragma once

#include "capi/border.hpp"

#include <sluice/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Threads: any, as CompiledPlugin.
struct ExtismCompiledPlugin {
    sluice::CompiledPlugin compiled;
};

namespace sluice::capi {

/// What both kinds of plug-ins are made from, as C gives it.
struct Ingredients {
    const std::uint8_t* wasm;
    ExtismSize wasm_size;
    const ExtismFunction** functions;
    ExtismSize n_functions;
    bool with_wasi;
    std::optional<std::uint64_t> fuel{};
};

/// Errors: \throws Error as CompiledPlugin; "Cannot pass null pointer", "Function cannot be ...".
CompiledPlugin compile(const Ingredients& from);

/// Runs what makes an object; NULL and a text in `*errmsg` when it throws.
template <class Made, class Work>
Made* make(char** errmsg, Work&& work) noexcept {
    if (errmsg != nullptr) *errmsg = nullptr;
    return at_border<Made*>(
        nullptr, [&] { return work().release(); },
        [&](std::string_view fault) {
            if (errmsg != nullptr) *errmsg = to_c(fault);
        });
}

/// Throws Error with `begin` before what `work` throws.
template <class Work>
auto saying(std::string_view begin, Work&& work) {
    try {
        return work();
    } catch (const Error& fault) {
        throw Error(fault.code(), std::string(begin) + fault.what());
    }
}

inline constexpr std::string_view not_compiled = "Unable to compile Extism plugin: ";
inline constexpr std::string_view not_created = "Unable to create Extism plugin: ";

}  // namespace sluice::capi
