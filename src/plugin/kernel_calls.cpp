#include "plugin/kernel_calls.hpp"

#include "plugin/kernel.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace sluice {

ByteView kernel_argument(wasm::Caller& caller, std::span<const wasm::Value> values,
                         std::size_t first, std::string_view what) {
    const auto offset = static_cast<std::uint64_t>(values[first].i64);
    const auto size = static_cast<std::uint64_t>(values[first + 1].i64);
    const ByteView memory = caller.calling_memory(kernel_memory);
    if (offset == 0 && size == 0) return {};
    if (size == 0 || offset > memory.size() || size > memory.size() - offset)
        throw Error(ErrorCode::trap, fmt::format("invalid handle for {}: {}", what, offset));
    return memory.subspan(offset, size);
}

void kernel_take(wasm::Caller& caller, std::span<const wasm::Value> values, ByteView value) {
    const auto offset = static_cast<std::uint64_t>(values[0].i64);
    const std::span<std::byte> memory = caller.calling_memory(kernel_memory);
    if (offset == 0 || offset > memory.size() || value.size() > memory.size() - offset)
        throw Error(ErrorCode::memory_limit,
                    fmt::format("no room for a value of {} bytes", value.size()));
    std::memcpy(memory.data() + offset, value.data(), value.size());
}

}  // namespace sluice
