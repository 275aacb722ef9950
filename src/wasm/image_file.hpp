#pragma once

#include <sluice/bytes.hpp>

#include <array>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>

/// Files of compiled code, believed only when their digest says so. Internal to the layer.
namespace sluice::wasm {

using Digest = std::array<std::byte, 32>;

/// SHA-256 of the pieces, one after another.
Digest sha256(std::initializer_list<ByteView> pieces);
std::string hex(const Digest& digest);

/// Whether `folder` is a folder of this user that nobody else may write to; made when missing.
/// The reason when it is not.
std::optional<std::string> refuse_folder(const std::filesystem::path& folder);

/// The image that write_image() stored under `key`. Nothing when there is none, or when it is not
/// this user's file, was cut, changed or written for another key.
std::optional<Bytes> read_image(const std::filesystem::path& file, const Digest& key);

/// Replaces `file` in one step. The reason when that failed; `file` is then as it was.
std::optional<std::string> write_image(const std::filesystem::path& file, const Digest& key,
                                       ByteView image);

}  // namespace sluice::wasm
