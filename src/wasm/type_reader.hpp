#pragma once

#include "wasm/handles.hpp"
#include "wasm/module.hpp"

#include <vector>

namespace sluice::wasm {

/// What a module declares, in its own order.
std::vector<Extern> imports_of(const wasmtime_module_t* module);
std::vector<Extern> exports_of(const wasmtime_module_t* module);

/// The C API's form of `type`.
/// Errors: \throws Error invalid_input for references: host functions have none.
FunctionTypeHandle to_c(const FunctionType& type);

}  // namespace sluice::wasm
