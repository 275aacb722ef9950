#pragma once

#include <string_view>

namespace sluice::wasm {
class Linker;
}

namespace sluice::observe {

/// Defines what observed guests import, by its present and its older names. Instances must hold a
/// `KernelHost*` in their data; without a collector there the functions do nothing.
/// Source: dylibso observe-sdk, `dylibso:observe/instrument` and `dylibso:observe/api`.
void define_observe_host(wasm::Linker& linker);

/// Whether that import tells of the calls of single functions.
bool is_instrument(std::string_view module, std::string_view name) noexcept;

}  // namespace sluice::observe
