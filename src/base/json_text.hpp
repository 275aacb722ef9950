#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends `text` as a JSON text, quotes included. Bytes that are not UTF-8 become U+FFFD, so that
/// what is written is always valid JSON.
void append_json_text(std::string& json, std::string_view text);

/// The same as a value of its own.
std::string json_text(std::string_view text);

/// Whether every byte is part of a character in UTF-8.
bool is_utf8(std::string_view text);

}  // namespace sluice
