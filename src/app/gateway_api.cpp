#include "app/gateway_api.hpp"

#include "base/json_reader.hpp"
#include "plugin/curl_client.hpp"

#include <sluice/bytes.hpp>
#include <sluice/error.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace sluice::app {
namespace {

namespace json = boost::json;

/// Compiling a large plug-in takes seconds.
constexpr std::chrono::minutes patience{2};
constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();

/// The message of an error of the gateway's; the beginning of its body when it has none.
std::string message_of(int status, std::string_view body) {
    constexpr std::size_t most_shown = 300;
    boost::system::error_code unreadable;
    const json::value answer = json::parse(body, unreadable);
    boost::system::error_code missing;
    const json::value* message =
        unreadable ? nullptr : answer.find_pointer("/error/message", missing);
    if (message != nullptr && message->is_string()) return std::string(message->get_string());
    return fmt::format("answered with {}: {}", status, body.substr(0, most_shown));
}

}  // namespace

GatewayApi::GatewayApi(std::string gateway, std::string plugin)
    : gateway_(std::move(gateway)), plugin_(std::move(plugin)), client_(make_curl_client()) {
    while (gateway_.ends_with('/')) gateway_.pop_back();
}

std::string GatewayApi::ask(std::string_view method, const std::string& path,
                            std::string_view body) {
    const HttpRequest request{.method = std::string(method),
                              .url = gateway_ + path,
                              .headers = {{"Content-Type", "application/json"}},
                              .body = as_bytes(body)};
    const HttpLimits limits{.deadline = std::chrono::steady_clock::now() + patience};
    const HttpResponse response = client_(request, limits);
    std::string answer(as_text(response.body));
    if (response.status < 200 || response.status >= 300)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}: {}", gateway_, message_of(response.status, answer)));
    return answer;
}

void GatewayApi::put(std::string_view members) {
    ask("PUT", "/api/plugins/" + plugin_, members);
    last_line_ = 0;  // the new version has a log of its own
}

std::vector<std::string> GatewayApi::new_log_lines() {
    const auto lines_after = [this](std::uint64_t number) {
        return ask("GET", fmt::format("/api/plugins/{}/logs?after={}", plugin_, number), {});
    };
    std::vector<std::string> lines;
    const std::uint64_t last = read_lines(lines_after(last_line_), lines);
    if (last < last_line_) {  // somebody else has replaced the plug-in: another log
        lines.clear();
        last_line_ = read_lines(lines_after(0), lines);
    } else {
        last_line_ = last;
    }
    return lines;
}

std::uint64_t GatewayApi::read_lines(std::string_view answer,
                                     std::vector<std::string>& lines) const {
    JsonFile file(gateway_, answer);
    JsonReader json = file.root();
    auto last = static_cast<std::uint64_t>(json.whole("last", 0, 0, any_number));
    json.each("lines", [&](JsonReader line) {
        last = std::max(last, static_cast<std::uint64_t>(line.whole("number", 0, 0, any_number)));
        const std::string timestamp = line.text("timestamp");
        const std::string level = line.text("level");
        lines.push_back(fmt::format("{} {:<7} {}", timestamp, level, line.text("text")));
    });
    file.finish();
    return last;
}

}  // namespace sluice::app
