#include "plugin/kernel.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace sluice {
namespace {

// The layout of $meta in kernel.wat, as far as the host has to do with it.
constexpr std::size_t output_register = 0;
constexpr std::size_t error_register = 16;
constexpr std::size_t free_lists = 64;
constexpr std::size_t free_lists_end = 516;
constexpr std::size_t block_table = 1024;

constexpr std::uint64_t first_block = 16;  // the addresses below are nobody's
constexpr std::uint64_t block_alignment = 8;
constexpr std::size_t max_error_bytes = 64 << 10;

/// $meta from 32 on.
struct CallRegisters {
    std::uint64_t used = 0;
    std::uint64_t input = 0;
    std::uint64_t input_size = 0;
    std::uint32_t blocks = 0;
    std::uint32_t freed = 0;
};
constexpr std::size_t call_registers = 32;
static_assert(call_registers + sizeof(CallRegisters) == free_lists);

/// An entry of the block table.
struct BlockEntry {
    std::uint32_t offset = 0;
    std::uint32_t size_class = 0;
    std::uint32_t size = 0;
    std::uint32_t link = 0;
};
constexpr std::uint32_t hosts_class = 113;  // behind those that alloc() looks into
constexpr std::uint32_t in_use = 0xffff'ffff;

template <class Record>
Record read(std::span<const std::byte> memory, std::size_t place) {
    Record record;
    std::memcpy(&record, memory.data() + place, sizeof(record));
    return record;
}

template <class Record>
void write(std::span<std::byte> memory, std::size_t place, const Record& record) {
    std::memcpy(memory.data() + place, &record, sizeof(record));
}

}  // namespace

void check_kernel_imports(const wasm::Module& guest) {
    if (guest.merged_library() == kernel_imports) return;  // checked when the kernel was linked in
    for (const wasm::Extern& import : guest.imports()) {
        const bool kernels = import.module == kernel_imports;
        const bool hosts_own =
            import.module == kernel_host || (kernels && import.name.starts_with(kernel_prefix));
        if (!hosts_own && (!kernels || import.kind == wasm::ExternKind::function)) continue;
        throw Error(ErrorCode::invalid_input,
                    fmt::format("failed to instantiate WASM module: plug-in {}: unknown import: "
                                "`{}::{}` is not offered to guests",
                                guest.name(), import.module, import.name));
    }
}

Kernel::Kernel(wasm::Instance& instance)
    : instance_(instance),
      data_{.reference = instance.library_memory(kernel_imports, kernel_memory)},
      meta_{.reference = instance.library_memory(kernel_imports, "sluice:kernel/meta")} {
    reaches(meta_, page_bytes);
}

wasm::MergedLibrary kernel_library() {
    return {std::string(kernel_imports), std::string(kernel_prefix), as_bytes(kernel_text())};
}

bool is_fusion_off() noexcept {
    const char* value = std::getenv("SLUICE_FUSION");
    return value != nullptr && std::string_view(value) == "off";
}

void Kernel::begin(ByteView input) {
    forget();
    if (input.empty()) return;
    make_input(input.size());
    std::memcpy(data_.seen.data() + first_block, input.data(), input.size());
}

void Kernel::begin_in_pieces(std::span<const std::string_view> pieces) {
    forget();
    std::size_t size = 0;
    for (const std::string_view piece : pieces) size += piece.size();
    if (size == 0) return;
    make_input(size);
    std::byte* at = data_.seen.data() + first_block;
    for (const std::string_view piece : pieces) at = std::ranges::copy(as_bytes(piece), at).out;
}

void Kernel::make_input(std::size_t size) {
    const std::uint64_t room = (size + block_alignment - 1) / block_alignment * block_alignment;
    if (!make_room(first_block + room))
        throw Error(ErrorCode::memory_limit,
                    fmt::format("plug-in {}: no room for an input of {} bytes within its memory "
                                "limit",
                                instance_.module().name(), size));
    write(meta_.seen, call_registers,
          CallRegisters{.used = room, .input = first_block, .input_size = size, .blocks = 1});
    write(meta_.seen, block_table,
          BlockEntry{.offset = first_block,
                     .size_class = hosts_class,
                     .size = static_cast<std::uint32_t>(size),
                     .link = in_use});
}

/// Zeroes what was used, so that no call sees bytes of an earlier one.
void Kernel::forget() {
    const auto registers = read<CallRegisters>(meta_.seen, call_registers);
    if (registers.used != 0) {
        const auto used = bytes({.offset = first_block, .size = registers.used});
        std::memset(used.data(), 0, used.size());
    }
    // Two calls, as the compiler makes a few stores of a size that it knows.
    if (registers.freed == 0)
        std::memset(meta_.seen.data(), 0, free_lists);
    else
        std::memset(meta_.seen.data(), 0, free_lists_end);
}

ByteView Kernel::output() {
    return bytes(registers(output_register));
}

bool Kernel::has_error() const {
    return registers(error_register).size != 0;
}

std::string Kernel::error() {
    Block block = registers(error_register);
    block.size = std::min<std::uint64_t>(block.size, max_error_bytes);
    return std::string(as_text(bytes(block)));
}

Kernel::Block Kernel::registers(std::size_t place) const {
    return read<Block>(meta_.seen, place);
}

bool Kernel::reaches(Memory& memory, std::uint64_t end) {
    // Never shrinks, so the engine is only asked when what is known does not do.
    if (end > memory.seen.size()) memory.seen = instance_.memory(memory.reference);
    return end <= memory.seen.size();
}

bool Kernel::make_room(std::uint64_t end) {
    if (reaches(data_, end)) return true;
    const std::uint64_t pages = (end - data_.seen.size() + page_bytes - 1) / page_bytes;
    return instance_.grow_memory(data_.reference, pages) && reaches(data_, end);
}

std::span<std::byte> Kernel::bytes(Block block) {
    const std::uint64_t seen = data_.seen.size();
    if (block.size <= seen && block.offset <= seen - block.size)
        return data_.seen.subspan(block.offset, block.size);
    const bool wraps = block.offset > std::numeric_limits<std::uint64_t>::max() - block.size;
    if (wraps || !reaches(data_, block.offset + block.size))
        throw Error(ErrorCode::internal,
                    fmt::format("plug-in {}: {} bytes at {} are outside the exchange memory",
                                instance_.module().name(), block.size, block.offset));
    return data_.seen.subspan(block.offset, block.size);
}

}  // namespace sluice
