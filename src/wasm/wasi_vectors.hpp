#pragma once

#include "wasm/wasi.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <vector>

namespace sluice::wasm::wasi {

/// Guests may be told that less was done than they asked for, and then go on with the rest.
constexpr std::uint32_t max_vectors = 1024;

/// The bytes of the `i`th `iovec` of the list that argument `list` points to; nothing when the
/// vector or its bytes are not all the guest's.
std::optional<std::span<std::byte>> vector_bytes(const Call& call, std::size_t list,
                                                 std::uint32_t i);

/// The guest's bytes that one call reads into or writes from.
struct Vectors {
    std::vector<iovec> list{};
    std::size_t bytes = 0;
    Errno error = success;
};

/// The list that argument `list` points to, its length in the argument after it. What is past
/// `most_bytes` is left out.
Vectors read_vectors(const Call& call, std::size_t list, std::size_t most_bytes);

}  // namespace sluice::wasm::wasi
