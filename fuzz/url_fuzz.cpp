#include "http/url.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sluice::http;

std::string printed(const BaseUrl& url, const std::string& authority) {
    return (url.scheme == Scheme::https ? "https://" : "http://") + authority + url.path;
}

void check_accepted(const BaseUrl& url) {
    if (url.host.empty() || url.port == 0) std::abort();
    if (!url.path.empty() && (url.path.front() != '/' || url.path.back() == '/')) std::abort();
    const std::string text = printed(url, url.authority());
    const bool has_blanks = std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
    if (has_blanks) std::abort();  // it becomes a part of a request's head
    if (parse_base_url(text) != url) std::abort();
    if (parse_base_url(printed(url, url.endpoint()) + "/") != url) std::abort();
}

}  // namespace

/// Property: an accepted URL prints back to one that is accepted and equal, and brings no blank or
/// line end into a head. A refusal shows no text that may hold a password.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    BaseUrl url;
    try {
        url = parse_base_url(text);
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
        const std::string_view words = error.what();
        const bool is_shown = words.find('"') != std::string_view::npos;
        if (is_shown && text.find('@') != std::string_view::npos) std::abort();
        return 0;
    }
    check_accepted(url);
    return 0;
}
