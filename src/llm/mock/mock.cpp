#include "llm/mock/mock.hpp"

#include "base/json_text.hpp"
#include "llm/mock/question.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>

#include <cmath>

namespace sluice::llm::mock {
namespace {

/// A fixed moment: the same request shall get the same bytes.
constexpr std::int64_t created = 1'700'000'000;

/// FNV-1a, 64 bits: the same on every machine, unlike std::hash.
std::uint64_t fingerprint(std::string_view bytes) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (const char byte : bytes) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 1'099'511'628'211ULL;
    }
    return hash;
}

ApiError refused(const Error& error) {
    return {.status = 400, .type = "invalid_request_error", .message = error.what()};
}

/// Everything that an answer consists of, in either form.
class Answer {
  public:
    explicit Answer(std::string_view body)
        : question_(read_question(body)), id_(fmt::format("{:016x}", fingerprint(body))) {
        usage_.prompt_tokens = question_.prompt_words;
        usage_.completion_tokens =
            count_words(question_.call ? question_.call->arguments : question_.last_text);
        usage_.total_tokens = usage_.prompt_tokens + usage_.completion_tokens;
    }

    ChatResponse unary() const {
        std::string message = R"({"role":"assistant","content":)";
        if (question_.call)
            message += R"(null,"tool_calls":[)" + tool_call(question_.call->arguments) + "]";
        else
            append_json_text(message, question_.last_text);
        message += R"(,"refusal":null})";
        const std::string choice =
            fmt::format(R"([{{"index":0,"message":{},"logprobs":null,"finish_reason":"{}"}}])",
                        message, finish_reason());
        return {.body = envelope("chat.completion", choice, usage_json()), .usage = usage_};
    }

    std::vector<std::string> chunks() const {
        std::vector<std::string> all;
        if (question_.call) {
            all.push_back(chunk(R"({"role":"assistant","content":null,"tool_calls":[)" +
                                    indexed(tool_call("")) + "]}",
                                "null"));
            all.push_back(chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":)" +
                                    json_text(question_.call->arguments) + "}}]}",
                                "null"));
        } else {
            all.push_back(chunk(R"({"role":"assistant","content":""})", "null"));
            for (const std::string_view word : words(question_.last_text))
                all.push_back(chunk(R"({"content":)" + json_text(word) + "}", "null"));
        }
        all.push_back(chunk("{}", fmt::format("\"{}\"", finish_reason())));
        if (question_.include_usage)
            all.push_back(envelope("chat.completion.chunk", "[]", usage_json()));
        return all;
    }

  private:
    std::string_view finish_reason() const { return question_.call ? "tool_calls" : "stop"; }

    /// `text` cut before each run of white space, so that the pieces put together are the text.
    static std::vector<std::string_view> words(std::string_view text) {
        std::vector<std::string_view> all;
        while (!text.empty()) {
            const std::size_t start = text.find_first_not_of(" \t\r\n");
            const std::size_t end = std::min(text.find_first_of(" \t\r\n", start), text.size());
            all.push_back(text.substr(0, end));
            text.remove_prefix(end);
        }
        return all;
    }

    std::string tool_call(std::string_view arguments) const {
        return fmt::format(
            R"({{"id":"call_{}","type":"function","function":{{"name":{},"arguments":{}}}}})", id_,
            json_text(question_.call->name), json_text(arguments));
    }

    static std::string indexed(const std::string& call) {
        return R"({"index":0,)" + call.substr(1);
    }

    std::string usage_json() const {
        return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})",
                           usage_.prompt_tokens, usage_.completion_tokens, usage_.total_tokens);
    }

    std::string chunk(std::string_view delta, std::string_view reason) const {
        const std::string choice = fmt::format(
            R"([{{"index":0,"delta":{},"logprobs":null,"finish_reason":{}}}])", delta, reason);
        return envelope("chat.completion.chunk", choice, question_.include_usage ? "null" : "");
    }

    std::string envelope(std::string_view object, std::string_view choices,
                         std::string_view usage) const {
        return fmt::format(
            R"({{"id":"chatcmpl-mock-{}","object":"{}","created":{},"model":{},"choices":{}{}{}}})",
            id_, object, created, json_text(question_.model), choices,
            usage.empty() ? "" : R"(,"usage":)", usage);
    }

    Question question_;
    std::string id_;
    Usage usage_;
};

}  // namespace

Outcome answer(std::string_view body) try {
    return Answer(body).unary();
} catch (const Error& error) {
    return refused(error);
}

std::variant<std::vector<std::string>, ApiError> answer_in_chunks(std::string_view body) try {
    return Answer(body).chunks();
} catch (const Error& error) {
    return refused(error);
}

std::optional<ApiError> FailureSchedule::next() {
    const auto before = static_cast<double>(requests_.fetch_add(1, std::memory_order_relaxed));
    if (std::floor((before + 1) * rate_) <= std::floor(before * rate_)) return std::nullopt;
    return ApiError{.status = 500,
                    .type = "server_error",
                    .code = "mock_failure",
                    .message = "the mock provider fails now and then: see failure_rate"};
}

}  // namespace sluice::llm::mock
