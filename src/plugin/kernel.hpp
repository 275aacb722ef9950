#pragma once

#include "wasm/instance.hpp"
#include "wasm/merged_library.hpp"
#include "wasm/module.hpp"

#include <sluice/bytes.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// The module name under which guests import the kernel.
inline constexpr std::string_view kernel_imports = "extism:host/env";

/// The module name under which the kernel imports what its host does for it.
inline constexpr std::string_view kernel_host = "extism:host";

/// What the names of the kernel's exports for its host begin with. Guests may not import them, and
/// a plug-in that the kernel was linked into does not show them.
inline constexpr std::string_view kernel_prefix = "sluice:kernel/";
inline constexpr std::string_view kernel_memory = "sluice:kernel/memory";
inline constexpr std::string_view kernel_alloc = "sluice:kernel/alloc";
inline constexpr std::string_view kernel_free = "sluice:kernel/free";
inline constexpr std::string_view kernel_length = "sluice:kernel/length";

inline constexpr std::uint64_t page_bytes = 64 << 10;  ///< WebAssembly's own
inline constexpr std::uint64_t kernel_pages = 2;       ///< that the kernel is born with

/// The kernel's source, kernel.wat.
std::string_view kernel_text() noexcept;

/// The kernel as it is linked into guests.
wasm::MergedLibrary kernel_library();

/// Whether the environment (`SLUICE_FUSION=off`) forbids to link it into guests: for whoever
/// suspects that and can set nothing else, as behind libextism.so.
bool is_fusion_off() noexcept;

/// Refuses what guests may not import although a linker would offer it.
/// Errors: \throws Error invalid_input "failed to instantiate WASM module", naming the import.
void check_kernel_imports(const wasm::Module& guest);

/// The host's side of one plug-in's kernel.
///
/// Every number that comes out of it is checked against its memory: a guest may have had a hand in
/// it. Lifetime: that of the instance. Threads: those of the instance.
class Kernel {
  public:
    /// `instance` was made of a module that imports from kernel_imports.
    explicit Kernel(wasm::Instance& instance);

    /// Forgets the last call and puts `input` where the guest finds it.
    /// Errors: \throws Error memory_limit when there is no room for it.
    void begin(ByteView input);
    /// The same for an input in pieces.
    void begin_in_pieces(std::span<const std::string_view> pieces);

    /// What the guest set as its output. Lifetime: until the next begin().
    ByteView output();

    /// Whether error() has something to say. Most calls end here.
    bool has_error() const;

    /// The error message that the guest set, cut off at 64 KiB. Empty when it set none.
    std::string error();

  private:
    struct Block {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    /// One of the kernel's memories, and the bytes of it that were there when it was last asked.
    struct Memory {
        wasm::MemoryRef reference{};
        std::span<std::byte> seen{};
    };
    void forget();
    /// A block for an input of so many bytes, not written yet.
    void make_input(std::size_t size);
    Block registers(std::size_t place) const;
    bool reaches(Memory& memory, std::uint64_t end);
    bool make_room(std::uint64_t end);
    std::span<std::byte> bytes(Block block);

    wasm::Instance& instance_;
    Memory data_;
    Memory meta_;
};

}  // namespace sluice
