#include "plugin/old_imports.hpp"

#include "plugin/kernel.hpp"
#include "wasm/merged_library.hpp"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

constexpr std::string_view old_module = "env";
constexpr std::string_view old_prefix = "extism_";

/// The types have not changed since.
constexpr std::array<std::string_view, 28> functions{
    "alloc",          "free",      "length",       "load_u8",          "load_u64",
    "store_u8",       "store_u64", "input_length", "input_offset",     "input_load_u8",
    "input_load_u64", "input_set", "output_set",   "output_length",    "output_offset",
    "error_set",      "error_get", "reset",        "memory_bytes",     "config_get",
    "var_get",        "var_set",   "http_request", "http_status_code", "log_debug",
    "log_info",       "log_warn",  "log_error"};

}  // namespace

std::optional<wasm::ImportName> present_name(const wasm::ImportName& import) {
    if (import.module != old_module || !import.name.starts_with(old_prefix)) return std::nullopt;
    const std::string_view name = import.name.substr(old_prefix.size());
    if (std::ranges::find(functions, name) == functions.end()) return std::nullopt;
    return wasm::ImportName{kernel_imports, name};
}

std::optional<Bytes> with_present_imports(std::string_view name, ByteView wasm) {
    if (wasm::is_binary(wasm)) return wasm::rename_imports(wasm, present_name);
    if (as_text(wasm).find(old_prefix) == std::string_view::npos) return std::nullopt;
    return wasm::rename_imports(wasm::to_binary(name, wasm), present_name);
}

}  // namespace sluice
