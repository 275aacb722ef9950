#include "plugin/host_patterns.hpp"

#include <sluice/error.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using sluice::HostMatch;
using sluice::HostPatterns;

/// A normalised host that is no address in any notation.
bool is_plain_name(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find_first_not_of("ghijklmnopqrstuvwxyz-.") == std::string_view::npos;
}

}  // namespace

/// Property: a pattern is refused with an Error or matches in bounded time; a plain host matches
/// the pattern that is itself and `*`, and no match with one pattern is lost by adding another.
/// Input: pattern, line end, host.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return 0;
    const std::string pattern(text.substr(0, end));
    const std::string host(text.substr(end + 1));
    if (is_plain_name(host) && HostPatterns({host}).match(host) != HostMatch::named) std::abort();
    if (is_plain_name(host) && HostPatterns({"*"}).match(host) == HostMatch::none) std::abort();
    try {
        const HostMatch alone = HostPatterns({pattern}).match(host);
        const HostMatch among = HostPatterns({"other.example", pattern}).match(host);
        if (alone != HostMatch::none && among == HostMatch::none) std::abort();
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
    }
    return 0;
}
