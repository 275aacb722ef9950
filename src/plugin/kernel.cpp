#include "plugin/kernel.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sluice {
namespace {

// Where kernel.wat keeps the two pairs that the host reads.
constexpr std::size_t output_register = 0;
constexpr std::size_t error_register = 16;

constexpr std::size_t max_error_bytes = 64 << 10;

}  // namespace

void check_kernel_imports(const wasm::Module& guest) {
    if (guest.merged_library() == kernel_imports) return;  // checked when the kernel was linked in
    for (const wasm::Extern& import : guest.imports()) {
        const bool kernels = import.module == kernel_imports;
        const bool hosts_own =
            import.module == "extism:host" || (kernels && import.name.starts_with(kernel_prefix));
        if (!hosts_own && (!kernels || import.kind == wasm::ExternKind::function)) continue;
        throw Error(ErrorCode::invalid_input,
                    fmt::format("failed to instantiate WASM module: plug-in {}: unknown import: "
                                "`{}::{}` is not offered to guests",
                                guest.name(), import.module, import.name));
    }
}

Kernel::Kernel(wasm::Instance& instance)
    : instance_(instance),
      begin_(instance.library_function(kernel_imports, "sluice:kernel/begin")),
      data_(instance.library_memory(kernel_imports, kernel_memory)),
      meta_(instance.library_memory(kernel_imports, "sluice:kernel/meta")) {}

void Kernel::begin(ByteView input, wasm::Clock::time_point deadline) {
    std::array<wasm::Value, 1> values{};
    values[0].i64 = static_cast<std::int64_t>(input.size());
    instance_.call(begin_, values, deadline);
    if (input.empty()) return;
    const std::span<std::byte> memory = instance_.memory(data_);
    const auto offset = static_cast<std::uint64_t>(values[0].i64);
    if (offset == 0 || offset > memory.size() || input.size() > memory.size() - offset)
        throw Error(ErrorCode::memory_limit,
                    fmt::format("plug-in {}: no room for an input of {} bytes within its memory "
                                "limit",
                                instance_.module().name(), input.size()));
    std::memcpy(memory.data() + offset, input.data(), input.size());
}

ByteView Kernel::output() {
    return bytes(registers(output_register));
}

std::string Kernel::error() {
    Block block = registers(error_register);
    block.size = std::min<std::uint64_t>(block.size, max_error_bytes);
    return std::string(as_text(bytes(block)));
}

Kernel::Block Kernel::registers(std::size_t place) {
    const std::span<std::byte> meta = instance_.memory(meta_);
    Block block;
    std::memcpy(&block.offset, meta.data() + place, sizeof(block.offset));
    std::memcpy(&block.size, meta.data() + place + sizeof(block.offset), sizeof(block.size));
    return block;
}

ByteView Kernel::bytes(Block block) {
    const ByteView memory = instance_.memory(data_);
    if (block.offset > memory.size() || block.size > memory.size() - block.offset)
        throw Error(ErrorCode::internal,
                    fmt::format("plug-in {}: {} bytes at {} are outside the exchange memory",
                                instance_.module().name(), block.size, block.offset));
    return memory.subspan(block.offset, block.size);
}

}  // namespace sluice
