#include "wasm/failure.hpp"

#include <fmt/format.h>

namespace sluice::wasm {

std::string description(ErrorHandle error) {
    ByteVector text;
    sluice_error_describe(error.release(), text.out());
    return {text.data(), text.size()};
}

std::string description(TrapHandle trap) {
    ByteVector text;
    sluice_trap_describe(trap.get(), text.out());
    return {text.data(), text.size()};
}

void check(wasmtime_error_t* failure, ErrorCode code, std::string_view context) {
    if (failure == nullptr) return;
    throw Error(code, fmt::format("{}: {}", context, description(ErrorHandle(failure))));
}

}  // namespace sluice::wasm
