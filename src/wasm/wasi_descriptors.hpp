#pragma once

#include "wasm/host_file.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::wasm {

struct Folder;

namespace wasi {

/// A file or directory that a guest has open.
struct Descriptor {
    enum class Kind : std::uint8_t { file, directory };

    HostFile file;
    Kind kind = Kind::file;
    bool read_only = false;   ///< in a folder that is
    std::uint16_t flags = 0;  ///< `fdflags`; applied write by write, the host's file has none
    std::uint64_t rights = 0;
    std::uint64_t inheriting = 0;
    std::optional<std::string> guest_name{};  ///< of a folder that the guest began with
};

/// What one guest has open beside its streams. Allocates nothing until there is something.
class Descriptors {
  public:
    static constexpr std::size_t most = 256;

    Descriptors() = default;
    /// Opens `folders` as the numbers from 3 on.
    /// Errors: \throws Error unavailable naming the folder, also where the kernel lacks openat2;
    /// invalid_input when there are more than `most`.
    explicit Descriptors(std::span<const Folder> folders);

    /// Lifetime: until the next add, close or move.
    Descriptor* find(std::uint32_t number) noexcept;
    bool full() const noexcept { return count_ >= most; }
    /// Takes the lowest number from 3 on that is free. Not to be called when full().
    std::uint32_t add(Descriptor opened);
    /// False when there is none.
    bool close(std::uint32_t number) noexcept;
    /// Gives what is open as `from` the number `to`, which is a stream's or open; that is closed.
    /// False when it is not so.
    bool move(std::uint32_t from, std::uint32_t to) noexcept;

  private:
    std::vector<std::optional<Descriptor>> slots_{};
    std::size_t count_ = 0;
};

}  // namespace wasi
}  // namespace sluice::wasm
