#include <sluice/manifest.hpp>

#include "refusal_lines.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace {

using namespace sluice;

/// Whether the text was accepted.
bool read(std::string_view text, const ManifestRules& rules, Manifest& manifest) {
    try {
        manifest = Manifest::from_json(text, rules);
        return true;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_input) std::abort();
        fuzz::check_refusal_lines(error.what(), "manifest", text);
        return false;
    }
}

}  // namespace

/// Property: a text is refused with an Error whose every line names a line of it, or it names at
/// least one module; what the strict rules accept, the lenient ones accept as well.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Manifest strict;
    Manifest lenient;
    const bool accepted = read(text, {}, strict);
    const bool accepted_leniently = read(text, {.ignore_unknown_keys = true}, lenient);
    if (accepted && (!accepted_leniently || strict.wasm.size() != lenient.wasm.size()))
        std::abort();
    if (accepted_leniently && lenient.wasm.empty()) std::abort();
    return 0;
}
