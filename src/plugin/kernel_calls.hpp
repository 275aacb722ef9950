#pragma once

#include "wasm/instance.hpp"

#include <sluice/bytes.hpp>

#include <span>
#include <string_view>

/// How kernel.wat hands bytes to its host's functions, and takes theirs.
namespace sluice {

/// A block that the kernel gives as handle and length, in the values from `first`. Empty for the
/// handle 0. Lifetime: until guest code runs again.
/// Errors: \throws Error trap for a handle without a block behind it, naming `what` it should be.
ByteView kernel_argument(wasm::Caller& caller, std::span<const wasm::Value> values,
                         std::size_t first, std::string_view what);

/// Writes `value` into the block that the kernel made for it: the whole of `take`.
/// Errors: \throws Error memory_limit when there was no room for the block.
void kernel_take(wasm::Caller& caller, std::span<const wasm::Value> values, ByteView value);

}  // namespace sluice
