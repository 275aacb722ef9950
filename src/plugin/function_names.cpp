#include "plugin/function_names.hpp"

#include "plugin/observe_host.hpp"
#include "wasm/name_section.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace sluice {
namespace {

/// Names of C++, and of older Rust, as their authors wrote them; others as they are.
std::string demangled(std::string name) {
    struct Free {
        void operator()(char* text) const noexcept { std::free(text); }
    };
    if (!name.starts_with("_Z")) return name;
    int status = 0;
    const std::unique_ptr<char, Free> plain(
        abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status));
    return status == 0 ? std::string(plain.get()) : std::move(name);
}

}  // namespace

std::shared_ptr<const FunctionNames> observed_names(const wasm::Module& module, ByteView wasm) {
    const bool tells = std::ranges::any_of(module.imports(), [](const wasm::Extern& import) {
        return observe::is_instrument(import.module, import.name);
    });
    if (!tells) return nullptr;
    auto names = std::make_shared<FunctionNames>();
    for (auto& [number, name] : wasm::function_names(module.name(), wasm))
        names->emplace(number, demangled(std::move(name)));
    return names;
}

}  // namespace sluice
