#pragma once

#include <sluice/bytes.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <span>

/// Files that hold native code: whom they must belong to, and how they are read.
namespace sluice::wasm {

/// Whether this user owns it and nobody else may write to it. Code that others may change is code
/// of theirs in our process.
bool is_ours_alone(const struct stat& status);

/// Fills `into` from an open file; false, with `errno`, when it ends early or cannot be read.
bool read_all(int descriptor, std::span<std::byte> into);

/// Who may have written a file of code.
enum class CodeWriters {
    trusted,  ///< this user or root, and nobody else could have
    anyone,
};

/// All bytes of `file`, at most `max_bytes`. They are judged as they are read: nobody can put other
/// bytes in their place afterwards.
///
/// Errors: \throws Error unavailable when it cannot be read; invalid_input when it is no file, is
///     too large, or, for CodeWriters::trusted, when somebody else owns it or may write to it, or
///     anybody may write to its folder.
Bytes read_code_file(const std::filesystem::path& file, CodeWriters writers, std::size_t max_bytes);

}  // namespace sluice::wasm
