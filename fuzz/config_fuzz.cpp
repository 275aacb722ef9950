#include "store/config.hpp"

#include "base/json_slices.hpp"

#include <sluice/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace {

using namespace sluice::store;

/// Aborts unless `problem` begins with "config.json:LINE:", a line that the text has.
void check_place(std::string_view problem, std::size_t lines) {
    constexpr std::string_view file = "config.json:";
    if (!problem.starts_with(file)) std::abort();
    problem.remove_prefix(file.size());
    std::size_t line = 0;
    const char* const end = problem.data() + problem.size();
    const auto [stop, fault] = std::from_chars(problem.data(), end, line);
    if (fault != std::errc() || stop == end || *stop != ':') std::abort();
    if (line < 1 || line > lines) std::abort();
}

void check_accepted(const Config& config) {
    if (config.server.host.empty() || config.logs_store.path.empty()) std::abort();
    for (const PluginConfig& plugin : config.plugins) {
        if (plugin.name.empty() || plugin.path.empty()) std::abort();
        sluice::JsonDocument document;
        document.read(plugin.config_json);
        document.read(plugin.shown_config_json);
    }
}

/// Every line of the message. Keys and names of variables go into it unescaped, so one that holds a
/// line end makes two of its line; then the first has to do.
void check_places(std::string_view message, std::string_view text) {
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    do {
        const std::size_t end = std::min(message.find('\n'), message.size());
        check_place(message.substr(0, end), lines);
        message.remove_prefix(std::min(end + 1, message.size()));
    } while (!message.empty());
}

}  // namespace

/// Property: a text is refused with an Error whose every line names a line of it, or every plug-in
/// of what it says has a name, a path and settings that are valid JSON.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Config config;
    try {
        config = read_config("config.json", text);
    } catch (const sluice::Error& error) {
        if (error.code() != sluice::ErrorCode::invalid_input) std::abort();
        check_places(error.what(), text);
        return 0;
    }
    check_accepted(config);
    return 0;
}
