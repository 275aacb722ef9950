#include "gateway/json_reply.hpp"

#include "base/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <cmath>
#include <iterator>
#include <string>
#include <utility>

namespace sluice::gateway {
namespace {

namespace json = boost::json;

/// As json::serialize, but for fractions, which that writes as 2.5E-1.
void append(std::string& text, const json::value& value) {
    const char* separator = "";
    if (const auto* items = value.if_array()) {
        text += '[';
        for (const json::value& item : *items) {
            text += std::exchange(separator, ",");
            append(text, item);
        }
        text += ']';
    } else if (const auto* members = value.if_object()) {
        text += '{';
        for (const auto& [key, member] : *members) {
            text += std::exchange(separator, ",");
            append_json_text(text, key);
            text += ':';
            append(text, member);
        }
        text += '}';
    } else if (const json::string* words = value.if_string()) {
        append_json_text(text, *words);  // what plug-ins wrote may be any bytes
    } else if (const double* number = value.if_double()) {
        if (std::isfinite(*number))
            fmt::format_to(std::back_inserter(text), "{}", *number);
        else
            text += "null";  // JSON has no word for it
    } else {
        text += json::serialize(value);
    }
}

}  // namespace

http::Reply json_reply(const json::value& body, int status) {
    http::Reply reply{.status = status, .headers = {{"Content-Type", "application/json"}}};
    append(reply.body, body);
    return reply;
}

}  // namespace sluice::gateway
