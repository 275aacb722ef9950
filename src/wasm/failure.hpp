#pragma once

#include "wasm/handles.hpp"

#include <sluice/error.hpp>

#include <string>
#include <string_view>

namespace sluice::wasm {

/// The engine's own words: the innermost cause, then the guest's frames, one a line.
std::string description(ErrorHandle error);
std::string description(TrapHandle trap);

/// Does nothing when `failure` is null. Takes it over.
/// Errors: \throws Error with `code` and `context`, a colon and the engine's words.
void check(wasmtime_error_t* failure, ErrorCode code, std::string_view context);

}  // namespace sluice::wasm
