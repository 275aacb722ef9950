#pragma once

#include "llm/padding.hpp"

#include <simdjson.h>

#include <string_view>

namespace sluice::llm {

static_assert(padding >= simdjson::SIMDJSON_PADDING);

/// simdjson's slices of arrays and objects reach to the next token.
inline std::string_view without_trailing_space(std::string_view slice) {
    return slice.substr(0, slice.find_last_not_of(" \t\r\n") + 1);
}

/// The raw JSON of a value, without the white space behind it. Consumes the value.
inline simdjson::simdjson_result<std::string_view> raw_slice(simdjson::ondemand::value value) {
    simdjson::ondemand::json_type type{};
    if (const auto error = value.type().get(type)) return error;
    std::string_view slice;
    if (type == simdjson::ondemand::json_type::array) {
        simdjson::ondemand::array array;
        if (const auto error = value.get_array().get(array)) return error;
        if (const auto error = array.raw_json().get(slice)) return error;
    } else if (type == simdjson::ondemand::json_type::object) {
        simdjson::ondemand::object object;
        if (const auto error = value.get_object().get(object)) return error;
        if (const auto error = object.raw_json().get(slice)) return error;
    } else {
        slice = value.raw_json_token();
        // Consumed, or simdjson takes a string that a colon follows for a key and goes on behind
        // it.
        simdjson::ondemand::raw_json_string ignored;
        if (type == simdjson::ondemand::json_type::string)
            if (const auto error = value.get_raw_json_string().get(ignored)) return error;
    }
    return without_trailing_space(slice);
}

/// A key's bytes as they stand in the text, between its quotes.
inline std::string_view raw_key(simdjson::ondemand::raw_json_string key) {
    const char* const begin = key.raw();
    const char* end = begin;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace sluice::llm
