#include "base/json_file_state.hpp"
#include "base/json_reader.hpp"

#include <sluice/error.hpp>

#include <fmt/format.h>
#include <boost/json/parser.hpp>

#include <algorithm>
#include <map>

namespace sluice {
namespace json = boost::json;
namespace {

std::size_t column_of(std::string_view text, std::size_t offset) {
    const std::size_t line_end =
        offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    return line_end == std::string_view::npos ? offset + 1 : offset - line_end;
}

/// Keys of the text stand in messages: none may end a line or steer a terminal.
std::string in_one_line(std::string_view message) {
    std::string line;
    for (const char c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F)
            line += fmt::format("\\u{:04x}", byte);
        else
            line += c;
    }
    return line;
}

json::value parse(std::string_view file, std::string_view text) {
    json::parser parser;
    json::error_code failure;
    std::size_t offset = parser.write_some(text.data(), text.size(), failure);
    if (!failure && offset < text.size()) {
        offset = std::min(text.find_first_not_of(" \t\r\n", offset), text.size());
        if (offset < text.size()) failure = json::error::extra_data;
    }
    if (failure)
        throw Error(ErrorCode::invalid_input,
                    fmt::format("{}:{}:{}: not valid JSON: {}", file, line_of(text, offset),
                                column_of(text, offset), failure.message()));
    return parser.release();
}

}  // namespace

JsonFile::JsonFile(std::string_view file, std::string_view text)
    : state_(std::make_unique<State>()) {
    state_->file = file;
    state_->text = text;
    state_->root = parse(file, text);
    state_->spots = find_spots(state_->text);
    for (const auto& [path, offset] : state_->spots.repeated)
        state_->problems.push_back({path, "stands here for the second time", offset});
}

JsonFile::~JsonFile() = default;

JsonReader JsonFile::root() {
    return {*state_, state_->root, ""};
}

void JsonFile::finish() const {
    if (state_->problems.empty()) return;
    // Equals stay in the order in which they were found.
    std::multimap<std::size_t, const State::Problem*> in_order;
    for (const State::Problem& problem : state_->problems)
        in_order.emplace(problem.offset, &problem);
    std::string message;
    for (const auto& [offset, problem] : in_order) {
        if (!message.empty()) message += '\n';
        message += in_one_line(fmt::format("{}:{}: {}{}{}", state_->file,
                                           line_of(state_->text, offset), problem->path,
                                           problem->path.empty() ? "" : ": ", problem->words));
    }
    throw Error(ErrorCode::invalid_input, message);
}

}  // namespace sluice
