#include "wasm/wasi_vectors.hpp"

#include <algorithm>

namespace sluice::wasm::wasi {

std::optional<std::span<std::byte>> vector_bytes(const Call& call, std::size_t list,
                                                 std::uint32_t i) {
    // The address is 64 bits wide here, so that a sum past 4 GiB is seen and not wrapped.
    const std::uint64_t place = std::uint64_t{call.u32(list)} + std::uint64_t{i} * 8;
    if (place > UINT32_MAX) return std::nullopt;
    const auto vector =
        call.memory.load<std::array<std::uint32_t, 2>>(static_cast<std::uint32_t>(place));
    if (!vector) return std::nullopt;
    return call.memory.range((*vector)[0], (*vector)[1]);
}

Vectors read_vectors(const Call& call, std::size_t list, std::size_t most_bytes) {
    const std::uint32_t count = call.u32(list + 1);
    Vectors read;
    if (count > max_vectors) {
        read.error = inval;
        return read;
    }
    read.list.reserve(count);
    for (std::uint32_t i = 0; i < count && read.bytes < most_bytes; ++i) {
        const auto bytes = vector_bytes(call, list, i);
        if (!bytes) {
            read.error = fault;
            return read;
        }
        const std::size_t size = std::min(bytes->size(), most_bytes - read.bytes);
        read.list.push_back({bytes->data(), size});
        read.bytes += size;
    }
    return read;
}

}  // namespace sluice::wasm::wasi
