#include "llm/outcome.hpp"

#include "base/json_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace sluice::llm {
namespace {

void append_text_or_null(std::string& json, std::string_view text) {
    if (text.empty())
        json += "null";
    else
        append_json_text(json, text);
}

}  // namespace

std::string to_json(const ApiError& error) {
    std::string json = R"({"error":{"message":)";
    append_json_text(json, error.message);
    json += R"(,"type":)";
    append_json_text(json, error.type.empty() ? error_type_of(error.status) : error.type);
    json += R"(,"param":)";
    append_text_or_null(json, error.param);
    json += R"(,"code":)";
    append_text_or_null(json, error.code);
    fmt::format_to(std::back_inserter(json), R"(}},"is_bifrost_error":{},"status_code":{}}})",
                   error.is_bifrost_error, error.status);
    return json;
}

std::string_view error_type_of(int status) noexcept {
    switch (status) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 429:
            return "rate_limit_error";
        default:
            return status < 500 ? "invalid_request_error" : "server_error";
    }
}

}  // namespace sluice::llm
