#pragma once

#include "base/variable_command.hpp"
#include "plugin/host_patterns.hpp"

#include <sluice/http.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::hooks {

/// What a plug-in may ask of its host, and how much of it.
struct HostAccess {
    bool clock = true;
    bool random = true;
    bool llm = false;
    HostPatterns hosts{{}};  ///< that http_request may ask
    std::uint64_t variable_bytes = 1 << 20;
    std::uint32_t http_calls = 8;  ///< of one request, see HostCallCounts
    std::size_t http_response_bytes = 1 << 20;
    std::uint32_t llm_calls = 4;  ///< likewise
};

/// The calls that a plug-in has made for one request of a client, over all of its hook calls.
/// Threads: the request's.
struct HostCallCounts {
    std::uint32_t http = 0;
    std::uint32_t llm = 0;
};

/// A change of a series of a plug-in's own.
struct MetricUpdate {
    enum class Kind : std::uint8_t { add, set };
    Kind kind = Kind::add;
    std::string plugin{};
    std::string name{};
    std::vector<std::pair<std::string, std::string>> labels{};
    double value = 0;
};

/// What a host offers to its plug-ins. A function that is empty is not offered. Threads: any.
struct HostServices {
    /// The reply, or nothing when it has to be waited for: then the guest gives its thread back and
    /// whoever runs its call is told by HookCall::host_task().
    std::function<std::optional<VariableReply>(const VariableCommand&)> variables{};
    bool variables_wait = false;  ///< whether `variables` ever gives nothing
    /// Why it was refused, in one sentence; empty when it was done.
    std::function<std::string(const MetricUpdate&)> metric{};
};

/// An HTTP request that a guest waits for. Not checked against the hosts that it may ask.
struct HttpTask {
    std::string method = "GET";
    std::string url{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    std::optional<std::chrono::milliseconds> timeout{};
};

/// What came of an HTTP request.
struct HttpReply {
    std::string problem{};  ///< why there is no answer, in one sentence; else empty
    int status = 0;
    HttpHeaders headers{};  ///< as HttpResponse has them
    std::string body{};
};

/// A chat completion that a guest waits for: the request's JSON.
struct LlmTask {
    std::string request{};
};

/// What a guest waits for.
using HostTask = std::variant<VariableCommand, HttpTask, LlmTask>;

/// What came of a host call: the number that the guest gets, and the text that it may read then.
struct HostReply {
    static constexpr std::int64_t absent = -1;
    static constexpr std::int64_t failed = -2;

    std::int64_t code = 0;
    std::string text{};

    static HostReply value(std::string text) {
        const auto size = static_cast<std::int64_t>(text.size());
        return {size, std::move(text)};
    }
    /// `why` is one sentence.
    static HostReply failure(std::string why) { return {failed, std::move(why)}; }
};

}  // namespace sluice::hooks
