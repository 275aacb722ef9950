#include "answers.hpp"

#include <fmt/format.h>

#include <chrono>

namespace sluice::upstream {
namespace {

constexpr std::string_view stamp_field = "\"sent_ns\":";
constexpr std::string_view blank_stamp = "00000000000000000000";  // 20 digits hold any nanosecond

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Whatever";
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out.append({'\\', c});
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out;
}

std::string error_body(const Behaviour& behaviour) {
    const int status = behaviour.wrong.empty() ? behaviour.status : 400;
    const std::string_view type = status == 401   ? "authentication_error"
                                  : status == 429 ? "rate_limit_error"
                                  : status < 500  ? "invalid_request_error"
                                                  : "server_error";
    const std::string_view code = status == 401   ? "\"invalid_api_key\""
                                  : status == 404 ? "\"model_not_found\""
                                  : status == 429 ? "\"rate_limit_exceeded\""
                                                  : "null";
    const std::string message = behaviour.wrong.empty()
                                    ? fmt::format("The mock was asked for status {}.", status)
                                    : "The mock does not know: " + behaviour.wrong;
    return fmt::format(R"({{"error":{{"message":"{}","type":"{}","param":null,"code":{}}}}})",
                       escaped(message), type, code);
}

std::string message_of(const Behaviour& behaviour, const Request& request) {
    if (!behaviour.echo && wants_tool_call(request.body))
        return R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",)"
               R"("function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]})";
    const std::string text =
        behaviour.echo ? escaped(request.text) : std::string("Hello from the mock upstream.");
    return fmt::format(R"({{"role":"assistant","content":"{}","refusal":null}})", text);
}

std::string chat_body(const Behaviour& behaviour, const Request& request) {
    if (behaviour.invalid) return R"({"id":"chatcmpl-mock","choices":[{"index":0,)";
    const std::string message = message_of(behaviour, request);
    const bool tool = message.find("\"tool_calls\"") != std::string::npos && !behaviour.echo;
    std::string body = fmt::format(
        R"({{"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,"model":"{}",)"
        R"("choices":[{{"index":0,"message":{},"logprobs":null,"finish_reason":"{}"}}],)"
        R"("usage":{{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15}},)"
        R"("system_fingerprint":"fp_mock"}})",
        behaviour.model, message, tool ? "tool_calls" : "stop");
    constexpr std::string_view mark = "mock upstream.";
    if (body.size() < behaviour.body_bytes)
        if (const auto at = body.find(mark); at != std::string::npos)
            body.insert(at + mark.size(), std::string(behaviour.body_bytes - body.size(), '.'));
    return body;
}

std::string chunk(std::string_view payload) {
    return fmt::format("{:x}\r\n{}\r\n", payload.size(), payload);
}

/// One event. `choice` is what stands in `choices`, empty for the usage event.
std::string event(const Behaviour& behaviour, std::string_view choice, std::string_view usage) {
    if (behaviour.invalid) return chunk("data: {\"id\":\n\n");
    const std::string sent =
        behaviour.stamp ? fmt::format(",{}{}", stamp_field, blank_stamp) : std::string();
    return chunk(fmt::format(
        R"(data: {{"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1700000000,)"
        R"("model":"{}","system_fingerprint":"fp_mock","choices":[{}]{}{}}})"
        "\n\n",
        behaviour.model, choice, usage, sent));
}

std::string delta(std::string_view fields, std::string_view finish) {
    return fmt::format(R"({{"index":0,"delta":{{{}}},"logprobs":null,"finish_reason":{}}})", fields,
                       finish);
}

std::string word(const Behaviour& behaviour, unsigned number) {
    std::string text = fmt::format("word{} ", number);
    if (text.size() < behaviour.chunk_bytes) text.resize(behaviour.chunk_bytes, '.');
    return fmt::format(R"("content":"{}")", text);
}

constexpr std::string_view call_head =
    R"("role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function",)"
    R"("function":{"name":"get_weather","arguments":""}}])";
