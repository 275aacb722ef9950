#pragma once

#include "wasm/module.hpp"

#include <sluice/bytes.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace sluice {

/// The names of a module's functions by their numbers, as people wrote them.
using FunctionNames = std::unordered_map<std::uint32_t, std::string>;

/// The names that observation needs for `module`, which was compiled from `wasm`, a binary module
/// or its text. Null when the module does not tell of single functions.
std::shared_ptr<const FunctionNames> observed_names(const wasm::Module& module, ByteView wasm);

}  // namespace sluice
