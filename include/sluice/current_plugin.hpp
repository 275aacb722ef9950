#pragma once

#include <sluice/bytes.hpp>
#include <sluice/log.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace sluice::wasm {
class Caller;
}

namespace sluice {

class KernelHost;

/// A block of bytes that host and guest hand to each other; 0 is none. Guests pass it as an i64.
using MemoryHandle = std::uint64_t;

/// The plug-in that is calling a host function.
///
/// Lifetime: the host function's call. Threads: the one that runs the guest. It must not call back
/// into the Plugin itself; other plug-ins may be called.
/// Source: Extism runtime, `CurrentPlugin`.
class CurrentPlugin {
  public:
    /// A new block with a copy of these bytes; 0 for no bytes.
    /// Errors: \throws Error memory_limit when the plug-in may not have that much; trap when it
    ///     does not use Extism's memory at all.
    MemoryHandle write(ByteView bytes);
    MemoryHandle write(std::string_view text) { return write(as_bytes(text)); }

    /// A new block of so many bytes, 0 when there is no room. What a reused block held is in it.
    MemoryHandle alloc(std::uint64_t bytes);
    /// Gives a block back; what is no block is left alone.
    void free(MemoryHandle handle);
    /// The bytes of a block; 0 for what is none.
    std::uint64_t length(MemoryHandle handle);

    /// The bytes of a block; none for 0.
    /// Lifetime: until the host function returns or makes a block.
    /// Errors: \throws Error trap for a handle that is no block's.
    ByteView bytes(MemoryHandle handle);
    std::string_view text(MemoryHandle handle) { return as_text(bytes(handle)); }
    /// The same to write into.
    std::span<std::byte> writable(MemoryHandle handle);
    /// All of the memory that handles point into. Lifetime: as of bytes().
    std::span<std::byte> memory();

    /// As the members of Plugin.
    std::optional<ByteView> variable(std::string_view key) const noexcept;
    void set_variable(std::string_view key, ByteView value);
    void remove_variable(std::string_view key);

    /// Hands a message to the plug-in's log, as its guest would.
    void log(LogLevel level, std::string_view message);

    /// The plug-in's name, as messages call it.
    const std::string& name() const noexcept;

    /// What the caller gave in CallOptions::host_context, which must have been a T.
    template <class T>
    T* host_context() const noexcept {
        return static_cast<T*>(raw_host_context());
    }

    /// When the call has to be over, and whether somebody wants it to end now: a host function that
    /// waits looks at both.
    std::chrono::steady_clock::time_point deadline() const noexcept;
    std::stop_token cancel() const noexcept;

    /// Sluice's own.
    explicit CurrentPlugin(wasm::Caller& caller);

  private:
    friend class UnchargedTime;
    void* raw_host_context() const noexcept;

    wasm::Caller& caller_;
    KernelHost& host_;
};

/// While it lives the call's timeout stands still: for a host function that blocks, and whose time
/// is not the guest's fault.
///
/// Lifetime: within the host function. The CurrentPlugin's deadline() is later afterwards.
class UnchargedTime {
  public:
    explicit UnchargedTime(CurrentPlugin& plugin) noexcept;
    ~UnchargedTime();
    UnchargedTime(const UnchargedTime&) = delete;
    UnchargedTime& operator=(const UnchargedTime&) = delete;

  private:
    CurrentPlugin& plugin_;
    std::chrono::steady_clock::time_point begin_;
};

}  // namespace sluice
