#pragma once

#include <sluice/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::wasm {

/// The functions that a module's name section names, by number. `wasm` is a binary module or its
/// text (WAT). Empty when it has no such section; a damaged one gives the names before the damage.
/// Errors: \throws Error invalid_input, with `name`, when `wasm` is neither.
std::vector<std::pair<std::uint32_t, std::string>> function_names(std::string_view name,
                                                                  ByteView wasm);

}  // namespace sluice::wasm
