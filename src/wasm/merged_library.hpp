#pragma once

#include <sluice/bytes.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::wasm {

/// A library that is linked into modules before they are compiled, so that one module stands where
/// two did: it is instantiated at once, and calls into the library's small functions become the
/// functions' own code.
///
/// Threads: any; immutable.
class MergedLibrary {
  public:
    /// `name`: what modules import it by. Its exports whose names begin with `prefix` are for the
    /// host alone: modules may neither import nor export such names. `wasm` may be text (WAT).
    /// Errors: \throws Error invalid_input when `wasm` is neither module nor text.
    MergedLibrary(std::string name, std::string prefix, ByteView wasm);

    /// The binary module `guest` with the library in it. Nothing when it imports nothing from it
    /// or cannot be rewritten: then it is linked with an instance of the library, as it is.
    std::optional<Bytes> merge(ByteView guest) const;

    const std::string& name() const noexcept { return name_; }
    const std::string& prefix() const noexcept { return prefix_; }
    /// Equal for libraries whose merged modules are equal.
    const std::string& id() const noexcept { return id_; }

  private:
    std::string name_;
    std::string prefix_;
    Bytes wasm_;
    std::string id_;
};

/// The binary form of WebAssembly text; a binary comes back as it is.
/// Errors: \throws Error invalid_input, with `name` and the parser's words.
Bytes to_binary(std::string_view name, ByteView wasm);

/// Whether it begins as a binary module does.
bool is_binary(ByteView wasm) noexcept;

}  // namespace sluice::wasm
