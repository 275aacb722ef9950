#include "gateway/plugin_logs.hpp"

#include "gateway/answer.hpp"
#include "gateway/edge.hpp"
#include "gateway/json_reply.hpp"
#include "gateway/log_query.hpp"
#include "http/query.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace json = boost::json;

namespace {

/// Nothing when it is no number.
std::optional<std::uint64_t> after_of(std::string_view query) {
    std::uint64_t after = 0;
    for (const auto& [name, value] : http::parse_query(query)) {
        if (name != "after") continue;
        const char* const end = value.data() + value.size();
        const auto read = std::from_chars(value.data(), end, after);
        if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    }
    return after;
}

}  // namespace

http::Reply plugin_logs_reply(const PluginSet& set, std::string_view name, std::string_view query) {
    const auto found = std::ranges::find_if(
        set.plugins, [&](const LoadedPlugin& loaded) { return loaded.config.name == name; });
    if (found == set.plugins.end())
        return error_reply(own_error(404, fmt::format("Plugin not found: {}", name)));
    const auto after = after_of(query);
    if (!after) return error_reply(own_error(400, "after: must be the number of a line"));
    json::array shown;
    std::uint64_t last = 0;
    if (found->plugin && found->plugin->options().log_lines) {
        const hooks::LogLines& lines = *found->plugin->options().log_lines;
        last = lines.last();  // first: a line that comes in between must not seem to be known
        for (const auto& line : lines.after(*after))
            shown.push_back({{"number", line.number},
                             {"timestamp", to_rfc3339(line.timestamp_us)},
                             {"level", line.level},
                             {"text", line.text}});
    }
    return json_reply({{"lines", std::move(shown)}, {"last", last}});
}

}  // namespace sluice::gateway
