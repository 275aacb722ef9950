#pragma once

#include "sluice/base64.hpp"
#include "sluice/json.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// What the gateway does for plug-ins: the import module "sluice". Only what is called is imported.
namespace sluice::host {
namespace detail {

#define SLUICE_IMPORT(name) extern "C" __attribute__((import_module("sluice"), import_name(#name)))

SLUICE_IMPORT(result_length) std::int32_t sluice_result_length();
SLUICE_IMPORT(result_read)
std::int32_t sluice_result_read(char* block, std::int32_t capacity);
SLUICE_IMPORT(log)
void sluice_log(std::int32_t level, const char* text, std::int32_t size);
SLUICE_IMPORT(config_get)
std::int64_t sluice_config_get(const char* key, std::int32_t size);
SLUICE_IMPORT(var_get)
std::int64_t sluice_var_get(const char* key, std::int32_t size);
SLUICE_IMPORT(var_set)
std::int64_t sluice_var_set(const char* key, std::int32_t size, const char* value,
                            std::int32_t value_size, std::int64_t ttl_ms);
SLUICE_IMPORT(var_delete)
std::int64_t sluice_var_delete(const char* key, std::int32_t size);
SLUICE_IMPORT(var_compare_and_swap)
std::int64_t sluice_var_compare_and_swap(const char* key, std::int32_t size, const char* expected,
                                         std::int32_t expected_size, const char* value,
                                         std::int32_t value_size, std::int64_t ttl_ms);
SLUICE_IMPORT(var_add)
std::int64_t sluice_var_add(const char* key, std::int32_t size, std::int64_t delta,
                            std::int64_t ttl_ms);
SLUICE_IMPORT(http_request)
std::int64_t sluice_http_request(const char* request, std::int32_t size, const char* body,
                                 std::int32_t body_size);
SLUICE_IMPORT(llm_call)
std::int64_t sluice_llm_call(const char* request, std::int32_t size);
SLUICE_IMPORT(metric_add)
std::int64_t sluice_metric_add(const char* name, std::int32_t size, const char* labels,
                               std::int32_t labels_size, double value);
SLUICE_IMPORT(metric_set)
std::int64_t sluice_metric_set(const char* name, std::int32_t size, const char* labels,
                               std::int32_t labels_size, double value);
SLUICE_IMPORT(clock_ms) std::int64_t sluice_clock_ms();
SLUICE_IMPORT(random)
std::int64_t sluice_random(char* block, std::int32_t size);

#undef SLUICE_IMPORT

inline constexpr std::int64_t absent = -1;

inline std::int32_t size_of(std::string_view text) {
    return static_cast<std::int32_t>(text.size());
}

/// What the last call left with the host.
inline std::string result() {
    std::string bytes(static_cast<std::size_t>(sluice_result_length()), '\0');
    bytes.resize(static_cast<std::size_t>(sluice_result_read(bytes.data(), size_of(bytes))));
    return bytes;
}

}  // namespace detail

/// What a call gave. There are no exceptions in a guest: look at `failure` where it matters.
template <class T>
struct Result {
    T value{};
    std::string failure{};  ///< the host's sentence; empty when the call worked

