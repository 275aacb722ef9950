#pragma once

#include "wasm/wasi.hpp"

#include <string_view>

/// The three standard streams, as far as the guest has no file in their place.
namespace sluice::wasm::wasi {

/// What functions answer that do nothing to a stream: success, or badf for other descriptors.
Errno on_stream(const Call& call);
/// What functions answer that need a position: spipe on a stream, badf on other descriptors.
Errno no_position(const Call& call);

/// What the guest has not yet read of its input. Lifetime: of the instance.
std::string_view unread_input(const Instance::State& guest);

Errno stream_read(const Call& call);
Errno stream_write(const Call& call);
Errno stream_fdstat_get(const Call& call);
Errno stream_filestat_get(const Call& call);

}  // namespace sluice::wasm::wasi
