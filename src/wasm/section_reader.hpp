#pragma once

#include <sluice/bytes.hpp>

#include <cstdint>
#include <optional>

/// Reading the sections of a binary module. What is no module gives nothing: the compiler says what
/// is wrong in its own words.
namespace sluice::wasm {

/// Takes a number in LEB128 off the front. Nothing when there is none of 32 bits.
std::optional<std::uint32_t> take_number(ByteView& rest) noexcept;

/// Takes so many bytes off the front, after their number. Nothing when there are fewer.
std::optional<ByteView> take_block(ByteView& rest) noexcept;

/// One section: its number in the format, and what is in it.
struct Section {
    std::byte kind{};
    ByteView content{};
    ByteView whole{};  ///< from its number on
};

/// Takes a section off the front. Nothing when there is none.
std::optional<Section> take_section(ByteView& rest) noexcept;

/// All behind magic and version; empty when there is nothing.
ByteView sections_of(ByteView wasm) noexcept;

/// How much memory a module fills before it runs, at most. `wasm` may also be text (WAT).
std::size_t data_bytes(ByteView wasm) noexcept;

inline constexpr std::byte custom_section{0};
inline constexpr std::byte import_section{2};
inline constexpr std::byte data_section{11};

}  // namespace sluice::wasm
