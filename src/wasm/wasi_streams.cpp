#include "wasm/wasi_streams.hpp"

#include "wasm/wasi_vectors.hpp"

#include <algorithm>

namespace sluice::wasm::wasi {
namespace {

// What one call may copy: more would keep the thread past its deadline.
constexpr std::size_t max_stream_bytes = 1 << 20;

}  // namespace

Errno on_stream(const Call& call) {
    return call.is_stream() ? success : badf;
}

Errno no_position(const Call& call) {
    return call.is_stream() ? spipe : badf;
}

std::string_view unread_input(const Instance::State& guest) {
    return std::string_view(guest.options.input).substr(guest.input_read);
}

Errno stream_read(const Call& call) {
    if (call.u32(0) != 0) return badf;
    std::string_view rest = unread_input(call.guest());
    std::uint32_t copied = 0;
    if (!rest.empty()) {
        if (!call.memory.range(call.u32(3), sizeof(copied))) return fault;
        const Vectors vectors = read_vectors(call, 1, std::min(rest.size(), max_stream_bytes));
        if (vectors.error != success) return vectors.error;
        for (const iovec& each : vectors.list) {
            rest.copy(static_cast<char*>(each.iov_base), each.iov_len);
            rest.remove_prefix(each.iov_len);
        }
        copied = static_cast<std::uint32_t>(vectors.bytes);
        call.guest().input_read += copied;
    }
    return call.memory.store(call.u32(3), copied) ? success : fault;
}

Errno stream_write(const Call& call) {
    const std::uint32_t fd = call.u32(0);
    const std::uint32_t count = call.u32(2);
    if (fd != 1 && fd != 2) return badf;
    if (count > max_vectors) return inval;
    const auto& output = call.guest().options.output;
    std::size_t written = 0;
    for (std::uint32_t i = 0; i < count && written < max_stream_bytes; ++i) {
        auto bytes = vector_bytes(call, 1, i);
        if (!bytes) return fault;
        *bytes = bytes->first(std::min(bytes->size(), max_stream_bytes - written));
        written += bytes->size();
        if (output && !bytes->empty()) output(static_cast<int>(fd), as_text(*bytes));
    }
    const auto total = static_cast<std::uint32_t>(written);
    return call.memory.store(call.u32(3), total) ? success : fault;
}

Errno stream_fdstat_get(const Call& call) {
    if (!call.is_stream()) return badf;
    // A terminal, so that C guests flush at each line end.
    const DescriptorStat stat{.type = FileType::character_device,
                              .rights = call.u32(0) == 0 ? right::read : right::write};
    return call.memory.store(call.u32(1), stat) ? success : fault;
}

Errno stream_filestat_get(const Call& call) {
    if (!call.is_stream()) return badf;
    const FileStat stat{.type = FileType::character_device};
    return call.memory.store(call.u32(1), stat) ? success : fault;
}

}  // namespace sluice::wasm::wasi