    bool worked() const { return failure.empty(); }
};
using Data = Result<std::optional<std::string>>;  ///< no value where it is absent
using Number = Result<std::int64_t>;

namespace detail {

inline Data data(std::int64_t code) {
    if (code >= 0) return {.value = result()};
    if (code == absent) return {};
    return {.failure = result()};
}

inline Number number(std::int64_t code) {
    if (code >= 0) return {.value = code};
    return {.failure = result()};
}

}  // namespace detail

enum class Level : std::int32_t { trace, debug, info, warn, error };

/// A line in the gateway's log, with the plug-in's name.
inline void log(Level level, std::string_view line) {
    detail::sluice_log(static_cast<std::int32_t>(level), line.data(), detail::size_of(line));
}

/// A member of `config` of the plug-in's entry: a string's text, everything else as JSON.
inline Data config(std::string_view key) {
    return detail::data(detail::sluice_config_get(key.data(), detail::size_of(key)));
}

/// How long a variable stays; 0 is for ever.
using Lifetime = std::chrono::milliseconds;

/// A variable: shared by all instances of the plug-in.
inline Data variable(std::string_view key) {
    return detail::data(detail::sluice_var_get(key.data(), detail::size_of(key)));
}

inline Number set_variable(std::string_view key, std::string_view value, Lifetime ttl = {}) {
    return detail::number(detail::sluice_var_set(key.data(), detail::size_of(key), value.data(),
                                                 detail::size_of(value), ttl.count()));
}

/// 1 where there was one, 0 where there was not.
inline Number delete_variable(std::string_view key) {
    return detail::number(detail::sluice_var_delete(key.data(), detail::size_of(key)));
}

/// What became of a compare-and-swap.
struct Swap {
    bool done = false;
    std::string present{};  ///< what the variable holds instead; empty where it is absent
};

/// Sets a variable if it still holds `expected`; no value stands for "absent".
inline Result<Swap> swap_variable(std::string_view key, std::optional<std::string_view> expected,
                                  std::string_view value, Lifetime ttl = {}) {
    const std::string_view old = expected.value_or(std::string_view());
    const std::int64_t code = detail::sluice_var_compare_and_swap(
        key.data(), detail::size_of(key), old.data(), expected ? detail::size_of(old) : -1,
        value.data(), detail::size_of(value), ttl.count());
    if (code < 0) return {.failure = detail::result()};
    if (code == 1) return {.value = {.done = true}};
    return {.value = {.done = false, .present = detail::result()}};
}

/// Adds to a variable that holds a number, 0 where it is absent, and gives the new one. `ttl`
/// counts from the variable's creation.
inline Number add_to_variable(std::string_view key, std::int64_t delta, Lifetime ttl = {}) {
    Data sum =
        detail::data(detail::sluice_var_add(key.data(), detail::size_of(key), delta, ttl.count()));
    Number result{.failure = std::move(sum.failure)};
    const std::string text = sum.value.value_or(std::string());
    std::from_chars(text.data(), text.data() + text.size(), result.value);
    return result;
}

/// What http() sends; `url` is all that it needs.
struct Request {
    std::string_view url{};
    std::string_view method = "GET";
    std::string_view headers = "{}";  ///< a JSON object of strings
    std::string_view body = {};
    std::chrono::milliseconds timeout{};  ///< 0: the host's own
};

/// What a server answered.
struct Response {
    int status = 0;
    std::string headers{};  ///< JSON
    std::string body{};
};

/// Asks a server that `allowed_hosts` of the plug-in's entry names.
inline Result<Response> http(const Request& request) {
    std::string head = R"({"url":)" + json::quote(request.url) + R"(,"method":)" +
                       json::quote(request.method) + R"(,"headers":)" +
                       std::string(request.headers);
    if (request.timeout.count() > 0)
        head += R"(,"timeout_ms":)" + std::to_string(request.timeout.count());
    head += '}';
    const Data answer = detail::data(detail::sluice_http_request(
        head.data(), detail::size_of(head), request.body.data(), detail::size_of(request.body)));
    if (!answer.worked()) return {.failure = answer.failure};
    const std::string text = answer.value.value_or(std::string());
    Response response;
    const std::string_view status = json::member(text, "status");
    std::from_chars(status.data(), status.data() + status.size(), response.status);
    response.headers = json::member(text, "headers");
    if (const auto plain = json::text_of(json::member(text, "body"))) {
        response.body = *plain;
    } else if (const auto base64 = json::text_of(json::member(text, "body_base64"))) {
        response.body = decode_base64(*base64).value_or(std::string());
    }
    return {.value = std::move(response)};
}

/// A chat completion by way of the gateway, its providers, keys and fallbacks; JSON both ways. A
/// provider's error is a failure with its JSON.
inline Data llm(std::string_view request) {
    return detail::data(detail::sluice_llm_call(request.data(), detail::size_of(request)));
}

/// Adds to a counter of the plug-in's own in /metrics; `labels` is a JSON object of strings.
inline Number count(std::string_view name, double value = 1, std::string_view labels = "{}") {
    return detail::number(detail::sluice_metric_add(name.data(), detail::size_of(name),
                                                    labels.data(), detail::size_of(labels), value));
}

/// Sets a gauge of the plug-in's own in /metrics; `labels` is a JSON object of strings.
inline Number gauge(std::string_view name, double value, std::string_view labels = "{}") {
    return detail::number(detail::sluice_metric_set(name.data(), detail::size_of(name),
                                                    labels.data(), detail::size_of(labels), value));
}

/// Milliseconds since 1970, where the plug-in's entry permits a clock.
inline Number clock_ms() {
    return detail::number(detail::sluice_clock_ms());
}

/// Fills `bytes`, where the plug-in's entry permits randomness.
inline Number random(std::span<char> bytes) {
    return detail::number(
        detail::sluice_random(bytes.data(), static_cast<std::int32_t>(bytes.size())));
}

}  // namespace sluice::host
