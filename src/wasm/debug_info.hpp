#pragma once

#include <sluice/bytes.hpp>

namespace sluice::wasm {

/// Whether a binary module says which lines of its source it was made from (DWARF's
/// `.debug_line`). False for what is no module: the compiler says so in its own words.
bool has_source_lines(ByteView wasm) noexcept;

}  // namespace sluice::wasm