constexpr std::string_view call_first =
    R"("tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}])";
constexpr std::string_view call_second =
    R"("tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}])";

}  // namespace

PlainAnswer plain_answer(const Behaviour& behaviour, const Request& request) {
    const bool failed = behaviour.status >= 400 || !behaviour.wrong.empty();
    const int status = behaviour.wrong.empty() ? behaviour.status : 400;
    PlainAnswer answer;
    answer.body = failed ? error_body(behaviour) : chat_body(behaviour, request);
    if (behaviour.empty) answer.body.clear();
    answer.head =
        fmt::format("HTTP/1.1 {} {}\r\nServer: mock\r\nContent-Type: application/json\r\n", status,
                    reason(status));
    answer.head += "x-request-id: req-mock\r\n";
    if (behaviour.retry_after)
        answer.head += fmt::format("Retry-After: {}\r\n", *behaviour.retry_after);
    if (behaviour.close) answer.head += "Connection: close\r\n";
    if (behaviour.framing == Framing::content_length)
        answer.head += fmt::format("Content-Length: {}\r\n", answer.body.size());
    if (behaviour.framing == Framing::chunked) {
        answer.head += "Transfer-Encoding: chunked\r\n";
        const std::size_t half = answer.body.size() / 2;
        const std::string_view body = answer.body;
        const std::string chunks =
            body.empty() ? "" : chunk(body.substr(0, half)) + chunk(body.substr(half));
        answer.body = chunks + std::string(final_chunk);
    }
    answer.head += "\r\n";
    return answer;
}

std::string stream_head(const Behaviour& behaviour) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nServer: mock\r\nContent-Type: text/event-stream\r\n"
        "Cache-Control: no-cache\r\nx-request-id: req-mock\r\n{}Transfer-Encoding: chunked\r\n\r\n",
        behaviour.close ? "Connection: close\r\n" : "");
}

std::vector<std::string> stream_events(const Behaviour& behaviour, const Request& request) {
    std::vector<std::string> events;
    const bool tool = wants_tool_call(request.body);
    const bool usage = is_true(request.body, "\"include_usage\"");
    const std::string_view no_usage = usage ? ",\"usage\":null" : "";
    const auto add = [&](std::string_view fields, std::string_view finish = "null") {
        events.push_back(event(behaviour, delta(fields, finish), no_usage));
    };
    if (tool) {
        for (const std::string_view fields : {call_head, call_first, call_second}) add(fields);
    } else {
        add(R"("role":"assistant","content":"","refusal":null)");
        if (behaviour.echo) add(fmt::format(R"("content":"{}")", escaped(request.text)));
        for (unsigned number = 0; number < behaviour.chunks; ++number) add(word(behaviour, number));
    }
    add("", tool ? "\"tool_calls\"" : "\"stop\"");
    if (usage)
        events.push_back(
            event(behaviour, "",
                  R"(,"usage":{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15})"));
    if (behaviour.error_event) {
        Behaviour failed = behaviour;
        failed.status = 500;
        events.push_back(chunk("data: " + error_body(failed) + "\n\n"));
    } else if (!behaviour.no_done) {
        events.push_back(chunk("data: [DONE]\n\n"));
    }
    return events;
}

void stamp(std::string& event) {
    const auto at = event.find(stamp_field);
    if (at == std::string::npos) return;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    event.replace(at + stamp_field.size(), blank_stamp.size(),
                  fmt::format("{:>{}}", count, blank_stamp.size()));
}

std::string json_answer(int status, std::string_view body) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
        reason(status), body.size(), body);
}

std::string text_answer(std::string_view body) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}", body.size(),
        body);
}

std::string model_list() {
    return json_answer(
        200, R"({"object":"list","data":[{"id":"gpt-test","object":"model","created":1700000000,)"
             R"("owned_by":"mock"},{"id":"gpt-other","object":"model","created":1700000001,)"
             R"("owned_by":"mock"}]})");
}

}  // namespace sluice::upstream
