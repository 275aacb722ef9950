#pragma once

#include "wasm/module.hpp"

#include <sluice/bytes.hpp>

#include <string_view>
#include <vector>

/// What a module's imports and exports tell of a guest of Extism's ABI.
namespace sluice {

/// Whether `wasm`, binary or text, imports Extism's functions, by the names that they have now or
/// by those from before Extism 1.0.
/// Errors: \throws Error invalid_input, with `name` and the parser's words, for text that is none.
bool imports_kernel(std::string_view name, ByteView wasm);

/// The same of a compiled module, the kernel linked into it or not; not by the old names.
bool imports_kernel(const wasm::Module& module) noexcept;

/// A function as Extism calls it: no arguments, and an i32 or nothing comes back.
bool is_extism_function(const wasm::FunctionType& type) noexcept;

/// What a module's language needs to be run before anything else, once and in that order. Each
/// takes nothing, or two zeros.
/// Source: Extism runtime, `guest_runtime`; Haskell's runtime wants two steps.
std::vector<std::string_view> start_functions(const wasm::Module& module);

}  // namespace sluice
