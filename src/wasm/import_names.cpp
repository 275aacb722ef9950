#include "wasm/import_names.hpp"

#include "wasm/section_reader.hpp"

#include <cstdint>

namespace sluice::wasm {
namespace {

void append(Bytes& bytes, ByteView more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_number(Bytes& bytes, std::size_t number) {
    for (; number > 0x7f; number >>= 7)
        bytes.push_back(static_cast<std::byte>((number & 0x7f) | 0x80));
    bytes.push_back(static_cast<std::byte>(number));
}

void append_block(Bytes& bytes, ByteView block) {
    append_number(bytes, block.size());
    append(bytes, block);
}

/// Of a type, or of a limit in 64 bits.
bool skip_number(ByteView& rest) noexcept {
    constexpr std::size_t most_bytes = 10;
    for (std::size_t i = 0; i < most_bytes && !rest.empty(); ++i) {
        const bool goes_on = (rest.front() & std::byte{0x80}) != std::byte{0};
        rest = rest.subspan(1);
        if (!goes_on) return true;
    }
    return false;
}

bool skip_limits(ByteView& rest) noexcept {
    if (rest.empty()) return false;
    constexpr std::byte has_maximum{1};
    constexpr std::byte known{7};  // a maximum, shared, with 64 bits
    const std::byte flags = rest.front();
    rest = rest.subspan(1);
    if ((flags & ~known) != std::byte{0}) return false;
    return skip_number(rest) && ((flags & has_maximum) == std::byte{0} || skip_number(rest));
}

bool skip_value_type(ByteView& rest) noexcept {
    if (rest.empty()) return false;
    const std::byte first = rest.front();
    rest = rest.subspan(1);
    const bool is_typed_reference = first == std::byte{0x63} || first == std::byte{0x64};
    return !is_typed_reference || skip_number(rest);
}

/// What an import is: a function's type, the limits of a memory, ... False for kinds that are not
/// known here.
bool skip_kind(ByteView& rest) noexcept {
    if (rest.empty()) return false;
    const auto kind = std::to_integer<unsigned>(rest.front());
    rest = rest.subspan(1);
    switch (kind) {
        case 0:  // function
            return skip_number(rest);
        case 1:  // table
            return skip_value_type(rest) && skip_limits(rest);
        case 2:  // memory
            return skip_limits(rest);
        case 3:  // global: its type, and whether it changes
            return skip_value_type(rest) && skip_number(rest);
        case 4:  // tag: an attribute and a type
            return skip_number(rest) && skip_number(rest);
        default:
            return false;
    }
}

/// An import section's content with the names changed. Nothing when none is.
std::optional<Bytes> renamed_section(ByteView content, const RenameImport& rename) {
    const std::optional<std::uint32_t> count = take_number(content);
    if (!count) return std::nullopt;
    Bytes result;
    append_number(result, *count);
    bool changed = false;
    for (std::uint32_t i = 0; i < *count; ++i) {
        const std::optional<ByteView> module = take_block(content);
        const std::optional<ByteView> name = module ? take_block(content) : std::nullopt;
        const ByteView kind = content;
        if (!name || !skip_kind(content)) return std::nullopt;
        const ImportName old{as_text(*module), as_text(*name)};
        const std::optional<ImportName> other = rename(old);
        changed = changed || other;
        append_block(result, as_bytes(other.value_or(old).module));
        append_block(result, as_bytes(other.value_or(old).name));
        append(result, kind.first(kind.size() - content.size()));
    }
    if (!changed || !content.empty()) return std::nullopt;
    return result;
}

}  // namespace

std::optional<Bytes> rename_imports(ByteView wasm, const RenameImport& rename) {
    ByteView rest = sections_of(wasm);
    while (const std::optional<Section> section = take_section(rest)) {
        if (section->kind != import_section) continue;
        const std::optional<Bytes> content = renamed_section(section->content, rename);
        if (!content) return std::nullopt;
        const std::size_t behind = wasm.size() - rest.size();
        const ByteView before = wasm.first(behind - section->whole.size());
        Bytes result(before.begin(), before.end());
        result.push_back(import_section);
        append_block(result, *content);
        append(result, rest);
        return result;
    }
    return std::nullopt;
}

}  // namespace sluice::wasm
