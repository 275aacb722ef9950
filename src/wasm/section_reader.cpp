#include "wasm/section_reader.hpp"

#include "wasm/merged_library.hpp"

namespace sluice::wasm {

std::optional<std::uint32_t> take_number(ByteView& rest) noexcept {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 35 && !rest.empty(); shift += 7) {
        const auto byte = std::to_integer<std::uint64_t>(rest.front());
        rest = rest.subspan(1);
        number |= (byte & 0x7f) << shift;
        if ((byte & 0x80) != 0) continue;
        if (number > UINT32_MAX) return std::nullopt;
        return static_cast<std::uint32_t>(number);
    }
    return std::nullopt;
}

std::optional<ByteView> take_block(ByteView& rest) noexcept {
    const auto size = take_number(rest);
    if (!size || *size > rest.size()) return std::nullopt;
    const ByteView block = rest.first(*size);
    rest = rest.subspan(*size);
    return block;
}

std::optional<Section> take_section(ByteView& rest) noexcept {
    if (rest.empty()) return std::nullopt;
    const ByteView begin = rest;
    rest = rest.subspan(1);
    const std::optional<ByteView> content = take_block(rest);
    if (!content) return std::nullopt;
    return Section{begin.front(), *content, begin.first(begin.size() - rest.size())};
}

ByteView sections_of(ByteView wasm) noexcept {
    constexpr std::size_t head_bytes = 8;  // magic and version
    return wasm.size() < head_bytes ? ByteView() : wasm.subspan(head_bytes);
}

std::size_t data_bytes(ByteView wasm) noexcept {
    if (!is_binary(wasm)) return wasm.size();
    std::size_t bytes = 0;
    ByteView rest = sections_of(wasm);
    while (const std::optional<Section> section = take_section(rest))
        if (section->kind == data_section) bytes += section->content.size();
    return bytes;
}

}  // namespace sluice::wasm
