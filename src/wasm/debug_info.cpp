#include "wasm/debug_info.hpp"

#include "wasm/section_reader.hpp"

#include <optional>

namespace sluice::wasm {

bool has_source_lines(ByteView wasm) noexcept {
    ByteView rest = sections_of(wasm);
    while (const std::optional<Section> section = take_section(rest)) {
        if (section->kind != custom_section) continue;
        ByteView content = section->content;
        const std::optional<ByteView> name = take_block(content);
        if (name && as_text(*name) == ".debug_line") return true;
    }
    return false;
}

}  // namespace sluice::wasm
